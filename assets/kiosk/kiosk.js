/* Life on a wall: no cursor while nobody moves it, a picture that wanders and dims, a machine that slept. */
(() => {
  const SW = (window.SW = window.SW || {});
  const CURSOR_MS = 3000, SLEPT_MS = 5000;
  let spared = { dim: false, x: 0, y: 0 }, movedAt = -CURSOR_MS, apart = Date.now() - performance.now();

  const spare = () => {
    const rule = SW.parts ? SW.parts.verdict.rule : 0;
    const next = SW.spare({ now: SW.clock.now(), offsetMin: SW.clock.offsetMin, rule, lost: SW.watch.lost }, spared);
    if (next.dim !== spared.dim) document.body.classList.toggle("night", next.dim);
    if (next.x !== spared.x || next.y !== spared.y) {
      const wall = SW.at("wall");
      wall.style.setProperty("--shift-x", next.x);
      wall.style.setProperty("--shift-y", next.y);
    }
    spared = next;
  };

  /** The page's clock stands still while the machine sleeps, the kiosk's own does not: what is on the screen then is as
   * old as the sleep. It is asked for again, and unless it comes at once this is 数据中断. */
  const woke = () => {
    const now = Date.now() - performance.now(), slept = Math.abs(now - apart) > SLEPT_MS;
    apart = now;
    if (slept) SW.again();
  };

  document.addEventListener("mousemove", () => (movedAt = performance.now()));
  (SW.ticks = SW.ticks || []).push(spare, woke, () =>
    document.body.classList.toggle("pointing", performance.now() - movedAt < CURSOR_MS)
  );
})();
