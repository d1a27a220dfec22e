/* Time in words. The texts come with the snapshot (community/words.py); the page holds none of its own. */
(() => {
  const SW = (window.SW = window.SW || {});
  const pad = (n) => String(n).padStart(2, "0");

  SW.words = {};
  SW.say = (key, ...values) => (SW.words[key] || "").replace(/\{\}/g, () => String(values.shift()));

  /** A running timer: 00:42, from an hour on 3时20分, from a day on 2天. */
  SW.elapsed = (ms) => {
    const s = Math.max(0, Math.floor(ms / 1000));
    if (s < 3600) return `${pad(Math.floor(s / 60))}:${pad(s % 60)}`;
    if (s < 86400) return SW.say("hours_minutes", Math.floor(s / 3600), pad(Math.floor((s % 3600) / 60)));
    return SW.say("days", Math.floor(s / 86400));
  };

  /** An age: 25秒, 6分, 3时, 2天. */
  SW.age = (ms) => {
    const s = Math.max(0, Math.floor(ms / 1000));
    if (s < 60) return SW.say("seconds", s);
    if (s < 3600) return SW.say("minutes", Math.floor(s / 60));
    return s < 86400 ? SW.say("hours", Math.floor(s / 3600)) : SW.say("days", Math.floor(s / 86400));
  };

  /** 21:14:36 in the community's zone, whatever zone the kiosk is set to. */
  SW.clockTime = (ms, offsetMin) => {
    const at = new Date(ms + offsetMin * 60000);
    return `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}`;
  };
})();
