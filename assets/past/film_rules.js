/* How the past is played: pure functions, of moments in ms and of the time that has gone by on this machine. */
(() => {
  const SW = (window.SW = window.SW || {});
  /* At 1x the clock runs by itself between two pictures; else clock and picture go on together, in steps. */
  const CADENCE_MS = { 1: 1000, 10: 500 }, FASTEST_MS = 400;
  const LIVE_MS = 4000; // history has a moment some seconds after it was
  const REACHED_MS = LIVE_MS + 2000; // the last picture was so far behind, and the wait for the next makes it more
  const SILENT_MS = 8000; // nothing was recorded for so long: then the wall of that moment said 数据中断 (assets/wall/lost.js)

  SW.pastRules = {
    cadence: (speed) => CADENCE_MS[speed] || FASTEST_MS,

    /** The next moment of a film that shows `at`, `gone` ms after it was asked for: a slow house makes longer steps, not
     * a slower film. It ends shortly before `now`, which is carried on by a clock finer than a moment, a whole ms, can be. */
    next: (at, speed, gone, now) => Math.min(at + Math.round(speed * gone), Math.max(at, Math.floor(now - LIVE_MS))),

    ended: (at, now) => at >= now - REACHED_MS,

    /** Nothing was recorded at the moment: since when, until when (0: nobody knows), or null where something was. */
    silence: ({ at_ms, clock_ms, next_ms, ticked }) => (ticked && at_ms - clock_ms > SILENT_MS ? { from: clock_ms, until: next_ms || 0 } : null),

    /** A step in local days keeps the time of day, as far as two days are equally long. */
    step: (at, amount, unit) => at + amount * { day: 86400000, hour: 3600000, minute: 60000, second: 1000 }[unit],

    /** From a share of the track (0 to 1) to a moment of its day, a whole second. */
    moment: (share, day) => Math.round((day.from_ms + Math.min(1, Math.max(0, share)) * (day.to_ms - day.from_ms)) / 1000) * 1000,

    share: (at, day) => Math.min(1, Math.max(0, (at - day.from_ms) / (day.to_ms - day.from_ms))),

    /** What of the day cannot be shown, between what can: [from, to, look] each. */
    holes: (day) => {
      const found = [];
      let end = day.from_ms;
      const until = Math.min(day.to_ms, day.now_ms);
      for (const [from, to, kind] of day.spans) {
        if (from > end) found.push([end, from, "gap"]);
        if (kind !== "there") found.push([from, to, "other"]);
        end = to;
      }
      if (end < until) found.push([end, until, "gap"]);
      if (until < day.to_ms) found.push([until, day.to_ms, "future"]);
      return found;
    },
  };
})();
