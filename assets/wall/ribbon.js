/* The last 24 hours: passes through the doors as a curve, above it the alarms, hollow once handled, in their hue while
   they stand. */
(() => {
  const SW = (window.SW = window.SW || {});
  const DAY = 86400000, HOUR = 3600000, HEIGHT = 112, BASE = 72;
  const SHIFTS = [8, 20];
  const SIZE = { 1: 24, 2: 20, 3: 19, 4: 16 };
  const QUARTER = 900000, CURVE = 46, MARKS_AT = BASE - 57;
  const GAP_FONT = 24;
  let marks = [], passes = { from_ms: 0, counts: [], gaps: [] }, drawnAt = 0;

  SW.showRibbon = (ribbon) => {
    marks = ribbon.marks;
    drawnAt = 0;
    SW.tickRibbon();
  };

  SW.showPasses = (now) => {
    passes = now;
    SW.text(SW.at("ribbon-what"), now.what);
    drawnAt = 0;
    SW.tickRibbon();
  };

  /** Redrawn when it changed and once a minute: a pixel is 80 seconds. */
  SW.tickRibbon = () => {
    const now = SW.clock.now();
    if (!now || Math.abs(now - drawnAt) < 60000) return;
    drawnAt = now;
    const chart = SW.at("ribbon-chart");
    if (chart) chart.innerHTML = draw(chart, now);
  };

  /** Passes by quarters of an hour: each stands in the middle of its quarter, the highest fills the height. Where not
   * all were heard the curve ends with the quarter before and begins with the one after: nothing is bridged. */
  const curve = (x, now) => {
    const most = Math.max(10, ...passes.counts);
    const at = (quarters) => Math.min(x(now), Math.max(0, x(passes.from_ms + quarters * QUARTER)));
    const runs = [];
    passes.counts.forEach((n, i) => {
      if (n === null) return;
      if (!i || passes.counts[i - 1] === null) runs.push({ first: i, counts: [] });
      runs[runs.length - 1].counts.push(n);
    });
    return runs.flatMap(({ first, counts }) => {
      const heights = counts.map((n) => BASE - (CURVE * n) / most);
      const middles = heights.map((y, i) => [at(first + i + 0.5), y]);
      return stretch([[at(first), heights[0]], ...middles, [at(first + counts.length), heights[heights.length - 1]]]);
    });
  };

  const stretch = (points) => {
    const line = points.map(([at, y]) => `${at.toFixed(1)} ${y.toFixed(1)}`).join("L");
    const ends = [points[0][0], points[points.length - 1][0]].map((at) => at.toFixed(1));
    return [`<path class="passes" d="M${ends[0]} ${BASE}L${line}L${ends[1]} ${BASE}z"/>`, `<path class="passes-line" d="M${line}"/>`];
  };

  /** What was not heard: the hole in the curve is hatched, and says how long the silence was. Words that would run into
   * those before them are left out. */
  const gaps = (x, now, width) => {
    let free = 0;
    return passes.gaps.map(([from, until, words]) => {
      const left = Math.max(0, x(from - (from % QUARTER))), right = Math.min(x(now), x(Math.ceil(until / QUARTER) * QUARTER));
      if (right <= left) return "";
      const hatch = `<rect class="gap" x="${left.toFixed(1)}" y="${BASE - CURVE}" width="${(right - left).toFixed(1)}" height="${CURVE}"/>`;
      const half = (words.length * GAP_FONT) / 3, at = Math.min(Math.max((left + right) / 2, half), width - half);
      if (!words || at - half < free) return hatch;
      free = at + half;
      return `${hatch}<text class="gap-words" x="${at.toFixed(1)}" y="${BASE - 10}">${words}</text>`;
    });
  };

  const HATCH = '<pattern id="ribbon-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="gap-line" width="2" height="7"/></pattern>';

  const draw = (chart, now) => {
    const width = (HEIGHT * chart.clientWidth) / Math.max(1, chart.clientHeight);
    const x = (ms) => ((ms - (now - DAY)) / DAY) * (width - 16);
    const out = [HATCH, ...curve(x, now), `<path class="axis" d="M0 ${BASE}H${x(now)}"/>`, ...gaps(x, now, width)];
    const local = now + SW.clock.offsetMin * 60000;
    for (let h = Math.ceil((local - DAY) / HOUR); h * HOUR <= local; h++) {
      const hour = ((h % 24) + 24) % 24, at = x(h * HOUR - SW.clock.offsetMin * 60000);
      if (SHIFTS.includes(hour)) out.push(`<path class="shift" d="M${at} 30V${BASE}"/>`);
      if (hour % 4 === 0 && at > 18 && at < width - 60) out.push(`<text class="hour" x="${at}" y="${HEIGHT - 9}">${String(hour).padStart(2, "0")}</text>`);
    }
    for (const [at, p, standing] of marks.slice().sort((a, b) => a[2] - b[2] || b[1] - a[1])) {
      if (at < now - DAY) continue;
      const size = SIZE[p], look = standing ? `mark-p${p}` : "mark-done";
      out.push(`<svg class="${look}" x="${x(at) - size / 2}" y="${MARKS_AT - size / 2}" width="${size}" height="${size}" viewBox="-2 -2 28 28">${SW.shape(p)}</svg>`);
    }
    out.push(`<path class="now" d="M${x(now)} 4V${BASE}"/>`);
    return `<svg viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="xMidYMid meet" aria-hidden="true">${out.join("")}</svg>`;
  };

  /* Whoever handles alarms goes from a moment on the ribbon to the wall as it was then. */
  const back = (event) => {
    const chart = event.target.closest && event.target.closest("#ribbon-chart");
    if (!chart || !SW.page.acts || SW.past || !SW.clock.now()) return;
    event.stopPropagation(); // elsewhere a click is for the speaker
    const box = chart.getBoundingClientRect(), width = (HEIGHT * box.width) / Math.max(1, box.height);
    const ago = DAY * (1 - ((event.clientX - box.left) / box.width) * (width / (width - 16)));
    const { community, lang, visit } = SW.page;
    location.assign(`/past?${new URLSearchParams({ community, lang, ...(visit ? { visit } : {}), at: Math.floor(SW.clock.now() - Math.max(0, ago)) })}`);
  };

  document.addEventListener("click", back, true);
  window.addEventListener("resize", () => {
    drawnAt = 0;
    SW.tickRibbon();
  });
})();
