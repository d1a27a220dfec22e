/* What is as it should be: thousands of devices as faint texture on one canvas, hollow where nobody knows. The plan is cut
   into cells: a device that changes draws its own cells again, a few a frame, whatever thousands stand elsewhere. */
(() => {
  const SW = (window.SW = window.SW || {});
  const COLUMNS = 20, ROWS = 10, PER_FRAME = 3;
  const DOT_M = 1.1, HALF_M = 2, REACH_M = 12; // a camera's body, half the width of a silhouette, how far a camera is drawn to see

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  SW.texture = (map, devices, sector) => {
    const canvas = map.createPane("texture").appendChild(document.createElement("canvas"));
    map.getPane("texture").style.zIndex = 440;
    const pen = canvas.getContext("2d");
    const cells = [], of = new Map(), unsure = new Set(), stale = new Set();
    let frame = 0;

    const cut = () => {
      const [xs, ys] = [0, 1].map((axis) => devices.map((device) => device.xy[axis]));
      const [west, south] = [Math.min(0, ...xs) - REACH_M, Math.min(0, ...ys) - REACH_M];
      const [wide, high] = [(Math.max(1, ...xs) + REACH_M - west) / COLUMNS, (Math.max(1, ...ys) + REACH_M - south) / ROWS];
      for (let row = 0; row < ROWS; row++)
        for (let column = 0; column < COLUMNS; column++)
          cells.push({ west: west + column * wide, south: south + row * high, wide, high, devices: [], paths: null });
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
    const draw = (cell, { zero, scale, sharp, ink, line }) => {
      const left = Math.round((zero.x + cell.west * scale) * sharp), right = Math.round((zero.x + (cell.west + cell.wide) * scale) * sharp);
      const top = Math.round((zero.y - (cell.south + cell.high) * scale) * sharp), bottom = Math.round((zero.y - cell.south * scale) * sharp);
      if (right < 0 || bottom < 0 || left > canvas.width || top > canvas.height) return;
      cell.paths ||= build(cell);
      pen.save();
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.beginPath();
      pen.rect(left, top, right - left, bottom - top);
      pen.clip();
      pen.clearRect(left, top, right - left, bottom - top);
      pen.setTransform(scale * sharp, 0, 0, -scale * sharp, zero.x * sharp, zero.y * sharp);
      [pen.fillStyle, pen.strokeStyle, pen.lineWidth] = [ink, line, SW.scale / scale];
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

    const some = () => {
      frame = 0;
      const seen = view();
      for (const cell of [...stale].slice(0, PER_FRAME)) {
        stale.delete(cell);
        draw(cell, seen);
      }
      if (stale.size) frame = requestAnimationFrame(some);
    };

    /** The whole, after the plan has moved or has another size. */
    const redraw = () => {
      const size = map.getSize(), seen = view();
      canvas.width = size.x * seen.sharp;
      canvas.height = size.y * seen.sharp;
      canvas.style.width = `${size.x}px`;
      canvas.style.height = `${size.y}px`;
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
      stale.clear();
      for (const cell of cells) draw(cell, seen);
    };

    /** Whether it is known how the device is. */
    const sure = (id, known) => {
      if (unsure.has(id) !== known) return;
      if (known) unsure.delete(id);
      else unsure.add(id);
      for (const cell of of.get(id)) {
        cell.paths = null;
        stale.add(cell);
      }
      if (!frame) frame = requestAnimationFrame(some);
    };

    cut();
    map.on("moveend", redraw);
    return { sure, redraw };
  };
})();
