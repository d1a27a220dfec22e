/* The call that rings, the device that was chosen, the list of devices: what each is, may be told, and has answered. */
(() => {
  const SW = (window.SW = window.SW || {});
  let call = null;

  SW.currentCall = () => call;

  /** What is under way, or what became of the last order: the device's word, never ours. */
  const outcome = (of) => {
    if (of.pending) {
      const left = SW.make("span", "");
      left.dataset.until = of.pending.until_ms;
      return SW.make("p", "outcome waits", SW.make("b", "", `${of.pending.name} · `), left);
    }
    if (!of.ended) return SW.make("p", "outcome", "");
    const words = of.ended.outcome === "confirmed" ? SW.say("confirmed", of.ended.name) : `${of.ended.name} · ${SW.say("expired")}`;
    return SW.make("p", `outcome ${of.ended.outcome}`, SW.make("span", "num", SW.localTime(of.ended.at_ms)), " ", words);
  };

  const KEY = { "access.open": "O", "parking.open": "O", "intercom.open": "O", "intercom.answer": "space", "intercom.forward": "H", "intercom.end": "N" };

  const keyOf = (type) => (KEY[type] === "space" ? SW.say("key_space") : KEY[type] || "");

  const act = (one, of, more, look = "", keyed = true) => {
    const give = () => SW.give(one.type, of.device, more);
    const why = one.why;
    const b = SW.button(one.name, keyed ? keyOf(one.type) : "", why ? () => SW.said(why, true) : one.hold ? null : give, why ? "off" : look);
    b.dataset.act = one.type;
    if (why) b.setAttribute("aria-disabled", "true");
    else if (one.hold) SW.held(b, give, "KeyO");
    return b;
  };

  const whys = (acts) => SW.make("p", "why", [...new Set(acts.map((one) => one.why).filter(Boolean))].join("；"));

  /** O held anywhere is the button of the call, else of the chosen device, being held. */
  SW.holdKey = (event) => {
    const b = document.querySelector('#call [data-act="intercom.open"]:not(.off)') || document.querySelector('#chosen [data-act$=".open"]:not(.off)');
    if (!b || event.repeat || event.target === b) return;
    b.focus();
    b.dispatchEvent(new KeyboardEvent("keydown", { code: "KeyO" }));
    addEventListener("keyup", () => b.dispatchEvent(new KeyboardEvent("keyup", { code: "KeyO" })), { once: true });
  };

  SW.showCall = (calls, over) => {
    call = calls[0] || null;
    SW.fill(SW.at("call"), [calls, over], () => {
      const past = over.map((one) => SW.make("div", "over", SW.make("b", "", one.place), outcome(one)));
      if (!call) return [SW.make("p", "no-call", SW.say("no_call")), ...past];
      const icon = SW.make("span", "icon");
      SW.markup(icon, SW.icon("intercom"));
      const since = SW.make("b", "num since");
      since.dataset.since = call.since_ms;
      const late = SW.make("span", "", call.phase === "ringing" ? SW.say("target") : SW.say("talking"));
      const head = SW.make("div", "call-head", icon, SW.make("div", "what", SW.make("h2", "", SW.say("calling", call.place)), SW.make("p", "", call.caller || "")), SW.make("div", "when", since, late));
      const of = (type) => call.acts.find((one) => one.type === type);
      const more = { call: call.call };
      const buttons = SW.make("div", "call-acts", act(of("intercom.open"), call, more, "go"), act(of("intercom.answer"), call, more), act(of("intercom.forward"), call, more), act(of("intercom.end"), call, more));
      const others = calls.slice(1).map((other) => {
        const waits = SW.make("span", "num since");
        waits.dataset.since = other.since_ms;
        return SW.make("p", "other-call", SW.make("b", "", other.place), " ", waits);
      });
      return [head, SW.make("div", "pictures", ...call.cameras.slice(0, 2).map(SW.camera)), buttons, outcome(call), ...others, ...past];
    });
    SW.tickPage();
  };

  SW.showChosen = () => {
    const of = SW.chosenDevice();
    const cameras = SW.told().cameras;
    SW.fill(SW.at("chosen"), [of || null, cameras, Boolean(call)], () => {
      if (!of) return call ? [] : [SW.make("p", "none", SW.say("choose_device"))];
      const age = SW.make("span", "num");
      if (of.seen_ms) age.dataset.age = of.seen_ms;
      else SW.text(age, SW.say("never"));
      const head = SW.make("div", "device-head", SW.make("div", "what", SW.make("h2", "", of.place), SW.make("p", "", of.device)), SW.make("div", "when", SW.make("b", "", of.now || "—"), age));
      const acts = of.acts.map((one, n) => act(one, of, {}, n === 0 ? "go" : "", !call));
      const alarm = of.alarm ? [SW.make("p", `alarm p${of.alarm.p}`, of.alarm.what)] : [];
      return [head, ...alarm, ...cameras.map(SW.camera), SW.make("div", "device-acts", ...acts), whys(of.acts), outcome(of)];
    });
    SW.tickPage();
  };

  SW.showRows = (rows, chosen) => {
    SW.text(SW.at("listed"), SW.say("places", rows.length));
    SW.fill(SW.at("rows"), [rows.map(({ seen_ms, ...row }) => row), chosen], () => rows.map((row) => {
      const mark = SW.make("span", "mark");
      if (row.alarm) SW.markup(mark, SW.badge(row.alarm.p, row.alarm.badge, ""));
      const now = row.fresh === "stale" || row.fresh === "unknown" ? "—" : [row.now || "—", row.floor].filter(Boolean).join(" ");
      const beside = row.ordered ? `${row.ordered}…` : row.alarm ? row.alarm.what : row.device;
      const line = SW.make("div", `device-row ${row.odd ? "odd" : ""} ${row.fresh} ${row.device === chosen ? "chosen" : ""}`, mark,
        SW.make("div", "text", SW.make("span", "what", row.place), SW.make("span", "beside", beside)),
        SW.make("span", "now", now));
      line.dataset.device = row.device;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", String(row.device === chosen));
      line.addEventListener("click", () => SW.choose(row.device));
      return line;
    }));
    const at = SW.at("rows").querySelector(".chosen");
    if (at && SW.at("rows").dataset.at !== chosen) at.scrollIntoView({ block: "nearest" });
    SW.at("rows").dataset.at = chosen;
  };

  SW.showPasses = (passes) => SW.fill(SW.at("passes"), passes, () => passes.map((one) =>
    SW.make("p", one.granted ? "" : "denied", SW.make("span", "num", SW.localTime(one.at_ms)), SW.make("span", "door", one.door), SW.make("span", "", one.granted ? one.method : `${one.method} · ${SW.say("denied_pass")}`))));
})();
