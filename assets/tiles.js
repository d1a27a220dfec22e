/* System tiles and feed bars. */
(() => {
  const SW = (window.SW = window.SW || {});
  const ages = new Map();

  /* Room for the value line in design px: 205 wide less the padding. A digit is .44 em, a Chinese character 1 em. */
  const ROOM = 181;
  const wide = (text, size) => [...text].reduce((sum, c) => sum + (c > "⺀" ? 1 : c === " " ? 0.24 : 0.45) * size, 0);

  SW.showTile = (tile) => {
    const id = `tile-${tile.id}`;
    const section = SW.at(id);
    if (!section) return;
    const alarm = tile.alarm;
    const dense = wide(tile.value, 46) + wide(tile.of, 26) + wide(tile.words, 26) + 12 > ROOM;
    const looks = ["tile", "live", tile.state, dense ? "dense" : "", alarm ? `alarm a${alarm.p}` : ""];
    SW.look(section, looks.filter(Boolean).join(" "));
    SW.markup(SW.at(`${id}-mark`), alarm ? SW.badge(alarm.p, alarm.badge) : SW.icon(section.dataset.mark));
    SW.text(SW.at(`${id}-value`), tile.value);
    SW.text(SW.at(`${id}-of`), tile.of);
    SW.text(SW.at(`${id}-words`), tile.words);
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
