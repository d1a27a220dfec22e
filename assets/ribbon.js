/* The last 24 hours as a line with the alarms on it: hollow once handled, in their hue while they stand. */
(() => {
  const SW = (window.SW = window.SW || {});
  const DAY = 86400000, HOUR = 3600000, WIDTH = 1090, HEIGHT = 112, BASE = 72;
  const SHIFTS = [8, 20];
  const SIZE = { 1: 24, 2: 20, 3: 19, 4: 16 };
  let marks = [], drawnAt = 0;

  SW.showRibbon = (ribbon) => {
    marks = ribbon.marks;
    drawnAt = 0;
    SW.tickRibbon();
  };

  /** Redrawn when it changed and once a minute: a pixel is 80 seconds. */
  SW.tickRibbon = () => {
    const now = SW.clock.now();
    if (!now || Math.abs(now - drawnAt) < 60000) return;
    drawnAt = now;
    const chart = SW.at("ribbon-chart");
    if (chart) chart.innerHTML = draw(now);
  };

  const draw = (now) => {
    const x = (ms) => ((ms - (now - DAY)) / DAY) * (WIDTH - 16);
    const out = [`<path class="axis" d="M0 ${BASE}H${x(now)}"/>`];
    const local = now + SW.clock.offsetMin * 60000;
    for (let h = Math.ceil((local - DAY) / HOUR); h * HOUR <= local; h++) {
      const hour = ((h % 24) + 24) % 24, at = x(h * HOUR - SW.clock.offsetMin * 60000);
      if (SHIFTS.includes(hour)) out.push(`<path class="shift" d="M${at} 30V${BASE}"/>`);
      if (hour % 4 === 0 && at > 18 && at < WIDTH - 60) out.push(`<text class="hour" x="${at}" y="${HEIGHT - 9}">${String(hour).padStart(2, "0")}</text>`);
    }
    for (const [at, p, standing] of marks.slice().sort((a, b) => a[2] - b[2] || b[1] - a[1])) {
      if (at < now - DAY) continue;
      const size = SIZE[p], look = standing ? `mark-p${p}` : "mark-done";
      out.push(`<svg class="${look}" x="${x(at) - size / 2}" y="${BASE - 30 - size / 2}" width="${size}" height="${size}" viewBox="-2 -2 28 28">${SW.shape(p)}</svg>`);
    }
    out.push(`<path class="now" d="M${x(now)} 14V${BASE}"/>`);
    return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="xMidYMid meet" aria-hidden="true">${out.join("")}</svg>`;
  };
})();
