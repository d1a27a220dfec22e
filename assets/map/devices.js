/* Devices on the plan: what is as it should be is texture on one canvas, what is not is a shape with a class. */
(() => {
  const SW = (window.SW = window.SW || {});
  const ODD_MAX = 300;
  const REACH_M = 12, REACH_ODD_M = 16, ANGLE = 56;

  const TEXTURE_M = 2; // half the width of a silhouette that is texture

  const point = ([x, y]) => [y, x];
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const sector = (device, reach) => {
    const [x, y] = device.xy, ring = [[y, x]];
    for (let step = 0; step <= 8; step++) {
      const a = ((device.heading - ANGLE / 2 + (ANGLE * step) / 8) * Math.PI) / 180;
      ring.push([y + reach * Math.sin(a), x + reach * Math.cos(a)]);
    }
    return ring;
  };

  const outline = (device) =>
    SW.outline(device.shape).map(([x, y]) => [device.xy[1] + (20 - y) * (TEXTURE_M / 20), device.xy[0] + (x - 20) * (TEXTURE_M / 20)]);

  SW.devices = (map, devices) => {
    map.createPane("texture").style.zIndex = 440;
    const canvas = L.canvas({ pane: "texture", padding: 0.1 });
    map.createPane("odd").style.zIndex = 450;
    const svg = L.svg({ pane: "odd", padding: 0.1 });
    const known = new Map(devices.map((device) => [device.id, { device, look: null, quiet: [], odd: [] }]));
    let oddCount = 0;

    const quiet = (entry, unsure) => {
      const { device } = entry;
      const plain = { renderer: canvas, pane: "texture", interactive: false, weight: 1 };
      const hollow = { ...plain, fill: false, color: color("--d3"), opacity: 0.9 };
      const solid = { ...plain, stroke: false, fillColor: color("--d2") };
      if (device.heading !== undefined) {
        entry.quiet = [
          L.polygon(sector(device, REACH_M), unsure ? hollow : { ...solid, fillOpacity: 0.24 }),
          L.circleMarker(point(device.xy), { ...(unsure ? hollow : { ...solid, fillOpacity: 1 }), radius: 3.2 * SW.scale }),
        ];
      } else {
        entry.quiet = [L.polygon(outline(device), unsure ? hollow : { ...solid, fillOpacity: 0.7 })];
      }
      entry.quiet.forEach((layer) => layer.addTo(map));
    };

    const odd = (entry, look) => {
      const { device } = entry;
      oddCount += 1;
      if (device.heading !== undefined) {
        const plain = { renderer: svg, pane: "odd", interactive: false, className: `odd ${look}` };
        entry.odd = [
          L.polygon(sector(device, REACH_ODD_M), plain),
          L.circleMarker(point(device.xy), { ...plain, radius: 5 * SW.scale, className: `odd dot ${look}` }),
        ];
      } else {
        const html = `<svg class="silhouette ${look}" viewBox="0 0 40 40"><path d="${SW.outlinePath(device.shape)}"/></svg>`;
        entry.odd = [L.marker(point(device.xy), { icon: L.divIcon({ html, className: "mk", iconSize: [0, 0] }), interactive: false, keyboard: false, zIndexOffset: look.includes("unack") ? 1000 : -1000 })]; // what nobody has seen lies above every label
      }
      entry.odd.forEach((layer) => layer.addTo(map));
    };

    const clear = (entry) => {
      entry.quiet.forEach((layer) => layer.remove());
      if (entry.odd.length) oddCount -= 1;
      entry.odd.forEach((layer) => layer.remove());
      entry.quiet = [];
      entry.odd = [];
    };

    /** look: "" as it should be, unknown, stale, off, or `alarm pN state`. */
    const show = (id, look) => {
      const entry = known.get(id);
      if (!entry || entry.look === look) return;
      clear(entry);
      entry.look = look;
      if (look && look !== "unknown" && oddCount < ODD_MAX) odd(entry, look);
      else quiet(entry, Boolean(look));
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
      redraw: () => known.forEach((entry, id) => {
        const look = entry.look;
        entry.look = null;
        if (look !== null) show(id, look);
      }),
    };
  };
})();
