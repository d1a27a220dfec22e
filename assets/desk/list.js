/* The list: tabs, levels, system, search, groups of a flood. How its rows are drawn: rows.js. */
(() => {
  const SW = (window.SW = window.SW || {});
  const OF_TAB = {
    open: (r) => r.badge !== "none",
    unacknowledged: (r) => r.state === "unacknowledged",
    returned: (r) => r.state === "returned",
    masked: (r) => r.badge === "none",
    closed: () => false,
  };
  const view = { tab: "open", levels: new Set(), system: "", text: "" };
  let data = { rows: [], closed: [] }, expanded = new Set(), known = new Set();

  SW.selected = "";
  SW.desk = () => data;
  SW.row = (key) => data.rows.find((r) => r.key === key) || [...SW.endedRows(), ...data.closed].find((r) => r.key === key);
  SW.asked = () => ({ q: view.text, system: view.system, levels: [...view.levels].join(".") });

  const matches = (r) => {
    if (view.levels.size && !view.levels.has(r.p)) return false;
    if (view.system && r.system !== view.system) return false;
    const text = view.text.toLowerCase();
    return !text || [r.title, r.place, r.device, r.key, r.at, r.zones, r.who, r.words].some((part) => (part || "").toLowerCase().includes(text));
  };

  /** The rows of the tab, of a group its first and, where it is open, the others beneath it. */
  const listed = () => {
    if (view.tab === "closed" && SW.endedShown()) return SW.endedRows().map((r) => ({ ...r, badge: "none", words: [r.took, r.verdict, r.who].filter(Boolean).join(" · "), started: r.at, over: true }));
    if (view.tab === "closed") return data.closed.filter(matches).map((r) => ({ ...r, badge: "none", words: r.took, started: r.at, over: true }));
    const rows = data.rows.filter((r) => OF_TAB[view.tab](r) && matches(r));
    const keys = new Set(rows.map((r) => r.key)), members = new Map();
    const headed = (r) => r.group && r.group !== r.key && keys.has(r.group);
    for (const r of rows.filter(headed)) members.set(r.group, [...(members.get(r.group) || []), r]);
    return rows.filter((r) => !headed(r)).flatMap((r) => [r, ...(members.get(r.key) || []).filter((m) => expanded.has(r.key) || m.key === SW.selected)]);
  };

  SW.listed = listed;
  SW.groupOf = (key) => {
    const row = SW.row(key);
    return row && row.group ? data.rows.filter((r) => r.group === row.group && r.p > 1 && r.acknowledge) : [];
  };

  SW.showRows = (said) => {
    const fresh = said.rows.filter((r) => r.acknowledge && !known.has(r.occurrence));
    const first = known.size === 0;
    known = new Set(said.rows.map((r) => r.occurrence));
    data = said;
    SW.at("desk-channel").hidden = said.notified !== false;
    if (!first) SW.newRows(fresh);
    paint();
    SW.showRefused(said.refused || []);
    if (SW.selected) SW.loadAlarm();
    else if (!SW.selected && listed().length && first) SW.choose(listed()[0].key);
  };

  SW.groupOpen = (group) => expanded.has(group);

  /** Opens or closes the group whose first is chosen; false: none is. */
  SW.toggleGroup = () => {
    const row = SW.row(SW.selected);
    if (!row || !row.group || row.group !== row.key) return false;
    expanded.has(row.group) ? expanded.delete(row.group) : expanded.add(row.group);
    paint();
    return true;
  };

  const paint = () => {
    for (const [tab, of] of Object.entries(OF_TAB)) {
      const n = tab === "closed" ? data.closed.length : data.rows.filter(of).length;
      SW.text(SW.at(`tab-${tab}`), String(n));
      SW.at(`show-${tab}`).setAttribute("aria-selected", String(tab === view.tab));
    }
    for (const p of [1, 2, 3, 4]) SW.at(`level-${p}`).setAttribute("aria-pressed", String(view.levels.has(p)));
    const p1 = data.rows.filter((r) => r.p === 1 && r.state === "unacknowledged").length;
    SW.showUnacknowledged(p1);
    const rows = listed();
    SW.at("desk-rows").dataset.empty = rows.length ? "" : SW.say(view.tab === "closed" ? "ended_none" : data.rows.length ? "nothing_found" : "none");
    SW.at("desk-ended").hidden = view.tab !== "closed";
    SW.drawRows(rows);
  };
  SW.paintRows = paint;

  SW.choose = (key) => {
    if (!key) return;
    SW.selected = key;
    paint();
    SW.revealRow(key);
    SW.openAlarm();
  };

  SW.move = (step) => {
    const rows = listed().filter((r) => r.key);
    const at = rows.findIndex((r) => r.key === SW.selected);
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
    if (next) SW.choose(next.key);
  };

  SW.setTab = (tab) => { view.tab = tab; paint(); };
  SW.toggleLevel = (p) => { view.levels.has(p) ? view.levels.delete(p) : view.levels.add(p); paint(); };
  SW.toggleUnacked = () => SW.setTab(view.tab === "unacknowledged" ? "open" : "unacknowledged");

  SW.startList = () => {
    for (const tab of Object.keys(OF_TAB)) SW.at(`show-${tab}`).addEventListener("click", () => SW.setTab(tab));
    for (const p of [1, 2, 3, 4]) {
      SW.markup(SW.at(`level-${p}`), SW.badge(p, "unack"));
      SW.at(`level-${p}`).addEventListener("click", () => SW.toggleLevel(p));
    }
    const find = SW.make("input");
    Object.assign(find, { type: "search", placeholder: SW.say("find"), id: "desk-search" });
    find.setAttribute("aria-label", SW.say("find"));
    find.addEventListener("input", () => { view.text = find.value.trim(); paint(); });
    find.addEventListener("keydown", (event) => { if (event.code === "Enter" && view.tab === "closed" && !event.isComposing) SW.searchEnded(); });
    SW.at("desk-find").append(find);
    const system = SW.make("select");
    system.setAttribute("aria-label", SW.say("all_systems"));
    system.append(new Option(SW.say("all_systems"), ""));
    system.addEventListener("focus", () => {
      if (system.length > 1) return;
      for (const s of data.systems || []) system.append(new Option(s.name, s.id));
    });
    system.addEventListener("change", () => { view.system = system.value; paint(); });
    SW.at("desk-system").append(system);
    SW.startEnded();
    SW.startRows();
  };
})();
