/* All communities, a line each, the worst first; one stream. Times run on by performance.now() from what the server said. */
(() => {
  const SW = (window.SW = window.SW || {});
  const SILENT_MS = 7000, BACKOFF_S = [1, 2, 4, 8, 15];
  const lines = new Map(); // id -> {line, at, element, parts}
  const lang = document.documentElement.dataset.lang;
  let stream = null, build = "", heardAt = performance.now(), retryAt = 0, retries = 0, ready = false, frame = 0;

  /* ---- the stream */
  const open = () => {
    if (stream) stream.close();
    const mine = (stream = new EventSource(`/city/live?${new URLSearchParams({ lang })}`));
    const on = (name, act) =>
      mine.addEventListener(name, (event) => {
        if (mine !== stream) return;
        heardAt = performance.now();
        retryAt = 0;
        act(JSON.parse(event.data));
      });
    on("snap", snap);
    on("delta", (message) => take(message.lines));
    on("hb", () => {});
  };

  const snap = (message) => {
    if (build && build !== message.build) return location.reload();
    build = message.build;
    retries = 0;
    for (const [id, shown] of lines) {
      if (id in message.lines) continue;
      if (shown.element) shown.element.remove();
      lines.delete(id);
    }
    take(message.lines);
  };

  const take = (changed) => {
    const at = performance.now();
    for (const [id, line] of Object.entries(changed)) {
      const shown = lines.get(id) || {};
      lines.set(id, Object.assign(shown, { line, at, drawn: false }));
    }
    if (!frame) frame = requestAnimationFrame(paint);
  };

  /* ---- painting */
  const build_row = (id) => {
    const part = (look) => SW.make("span", look);
    const parts = { mark: part("mark"), name: part("name"), what: part("what"), line: part("line-words"), time: part("time num") };
    parts.counts = [1, 2, 3, 4].map((p) => part(`n num p${p}`));
    const row = SW.make("a", "", parts.mark, parts.name, SW.make("span", "says", parts.what, parts.line), SW.make("span", "counts", ...parts.counts), parts.time);
    row.href = `/?${new URLSearchParams({ community: id, lang })}`;
    return { element: SW.make("li", "", row), row, parts };
  };

  const draw = (id, shown) => {
    if (!shown.element) Object.assign(shown, build_row(id));
    const { line, parts } = shown;
    SW.look(shown.element, `line ${line.look}`);
    SW.markup(parts.mark, line.symbol === "badge" ? SW.badge(line.p, line.look === "p1" ? "inverse" : line.badge) : SW.symbol(line.symbol));
    SW.text(parts.name, line.name);
    SW.text(parts.what, line.place ? `${line.title}  ${line.place}` : line.title);
    SW.text(parts.line, line.line);
    parts.counts.forEach((cell, i) => {
      const n = line.counts[i];
      SW.text(cell, n === null ? "—" : String(n));
      cell.classList.toggle("zero", !n);
    });
    shown.drawn = true;
  };

  const worse = ([a_id, { line: a }], [b_id, { line: b }]) => {
    for (let i = 0; i < a.order.length; i++) if (a.order[i] !== b.order[i]) return a.order[i] - b.order[i];
    return a_id < b_id ? -1 : 1;
  };

  const paint = () => {
    frame = 0;
    if (!ready) return;
    const list = SW.at("city-lines");
    let next = list.firstElementChild;
    for (const [id, shown] of [...lines].sort(worse)) {
      if (!shown.drawn) draw(id, shown);
      if (shown.element === next) next = next.nextElementSibling;
      else list.insertBefore(shown.element, next); // only what has changed its place is moved
    }
    sums();
    sift();
    tick();
    document.body.dataset.state = document.body.dataset.state === "lost" ? "lost" : "live";
  };

  const sums = () => {
    const all = [...lines.values()].map(({ line }) => line);
    const silent = all.filter((line) => line.look === "lost").length, critical = all.filter((line) => line.counts[0]).length;
    const said = [SW.say("communities", all.length), critical && SW.say("critical", critical), silent && SW.say("silent_n", silent)];
    SW.text(SW.at("city-sums"), said.filter(Boolean).join(" · "));
  };

  const sift = () => {
    const wanted = SW.at("city-search").firstElementChild.value.trim().toLowerCase();
    for (const [id, { line, element }] of lines) element.hidden = Boolean(wanted) && !`${line.name} ${id}`.toLowerCase().includes(wanted);
  };

  /* ---- seconds */
  const tick = () => {
    const now = performance.now();
    for (const { line, at, parts } of lines.values()) {
      if (parts) SW.text(parts.time, line.ago_ms === null ? line.right : SW.elapsed(line.ago_ms + now - at));
    }
  };

  const watch = () => {
    const now = performance.now(), lost = now - heardAt > SILENT_MS;
    const bar = SW.at("city-lost");
    bar.hidden = !lost;
    document.body.classList.toggle("lost", lost);
    if (lines.size) document.body.dataset.state = lost ? "lost" : "live";
    if (!lost) return tick();
    SW.text(bar, `${SW.say("lost")} · ${SW.say("lost_line")} · ${SW.elapsed(now - heardAt)}`);
    if (now < retryAt) return;
    retryAt = now + (BACKOFF_S[Math.min(retries, BACKOFF_S.length - 1)] + Math.random() * 0.5) * 1000;
    retries += 1;
    open();
  };

  const start = () => {
    const page = document.getElementById("city");
    if (!page) return requestAnimationFrame(start);
    SW.words = JSON.parse(page.dataset.words);
    const search = Object.assign(document.createElement("input"), { type: "search", placeholder: SW.say("search") });
    search.setAttribute("aria-label", SW.say("search"));
    search.addEventListener("input", sift);
    SW.at("city-search").append(search);
    ready = true;
    paint();
    setInterval(watch, 500);
  };
  open();
  start();
})();
