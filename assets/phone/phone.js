/* The guard's phone. Cards stay where they are under a finger; a press is shown as sent, then as what the log made of it. */
(() => {
  const SW = (window.SW = window.SW || {});
  const page = { ...document.documentElement.dataset };
  const SILENT_MS = 7000, ANSWER_MS = 10000, GATHER_MS = 400, WORD_MS = 700;
  const BACKOFF_S = [1, 2, 4, 8, 15];
  const cards = new Map(), mine = new Set();
  let stream = null, heardAt = performance.now(), clockMs = 0, clockAt = 0, offsetMin = 0, tries = 0, retryAt = 0, asking = false, again = false;

  const now = () => (clockMs ? clockMs + performance.now() - clockAt : 0);
  const query = (more = {}) => new URLSearchParams({ community: page.community, lang: page.lang, ...more });
  const said = (words, bad = false) => {
    SW.text(SW.at("phone-said"), words);
    SW.at("phone-said").classList.toggle("bad", bad);
  };
  const leave = () => location.assign(`/login?${new URLSearchParams({ next: location.pathname + location.search })}`);

  const hear = (ms, still = 0) => {
    heardAt = performance.now();
    if (ms === clockMs) return;
    clockMs = ms;
    clockAt = heardAt - still;
  };

  const open = () => {
    if (stream) stream.close();
    const mine = (stream = new EventSource(`/live?${query()}`));
    const on = (name, act) => mine.addEventListener(name, (event) => mine === stream && act(JSON.parse(event.data)));
    on("snap", (m) => { tries = 0; hear(m.clock_ms, m.still_ms); if (m.parts.head) offsetMin = m.parts.head.offset_min; refresh(); });
    on("delta", (m) => { hear(m.clock_ms); if (["alarms", "counts", "areas"].some((part) => part in m.parts)) refresh(); });
    on("hb", (m) => hear(m.clock_ms));
  };

  const refresh = () => {
    if (asking) return void (again = true);
    asking = true;
    setTimeout(ask, GATHER_MS);
  };

  const ask = async () => {
    again = false;
    try {
      const answer = await fetch(`/api/v1/desk?${query()}`, { headers: { "X-Background": "1" }, signal: AbortSignal.timeout(ANSWER_MS) });
      if (answer.status === 401) return leave();
      if (!answer.ok) return;
      const told = await answer.json();
      show(told.rows.filter((r) => r.p <= 2 && r.badge !== "none"));
      for (const one of told.refused) if (mine.delete(one.id)) said(SW.say("not_done", one.words), true);
    } catch {
      /* the band says so when the stream is silent too */
    } finally {
      asking = false;
      if (again) refresh();
    }
  };

  const show = (rows) => {
    SW.at("phone-none").hidden = rows.length > 0;
    const wanted = new Set(rows.map((r) => r.key));
    for (const [key, card] of cards) if (!wanted.has(key)) { card.element.remove(); cards.delete(key); }
    for (const row of rows) {
      let card = cards.get(row.key);
      if (!card) cards.set(row.key, (card = build(row)));
      fill(card, row);
    }
    rows.forEach((row, i) => {
      const element = cards.get(row.key).element, list = SW.at("phone-cards");
      if (!document.activeElement || !list.contains(document.activeElement) || !element.isConnected) {
        if (list.children[i] !== element) list.insertBefore(element, list.children[i] || null);
      }
    });
    tick();
  };

  const button = (label, act, look = "") => {
    const b = SW.make("button", look, label);
    b.type = "button";
    b.addEventListener("click", () => act(b));
    return b;
  };

  const build = (row) => {
    const part = (tag, look) => SW.make(tag, look);
    const parts = { mark: part("span", "mark"), what: part("h2", ""), where: part("p", "where"), time: part("b", "num"), words: part("span", "words"), steps: part("ol", ""), acts: part("div", "acts") };
    const element = SW.make("article", "", SW.make("header", "", parts.mark, SW.make("div", "text", parts.what, parts.where), SW.make("div", "when", parts.time, parts.words)), parts.acts, parts.steps);
    element.dataset.key = row.key;
    const card = { element, parts, row };
    const photo = SW.make("input");
    Object.assign(photo, { type: "file", accept: "image/*", hidden: true });
    photo.setAttribute("capture", "environment");
    photo.addEventListener("change", () => photo.files[0] && picture(card, photo));
    card.take = button(SW.say("take"), (b) => send(card, { type: "alarm.take", instead_of: card.row.owner || "" }, b), "go");
    card.there = button(SW.say("on_scene"), (b) => send(card, { type: "alarm.take", work: "on_scene", instead_of: card.row.owner || "" }, b));
    card.photo = button(SW.say("photo"), () => photo.click());
    parts.acts.append(card.take, card.there, card.photo, photo);
    steps(card);
    return card;
  };

  const steps = async (card) => {
    const answer = await fetch(`/api/v1/desk/alarm?${query({ key: card.row.key })}`).catch(() => null);
    if (answer && answer.ok) card.parts.steps.replaceChildren(...((await answer.json()).steps || []).map((s) => SW.make("li", "", s)));
  };

  const fill = (card, row) => {
    card.row = row;
    const { parts, element } = card;
    SW.look(element, `card p${row.p} ${row.badge}`);
    SW.markup(parts.mark, SW.badge(row.p, row.badge, row.p === 1 && row.badge === "unack" ? "pulse" : ""));
    SW.text(parts.what, row.title);
    SW.text(parts.where, row.place);
    SW.text(parts.words, row.words);
    const mine = row.owner_person && row.owner_person === page.person;
    card.take.hidden = !row.acknowledge && mine;
    SW.text(card.take, SW.say(row.acknowledge || !row.owner ? "take" : "take_over"));
    card.there.hidden = row.acknowledge || row.words.includes(SW.say("on_scene"));
  };

  const send = async (card, command, b) => {
    const body = { community: page.community, alarm: card.row.key, occurrence: card.row.occurrence, ...command };
    b.disabled = true;
    said(SW.say("sending"));
    try {
      const answer = await fetch(`/api/v1/commands?${query()}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal: AbortSignal.timeout(ANSWER_MS) });
      if (answer.status === 401) return leave();
      if (answer.ok) {
        mine.add((await answer.json()).id);
        setTimeout(refresh, WORD_MS); // a refusal changes no card
        return said(SW.say("recorded"));
      }
      const why = await answer.json().catch(() => ({}));
      said(answer.status === 403 ? SW.say("denied") : answer.status === 503 ? SW.say(why.recorded === "unknown" ? "unsure" : "log_down") : SW.say("failed", why.error || answer.status), true);
    } catch {
      said(SW.say("unsure"), true);
    } finally {
      b.disabled = false;
    }
  };

  const picture = async (card, field) => {
    try {
      said(SW.say("sending"));
      const jpeg = await SW.smaller(field.files[0]).catch(() => null);
      if (!jpeg) return said(SW.say("bad_photo"), true);
      const answer = await fetch(`/api/v1/photos?${query()}`, { method: "POST", headers: { "Content-Type": "image/jpeg" }, body: jpeg });
      if (!answer.ok) return said(SW.say("failed", answer.status), true);
      await send(card, { type: "alarm.comment", text: SW.say("photo"), picture: (await answer.json()).hash }, card.photo);
    } catch {
      said(SW.say("unsure"), true); // the network, or its answer
    } finally {
      field.value = "";
    }
  };

  const tick = () => {
    const at = performance.now(), silent = at - heardAt > SILENT_MS;
    const band = SW.at("phone-lost");
    band.hidden = !silent;
    document.body.dataset.state = silent ? "lost" : clockMs ? "live" : "waiting";
    if (silent) SW.text(band, SW.say("lost", SW.elapsed(at - heardAt)));
    if (silent && at >= retryAt) {
      retryAt = at + BACKOFF_S[Math.min(tries++, BACKOFF_S.length - 1)] * 1000;
      open();
    }
    if (!now()) return;
    if (!silent) SW.text(SW.at("phone-clock"), SW.clockTime(now(), offsetMin));
    for (const { row, parts } of cards.values()) SW.text(parts.time, SW.elapsed(now() - row.started_ms));
  };

  const start = () => {
    const phone = document.getElementById("phone");
    if (!phone) return requestAnimationFrame(start);
    SW.words = JSON.parse(phone.dataset.words);
    page.person = phone.dataset.person;
    SW.at("phone-big").addEventListener("click", () => document.documentElement.classList.toggle("big"));
    open();
    setInterval(tick, 500);
  };
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
