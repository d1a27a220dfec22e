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

  const SVG = "http://www.w3.org/2000/svg";
  const look = (item) => `p${item.p}${item.stale ? " stale" : ""}`;

  /* A plate and its leader stay as long as the plan has as many: what another alarm says is written over what this one
     said, and only where it differs, so that an update styles nothing that looks as before. */
  const plate = (root, leaders) => {
    const element = Object.assign(document.createElement("div"), { className: "plate" });
    element.style.transform = "translate(0, 0)"; // to have one from the start makes each later one cheap
    const mark = document.createElement("template"), words = new Text(), timer = document.createElement("span");
    timer.className = "timer num";
    element.append(mark, words, timer);
    const line = document.createElementNS(SVG, "line");
    root.append(element);
    leaders.append(line);
    let badge = mark, said = {};

    const show = (item) => {
      if (look(item) !== said.look) {
        element.className = `plate ${look(item)}`;
        line.setAttribute("class", look(item));
      }
      const marked = SW.badge(item.p, item.badge);
      if (marked !== said.marked) {
        mark.innerHTML = marked;
        const drawn = mark.content.firstChild;
        badge.replaceWith(drawn);
        badge = drawn;
      }
      if (words.data !== item.words) words.data = item.words;
      timer.hidden = !item.since_ms;
      said = { look: look(item), marked, since: item.since_ms };
    };

    const tick = (now) => {
      if (!said.since) return;
      const elapsed = SW.elapsed(now - said.since);
      if (timer.textContent !== elapsed) timer.textContent = elapsed;
    };

    const lead = (x, y, spot) => {
      element.style.transform = `translate(${spot.left.toFixed(1)}px, ${spot.top.toFixed(1)}px)`; // needs no second layout
      const ends = { x1: x, y1: y, x2: Math.min(Math.max(x, spot.left + 20), spot.right - 20), y2: Math.min(Math.max(y, spot.top), spot.bottom) };
      for (const [name, value] of Object.entries(ends)) line.setAttribute(name, value);
    };

    return { show, tick, lead, size: () => [element.offsetWidth, element.offsetHeight], remove: () => [element, line].forEach((part) => part.remove()) };
  };

  SW.callouts = (root) => {
    const leaders = root.appendChild(document.createElementNS(SVG, "svg"));
    leaders.setAttribute("class", "leaders");
    let plates = [];

    /** items: {x, y, p, badge, words, since_ms} in px; `frame`, `labels`, `shapes` are rectangles in px. `sparing`: all but
        the first go without a plate where none can lie that covers nothing; their tint and the list remain. */
    const draw = (items, frame, labels, shapes, sparing = false) => {
      while (plates.length > items.length) plates.pop().remove();
      while (plates.length < items.length) plates.push(plate(root, leaders));
      plates.forEach((shown, n) => shown.show(items[n]));
      tick();
      const sizes = plates.map((shown) => shown.size()); // one layout for all
      const taken = [...labels];
      plates = plates.filter((shown, n) => {
        const { x, y } = items[n], spot = place(x, y, ...sizes[n], frame, taken, shapes);
        if (sparing && n && spot.cost >= COVERS) return shown.remove();
        shown.lead(x, y, spot);
        taken.push({ left: spot.left - 6, top: spot.top - 6, right: spot.right + 6, bottom: spot.bottom + 6 });
        return true;
      });
    };

    const tick = () => {
      const now = SW.now ? SW.now() : 0;
      for (const shown of plates) shown.tick(now);
    };

    return { draw, tick };
  };
})();
