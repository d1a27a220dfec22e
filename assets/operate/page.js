/* Doors and devices: asks for what is so once a second, fills what has changed, and says when nothing comes any more. */
(() => {
  const SW = (window.SW = window.SW || {});
  const page = (SW.page = { ...document.documentElement.dataset });
  const EVERY_MS = 1000, SOON_MS = 250, SILENT_MS = 7000, STILL_MS = 8000;
  const clock = { heardMs: 0, heardAt: 0, movedAt: performance.now(), offsetMin: 0 };
  let said = null, tab = "doors", device = "", asked = 0, timer = 0, heardAt = performance.now(), lostAt = 0;

  SW.now = () => (clock.heardMs ? clock.heardMs + (performance.now() - clock.heardAt) : 0);
  SW.localTime = (ms) => SW.clockTime(ms, clock.offsetMin);
  SW.query = (more = {}) => new URLSearchParams({ community: page.community, lang: page.lang, ...more });
  SW.told = () => said;
  SW.chosenDevice = () => (said && said.chosen && said.chosen.device === device ? said.chosen : null);

  SW.said = (words, bad = false) => {
    SW.text(SW.at("said"), words);
    SW.at("said").classList.toggle("bad", bad);
  };

  /** Fills a part of the page anew when what it shows has changed; never under a button that is being held. */
  SW.fill = (box, shows, make) => {
    const now = JSON.stringify(shows);
    if (box.swShows === now || box.querySelector(".holding")) return;
    const focused = box.contains(document.activeElement) ? document.activeElement.dataset.act : "";
    box.swShows = now;
    box.replaceChildren(...make());
    const again = focused && box.querySelector(`[data-act="${focused}"]`);
    if (again) again.focus();
  };

  /** One order about a device; the row shows what the fold, and then the device, makes of it. */
  SW.give = async (type, of, more = {}) => {
    SW.said(SW.say("sending"));
    const told = await SW.order({ type, device: of, community: page.community, ...more }, of);
    SW.said(told.words, !told.sent);
    if (told.out) return signedOut();
    if (told.sent) ask(SOON_MS);
    return told.sent;
  };
  SW.askSoon = () => ask(SOON_MS);

  const signedOut = () => setTimeout(() => location.assign(`/login?${new URLSearchParams({ next: location.pathname + location.search })}`), 1500);

  const ask = (afterMs) => {
    clearTimeout(timer);
    timer = setTimeout(fetchIt, afterMs);
  };

  const fetchIt = async () => {
    const mine = ++asked;
    try {
      const answer = await fetch(`/api/v1/operate?${SW.query({ tab, device })}`, { signal: AbortSignal.timeout(6000) });
      if (answer.status === 401) return signedOut();
      if (answer.ok && mine === asked) show(await answer.json());
    } catch {
      /* the band says so when it stays so */
    }
    if (mine === asked) ask(document.hidden ? 5 * EVERY_MS : EVERY_MS);
  };

  const show = (what) => {
    const at = performance.now();
    if (what.clock_ms > clock.heardMs) clock.movedAt = at;
    if (what.clock_ms > clock.heardMs || what.clock_ms < clock.heardMs - 3000) Object.assign(clock, { heardMs: what.clock_ms, heardAt: at });
    clock.offsetMin = what.offset_min;
    heardAt = at;
    said = what;
    SW.showDeskCounts(what.counts, what.left_out);
    SW.showUnacknowledged(what.p1_unacknowledged);
    SW.showCall(what.calls, what.calls_over);
    SW.showChosen();
    SW.showRecords();
    SW.showRows(what.devices, device);
    SW.showPasses(what.passes);
    SW.showBroadcasts(what);
    for (const { words, of } of SW.refusedOf(what.refused || [])) SW.said(SW.say("not_done", [of, words].filter(Boolean).join(" · ")), true);
    document.body.dataset.state = "live";
  };

  SW.choose = (id) => {
    device = id;
    SW.said("");
    SW.showRows(said.devices, device);
    SW.showChosen();
    ask(0);
  };

  const move = (step) => {
    const rows = said.devices, at = rows.findIndex((row) => row.device === device);
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
    if (next) SW.choose(next.device);
  };

  const openTab = (name) => {
    tab = name;
    device = "";
    for (const b of SW.at("tabs").children) b.setAttribute("aria-selected", String(b.dataset.tab === tab));
    ask(0);
  };

  const tick = () => {
    const at = performance.now();
    const lost = at - heardAt > SILENT_MS || at - clock.movedAt > STILL_MS;
    if (lost && !lostAt) lostAt = at - SILENT_MS;
    if (!lost) lostAt = 0;
    document.body.classList.toggle("lost", lost);
    SW.at("desk-lost").hidden = !lost;
    if (lost) SW.text(SW.at("desk-lost"), SW.say("lost", SW.elapsed(at - lostAt)));
    else if (SW.now()) SW.text(SW.at("desk-clock"), SW.localTime(SW.now()));
    if (lost) document.body.dataset.state = "lost";
    for (const element of document.querySelectorAll("[data-since]")) SW.text(element, SW.elapsed(SW.now() - Number(element.dataset.since)));
    for (const element of document.querySelectorAll("[data-age]")) SW.text(element, SW.say("ago", SW.age(SW.now() - Number(element.dataset.age))));
    for (const element of document.querySelectorAll("[data-until]")) SW.text(element, SW.say("awaits", Math.max(0, Math.ceil((Number(element.dataset.until) - SW.now()) / 1000))));
  };
  SW.tickPage = tick;

  /* By `event.code`, so that a Chinese input method swallows none; inert while somebody types. */
  const keys = (event) => {
    if (event.target.matches("input, textarea, select") || event.ctrlKey || event.altKey || event.metaKey) return;
    const call = SW.currentCall();
    if (event.code === "KeyO") return SW.holdKey(event);
    if (event.repeat) return;
    if (event.code === "KeyJ" || event.code === "ArrowDown") move(1);
    else if (event.code === "KeyK" || event.code === "ArrowUp") move(-1);
    else if (call && event.code === "Space") SW.give(call.phase === "ringing" ? "intercom.answer" : "intercom.end", call.device, { call: call.call });
    else if (call && event.code === "KeyH") SW.give("intercom.forward", call.device, { call: call.call });
    else if (call && event.code === "KeyN") SW.give("intercom.end", call.device, { call: call.call });
    else return;
    event.preventDefault();
  };

  const start = () => {
    const main = document.getElementById("operate");
    if (!main) return requestAnimationFrame(start);
    SW.words = JSON.parse(main.dataset.words);
    document.body.classList.add("on-desk");
    document.body.dataset.state = "waiting";
    for (const b of SW.at("tabs").children) b.addEventListener("click", () => openTab(b.dataset.tab));
    addEventListener("keydown", keys);
    const asked = new URLSearchParams(location.search);
    openTab(asked.get("tab") || "doors");
    device = asked.get("device") || "";
    setInterval(tick, 250);
  };
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
