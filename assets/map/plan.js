/* The plan's page: fits the plan, labels it, and restyles what the wall's page says has changed. Never rebuilt. */
(() => {
  const SW = (window.SW = window.SW || {});
  const data = JSON.parse(document.getElementById("plan-data").textContent);
  const map = window[data.map];
  const page = window.parent;
  const shapes = new Map(), wide = [], labels = [];
  let areas = {}, callouts = [], moved = false, chosen = {};

  const point = ([x, y]) => [y, x];

  /* One design px is the wall's, not this frame's. */
  const rescale = () => {
    const rem = parseFloat(page.getComputedStyle(page.document.documentElement).fontSize);
    document.documentElement.style.fontSize = `${rem}px`;
    const triple = !data.desk && page.innerWidth / page.innerHeight > 4;
    document.documentElement.style.setProperty("--u", triple ? ".08rem" : "");
    SW.scale = (rem / 16) * (data.desk ? 0.6 : triple ? 1.28 : 1);
  };

  const collect = () =>
    map.eachLayer((layer) => {
      const feature = layer.feature;
      if (!feature || !layer.setStyle || layer.getLayers) return;
      const said = feature.properties;
      if (said.width_m) wide.push([layer, said.width_m]);
      if (said.spot) shapes.set(said.spot, { layer, plain: `plan-${said.kind}` });
    });

  const label = (said) => {
    const inner = document.createElement("span");
    inner.className = `label-${said.kind} ${said.side}`;
    if (said.kind === "gate") inner.append(document.createElement("i"), said.text);
    else if (said.kind === "shed" || said.kind === "evlot") {
      inner.innerHTML = `<span class="icon">${SW.icon(said.kind === "shed" ? "ebike" : "ev")}</span>`;
      if (said.text) inner.append(Object.assign(document.createElement("b"), { textContent: said.text }));
    } else inner.textContent = said.text;
    const icon = L.divIcon({ html: inner, className: "mk", iconSize: [0, 0] });
    labels.push({ said, inner, marker: L.marker(point(said.xy), { icon, interactive: false, keyboard: false }).addTo(map) });
  };

  /* The lowest part of a wall's map is its ribbon. */
  const RIBBON = data.desk ? 6 : 112;

  const DEEPEST = 4; // levels below the whole: a unit fills the desk's map

  const fit = () => {
    rescale();
    map.setMinZoom(-8);
    map.invalidateSize({ animate: false });
    const [low, high] = data.extent;
    map.fitBounds([point(low), point(high)], { paddingTopLeft: [58 * SW.scale, 6 * SW.scale], paddingBottomRight: [58 * SW.scale, RIBBON * SW.scale], animate: false });
    map.setMinZoom(map.getZoom());
    map.setMaxZoom(map.getZoom() + DEEPEST);
    moved = false;
    weigh();
    devices.redraw();
    surveyed();
  };

  /* The plan lies elsewhere, or its labels have other letters. */
  const surveyed = () => {
    lay = null;
    callOut();
  };

  const weigh = () => {
    const perMetre = Math.pow(2, map.getZoom());
    for (const [layer, metres] of wide) layer.setStyle({ weight: metres * perMetre });
  };

  /* Where an operator has gone on the plan a window that changes its size must not take them back. */
  const resized = () => {
    if (!moved) return fit();
    map.invalidateSize({ animate: false });
    surveyed();
  };

  const tint = (spot, look) => {
    const shape = shapes.get(spot);
    const path = shape && shape.layer.getElement();
    if (!path) return;
    const pulse = look && look.includes("p1") && look.includes("unack") ? " pulse" : "";
    path.setAttribute("class", `${shape.plain} ${look || ""}${pulse}`); // its own name first: the style sheet looks for it there
    if (look) shape.layer.bringToFront();
  };

  const showHot = () => {
    const hot = new Set(Object.keys(areas).map((spot) => spot.split("/")[0]));
    for (const { said, marker } of labels) marker.getElement().classList.toggle("hot", hot.has(said.spot) && Boolean(said.spot));
  };

  const middle = (layer) => point2px(layer.getBounds().getCenter());
  const point2px = (latlng) => map.latLngToContainerPoint(latlng);

  const anchor = (item) => {
    const shape = shapes.get(item.spot);
    if (shape) return middle(shape.layer);
    const xy = devices.at(item.device);
    return xy ? point2px(point(xy)) : null;
  };

  /* What stands where on the screen changes only when the plan moves: measured then, not with every alarm. */
  let lay = null;
  const layOfTheLand = () => {
    const size = map.getSize();
    const frame = { left: 4, top: 4, right: size.x - 4, bottom: size.y - (RIBBON + 6) * SW.scale };
    const buttons = [...document.querySelectorAll(".desk-zoom")];
    const taken = [...buttons, ...labels.map(({ inner }) => inner)].map((element) => {
      const r = element.getBoundingClientRect();
      return { left: r.left - 3, top: r.top - 3, right: r.right + 3, bottom: r.bottom + 3 };
    });
    // Where the wall's page says how old its picture is: no plate may come to lie under it.
    if (!data.desk) taken.push({ left: size.x / 2 - 250 * SW.scale, right: size.x / 2 + 250 * SW.scale, top: 0, bottom: 90 * SW.scale });
    const solid = [];
    for (const { layer, plain } of shapes.values()) {
      if (plain === "plan-unit") continue;
      const b = layer.getBounds(), nw = point2px(b.getNorthWest()), se = point2px(b.getSouthEast());
      solid.push({ left: nw.x, top: nw.y, right: se.x, bottom: se.y });
    }
    return { frame, taken, solid };
  };

  const callOut = () => {
    lay ||= layOfTheLand();
    const items = callouts.map((c) => ({ ...c, at: anchor(c) })).filter((c) => c.at).map((c) => ({ ...c, x: c.at.x, y: c.at.y }));
    plates.draw(data.desk ? inSight(items) : items, lay.frame, lay.taken, lay.solid, Boolean(data.desk));
  };

  /* A desk's plan shows a part: plates of what lies in it, that of the chosen alarm first. */
  const inSight = (items) => {
    const size = map.getSize(), isChosen = (c) => (chosen.spot ? c.spot === chosen.spot : c.device === chosen.device);
    return items
      .filter((c) => c.x >= 0 && c.y >= 0 && c.x <= size.x && c.y <= size.y)
      .sort((a, b) => isChosen(b) - isChosen(a));
  };

  const root = document.body.appendChild(Object.assign(document.createElement("div"), { className: "callouts" }));
  const plates = SW.callouts(root);
  const devices = SW.devices(map, data.devices);

  /** Called by the wall's page: {whole, devices: {id: look|null}, areas: {spot: look|null}, plan: {callouts, dim}|null}. */
  window.applyDelta = (delta) => {
    SW.now = () => delta.clock.now();
    SW.words = page.SW.words;
    if (delta.whole) {
      devices.whole(delta.devices);
      for (const spot of Object.keys(areas)) if (!(spot in delta.areas)) tint(spot, "");
      areas = {};
    } else for (const [id, look] of Object.entries(delta.devices)) devices.show(id, look || "");
    for (const [spot, look] of Object.entries(delta.areas)) {
      if (look) areas[spot] = look;
      else delete areas[spot];
      tint(spot, look || "");
    }
    if (delta.whole || Object.keys(delta.areas).length) showHot();
    if (delta.plan) {
      callouts = delta.plan.callouts;
      document.body.classList.toggle("dim", delta.plan.dim);
      callOut();
    }
  };
  /** The operator's page: brings what stands for an alarm into the middle, near enough to see its neighbours. */
  window.lookAt = ({ spot, device, xy }) => {
    const shape = shapes.get(spot);
    const place = xy || devices.at(device);
    const at = shape ? shape.layer.getBounds().getCenter() : place && L.latLng(point(place));
    if (!at) return;
    chosen = { spot, device };
    fit();
    map.setView(at, map.getZoom() + 1.2, { animate: false });
  };
  window.tickPlan = () => plates.tick();

  document.body.classList.toggle("desk", Boolean(data.desk));
  rescale();
  collect();
  data.labels.forEach(label);
  devices.whole({});
  fit();
  window.addEventListener("resize", resized);
  if (data.desk) {
    map.on("dragstart zoomstart", () => { moved = true; });
    map.on("zoomend", weigh);
    map.on("move", surveyed);
    SW.desk({ map, devices, shapes, words: data.desk, community: data.community, lang: data.lang, page, fit });
  }
  if (document.fonts) document.fonts.ready.then(surveyed);
  if (page !== window && page.SW && page.SW.mapReady) page.SW.mapReady();
})();
