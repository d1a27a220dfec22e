/* One alarm: what, where, how long, pictures, the map, who is on duty, what has happened, what to do. */
(() => {
  const SW = (window.SW = window.SW || {});
  let alarm = null, asked = 0, looked = "";
  const DONE = "✓ ";

  SW.alarm = () => alarm;

  /** What the list knows of it is shown at once: until the answer comes, buttons and keys must not act on the alarm before. */
  SW.openAlarm = () => {
    SW.closeForm();
    SW.said("");
    const row = SW.row(SW.selected);
    if (row && (!alarm || alarm.key !== row.key)) show({ ...row, over: !row.occurrence, early: true, timeline: [] });
    SW.loadAlarm();
  };

  SW.loadAlarm = async () => {
    const key = SW.selected, mine = ++asked;
    if (!key) return;
    try {
      const of = (SW.row(key) || {}).past ? { ended: key } : { key };
      const answer = await fetch(`/api/v1/desk/alarm?${SW.query(of)}`, { signal: AbortSignal.timeout(8000) });
      if (answer.status === 401) return SW.signedOut();
      if (mine !== asked) return;
      if (answer.status === 404) return gone(key);
      if (answer.ok) show(await answer.json());
    } catch {
      /* the next change asks again */
    }
  };

  const gone = (key) => {
    const row = SW.row(key);
    alarm = row ? { ...row, over: true, timeline: [] } : null;
    if (alarm) return show(alarm);
    SW.selected = "";
    SW.at("desk-alarm").hidden = SW.at("desk-story").hidden = true;
    SW.at("desk-none").hidden = false;
    SW.showActs(null);
  };

  const show = (said) => {
    const row = SW.row(said.key) || {};
    alarm = { ...row, ...said };
    SW.at("desk-none").hidden = true;
    SW.at("desk-alarm").hidden = SW.at("desk-story").hidden = false;
    head();
    SW.at("desk-stages").replaceChildren(...(alarm.stages || []).map(stage));
    SW.at("desk-cameras").replaceChildren(...(alarm.cameras || []).slice(0, 2).map(SW.camera));
    SW.at("desk-contacts").replaceChildren(...(alarm.contacts || []).map(contact));
    timeline();
    steps();
    SW.showActs(alarm);
    SW.lookOnMap();
    SW.tickDesk();
  };

  /** Once for each alarm that is chosen: whoever has moved the plan since is not taken back. The plan asks when it is there. */
  SW.lookOnMap = () => {
    const plan = SW.at("plan").contentWindow;
    if (!alarm || alarm.early || looked === alarm.key || alarm.over || !plan || !plan.lookAt) return;
    looked = alarm.key;
    plan.lookAt({ spot: alarm.spot, device: alarm.device, xy: alarm.xy });
  };

  const head = () => {
    const mark = SW.make("span", "mark");
    SW.markup(mark, SW.badge(alarm.p, alarm.badge || "none", alarm.p === 1 && alarm.badge === "unack" ? "pulse" : ""));
    const place = [alarm.place, alarm.device, alarm.more].filter(Boolean).join(" · ");
    const what = SW.make("div", "what", SW.make("h2", "", alarm.title || alarm.name), SW.make("p", "", place));
    const began = alarm.started_ms || (alarm.timeline[0] || {}).at_ms;
    if (began) {
      const then = SW.make("a", "then", SW.say("see_then"));
      then.href = `/past?${SW.query({ at: began })}`;
      what.lastChild.append(" ", then);
    }
    const nobody = alarm.state === "unacknowledged" ? ` · ${SW.say("nobody")}` : "";
    const when = SW.make("div", `when p${alarm.p} ${alarm.badge}`, SW.make("b", "num since", alarm.over ? alarm.took || "" : ""), SW.make("span", "", (alarm.words || "") + nobody));
    SW.at("desk-head").replaceChildren(mark, what, when);
  };

  const stage = (s) => {
    const look = s.at ? "done" : s.due_ms ? "due" : "";
    const line = SW.make("div", look, SW.make("b", "", s.name), SW.make("span", "num", s.at || s.words || "—"));
    if (s.due_ms) line.dataset.due = s.due_ms;
    return line;
  };

  const contact = (c) => SW.make("p", "", SW.make("span", "", c.name), SW.make("b", "num", c.contact));

  const photo = (l) => {
    if (!l.picture) return [];
    const link = SW.make("a", "", ` ${SW.say("photo")} ↗`);
    Object.assign(link, { href: `/api/v1/pictures/${l.picture}?${SW.query()}`, target: "_blank" });
    return [link];
  };

  const timeline = () => {
    const list = SW.at("desk-timeline");
    const line = (l) => SW.make("p", l.type === "command.refused" ? "refused" : "", SW.make("span", "num", l.at), SW.make("i", ""), SW.make("span", "", l.words, ...photo(l)), SW.make("em", "", l.who));
    const lines = alarm.timeline.map(line);
    if (alarm.history_away) lines.unshift(SW.make("p", "away", SW.say("history_away")));
    if (alarm.escalation) lines.push(SW.make("p", "coming", SW.make("span", "num", ""), SW.make("i", ""), SW.make("span", "", alarm.escalation)));
    list.replaceChildren(...lines);
  };

  const steps = () => {
    const done = new Set((alarm.timeline || []).filter((l) => l.type === "alarm.commented" && l.text.startsWith(DONE)).map((l) => l.text.slice(DONE.length)));
    const all = alarm.steps || [];
    const line = (text) => {
      const box = SW.make("input");
      Object.assign(box, { type: "checkbox", checked: done.has(text), disabled: done.has(text) || alarm.over });
      box.addEventListener("change", () => {
        box.disabled = true;
        SW.send({ type: "alarm.comment", text: DONE + text }, box);
      });
      return SW.make("label", done.has(text) ? "done" : "", box, SW.make("span", "", text));
    };
    SW.at("desk-steps").replaceChildren(...all.map(line));
    SW.text(SW.at("desk-done"), all.length ? `${all.filter((s) => done.has(s)).length} / ${all.length}` : "");
  };

  SW.tickDesk = () => {
    SW.tickRows();
    if (!alarm || alarm.over) return;
    const since = document.querySelector("#desk-head .since");
    if (since) SW.text(since, SW.elapsed(SW.now() - alarm.started_ms));
    for (const due of document.querySelectorAll("#desk-stages [data-due]")) {
      const left = Number(due.dataset.due) - SW.now();
      SW.text(due.lastChild, left >= 0 ? SW.say("target_left", Math.ceil(left / 1000)) : SW.say("target_over", SW.elapsed(-left)));
      due.classList.toggle("over", left < 0);
    }
  };
})();
