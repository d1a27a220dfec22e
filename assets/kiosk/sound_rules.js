/* What sounds when: a pure function of (memory, scene), tested without a speaker. Times are milliseconds of one
   monotonic clock, `age` is how long ago an alarm began. Whoever calls it plays what it says.

   P1 every 5 s until somebody has acknowledged it, P2 at 0, 30 and 60 s, P3 once, a lost feed every 15 s; one sound for
   a whole flood and then only P1. One sound at a time, the gravest first; what waited for it comes after it. A mute
   holds for two minutes, or until there is a P1 that was not there before. */
(() => {
  const SW = (window.SW = window.SW || {});
  const P1_EVERY = 5000, LOST_EVERY = 15000, SPEAK_EVERY = 30000, MUTE = 120000;
  const DUE = { 2: [0, 30000, 60000], 3: [0] };
  const LASTS = { p1: 900, p2: 900, p3: 600, flood: 1600, lost: 1100 };

  SW.quietMemory = () => ({ known: {}, p1At: 0, lostAt: 0, flood: null, unsaid: "", spokenAt: 0, mutedUntil: 0, busyUntil: 0 });

  /** How many chimes of an alarm are due by now. */
  const dueBy = (p, ms) => DUE[p].filter((at) => at <= ms).length;

  const news = (memory, scene) => {
    const known = {};
    let fresh = null;
    for (const [id, p, age] of scene.alarms) {
      const met = memory.known[id] && memory.known[id].p === p;
      known[id] = met ? memory.known[id] : { began: scene.now - age, given: 0, p };
      if (!met && p === 1) fresh = fresh || id;
    }
    return { known, fresh };
  };

  const chimed = (known, now) => {
    for (const [id, alarm] of Object.entries(known)) if (alarm.p > 1) known[id] = { ...alarm, given: dueBy(alarm.p, now - alarm.began) };
  };

  /** The gravest P2 or P3 of which a chime is owed. */
  const owed = (scene, known) =>
    scene.alarms.find(([id, p]) => p > 1 && dueBy(p, scene.now - known[id].began) > known[id].given);

  /** scene: {now, alarms: [[id, p, age, words]] worst first, flood, lost, audible}. -> {memory, play, say}; `play` "": nothing. */
  SW.decideSound = (before, scene) => {
    const now = scene.now, { known, fresh } = news(before, scene);
    const memory = { ...before, known };
    const said = (play, say = "") => ({ memory: { ...memory, busyUntil: play ? now + LASTS[play] : memory.busyUntil }, play, say });
    if (fresh) {
      memory.mutedUntil = 0;
      memory.p1At = now;
      memory.unsaid = fresh;
    }
    if (!scene.lost) memory.lostAt = 0;
    if (scene.flood === null) memory.flood = null;
    if (now < memory.mutedUntil) {
      chimed(known, now); // what was muted is not made up for
      memory.flood = scene.flood;
      return said("");
    }
    if (!scene.audible || now < memory.busyUntil) return said("");

    const critical = scene.alarms.filter(([, p]) => p === 1);
    if (critical.length && now >= memory.p1At) {
      memory.p1At = now + P1_EVERY;
      const named = critical.find(([id]) => id === memory.unsaid);
      memory.unsaid = "";
      if (!named && now < memory.spokenAt) return said("p1");
      memory.spokenAt = now + SPEAK_EVERY;
      return said("p1", (named || critical[0])[3]);
    }
    if (scene.flood !== null) {
      const first = memory.flood === null;
      memory.flood = scene.flood;
      chimed(known, now);
      if (first) return said("flood");
    }
    const next = owed(scene, known);
    if (next) {
      const first = known[next[0]].given === 0;
      chimed(known, now);
      return said(`p${next[1]}`, first ? next[3] : "");
    }
    if (scene.lost && now >= memory.lostAt) {
      memory.lostAt = now + LOST_EVERY;
      return said("lost");
    }
    return said("");
  };

  /** M or a click: quiet for two minutes, or the other way round. */
  SW.toggleMute = (memory, now) => ({ ...memory, mutedUntil: now < memory.mutedUntil ? 0 : now + MUTE });

  /** The voice that speaks: one that the machine itself has, of the language, of the mainland first. null: none. */
  SW.pickVoice = (voices, lang) => {
    const own = voices.filter((v) => v.localService);
    const tag = (v) => v.lang.replace("_", "-").toLowerCase();
    const wanted = lang === "en" ? [/^en-us/, /^en/] : [/^(zh-cn|zh-hans|cmn)/, /^zh$/, /^zh/];
    for (const like of wanted) {
      const found = own.find((v) => like.test(tag(v)) && !/^zh-(hk|yue)/.test(tag(v)));
      if (found) return found;
    }
    return null;
  };
})();
