/* The verdict band and the counts. */
(() => {
  const SW = (window.SW = window.SW || {});
  let timer = null, latest = null;

  SW.showVerdict = (v) => {
    SW.look(SW.at("verdict"), `panel verdict ${v.look}`);
    const badge = v.look === "p1" ? "inverse" : v.badge;
    SW.markup(SW.at("verdict-symbol"), v.symbol === "badge" ? SW.badge(v.p, badge) : SW.symbol(v.symbol));
    SW.text(SW.at("verdict-title"), v.title);
    SW.text(SW.at("verdict-strong"), v.strong);
    SW.text(SW.at("verdict-words"), v.right_words);
    timer = v.since_ms;
    if (timer === null) SW.text(SW.at("verdict-time"), v.right);
    SW.tickVerdict();
    latest = v;
    SW.fitVerdict();
  };

  SW.fitVerdict = () => {
    if (!latest) return;
    const line = SW.at("verdict-line");
    SW.fit(SW.at("verdict-place"), [latest.place, ...latest.shorter]);
    SW.fit(line, SW.lessOf((latest.strong && latest.line ? " · " : "") + latest.line), line.parentElement);
  };

  SW.tickVerdict = () => {
    if (timer !== null) SW.text(SW.at("verdict-time"), SW.elapsed(SW.clock.now() - timer));
  };

  /** A band of the page's own, while it cannot know more: rule 1. */
  SW.showLost = (title, place, line, elapsed) => {
    timer = latest = null;
    SW.look(SW.at("verdict"), "panel verdict lost");
    SW.markup(SW.at("verdict-symbol"), SW.symbol("lost"));
    SW.text(SW.at("verdict-title"), title);
    SW.text(SW.at("verdict-place"), place);
    SW.text(SW.at("verdict-strong"), "");
    SW.text(SW.at("verdict-line"), line);
    SW.text(SW.at("verdict-time"), elapsed);
    SW.text(SW.at("verdict-words"), "");
  };

  /** Feeds of which no count can know; '' where every feed is heard. */
  SW.showLeftOut = (words) => {
    SW.at("counts").classList.toggle("short", Boolean(words));
    SW.text(SW.at("left-out"), words);
    SW.at("left-out").hidden = !words;
  };

  SW.showCounts = (counts) => {
    counts.forEach((count, index) => {
      const p = index + 1;
      SW.look(SW.at(`count-${p}`), count.n ? "count" : "count zero");
      SW.markup(SW.at(`count-${p}-mark`), SW.badge(p, count.badge));
      SW.text(SW.at(`count-${p}-n`), count.n === null ? "—" : String(count.n));
    });
  };
})();
