/* Rule 1 of the verdict: the page notices by itself that it no longer knows. Transport (a frame at least every 7 s) and
   age (the community's clock must move within 10 s) are judged by performance.now() alone. */
(() => {
  const SW = (window.SW = window.SW || {});
  const SILENT_MS = 7000, CATCH_UP_MS = 60000;
  const STILL_MS = 8000; // what is on its way when a link breaks takes a second and more on a busy machine: shown within 10
  const watch = (SW.watch = { heardAt: performance.now(), lost: false, since: 0, frozenMs: 0, retries: 0, retryAt: 0 });
  let waiting = null, alive = [];

  watch.heard = () => {
    watch.heardAt = performance.now();
  };

  /** Something makes what was heard doubtful: unless a frame comes within two seconds the page is lost. */
  watch.doubt = () => {
    watch.heardAt = Math.min(watch.heardAt, performance.now() - SILENT_MS + 2000);
  };

  watch.silent = () => performance.now() - watch.heardAt > SILENT_MS;

  SW.tickWatch = () => {
    const still = SW.clock.still() > STILL_MS;
    if (watch.silent() || still) return cutOff(watch.silent());
    if (watch.lost) recover();
    if (waiting && (performance.now() > waiting.until || caughtUp())) settled();
  };

  const cutOff = (silent) => {
    if (!watch.lost) {
      watch.lost = true;
      watch.frozenMs = SW.clock.lastMs || 0;
      watch.since = Math.min(watch.heardAt, SW.clock.advancedAt);
      settled();
      alive = SW.parts ? SW.parts.feeds.bars.filter((f) => f.look === "live" || f.look === "late").map((f) => f.id) : [];
      document.body.classList.add("lost");
      SW.mapLost(true);
      document.body.dataset.state = "lost";
      before();
    }
    const at = watch.frozenMs ? SW.say("frozen_at", SW.clockTime(watch.frozenMs, SW.clock.offsetMin)) : SW.say("lost_never");
    const left = Math.ceil((watch.retryAt - performance.now()) / 1000);
    let line = SW.say("lost_clock");
    if (silent) line = left > 0 ? SW.say("lost_retry", watch.retries, left) : SW.say("lost_connect", Math.max(1, watch.retries));
    SW.showLost(SW.say("lost"), at, line, SW.elapsed(gone()));
    SW.text(SW.at("feed-words"), SW.say("all_lost"));
    SW.tickRows();
  };

  /** Whole seconds between the two times that the page shows: who subtracts them finds the same. */
  const gone = () => {
    if (!watch.frozenMs) return performance.now() - watch.since;
    return (Math.floor(SW.clock.now() / 1000) - Math.floor(watch.frozenMs / 1000)) * 1000;
  };

  /** What people do without a wall, and the alarms as they stood. */
  const before = () => {
    const time = watch.frozenMs ? SW.clockTime(watch.frozenMs, SW.clock.offsetMin) : "";
    SW.text(SW.at("stamp"), time ? SW.say("old_picture", time) : "");
    SW.showCard(SW.say("fallback"), (SW.fallback || []).map((line) => [line, ""]));
    SW.text(SW.at("broken-words"), SW.say("before_break"));
    SW.text(SW.at("broken-time"), time);
    SW.at("broken").hidden = false;
    SW.at("recent").hidden = true;
    SW.tickRows(); // when each began, which is longer than how long ago
    SW.fitRows();
  };

  const recover = () => {
    watch.lost = false;
    watch.retries = 0;
    document.body.classList.remove("lost");
    SW.mapLost(false);
    delete document.body.dataset.state; // "live" again with the first frame that is painted
    SW.at("broken").hidden = true;
    waiting = { after: watch.frozenMs, until: performance.now() + CATCH_UP_MS, feeds: alive };
    if (watch.frozenMs && !caughtUp()) {
      document.body.classList.add("recovering");
      SW.text(SW.at("stamp"), SW.say("recovered"));
    }
    SW.showAll();
  };

  /** Every feed that was alive has spoken since the break, or is known to be silent. */
  const caughtUp = () =>
    SW.parts.feeds.bars.every((f) => !waiting.feeds.includes(f.id) || f.seen_ms > waiting.after || f.look === "stale");

  const settled = () => {
    waiting = null;
    document.body.classList.remove("recovering");
  };
})();
