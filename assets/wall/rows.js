/* The alarm list. Rows are kept by key, so that a row that stays is never rebuilt under a finger. */
(() => {
  const SW = (window.SW = window.SW || {});
  const rows = new Map();
  let latest = { rows: [], total: 0, note: "" }, shelf = { head: "", lines: [] };

  const build = (row) => {
    const part = (look) => SW.make("div", look);
    const element = SW.make("article", "");
    const parts = { mark: part("mark"), what: part("what"), where: part("where"), elapsed: part("elapsed num") };
    parts.words = SW.make("span", "words");
    parts.who = SW.make("div", "who", parts.words);
    if (row.p === 1) element.append(parts.mark, parts.what, parts.elapsed, parts.where, parts.who);
    else {
      const lines = [SW.make("div", "line", parts.what, parts.elapsed), SW.make("div", "line", parts.where, parts.who)];
      element.append(parts.mark, SW.make("div", "", ...lines));
    }
    return { element, parts, big: row.p === 1 };
  };

  const fill = (shown, row) => {
    const { element, parts } = shown;
    shown.row = row;
    const looks = ["alarm-row", shown.big ? "big" : "", row.badge, row.strong ? "strong" : ""];
    SW.look(element, looks.filter(Boolean).join(" "));
    element.dataset.key = row.key;
    SW.markup(parts.mark, SW.badge(row.p, row.badge, row.p === 1 && row.badge === "unack" ? "pulse" : ""));
    SW.text(parts.what, row.title);
    SW.text(parts.where, row.place);
    parts.where.title = row.more;
    SW.text(parts.words, row.words);
    SW.acknowledgeButton(shown);
    tick(shown);
  };

  const tick = (shown) => {
    const lost = document.body.classList.contains("lost");
    const row = shown.row;
    const gone = row.badge === "rtn"; // it has ended: when it ended says more than how long ago it began
    const time = lost ? row.at : SW.elapsed(SW.clock.now() - row.started_ms);
    SW.text(shown.parts.elapsed, gone ? row.words : time);
    shown.parts.elapsed.classList.toggle("long", !lost && time.length > 5);
    SW.text(shown.parts.words, gone ? "" : lost && row.strong ? SW.say("unacked_at_break") : row.words);
  };

  SW.tickRows = () => rows.forEach(tick);

  SW.showRows = (alarms) => {
    const list = SW.at("alarm-rows");
    const first = rows.size === 0 && !list.childElementCount;
    const wanted = alarms.rows.map((row) => `${row.key || row.title}|${row.p === 1}`);
    for (const [key, shown] of rows) {
      if (!wanted.includes(key)) {
        shown.element.remove();
        rows.delete(key);
      }
    }
    alarms.rows.forEach((row, index) => {
      const key = wanted[index];
      let shown = rows.get(key);
      if (!shown) {
        shown = build(row);
        rows.set(key, shown);
      }
      fill(shown, row);
      if (!first && !shown.element.isConnected) shown.element.classList.add("fresh-row");
      if (list.children[index] !== shown.element) list.insertBefore(shown.element, list.children[index] || null);
    });
    SW.at("recent").hidden = alarms.rows.length > 4;
    latest = alarms;
    placeShelf();
  };

  const wordRows = () => {
    for (const { row, parts } of rows.values()) {
      SW.fit(parts.what, [row.title, row.brief]);
      const wordings = [row.more ? `${row.place} · ${row.more}` : "", row.place, ...row.shorter].filter(Boolean);
      SW.fit(parts.where, wordings);
    }
  };

  /** Rows that did not fit have wrapped into a column nobody sees: they are counted, never just gone. */
  SW.fitRows = () => {
    wordRows();
    const foot = SW.at("alarm-more");
    foot.hidden = !(latest.note || (shelf.head && SW.at("shelf").hidden));
    for (let again = 0; again < 2; again++) {
      let more = latest.total;
      for (const { row, element } of rows.values()) if (element.offsetLeft < element.offsetWidth / 2) more -= row.members;
      const aside = SW.at("shelf").hidden ? shelf.head : "";
      SW.text(foot, [more ? SW.say("more_rows", more) : "", aside, latest.note].filter(Boolean).join(" · "));
      foot.hidden = !foot.textContent;
    }
  };

  /** What was put aside has lines of its own while few alarms stand; else its count stands under the rows. */
  SW.showShelf = (now) => {
    shelf = now;
    const line = (s) => {
      const mark = SW.make("span", "mark");
      SW.markup(mark, s.p ? SW.badge(s.p, "shelved") : "");
      return SW.make("div", "aside", mark, SW.make("span", "what", s.what), SW.make("span", "until num", s.until), SW.make("span", "where", s.where), SW.make("span", "by", s.who));
    };
    SW.at("shelf-rows").replaceChildren(...now.lines.map(line));
    SW.text(SW.at("shelf-head"), now.head);
    placeShelf();
  };

  const placeShelf = () => {
    SW.at("shelf").hidden = !shelf.head || latest.rows.length > 3 || document.body.classList.contains("lost");
  };

  SW.showRecent = (closed) => {
    const list = SW.at("recent-rows");
    const line = (c) => SW.make("div", "closed", SW.make("span", "at num", c.at), SW.make("span", "what", c.what), SW.make("span", "took num", c.took));
    list.replaceChildren(...closed.map(line));
    closed.forEach((c, index) => SW.fit(list.children[index].children[1], [c.what, c.shorter]));
    SW.at("recent-head").hidden = !closed.length;
  };

  SW.showToday = (figures) => {
    const cell = (f) => SW.make("div", "", SW.make("b", "num", f.value), f.label);
    SW.at("figures").replaceChildren(...figures.map(cell));
  };

  /** A card above the list: first start, or what to do while the wall is down. */
  SW.showCard = (title, lines) => {
    const line = ([what, how], index) => SW.make("li", "", SW.make("i", "", String(index + 1)), SW.make("span", "", what, SW.make("span", "how", how || "")));
    const card = SW.at("card");
    card.hidden = !lines.length;
    card.replaceChildren(SW.make("h2", "", title), SW.make("ol", "", ...lines.map(line)));
  };
})();
