/* The rows of the list as elements: above 200 only those about the view are made. What the eye holds (the chosen row, else the
   first in view) never moves under a finger; what is new above it is counted until it has been in view. */
(() => {
  const SW = (window.SW = window.SW || {});
  const WHOLE = 200, SPARE = 12;
  const shown = new Map();
  let order = [], heightPx = 66, unseen = new Set();

  const keyOf = (r) => (r.key && !r.over ? r.key : `${r.key || r.title}${r.at}`); // one may have ended twice
  const indexOf = (key) => order.findIndex((r) => r.key === key);

  const build = () => {
    const part = (look) => SW.make("span", look);
    const parts = { mark: part("mark"), what: part("what"), where: part("where"), time: part("time num"), words: part("words"), offer: part("offer") };
    const element = SW.make("div", "row", parts.mark, SW.make("span", "text", parts.what, parts.where), SW.make("span", "when", parts.time, SW.make("span", "", parts.words, parts.offer)));
    element.setAttribute("role", "option");
    element.addEventListener("click", () => {
      if (element.dataset.key === SW.selected) SW.toggleGroup();
      SW.choose(element.dataset.key);
    });
    // an option holds no button: by keyboard it is S, or the button beside the alarm
    parts.offer.addEventListener("click", (event) => {
      event.stopPropagation();
      SW.choose(element.dataset.key);
      SW.shelveChattering(SW.row(element.dataset.key));
    });
    return { element, parts };
  };

  const times = (r) => {
    if (r.group === r.key && r.group) return ` ×${r.group_n}`;
    return r.count > 1 && !r.chattering ? ` ×${r.count}` : "";
  };

  const fill = ({ element, parts }, r, at) => {
    const chosen = Boolean(r.key) && r.key === SW.selected;
    element.dataset.key = r.key;
    SW.look(element, ["row", `p${r.p}`, r.badge, chosen ? "chosen" : "", r.group && r.group !== r.key ? "member" : ""].filter(Boolean).join(" "));
    element.setAttribute("aria-selected", String(chosen));
    element.setAttribute("aria-posinset", at + 1);
    element.setAttribute("aria-setsize", order.length);
    SW.markup(parts.mark, SW.badge(r.p, r.badge, r.p === 1 && r.badge === "unack" ? "pulse" : ""));
    SW.text(parts.what, r.title + times(r));
    if (r.group === r.key && r.group) element.dataset.group = SW.groupOpen(r.group) ? "open" : "shut";
    else delete element.dataset.group;
    SW.text(parts.where, [r.place, r.more].filter(Boolean).join(" · "));
    SW.text(parts.words, [r.chattering ? SW.say("repeats", r.count) : "", r.words].filter(Boolean).join(" · "));
    SW.text(parts.offer, SW.maySettle(r) && !r.group ? SW.say("shelve_30") : "");
  };

  /** The rows about the place that is scrolled to; the others are room above and below. */
  const draw = (list, top, again = true) => {
    const box = list.firstElementChild;
    const whole = order.length <= WHOLE, fits = Math.ceil(list.clientHeight / heightPx), at = Math.floor(Math.max(0, top) / heightPx);
    const from = whole ? 0 : Math.max(0, Math.min(order.length - fits, at) - SPARE);
    const until = whole ? order.length : Math.min(order.length, at + fits + SPARE);
    const drawn = order.slice(from, until), wanted = new Set(drawn.map(keyOf));
    for (const [key, one] of shown) if (!wanted.has(key)) { one.element.remove(); shown.delete(key); }
    drawn.forEach((r, i) => {
      const key = keyOf(r);
      let one = shown.get(key);
      if (!one) shown.set(key, (one = build()));
      one.row = r;
      fill(one, r, from + i);
      if (box.children[i] !== one.element) box.insertBefore(one.element, box.children[i] || null);
    });
    box.style.paddingTop = `${from * heightPx}px`;
    box.style.paddingBottom = `${(order.length - until) * heightPx}px`;
    const px = drawn.length ? box.firstElementChild.getBoundingClientRect().height : 0;
    if (!px || Math.abs(px - heightPx) < 0.1) return;
    heightPx = px; // another type size
    if (again && !whole) draw(list, top, false);
  };

  /** The row that stays where it is; -1: none, the list begins at its top. */
  const held = (list) => {
    const chosen = indexOf(SW.selected), y = chosen * heightPx - list.scrollTop;
    if (chosen >= 0 && y > -heightPx && y < list.clientHeight) return chosen;
    return list.scrollTop > 0 ? Math.min(order.length - 1, Math.floor(list.scrollTop / heightPx)) : -1;
  };

  SW.drawRows = (rows) => {
    const list = SW.at("desk-rows"), stays = held(list), key = stays >= 0 ? keyOf(order[stays]) : "";
    let top = list.scrollTop;
    order = rows;
    const now = key ? order.findIndex((r) => keyOf(r) === key) : -1;
    if (now >= 0) top += (now - stays) * heightPx;
    draw(list, top);
    list.scrollTop = top;
    SW.tickRows();
    countAbove();
  };

  SW.tickRows = () => {
    for (const { row, parts } of shown.values()) SW.text(parts.time, row.over ? row.started : SW.elapsed(SW.now() - row.started_ms));
  };

  /** Into view, and no further. */
  SW.revealRow = (key) => {
    const list = SW.at("desk-rows"), at = indexOf(key);
    if (at < 0) return;
    const y = at * heightPx;
    if (y < list.scrollTop) list.scrollTop = y;
    else if (y + heightPx > list.scrollTop + list.clientHeight) list.scrollTop = y + heightPx - list.clientHeight;
    if (order.length > WHOLE) draw(list, list.scrollTop);
  };

  SW.newRows = (fresh) => { for (const r of fresh) unseen.add(r.occurrence); };
  const countAbove = () => {
    const list = SW.at("desk-rows"), bar = SW.at("desk-above");
    const above = order.slice(0, Math.round(list.scrollTop / heightPx)).filter((r) => unseen.has(r.occurrence));
    unseen = new Set(above.map((r) => r.occurrence));
    bar.hidden = !above.length;
    if (above.length) SW.text(bar, SW.say("new_above", above.length));
  };

  SW.startRows = () => {
    const list = SW.at("desk-rows");
    list.append(SW.make("div")); // as high as all the rows
    list.addEventListener("scroll", () => {
      if (order.length > WHOLE) draw(list, list.scrollTop);
      countAbove();
    });
    new ResizeObserver(() => draw(list, list.scrollTop)).observe(list);
    SW.at("desk-above").addEventListener("click", () => { list.scrollTop = 0; });
  };
})();
