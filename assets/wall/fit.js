/* What says more stands there where there is room for all of it: half a word helps nobody. */
(() => {
  const SW = (window.SW = window.SW || {});

  /** The first of `wordings`, longest first, that `box` has room for; else the last. */
  SW.fit = (element, wordings, box = element) =>
    wordings.find((words) => {
      SW.text(element, words);
      return box.scrollWidth <= box.clientWidth;
    });

  /** `line` without its last part, without its last two, ..: the gravest stands first. */
  SW.lessOf = (line) => {
    const parts = line.split(" · ");
    return parts.map((_, n) => parts.slice(0, parts.length - n).join(" · "));
  };
})();
