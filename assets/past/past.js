/* A wall of the past: asks for one picture after the other, and says what moment each is of. Nothing here ever looks as if
   it were live: no stream, no sound, no button but those of the film. */
(() => {
  const SW = (window.SW = window.SW || {});
  const RULES = SW.pastRules, page = document.documentElement.dataset;
  const ANSWER_MS = 30000, LATE_MS = 300, ADDRESS_MS = 1000;
  const viewer = crypto.randomUUID();
  let say = {}, at = 0, now = 0, speed = 0, last = 1, wanted = null, asked = 0, asking = false, day = null, shown = null;
  let addressed = 0, answered = 0, unread = "";

  SW.past = true;

  const query = (more) => new URLSearchParams({ community: page.community, lang: page.lang, visit: page.visit || "", viewer, ...more });
  const fill = (key, ...values) => (say[key] || "").replace(/\{\}/g, () => String(values.shift()));
  const pad = (n) => String(n).padStart(2, "0");
  const local = (ms) => new Date(ms + SW.clock.offsetMin * 60000);
  const iso = (ms) => local(ms).toISOString().slice(0, 19);
  const time = (ms) => SW.clockTime(ms, SW.clock.offsetMin);

  /* ---- asking */
  /** `why`: said beside the picture of a moment that nobody asked for. */
  const seek = (ms, why = "") => {
    unread = why;
    wanted = Math.max(0, Math.min(ms, now || ms));
    ask();
  };

  /** One question at a time; of those that come meanwhile the last. */
  const ask = async () => {
    if (asking || wanted === null) return;
    const moment = wanted;
    wanted = null;
    asking = true;
    asked = performance.now();
    at = moment;
    await answer(moment);
    asking = false;
    answered = performance.now();
    band();
    ask();
  };

  const answer = async (moment) => {
    try {
      const got = await fetch(`/api/v1/past?${query({ at: moment })}`, { signal: AbortSignal.timeout(ANSWER_MS) });
      if (got.status === 401) return location.reload();
      const said = await got.json();
      if (said.now_ms) now = said.now_ms;
      if (got.ok) show(said);
      else refuse(said);
    } catch {
      refuse({ error: say.slow });
    }
    if (!day || moment < day.from_ms || moment >= day.to_ms) await loadDay(moment);
  };

  const loadDay = async (moment) => {
    try {
      const got = await fetch(`/api/v1/past/day?${query({ at: moment })}`, { signal: AbortSignal.timeout(ANSWER_MS) });
      if (!got.ok) return;
      day = await got.json();
      now = day.now_ms;
      SW.clock.offsetMin = day.offset_min;
      drawTrack();
    } catch {
      day = null; // the track stays empty; the next picture asks again
    }
  };

  const show = (said) => {
    shown = said;
    SW.page.revision = said.revision;
    SW.clock.show(said.at_ms, speed === 1 ? 1 : 0);
    SW.at("past-card").hidden = true;
    SW.at("wall").classList.toggle("silent", Boolean(RULES.silence(said)));
    SW.showWhole(said.parts);
    document.body.dataset.past = "shown";
  };

  const refuse = (said) => {
    shown = null;
    play(0);
    SW.clock.show(at, 0);
    SW.text(SW.at("past-title"), say.nothing_title);
    SW.text(SW.at("past-why"), said.error);
    const go = SW.at("past-go");
    go.hidden = !said.to_ms;
    if (said.to_ms) {
      SW.text(go, fill("first", iso(said.to_ms).replace("T", " ")));
      go.onclick = () => seek(said.to_ms);
    }
    SW.at("past-card").hidden = false;
    document.body.dataset.past = "refused";
  };

  /* ---- the film */
  const play = (to) => {
    if (to && !shown) return; // there is nothing to go on from
    speed = to;
    if (to) last = to;
    if (shown) SW.clock.show(asking || speed !== 1 ? at : SW.clock.now(), speed === 1 ? 1 : 0);
    SW.text(SW.at("past-play"), to ? say.pause : say.play);
    document.querySelectorAll("[data-speed]").forEach((button) => {
      button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === to));
    });
  };

  const tick = () => {
    if (!say.tag) return;
    const gone = performance.now() - asked;
    if (speed && !asking && shown && gone >= RULES.cadence(speed)) {
      if (RULES.ended(at, now + (performance.now() - answered))) play(0);
      else seek(RULES.next(at, speed, gone, now + (performance.now() - answered)));
    }
    band();
  };

  /* ---- the band */
  const band = () => {
    const moment = shown && speed === 1 ? SW.clock.now() : at;
    const date = day && moment >= day.from_ms && moment < day.to_ms ? day.date : iso(moment).slice(0, 10);
    SW.text(SW.at("past-moment"), moment ? `${date} ${time(moment)}` : "");
    SW.text(SW.at("past-ago"), now && moment ? fill("ago", SW.elapsed(now - moment)) : "");
    SW.text(SW.at("past-note"), note());
    mark(moment);
    if (!asking && performance.now() - addressed > ADDRESS_MS && moment) {
      addressed = performance.now();
      history.replaceState(null, "", `/past?${new URLSearchParams({ community: page.community, lang: page.lang, ...(page.visit ? { visit: 1 } : {}), at: iso(moment) })}`);
      const when = SW.at("past-input");
      if (when && document.activeElement !== when) when.value = iso(moment).slice(0, 16);
    }
  };

  const note = () => {
    if (asking && performance.now() - asked > LATE_MS) return say.loading;
    if (unread || !shown) return unread;
    const silence = RULES.silence(shown);
    if (silence && !silence.until && now - shown.at_ms < 60000) return say.behind;
    if (silence && silence.until) return fill("silent_until", time(silence.from), time(silence.until));
    if (silence) return fill("silent", time(silence.from));
    if (shown.invented) return say.demo;
    if (shown.other_site) return say.other_site;
    return RULES.ended(shown.at_ms, now) ? say.reached : "";
  };

  /* ---- the track */
  const HOURS = [0, 4, 8, 12, 16, 20, 24];
  const SIZE = { 1: 22, 2: 19, 3: 18 };

  const drawTrack = () => {
    const track = SW.at("past-track"), percent = (ms) => `${(100 * RULES.share(ms, day)).toFixed(3)}%`;
    const part = (look, from, to) => {
      const made = SW.make("i", look);
      made.style.left = percent(from);
      if (to !== undefined) made.style.width = `${(100 * (RULES.share(to, day) - RULES.share(from, day))).toFixed(3)}%`;
      return made;
    };
    const hour = (h) => {
      const made = SW.make("span", "hour", pad(h));
      made.style.left = `${((100 * h) / 24).toFixed(3)}%`;
      return made;
    };
    const alarm = ([ms, p]) => {
      const made = part(`alarm-mark mark-p${p}`, ms);
      SW.markup(made, `<svg width="${SIZE[p]}" height="${SIZE[p]}" viewBox="-2 -2 28 28">${SW.shape(p)}</svg>`);
      return made;
    };
    const marks = day.marks.slice().sort((a, b) => b[1] - a[1]).map(alarm);
    const bar = SW.make("div", "line", ...RULES.holes(day).map(([from, to, look]) => part(look, from, to)));
    track.replaceChildren(bar, ...marks, ...HOURS.map(hour), SW.make("i", "at"));
    mark(at);
  };

  const mark = (moment) => {
    const pointer = SW.at("past-track").querySelector(".at");
    if (!pointer || !day) return;
    pointer.style.left = `${(100 * RULES.share(moment, day)).toFixed(3)}%`;
    const track = SW.at("past-track");
    track.setAttribute("aria-valuenow", String(Math.floor((moment - day.from_ms) / 60000)));
    track.setAttribute("aria-valuetext", `${day.date} ${time(moment)}`);
  };

  const drag = (event) => {
    if (!day || !(event.buttons & 1)) return;
    const box = SW.at("past-track").getBoundingClientRect();
    seek(RULES.moment((event.clientX - box.left) / box.width, day));
  };

  /* ---- hands */
  const KEYS = {
    ArrowLeft: (fast) => seek(RULES.step(at, -1, fast ? "hour" : "minute")),
    ArrowRight: (fast) => seek(RULES.step(at, 1, fast ? "hour" : "minute")),
    PageUp: () => seek(RULES.step(at, 1, "day")),
    PageDown: () => seek(RULES.step(at, -1, "day")),
    Space: () => play(speed ? 0 : last),
    Escape: () => location.assign(SW.at("past-leave").href),
  };

  const keys = (event) => {
    if (event.target.closest("input, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = KEYS[event.code];
    if (!act || (event.code === "Space" && event.target.closest("button, a"))) return;
    event.preventDefault();
    act(event.shiftKey);
  };

  const picker = (place) => {
    const input = SW.make("input", "num"), go = SW.make("button", "press", place.dataset.go);
    Object.assign(input, { type: "datetime-local", id: "past-input" });
    input.setAttribute("aria-label", place.dataset.label);
    go.type = "button";
    const act = () => input.value && jump(input.value);
    go.addEventListener("click", act);
    input.addEventListener("keydown", (event) => event.key === "Enter" && act());
    place.replaceChildren(input, go);
  };

  /** What somebody typed is the community's time: its day says how far that is from UTC. */
  const jump = (text) => {
    const ms = Date.parse(`${text.length === 16 ? `${text}:00` : text}Z`) - SW.clock.offsetMin * 60000;
    if (Number.isFinite(ms)) seek(ms);
    else seek(at, say.no_moment);
  };

  const start = async () => {
    const strip = document.getElementById("past");
    if (!strip || !SW.words.seconds) return requestAnimationFrame(start);
    say = JSON.parse(strip.dataset.words);
    picker(SW.at("past-when"));
    strip.querySelectorAll("[data-step]").forEach((button) => {
      button.addEventListener("click", () => seek(RULES.step(at, Number(button.dataset.step), button.dataset.unit)));
    });
    strip.querySelectorAll("[data-speed]").forEach((button) => {
      button.addEventListener("click", () => play(Number(button.dataset.speed)));
    });
    SW.at("past-play").addEventListener("click", () => play(speed ? 0 : last));
    const track = SW.at("past-track");
    track.addEventListener("pointerdown", (event) => {
      track.setPointerCapture(event.pointerId);
      drag(event);
    });
    track.addEventListener("pointermove", drag);
    document.addEventListener("keydown", keys);
    play(0);
    const { at: asks, unread: strange } = strip.dataset;
    await loadDay(asks || Date.now()); // how late it is, and how far from UTC, the answer says
    const latest = now || Date.now();
    if (strange) seek(latest, say.unread);
    else seek(asks ? Number(asks) : latest - 600000);
  };

  (SW.ticks = SW.ticks || []).push(tick);
  start();
})();
