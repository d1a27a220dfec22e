/* System tiles and feed bars. */
(() => {
  const SW = (window.SW = window.SW || {});
  const ages = new Map();

  /* Room for the value line in design px: a tile of 205 less its padding, two gaps between the three texts. */
  const ROOM = 185, GAPS = 12;
  const pen = document.createElement("canvas").getContext("2d");
  const family = getComputedStyle(document.documentElement).getPropertyValue("--font");
  const wide = (text, size, weight) => {
    pen.font = `${weight} ${size}px ${family}`;
    return pen.measureText(text.replace(/\d/g, "0")).width; // figures are tabular: each as wide as 0
  };
  const fits = (tile, large, small) =>
    wide(tile.value, large, 700) + wide(tile.of, small, 400) + wide(tile.words, small, 400) + GAPS <= ROOM;

  /* At the smallest sizes, without the total and the dot before the words; a px more than the room is in the padding. */
  const squeezed = (tile) => wide(tile.value, 36, 700) + wide(tile.words.replace(/^· /, ""), 24, 400) + GAPS / 2 <= ROOM + 1.5;
  const LAST = /([^、,·]\s?)(?:[、,][^、,]*| · [^·、,]*)$/;

  SW.showTile = (tile) => {
    const id = `tile-${tile.id}`;
    const section = SW.at(id);
    if (!section) return;
    const alarm = tile.alarm;
    // What does not fit goes from the end: further notes, and what the badge says too.
    while (!squeezed(tile) && LAST.test(tile.words)) {
      const words = tile.words.replace(LAST, "$1");
      tile = { ...tile, words: words.includes(tile.keep) ? words : tile.keep };
    }
    const tight = fits(tile, 46, 26) ? "" : fits(tile, 40, 24) ? "dense" : "dense tight";
    const looks = ["tile", "live", tile.state, tight, alarm ? `alarm a${alarm.p}` : ""];
    SW.look(section, looks.filter(Boolean).join(" "));
    SW.markup(SW.at(`${id}-mark`), alarm ? SW.badge(alarm.p, alarm.badge) : SW.icon(section.dataset.mark));
    SW.text(SW.at(`${id}-value`), tile.value);
    SW.text(SW.at(`${id}-of`), tile.of);
    SW.text(SW.at(`${id}-words`), tight.endsWith("tight") ? tile.words.replace(/^· /, "") : tile.words);
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
