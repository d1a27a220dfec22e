/* What was of the chosen device: the last day by the minute, 30 days of alarms and orders, what its papers say. */
(() => {
  const SW = (window.SW = window.SW || {});
  const AGAIN_MS = 30000;
  let of = "", said = null, asked = 0, dueAt = 0;

  const ask = async () => {
    const mine = ++asked, device = of;
    dueAt = performance.now() + AGAIN_MS;
    try {
      const answer = await fetch(`/api/v1/device?${SW.query({ device })}`, { headers: { "X-Background": "1" }, signal: AbortSignal.timeout(8000) });
      if (mine === asked && answer.status !== 401) said = await answer.json();
    } catch {
      if (mine === asked) said = { ...said, error: SW.say("records_away") };
    }
    if (mine === asked) draw();
  };

  /** 24 hours as one line: heard, and hatched where it was not. */
  const day = (heard) => {
    const long = heard.to_ms - heard.from_ms, line = SW.make("div", "heard-line");
    for (const s of heard.stretches) {
      const part = SW.make("i", s.what);
      part.style.left = `${(100 * (s.from_ms - heard.from_ms)) / long}%`;
      part.style.width = `${(100 * (s.to_ms - s.from_ms)) / long}%`;
      part.title = SW.say(`away_${s.what}`, Math.round((s.to_ms - s.from_ms) / 60000));
      line.append(part);
    }
    const percent = heard.known_min ? `${((100 * heard.online_min) / heard.known_min).toFixed(1)}%` : "—";
    line.setAttribute("role", "img");
    line.setAttribute("aria-label", [SW.say("heard_24h", percent), ...heard.stretches.map((s) => SW.say(`away_${s.what}`, Math.round((s.to_ms - s.from_ms) / 60000)))].join("，"));
    const ends = SW.make("p", "heard-ends num", SW.make("span", "", SW.localTime(heard.from_ms).slice(0, 5)), SW.make("b", "", SW.say("heard_24h", percent)), SW.make("span", "", SW.localTime(heard.to_ms).slice(0, 5)));
    return SW.make("div", "heard", line, ends);
  };

  const row = (r) => SW.make("tr", "", ...["at", "what", "value", "how", "who"].map((name) => SW.make("td", name === "at" ? "num" : "", r[name] || "—")));

  const draw = () => {
    const box = SW.at("records");
    if (!of || !said) return box.replaceChildren();
    const list = said.records && said.records.length ? SW.make("table", "", ...said.records.map(row)) : SW.make("p", "none", said.error || SW.say("no_records"));
    const papers = (said.papers || []).flatMap((p) => [SW.make("dt", "", p.name), SW.make("dd", "", p.value)]);
    box.replaceChildren(...(said.heard ? [day(said.heard)] : []), SW.make("h3", "", SW.say("records"), SW.make("small", "", SW.say("records_days"))), list, SW.make("h3", "", SW.say("papers")), SW.make("dl", "", ...papers));
  };

  /** Asked for when another device is chosen, and now and then: history hears of it a few seconds later. */
  SW.showRecords = () => {
    const chosen = SW.chosenDevice(), device = chosen ? chosen.device : "";
    if (device === of && performance.now() < dueAt) return;
    if (device !== of) { of = device; said = null; draw(); }
    if (of) ask();
  };
})();
