/* A button, a button that is held, and one command on its way to the log. */
(() => {
  const SW = (window.SW = window.SW || {});
  const ANSWER_MS = 10000, HOLD_MS = 1000;

  SW.button = (label, key, act, look = "") => {
    const b = SW.make("button", look, SW.make("span", "", label));
    if (key) b.append(SW.make("kbd", "", key));
    b.type = "button";
    if (act) b.addEventListener("click", () => act(b));
    return b;
  };

  /** A dangerous one counts only when it was held for a second, by finger or by key (`code`: which besides Enter). */
  SW.held = (b, act, code = "Enter") => {
    let timer = 0;
    const down = (event) => {
      if (event.type === "keydown" && ((event.code !== "Enter" && event.code !== code) || event.repeat)) return;
      if (b.disabled || timer) return;
      b.classList.add("holding");
      timer = setTimeout(() => { up(); act(b); }, HOLD_MS);
    };
    const up = () => { clearTimeout(timer); timer = 0; b.classList.remove("holding"); };
    for (const name of ["pointerdown", "keydown"]) b.addEventListener(name, down);
    for (const name of ["pointerup", "pointerleave", "keyup", "blur"]) b.addEventListener(name, up);
    b.append(SW.make("small", "", SW.say("hold")));
    return b;
  };

  const mine = new Map();

  /** Of what was refused (`[{id, words}]`) that of this page, once each, with what `SW.order` was told of it. */
  SW.refusedOf = (list) => list.filter((one) => mine.has(one.id)).map((one) => {
    const of = mine.get(one.id);
    mine.delete(one.id);
    return { ...one, of };
  });

  /** Sends it. `of`: what it is about, for a refusal that comes later. `sent`: the log has it; `words`: what to tell whoever pressed; `out`: they are not signed in any more. */
  SW.order = async (body, of = null) => {
    try {
      const answer = await fetch(`/api/v1/commands?${SW.query()}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      if (answer.ok) {
        mine.set((await answer.json()).id, of);
        return { sent: true, words: SW.say("recorded") };
      }
      if (answer.status === 401) return { out: true, words: SW.say("signed_out") };
      const said = await answer.json().catch(() => ({}));
      if (answer.status === 403) return { words: SW.say("denied") };
      if (answer.status === 503) return { words: SW.say(said.recorded === "unknown" ? "unsure" : "log_down") };
      return { words: SW.say("failed", said.error || answer.status) };
    } catch {
      return { words: SW.say("unsure") }; // the answer is what was lost, not surely the press
    }
  };
})();
