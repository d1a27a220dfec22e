/* 云广播: where, what, hold to play; and of the last ones what each loudspeaker has answered. */
(() => {
  const SW = (window.SW = window.SW || {});
  const zones = new Set();
  let recording = "", words = "", asked = location.hash === "#compose"; // the desk's B leads here

  const ready = () => zones.size > 0 && Boolean(recording || words.trim());

  const play = async () => {
    const id = `${recording || "text"}-${Array.from(crypto.getRandomValues(new Uint8Array(6)), (n) => n.toString(16).padStart(2, "0")).join("")}`;
    const message = id.toLowerCase().replace(/[^a-z0-9-]/g, "-");
    const what = recording ? { recording } : { text: words.trim() };
    SW.said(SW.say("sending"));
    const told = await SW.order({ type: "broadcast.play", message, community: SW.page.community, zones: [...zones], ...what });
    SW.said(told.words, !told.sent);
    if (told.sent) SW.askSoon();
  };

  const choice = (name, on, act, small) => {
    const b = SW.button(name, "", () => act(b), on ? "on" : "");
    b.setAttribute("aria-pressed", String(on));
    if (small) b.append(SW.make("small", "", small));
    return b;
  };

  const compose = (said) => {
    const again = () => { SW.at("compose").swShows = ""; SW.showBroadcasts(said); };
    const where = said.zones.map((zone) => choice(zone.name, zones.has(zone.id), () => {
      if (zones.has(zone.id)) zones.delete(zone.id);
      else if (zone.id === "all") { zones.clear(); zones.add("all"); }
      else { zones.delete("all"); zones.add(zone.id); }
      again();
    }, SW.say("speakers_n", zone.speakers)));
    const recorded = said.recordings.map((one) => {
      const b = choice(one.name, recording === one.id, () => { recording = recording === one.id ? "" : one.id; again(); });
      b.title = one.text;
      return b;
    });
    const field = SW.make("textarea");
    Object.assign(field, { maxLength: 300, placeholder: SW.say("words"), id: "words", value: words, disabled: Boolean(recording) });
    field.setAttribute("aria-label", SW.say("words"));
    const go = SW.held(SW.button(SW.say("play"), "", null, "go"), play);
    go.id = "play";
    const able = () => { go.disabled = !ready(); go.title = ready() ? "" : SW.say("play_needs"); };
    field.addEventListener("input", () => { words = field.value; able(); });
    able();
    return [SW.make("h4", "", SW.say("zones")), SW.make("div", "choices", ...where), SW.make("h4", "", SW.say("pre_recorded")), SW.make("div", "choices", ...recorded), field, go];
  };

  const one = (broadcast) => {
    const all = broadcast.ok === broadcast.total;
    const head = SW.make("p", "told", SW.make("span", "num", SW.localTime(broadcast.at_ms)), SW.make("b", "", broadcast.name || SW.say("written")), SW.make("span", all ? "" : "short", SW.say("played", broadcast.ok, broadcast.total)));
    const owing = broadcast.speakers.filter((s) => s.word !== "ok").map((s) =>
      SW.make("p", `speaker ${s.word}`, SW.make("span", "", s.place), SW.make("b", "", SW.say(`word_${s.word}`))));
    const box = SW.make("div", "broadcast-one", head, ...owing);
    box.dataset.message = broadcast.message;
    return box;
  };

  SW.showBroadcasts = (said) => {
    SW.fill(SW.at("compose"), [said.zones, said.recordings], () => compose(said));
    if (asked) SW.at("compose").querySelector("button").focus();
    asked = false;
    SW.fill(SW.at("broadcasts"), said.broadcasts, () => [SW.make("h4", "", SW.say("last_broadcasts")), ...(said.broadcasts.length ? said.broadcasts.map(one) : [SW.make("p", "none", SW.say("no_broadcast"))])]);
  };
})();
