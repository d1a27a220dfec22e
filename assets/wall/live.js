/* One stream a page. Frames are merged and written once per animation frame; the watchdog never gives up. A wall of the
   past has neither: assets/past/ gives it what it shows. */
(() => {
  const SW = (window.SW = window.SW || {});
  const page = (SW.page = { build: "", ...document.documentElement.dataset, revision: "" });
  /* Which script shows which part; scripts of their own add theirs, and what they do four times a second. */
  const PARTS = (SW.shows = Object.assign(SW.shows || {}, {
    head: (head) => showHead(head),
    verdict: (v) => SW.showVerdict(v),
    counts: (c) => SW.showCounts(c),
    left_out: (words) => SW.showLeftOut(words),
    alarms: (a) => SW.showRows(a),
    shelf: (s) => SW.showShelf(s),
    recent: (r) => SW.showRecent(r),
    today: (t) => SW.showToday(t),
    feeds: (f) => SW.showFeeds(f),
    ribbon: (r) => SW.showRibbon(r),
    passes: (p) => SW.showPasses(p),
    demo: (parts) => Object.entries(parts).forEach(([part, on]) => (SW.at(`demo-${part}`).hidden = !on)),
    setup: (s) => showSetup(s),
    tiles: (changed) => Object.values(changed).forEach((tile) => tile && SW.showTile(tile)),
  }));
  const ticks = (SW.ticks = SW.ticks || []);
  const KEYED = ["tiles", "devices", "areas"];
  const MAP = ["devices", "areas", "plan"];
  const BACKOFF_S = [1, 2, 4, 8, 15];

  SW.parts = null;
  let stream = null, ready = false, changed = {}, frame = 0, behind = "", whole = false;

  /* ---- the stream */
  const open = () => {
    if (stream) stream.close();
    const mine = (stream = new EventSource(`/live?${new URLSearchParams({ community: page.community, lang: page.lang, visit: page.visit || "" })}`));
    const on = (name, act) =>
      mine.addEventListener(name, (event) => {
        if (mine !== stream) return;
        SW.watch.heard();
        SW.watch.retryAt = 0;
        act(JSON.parse(event.data));
      });
    on("snap", snap);
    on("delta", delta);
    on("hb", beat);
  };

  /** What was heard may be old: asked for again, and waited for no longer than a moment. */
  SW.again = () => {
    SW.watch.doubt();
    open();
  };

  const snap = (message) => {
    if (page.build && page.build !== message.build) return location.reload();
    page.build = message.build;
    SW.showWhole(message.parts);
    heard(message);
    SW.clock.stoodStill(message.still_ms);
  };

  const delta = (message) => {
    if (!SW.parts) return;
    for (const [part, value] of Object.entries(message.parts)) {
      if (!KEYED.includes(part)) {
        SW.parts[part] = changed[part] = value;
        continue;
      }
      changed[part] = changed[part] === SW.parts[part] ? changed[part] : { ...changed[part], ...value };
      for (const [key, entry] of Object.entries(value)) {
        if (entry === null) delete SW.parts[part][key];
        else SW.parts[part][key] = entry;
      }
    }
    heard(message);
  };

  /** A revision that stays ahead of this page from one heartbeat to the next: something was missed, take it all again. */
  const beat = (message) => {
    SW.clock.hear(message.clock_ms, message.still_ms);
    SW.clock.stoodStill(message.still_ms);
    SW.showTour(message.tour || null);
    if (behind && page.revision < behind) open();
    behind = message.revision > page.revision ? message.revision : "";
  };

  const heard = (message) => {
    page.revision = message.revision;
    SW.clock.hear(message.clock_ms, message.still_ms);
    if (!frame && Object.keys(changed).length) frame = requestAnimationFrame(paint);
  };

  /* ---- painting */
  const paint = () => {
    frame = 0;
    if (!ready || !SW.parts) return;
    const now = changed;
    changed = {};
    if (SW.watch.lost && SW.clock.still() > 1000) return void (changed = { ...now, ...changed });
    for (const [part, show] of Object.entries(PARTS)) if (part in now) show(now[part]);
    if ("alarms" in now || "setup" in now || "shelf" in now) SW.fitRows();
    if (MAP.some((part) => part in now)) showMap(now);
    whole = false;
    if (!document.body.dataset.state) document.body.dataset.state = "live";
  };

  SW.showWhole = (parts) => {
    SW.parts = parts;
    SW.showAll();
  };

  SW.showAll = () => {
    changed = { ...SW.parts };
    whole = true;
    if (!frame) frame = requestAnimationFrame(paint);
  };

  const showMap = (now) => {
    const plan = SW.at("plan");
    const apply = plan && plan.contentWindow && plan.contentWindow.applyDelta;
    if (!apply) return;
    apply({ whole, devices: now.devices || {}, areas: now.areas || {}, plan: now.plan || null, clock: SW.clock });
  };

  /** The map's page calls this when it has drawn its plan. */
  SW.mapReady = () => {
    if (!SW.parts) return;
    whole = true;
    showMap(SW.parts);
    whole = false;
  };

  SW.mapLost = (lost) => {
    const page = SW.at("plan").contentDocument;
    if (page && page.body) page.body.classList.toggle("lost", lost);
  };

  const showHead = (head) => {
    SW.clock.offsetMin = head.offset_min;
    SW.text(SW.at("name"), head.name);
    SW.text(SW.at("duty"), head.duty);
    SW.text(SW.at("date"), head.date);
    document.body.classList.toggle("empty", head.empty);
  };

  const showSetup = (setup) => {
    if (setup) SW.showCard(setup.title, setup.steps.map((s) => [s.what, s.how]));
    else if (!SW.watch.lost) SW.showCard("", []);
    SW.text(SW.at("card-note"), setup ? setup.note : "");
    SW.at("card-note").hidden = !setup;
  };

  /* ---- seconds */
  const tick = () => {
    if (!ready) return;
    const now = SW.clock.now();
    if (now) SW.text(SW.at("clock"), SW.clockTime(now, SW.clock.offsetMin));
    if (!SW.past) SW.tickWatch();
    for (const act of ticks) act();
    if (!SW.past) retry();
    if (SW.watch.lost) return;
    SW.tickVerdict();
    SW.tickRows();
    SW.tickTiles();
    SW.tickRibbon();
    const plan = SW.at("plan");
    if (plan && plan.contentWindow && plan.contentWindow.tickPlan) plan.contentWindow.tickPlan();
  };

  const retry = () => {
    const watch = SW.watch, at = performance.now();
    if (!watch.silent() || at < watch.retryAt) return;
    const wait = BACKOFF_S[Math.min(watch.retries, BACKOFF_S.length - 1)];
    watch.retries += 1;
    watch.retryAt = at + (wait + Math.random() * 0.5) * 1000;
    open();
  };

  /* Dash draws the page after this script has run: the stream opens before that, painting waits for the islands. */
  const start = () => {
    if (!document.getElementById("wall")) return requestAnimationFrame(start);
    const wall = document.getElementById("wall");
    SW.words = JSON.parse(wall.dataset.words);
    SW.fallback = JSON.parse(wall.dataset.fallback);
    SW.drawIcons(document);
    ready = true;
    if (SW.parts) SW.showAll();
    // widths are measured in the fonts that are there
    document.fonts.addEventListener("loadingdone", () => SW.parts && SW.showAll());
    window.addEventListener("resize", () => {
      SW.fitVerdict();
      SW.fitRows();
    });
    setInterval(tick, 250);
  };
  const begin = () => {
    if (!SW.past) open();
    start();
  };
  // The first frame may come before the scripts after this one have run: it would be lost.
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
