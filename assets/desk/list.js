/* The list: tabs, levels, system, search. A selected row never moves under a finger: what is new above it is counted. */
(() => {
  const SW = (window.SW = window.SW || {});
  const OF_TAB = {
    open: (r) => r.badge !== "none",
    unacknowledged: (r) => r.state === "unacknowledged",
    returned: (r) => r.state === "returned",
    masked: (r) => r.badge === "none",
    closed: () => false,
  };
  const shown = new Map();
  const view = { tab: "open", levels: new Set(), system: "", text: "" };
  let data = { rows: [], closed: [] }, expanded = new Set(), known = new Set();

  SW.selected = "";
  SW.desk = () => data;
  SW.row = (key) => data.rows.find((r) => r.key === key) || data.closed.find((r) => r.key === key);

  const matches = (r) => {
    if (view.levels.size && !view.levels.has(r.p)) return false;
    if (view.system && r.system !== view.system) return false;
    const text = view.text.toLowerCase();
    return !text || [r.title, r.place, r.device, r.key, r.at, r.zones, r.who, r.words].some((part) => (part || "").toLowerCase().includes(text));
  };

  /** The rows of the tab, of a group its first and, where it is open, the others. */
  const listed = () => {
    if (view.tab === "closed") return data.closed.filter(matches).map((r) => ({ ...r, badge: "none", words: r.took, started: r.at, over: true }));
    const rows = data.rows.filter((r) => OF_TAB[view.tab](r) && matches(r));
    return rows.filter((r) => !r.group || r.group === r.key || expanded.has(r.group) || r.key === SW.selected || !rows.some((o) => o.key === r.group));
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
    paint();
    if (!first && fresh.length) above(fresh);
    if (SW.selected) SW.loadAlarm();
    else if (!SW.selected && listed().length && first) SW.choose(listed()[0].key);
  };

  const above = (fresh) => {
    const list = SW.at("desk-rows");
    if (list.scrollTop < 4) return;
    const bar = SW.at("desk-above");
    SW.text(bar, SW.say("new_above", fresh.length));
    bar.hidden = false;
  };

  const build = () => {
    const part = (look) => SW.make("span", look);
    const parts = { mark: part("mark"), what: part("what"), where: part("where"), time: part("time num"), words: part("words") };
    const element = SW.make("div", "row", parts.mark, SW.make("span", "text", parts.what, parts.where), SW.make("span", "when", parts.time, parts.words));
    element.setAttribute("role", "option");
    element.addEventListener("click", () => {
      const row = SW.row(element.dataset.key);
      if (row && row.group === row.key && SW.selected === row.key) toggle(row.group);
      SW.choose(element.dataset.key);
    });
    return { element, parts };
  };

  const toggle = (group) => {
    expanded.has(group) ? expanded.delete(group) : expanded.add(group);
    paint();
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
    const list = SW.at("desk-rows"), rows = listed(), top = list.scrollTop;
    const held = SW.selected && shown.get(SW.selected), was = held && held.element.offsetTop;
    const wanted = new Set(rows.map((r) => r.key || `${r.title}${r.at}`));
    for (const [key, one] of shown) if (!wanted.has(key)) { one.element.remove(); shown.delete(key); }
    rows.forEach((r, i) => {
      const key = r.key || `${r.title}${r.at}`;
      let one = shown.get(key);
      if (!one) shown.set(key, (one = build()));
      const { element, parts } = one;
      one.row = r;
      element.dataset.key = r.key;
      const members = r.group === r.key && !expanded.has(r.group) ? ` ×${r.group_n}` : r.count > 1 ? ` ×${r.count}` : "";
      SW.look(element, ["row", `p${r.p}`, r.badge, r.key && r.key === SW.selected ? "chosen" : "", r.group && r.group !== r.key ? "member" : ""].filter(Boolean).join(" "));
      element.setAttribute("aria-selected", String(r.key === SW.selected));
      SW.markup(parts.mark, SW.badge(r.p, r.badge, r.p === 1 && r.badge === "unack" ? "pulse" : ""));
      SW.text(parts.what, r.title + members);
      SW.text(parts.where, [r.place, r.more].filter(Boolean).join(" · "));
      SW.text(parts.words, r.words);
      if (list.children[i] !== element) list.insertBefore(element, list.children[i] || null);
    });
    const empty = rows.length ? "" : SW.say(data.rows.length ? "nothing_found" : "none");
    list.dataset.empty = empty;
    if (held && shown.has(SW.selected)) list.scrollTop = top + shown.get(SW.selected).element.offsetTop - was;
    tick();
  };

  const tick = () => {
    for (const { row, parts } of shown.values()) SW.text(parts.time, row.over ? row.started : SW.elapsed(SW.now() - row.started_ms));
  };
  SW.tickRows = tick;
  SW.paintRows = paint;

  SW.choose = (key) => {
    if (!key) return;
    SW.selected = key;
    paint();
    const one = shown.get(key);
    if (one) one.element.scrollIntoView({ block: "nearest" });
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
    SW.at("desk-above").addEventListener("click", () => { SW.at("desk-rows").scrollTop = 0; SW.at("desk-above").hidden = true; });
  };
})();
