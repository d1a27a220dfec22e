/* Plates that name what stands where. They lie in the gaps between the rows and never over a building's number. */
(() => {
  const SW = (window.SW = window.SW || {});
  const DISTANCES = [70, 95, 125, 160, 200];
  const DIRECTIONS = 16, OWN = 56;

  const overlap = (a, b) =>
    Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) * Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
  const box = (x, y, w, h) => ({ left: x - w / 2, top: y - h / 2, right: x + w / 2, bottom: y + h / 2 });
  const area = (b) => (b.right - b.left) * (b.bottom - b.top);

  const BESIDE = 40000, COVERS = 15000;

  /** The cheapest place for a plate of w x h around (x, y): outside the frame or on a label is out of the question. */
  const place = (x, y, w, h, frame, labels, shapes) => {
    const own = box(x, y, OWN * SW.scale, OWN * SW.scale); // what it names stays to be seen
    let best = null;
    for (const distance of DISTANCES) {
      for (let i = 0; i < DIRECTIONS; i++) {
        const a = (i * 2 * Math.PI) / DIRECTIONS;
        const spot = box(x + Math.cos(a) * (distance * SW.scale + w * 0.35), y + Math.sin(a) * distance * SW.scale, w, h);
        let cost = distance * SW.scale * 0.12 + overlap(spot, own) * 2;
        if (overlap(spot, frame) < area(spot) - 1) cost += BESIDE;
        if (best && cost >= best.cost) continue;
        for (const label of labels) cost += overlap(spot, label) > 0 ? COVERS : 0;
        for (const shape of shapes) cost += overlap(spot, shape) / 60;
        if (!best || cost < best.cost) best = { ...spot, cost };
      }
    }
    return best;
  };

  SW.callouts = (root) => {
    let timers = [];

    const plate = (item) => {
      const element = document.createElement("div");
      element.className = `plate ${look(item)}`;
      element.innerHTML = SW.badge(item.p, item.badge);
      element.append(item.words);
      if (item.since_ms) {
        const timer = document.createElement("span");
        timer.className = "timer num";
        element.append(timer);
        timers.push([timer, item.since_ms]);
      }
      return element;
    };
    const look = (item) => `p${item.p}${item.stale ? " stale" : ""}`;

    /** items: {x, y, p, badge, words, since_ms} in px; `frame`, `labels`, `shapes` are rectangles in px. `sparing`: all but
        the first go without a plate where none can lie that covers nothing; their tint and the list remain. */
    const draw = (items, frame, labels, shapes, sparing = false) => {
      timers = [];
      const leaders = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      leaders.setAttribute("class", "leaders");
      const drawn = items.map(plate);
      root.replaceChildren(leaders, ...drawn);
      tick();
      const sizes = drawn.map((element) => [element.offsetWidth, element.offsetHeight]); // one layout for all
      const taken = [...labels];
      items.forEach((item, n) => {
        const spot = place(item.x, item.y, ...sizes[n], frame, taken, shapes);
        if (sparing && n && spot.cost >= COVERS) return drawn[n].remove();
        drawn[n].style.transform = `translate(${spot.left.toFixed(1)}px, ${spot.top.toFixed(1)}px)`; // needs no second layout
        taken.push({ left: spot.left - 6, top: spot.top - 6, right: spot.right + 6, bottom: spot.bottom + 6 });
        const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
        line.setAttribute("class", look(item));
        line.setAttribute("x1", item.x);
        line.setAttribute("y1", item.y);
        line.setAttribute("x2", Math.min(Math.max(item.x, spot.left + 20), spot.right - 20));
        line.setAttribute("y2", Math.min(Math.max(item.y, spot.top), spot.bottom));
        leaders.append(line);
      });
    };

    const tick = () => {
      const now = SW.now ? SW.now() : 0;
      for (const [timer, since] of timers) {
        const words = SW.elapsed(now - since);
        if (timer.textContent !== words) timer.textContent = words;
      }
    };

    return { draw, tick };
  };
})();
