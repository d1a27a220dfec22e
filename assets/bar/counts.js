/* The bar's counts, and what nobody has acknowledged of the critical ones: on every page of the desk. */
(() => {
  const SW = (window.SW = window.SW || {});

  /** `without`: the feeds of which no count can know, in words. */
  SW.showDeskCounts = (counts, without) => {
    const cell = (c, i) => {
      const mark = SW.make("span", "mark");
      SW.markup(mark, SW.badge(i + 1, c.badge));
      return SW.make("span", "count", mark, SW.make("b", "num", c.n === null ? "—" : String(c.n)));
    };
    SW.at("desk-counts").replaceChildren(...counts.map(cell), ...(without ? [SW.make("span", "left-out", without)] : []));
  };

  SW.showUnacknowledged = (p1) => {
    const note = SW.at("desk-p1"), shows = String(p1);
    note.hidden = !p1;
    if (note.dataset.shows === shows) return;
    note.dataset.shows = shows;
    if (!p1) return;
    SW.markup(note, `${SW.badge(1, "inverse", "pulse")}<span>${SW.say("unacked_p1", p1)}</span>`);
    if (!note.dataset.to) return;
    const link = SW.make("a", "", ...note.childNodes);
    link.href = note.dataset.to;
    note.replaceChildren(link);
  };
})();
