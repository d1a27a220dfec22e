/* The community's clock as this page knows it. The kiosk's own clock is never compared with anybody's: only
   performance.now() counts how long ago the community's clock was last heard. */
(() => {
  const SW = (window.SW = window.SW || {});
  const clock = (SW.clock = { heardMs: 0, heardAt: 0, lastMs: 0, advancedAt: performance.now(), offsetMin: 0, rate: 1 });

  /* The clock is heard with every record, so what is heard lags up to a tick behind what is carried on; only a bigger
     difference (a replay, a worker catching up) moves it back. */
  const LAG_MS = 2500;

  /** `still`: how long ago the server heard it last; a page that comes back late must not set its clock back by that. */
  clock.hear = (ms, still = 0) => {
    const at = performance.now();
    if (ms > clock.lastMs && clock.lastMs) clock.advancedAt = at;
    if (ms === clock.lastMs) return; // nothing new: heartbeats repeat a clock that stands still
    clock.lastMs = ms;
    const carried = clock.now();
    const now = ms + still;
    if (now > carried || carried - now > LAG_MS) {
      clock.heardMs = ms;
      clock.heardAt = at - still;
    }
  };

  /** Now in the community, carried on from what was heard last. 0: never heard. */
  clock.now = () => (clock.heardMs ? clock.heardMs + clock.rate * (performance.now() - clock.heardAt) : 0);

  /** A wall of the past: it is that moment, and stands (rate 0) or goes on. */
  clock.show = (ms, rate) => {
    clock.heardMs = clock.lastMs = ms;
    clock.heardAt = performance.now();
    clock.rate = rate;
  };

  /** What the server knows of a clock that stood still before this page was there. */
  clock.stoodStill = (ms) => {
    clock.advancedAt = Math.min(clock.advancedAt, performance.now() - ms);
  };

  /** How long the community's clock has stood still, in ms. */
  clock.still = () => performance.now() - clock.advancedAt;
})();
