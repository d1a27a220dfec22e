/* The last 24 hours: passes through the doors as a curve, above it the alarms, hollow once handled, in their hue while
   they stand. */
(() => {
  const SW = (window.SW = window.SW || {});
  const DAY = 86400000, HOUR = 3600000, HEIGHT = 112, BASE = 72;
  const SHIFTS = [8, 20];
  const SIZE = { 1: 24, 2: 20, 3: 19, 4: 16 };
  const QUARTER = 900000, CURVE = 46, MARKS_AT = BASE - 57;
  let marks = [], passes = { from_ms: 0, counts: [] }, drawnAt = 0;

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

  /** Passes by quarters of an hour: each stands in the middle of its quarter, the highest fills the height. Where it is
   * not known whether there were any the curve has a gap. */
  const curve = (x, now) => {
    const most = Math.max(10, ...passes.counts);
    const runs = [[]];
    passes.counts.forEach((n, i) => {
      const at = x(passes.from_ms + (i + 0.5) * QUARTER);
      if (n === null) runs.push([]);
      else if (at >= 0 && at <= x(now)) runs[runs.length - 1].push([at, BASE - (CURVE * n) / most]);
    });
    return runs.flatMap(stretch);
  };

  const stretch = (points) => {
    if (points.length < 2) return [];
    const line = points.map(([at, y]) => `${at.toFixed(1)} ${y.toFixed(1)}`).join("L");
    const ends = [points[0][0], points[points.length - 1][0]].map((at) => at.toFixed(1));
    return [`<path class="passes" d="M${ends[0]} ${BASE}L${line}L${ends[1]} ${BASE}z"/>`, `<path class="passes-line" d="M${line}"/>`];
  };

  const draw = (chart, now) => {
    const width = (HEIGHT * chart.clientWidth) / Math.max(1, chart.clientHeight);
    const x = (ms) => ((ms - (now - DAY)) / DAY) * (width - 16);
    const out = [...curve(x, now), `<path class="axis" d="M0 ${BASE}H${x(now)}"/>`];
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

  window.addEventListener("resize", () => {
    drawnAt = 0;
    SW.tickRibbon();
  });
})();
