/* The desk's stream: when something has changed it asks for the rows again; counts and map come with the stream itself.
   Silence is judged here, by performance.now() alone. */
(() => {
  const SW = (window.SW = window.SW || {});
  const page = (SW.page = { ...document.documentElement.dataset });
  const SILENT_MS = 7000, STILL_MS = 8000, GATHER_MS = 250;
  const BACKOFF_S = [1, 2, 4, 8, 15];
  const KEYED = ["tiles", "devices", "areas"], MAP = ["devices", "areas", "plan"];
  const clock = { heardMs: 0, heardAt: 0, movedAt: performance.now(), offsetMin: 0 };
  let stream = null, parts = null, build = "", heardAt = performance.now(), tries = 0, retryAt = 0, wanted = 0, asking = false, lostAt = 0;

  SW.now = () => (clock.heardMs ? clock.heardMs + (performance.now() - clock.heardAt) : 0);
  SW.heard = () => clock.heardMs;
  SW.localTime = (ms) => SW.clockTime(ms, clock.offsetMin);
  SW.query = (more = {}) => new URLSearchParams({ community: page.community, lang: page.lang, ...more });

  const hear = (ms, still = 0) => {
    heardAt = performance.now();
    if (ms <= clock.heardMs && ms > clock.heardMs - 3000) return;
    clock.movedAt = heardAt - still;
    clock.heardMs = ms;
    clock.heardAt = heardAt - still;
  };

  const open = () => {
    if (stream) stream.close();
    const mine = (stream = new EventSource(`/live?${SW.query()}`));
    const on = (name, act) => mine.addEventListener(name, (event) => mine === stream && act(JSON.parse(event.data)));
    on("snap", (m) => {
      if (build && build !== m.build) return location.reload();
      build = m.build;
      parts = m.parts;
      tries = 0;
      hear(m.clock_ms, m.still_ms);
      show(parts, true);
    });
    on("delta", (m) => {
      hear(m.clock_ms);
      if (!parts) return;
      for (const [part, value] of Object.entries(m.parts)) {
        if (!KEYED.includes(part)) parts[part] = value;
        else for (const [key, entry] of Object.entries(value)) entry === null ? delete parts[part][key] : (parts[part][key] = entry);
      }
      show(m.parts, false);
      if (SW.awaitsWord()) SW.refresh();
    });
    on("hb", (m) => hear(m.clock_ms));
  };

  const show = (changed, whole) => {
    if (changed.head) clock.offsetMin = changed.head.offset_min;
    if (changed.counts || "left_out" in changed) SW.showDeskCounts(parts.counts, parts.left_out);
    if (MAP.some((part) => part in changed)) showMap(changed, whole);
    if (whole || ["alarms", "counts", "recent", "aside", "areas"].some((part) => part in changed)) SW.refresh();
  };

  const showMap = (changed, whole) => {
    const frame = document.getElementById("plan");
    const apply = frame && frame.contentWindow && frame.contentWindow.applyDelta;
    if (apply) apply({ whole, devices: changed.devices || {}, areas: changed.areas || {}, plan: changed.plan || null, clock: { now: SW.now, offsetMin: clock.offsetMin } });
  };
  SW.mapReady = () => {
    if (parts) showMap(parts, true);
    SW.lookOnMap();
  };

  /** Asks for the rows, once for all that happens within a moment; what happens while they are on their way asks again. */
  SW.refresh = () => {
    if (wanted++ || asking) return;
    setTimeout(ask, GATHER_MS);
  };

  const ask = async () => {
    wanted = 0;
    asking = true;
    try {
      const answer = await fetch(`/api/v1/desk?${SW.query()}`, { headers: { "X-Background": "1" }, signal: AbortSignal.timeout(8000) });
      if (answer.status === 401) return SW.signedOut();
      if (answer.ok) SW.showRows(await answer.json());
    } catch {
      /* the band says so when the stream is silent too */
    } finally {
      asking = false;
      if (wanted) setTimeout(ask, GATHER_MS);
    }
  };

  SW.signedOut = () => {
    SW.said(SW.say("signed_out"), true);
    setTimeout(() => location.assign(`/login?${new URLSearchParams({ next: location.pathname + location.search })}`), 1500);
  };

  const tick = () => {
    const at = performance.now(), now = SW.now();
    const silent = at - heardAt > SILENT_MS, still = at - clock.movedAt > STILL_MS;
    const lost = silent || still;
    if (lost && !lostAt) lostAt = at - Math.max(SILENT_MS, 0);
    if (!lost) lostAt = 0;
    document.body.classList.toggle("lost", lost);
    const band = SW.at("desk-lost");
    band.hidden = !lost;
    if (lost) SW.text(band, SW.say("lost", SW.elapsed(at - lostAt)));
    else if (now) SW.text(SW.at("desk-clock"), SW.localTime(now));
    if (silent && at >= retryAt) {
      retryAt = at + (BACKOFF_S[Math.min(tries++, BACKOFF_S.length - 1)] + Math.random() / 2) * 1000;
      open();
    }
    if (!lost) SW.tickDesk();
    document.body.dataset.state = lost ? "lost" : parts ? "live" : "waiting";
  };

  const start = () => {
    const desk = document.getElementById("desk");
    if (!desk) return requestAnimationFrame(start);
    SW.words = JSON.parse(desk.dataset.words);
    page.person = desk.dataset.person;
    SW.startDesk();
    open();
    setInterval(tick, 250);
  };
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
