/* How a screen that hangs there for years spares itself: a pure function. Every ten minutes the picture moves by two
   pixels, and at night it is dimmed; both only while all is normal (verdict 7 or 8), else it stays as it stands, bright. */
(() => {
  const SW = (window.SW = window.SW || {});
  const STEP_MS = 600000, WAY = [[0, 0], [2, 0], [2, 2], [0, 2]], NIGHT = { from: 22, until: 6 }, CALM = [7, 8];

  /** now: the community's clock, ms; offsetMin: its zone; rule: of the verdict; lost; before: the last answer. */
  SW.spare = ({ now, offsetMin, rule, lost }, before = { dim: false, x: 0, y: 0 }) => {
    if (!now || lost || !CALM.includes(rule)) return { ...before, dim: false };
    const hour = Math.floor((now / 60000 + offsetMin) / 60) % 24;
    const [x, y] = WAY[Math.floor(now / STEP_MS) % WAY.length];
    return { dim: hour >= NIGHT.from || hour < NIGHT.until, x, y };
  };
})();
