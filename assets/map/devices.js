/* Devices on the plan: what is as it should be is texture (texture.js), what is not is a shape with a class above it. */
(() => {
  const SW = (window.SW = window.SW || {});
  const ODD_MAX = 300;
  const REACH_M = 12, REACH_ODD_M = 16, ANGLE = 56, DOT_M = 1.7;
  const SILHOUETTE_PX = 22;

  /** The field that a camera sees, in metres. */
  const sector = (device, reach = REACH_M) => {
    const [x, y] = device.xy, ring = [[x, y]];
    for (let step = 0; step <= 8; step++) {
      const a = ((device.heading - ANGLE / 2 + (ANGLE * step) / 8) * Math.PI) / 180;
      ring.push([x + reach * Math.cos(a), y + reach * Math.sin(a)]);
    }
    return ring;
  };

  const SVG = "http://www.w3.org/2000/svg";
  const make = (tag, attributes) => {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const path = (corners) => `M${corners.map(([x, y]) => `${x.toFixed(3)} ${y.toFixed(3)}`).join("L")}z`;

  /* A sheet over the plan that is drawn in metres: a plan that moves or zooms changes one transform. */
  const sheet = (map, name, zIndex) => {
    map.createPane(name).style.zIndex = zIndex;
    const svg = map.getPane(name).appendChild(make("svg", { class: "odd-sheet" }));
    const metres = svg.appendChild(make("g", {}));
    const place = () => {
      const size = map.getSize(), zero = map.latLngToContainerPoint([0, 0]), scale = Math.pow(2, map.getZoom());
      svg.setAttribute("width", size.x);
      svg.setAttribute("height", size.y);
      L.DomUtil.setPosition(svg, map.containerPointToLayerPoint([0, 0]));
      metres.setAttribute("transform", `translate(${zero.x} ${zero.y}) scale(${scale} ${-scale})`);
    };
    map.on("moveend", place);
    /* All that look alike lie in one group, which alone has a class: what comes into it inherits its strokes and fill,
       and no custom property is looked up for it. */
    const groups = new Map();
    const group = (look) => {
      if (!groups.has(look)) groups.set(look, metres.appendChild(make("g", { class: look })));
      return groups.get(look);
    };
    return { group, place };
  };

  SW.devices = (map, devices) => {
    const texture = SW.texture(map, devices, sector);
    // what nobody has seen lies above every label, the rest beneath them
    const low = sheet(map, "odd", 450), high = sheet(map, "unseen", 650);
    const known = new Map(devices.map((device) => [device.id, { device, look: null, odd: null }]));
    let oddCount = 0;

    const odd = ({ device }) => {
      if (device.heading === undefined) return [sized(device, make("path", {}))];
      const [x, y] = device.xy;
      return [make("path", { d: path(sector(device, REACH_ODD_M)) }), make("circle", { cx: x, cy: y, r: DOT_M })];
    };

    /** A silhouette keeps its px however near the plan is. */
    const sized = ({ shape, xy: [x, y] }, drawn) => {
      const metres = (SILHOUETTE_PX * SW.scale) / 40 / Math.pow(2, map.getZoom());
      drawn.setAttribute("d", path(SW.outline(shape).map(([a, b]) => [x + (a - 20) * metres, y + (20 - b) * metres])));
      return drawn;
    };
    const resize = () => {
      for (const { device, odd: drawn } of known.values()) if (drawn && device.heading === undefined) sized(device, drawn[0]);
    };
    map.on("zoomend", resize);

    const clear = (entry) => {
      if (!entry.odd) return;
      oddCount -= 1;
      entry.odd.forEach((part) => part.remove());
      entry.odd = null;
    };

    /** look: "" as it should be, unknown, stale, off, or `alarm pN state`. */
    const show = (id, look) => {
      const entry = known.get(id);
      if (!entry || entry.look === look) return;
      clear(entry);
      entry.look = look;
      const apart = look && look !== "unknown" && oddCount < ODD_MAX;
      texture.sure(id, !look || apart);
      if (!apart) return;
      oddCount += 1;
      entry.odd = odd(entry, look);
      const kind = entry.device.heading === undefined ? "silhouette" : "odd";
      (look.includes("unack") ? high : low).group(`${kind} ${look}`).append(...entry.odd);
    };

    return {
      show,
      /** The device whose place on the screen is nearest, within `px`; `distance` gives the px to a place. */
      nearest: (distance, px) => {
        let best = null, reach = px;
        for (const [id, { device }] of known) {
          const away = distance(device.xy);
          if (away < reach) [best, reach] = [id, away];
        }
        return best;
      },
      at: (id) => (known.has(id) ? known.get(id).device.xy : null),
      whole: (looks) => known.forEach((_, id) => show(id, looks[id] || "")),
      /** After the plan was fitted: it may have another size now. */
      redraw: () => {
        texture.redraw();
        low.place();
        high.place();
        resize();
      },
    };
  };
})();
