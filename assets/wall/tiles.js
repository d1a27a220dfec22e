/* System tiles and feed bars. */
(() => {
  const SW = (window.SW = window.SW || {});
  const ages = new Map();

  /* Room for the value line in design px: a tile of 205 less its padding, a gap between texts. */
  const ROOM = 185, GAP = 6;
  const pen = document.createElement("canvas").getContext("2d");
  const family = getComputedStyle(document.documentElement).getPropertyValue("--font");
  const wide = (text, size, weight) => {
    pen.font = `${weight} ${size}px ${family}`;
    return pen.measureText(text.replace(/\d/g, "0")).width; // figures are tabular: each as wide as 0
  };
  /* From roomy to close: what stands beside the value loses its dot, then px, last the total. */
  const FITS = [
    { look: "", large: 46, small: 26, dot: true, of: true },
    { look: "", large: 46, small: 26, dot: false, of: true },
    { look: "dense", large: 40, small: 24, dot: true, of: true },
    { look: "dense", large: 40, small: 24, dot: false, of: true },
    { look: "dense", large: 40, small: 24, dot: false, of: false },
  ];
  const SLACK = 1.5; // a px more is in the padding
  const said = (tile, fit) => (fit.dot ? tile.words : tile.words.replace(/^· /, ""));
  const fits = (tile, fit) => {
    const texts = [wide(tile.value, fit.large, 700), fit.of && tile.of ? wide(tile.of, fit.small, 400) : 0, wide(said(tile, fit), fit.small, 400)];
    return texts.reduce((sum, text) => sum + text, GAP * (texts.filter(Boolean).length - 1)) <= ROOM + SLACK;
  };
  const LAST = /([^、,·]\s?)(?:[、,][^、,]*| · [^·、,]*)$/;

  SW.showTile = (tile) => {
    const id = `tile-${tile.id}`;
    const section = SW.at(id);
    if (!section) return;
    const alarm = tile.alarm;
    // What does not fit goes from the end: further notes, and what the badge says too.
    const close = FITS[FITS.length - 1];
    while (!fits(tile, close) && LAST.test(tile.words)) {
      const words = tile.words.replace(LAST, "$1");
      tile = { ...tile, words: words.includes(tile.keep) ? words : tile.keep };
    }
    const fit = FITS.find((one) => fits(tile, one)) || close;
    const looks = ["tile", "live", tile.state, fit.look, alarm ? `alarm a${alarm.p}` : ""];
    SW.look(section, looks.filter(Boolean).join(" "));
    SW.markup(SW.at(`${id}-mark`), alarm ? SW.badge(alarm.p, alarm.badge) : SW.icon(section.dataset.mark));
    SW.text(SW.at(`${id}-value`), tile.value);
    SW.text(SW.at(`${id}-of`), fit.of ? tile.of : "");
    SW.text(SW.at(`${id}-words`), said(tile, fit));
    SW.markup(SW.at(`${id}-bar`), tile.bar.map(([look, n]) => `<i class="${look}" style="flex:${n}"></i>`).join(""));
    ages.set(tile.id, tile.oldest_ms === null ? null : { since: tile.oldest_ms, key: tile.state === "stale" ? "old" : "late" });
    tickAge(tile.id);
  };

  const tickAge = (id) => {
    const age = ages.get(id);
    SW.text(SW.at(`tile-${id}-age`), age ? SW.say(age.key, SW.age(SW.clock.now() - age.since)) : "");
  };

  SW.tickTiles = () => {
    for (const id of ages.keys()) tickAge(id);
  };

  SW.showFeeds = (feeds) => {
    SW.text(SW.at("feed-words"), feeds.words);
    const bars = SW.at("feed-bars");
    feeds.bars.forEach((feed, index) => {
      const bar = bars.children[index] || bars.appendChild(document.createElement("i"));
      SW.look(bar, feed.look);
      bar.title = feed.name;
    });
    while (bars.children.length > feeds.bars.length) bars.lastChild.remove();
  };
})();
