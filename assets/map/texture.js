/* What is as it should be: thousands of devices as faint texture, hollow where nobody knows. The plan is cut into cells: a
   device that changes draws its own cells again, a few a frame, whatever thousands stand elsewhere. A row of cells is an
   image of its own, drawn out of sight: a canvas that is drawn on is copied with every frame of the page where no graphics
   card holds it, whether it has changed or not. */
(() => {
  const SW = (window.SW = window.SW || {});
  const COLUMNS = 20, ROWS = 10, PER_FRAME = 3;
  const DOT_M = 1.1, HALF_M = 2, REACH_M = 12; // a camera's body, half the width of a silhouette, how far a camera is drawn to see

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  SW.texture = (map, devices, sector) => {
    const pane = map.createPane("texture");
    pane.style.zIndex = 440;
    const rows = [], of = new Map(), unsure = new Set();
    let frame = 0;

    const cut = () => {
      const [xs, ys] = [0, 1].map((axis) => devices.map((device) => device.xy[axis]));
      const [west, south] = [Math.min(0, ...xs) - REACH_M, Math.min(0, ...ys) - REACH_M];
      const [wide, high] = [(Math.max(1, ...xs) + REACH_M - west) / COLUMNS, (Math.max(1, ...ys) + REACH_M - south) / ROWS];
      for (let n = 0; n < ROWS; n++) {
        const canvas = pane.appendChild(document.createElement("canvas")), sheet = new OffscreenCanvas(1, 1);
        const row = { canvas, shown: canvas.getContext("bitmaprenderer"), sheet, pen: sheet.getContext("2d"), top: 0, stale: new Set() };
        const cell = (column) => ({ row, west: west + column * wide, south: south + n * high, wide, high, devices: [], paths: null });
        row.cells = Array.from({ length: COLUMNS }, (_, column) => cell(column));
        rows.push(row);
      }
      const cells = rows.flatMap((row) => row.cells);
      for (const device of devices) {
        const [x, y] = device.xy, reach = device.heading === undefined ? HALF_M : REACH_M;
        const mine = cells.filter((c) => x + reach > c.west && x - reach < c.west + wide && y + reach > c.south && y - reach < c.south + high);
        mine.forEach((cell) => cell.devices.push(device));
        of.set(device.id, mine);
      }
    };

    const ring = (path, corners) => {
      corners.forEach(([x, y], n) => (n ? path.lineTo(x, y) : path.moveTo(x, y)));
      path.closePath();
    };

    const outline = ({ shape, xy: [x, y] }) => SW.outline(shape).map(([a, b]) => [x + (a - 20) * (HALF_M / 20), y + (20 - b) * (HALF_M / 20)]);

    const build = (cell) => {
      const [views, bodies, hollow] = [new Path2D(), new Path2D(), new Path2D()];
      for (const device of cell.devices) {
        const known = !unsure.has(device.id), body = known ? bodies : hollow, [x, y] = device.xy;
        if (device.heading === undefined) ring(body, outline(device));
        else {
          ring(known ? views : hollow, sector(device));
          body.moveTo(x + DOT_M, y);
          body.arc(x, y, DOT_M, 0, 2 * Math.PI);
        }
      }
      return { views, bodies, hollow };
    };

    /* Whole px, so that two cells meet without a seam. */
    const edges = ({ west, south, wide, high }, { zero, scale, sharp }) => ({
      left: Math.round((zero.x + west * scale) * sharp), right: Math.round((zero.x + (west + wide) * scale) * sharp),
      top: Math.round((zero.y - (south + high) * scale) * sharp), bottom: Math.round((zero.y - south * scale) * sharp),
    });

    const draw = (cell, seen) => {
      const { sheet, pen, top: above } = cell.row, { left, right, top, bottom } = edges(cell, seen), { zero, scale, sharp } = seen;
      if (right < 0 || left > sheet.width) return;
      cell.paths ||= build(cell);
      pen.save();
      pen.beginPath();
      pen.rect(left, top - above, right - left, bottom - top);
      pen.clip();
      pen.clearRect(left, top - above, right - left, bottom - top);
      pen.setTransform(scale * sharp, 0, 0, -scale * sharp, zero.x * sharp, zero.y * sharp - above);
      [pen.fillStyle, pen.strokeStyle, pen.lineWidth] = [seen.ink, seen.line, SW.scale / scale];
      pen.globalAlpha = 0.24;
      pen.fill(cell.paths.views);
      pen.globalAlpha = 0.75;
      pen.fill(cell.paths.bodies);
      pen.globalAlpha = 0.9;
      pen.stroke(cell.paths.hollow);
      pen.restore();
    };

    const view = () => ({
      zero: map.latLngToContainerPoint([0, 0]), scale: Math.pow(2, map.getZoom()), sharp: window.devicePixelRatio || 1,
      ink: color("--d2"), line: color("--d3"),
    });

    const present = ({ sheet, pen, shown }) => {
      const image = sheet.transferToImageBitmap(); // which leaves the sheet empty
      pen.drawImage(image, 0, 0);
      shown.transferFromImageBitmap(image);
    };

    const some = () => {
      frame = 0;
      const row = rows.find(({ stale }) => stale.size), seen = view();
      if (!row) return; // the whole was drawn meanwhile
      for (const cell of [...row.stale].slice(0, PER_FRAME)) {
        row.stale.delete(cell);
        draw(cell, seen);
      }
      if (!row.canvas.hidden) present(row);
      if (rows.some(({ stale }) => stale.size)) frame = requestAnimationFrame(some);
    };

    /** The whole, after the plan has moved or has another size. */
    const redraw = () => {
      const size = map.getSize(), seen = view(), { sharp } = seen;
      for (const row of rows) {
        row.stale.clear();
        const { top, bottom } = edges(row.cells[0], seen), low = Math.min(bottom, Math.round(size.y * sharp));
        row.top = Math.max(0, top);
        row.canvas.hidden = low <= row.top;
        if (row.canvas.hidden) continue;
        [row.sheet.width, row.sheet.height] = [size.x * sharp, low - row.top];
        [row.canvas.style.width, row.canvas.style.height] = [`${size.x}px`, `${(low - row.top) / sharp}px`];
        L.DomUtil.setPosition(row.canvas, map.containerPointToLayerPoint([0, row.top / sharp]));
        for (const cell of row.cells) draw(cell, seen);
        present(row);
      }
    };

    /** Whether it is known how the device is. */
    const sure = (id, known) => {
      if (unsure.has(id) !== known) return;
      if (known) unsure.delete(id);
      else unsure.add(id);
      for (const cell of of.get(id)) {
        cell.paths = null;
        cell.row.stale.add(cell);
      }
      frame ||= requestAnimationFrame(some);
    };

    cut();
    map.on("moveend", redraw);
    return { sure, redraw };
  };
})();
