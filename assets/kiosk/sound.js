/* The speaker: plays what the rules say (sound_rules.js), speaks with a voice of the kiosk's own, and says so on the wall
   when it is muted or when the browser holds the sound back. */
(() => {
  const SW = (window.SW = window.SW || {});
  /* [Hz, begin, length, loudness]: alarms high and hard, chimes soft, the lost feed low. */
  const TONES = {
    p1: [[880, 0, 0.2, 0.5], [660, 0.27, 0.2, 0.5], [880, 0.54, 0.25, 0.5]],
    p2: [[784, 0, 0.7, 0.35], [1175, 0.02, 0.5, 0.12]],
    p3: [[523, 0, 0.5, 0.16]],
    flood: [[784, 0, 0.6, 0.35], [988, 0.35, 0.6, 0.35], [784, 0.7, 0.8, 0.35]],
    lost: [[220, 0, 0.4, 0.45], [165, 0.5, 0.5, 0.45]],
  };
  const HARD = ["p1", "lost"];
  let memory = null, context = null, toSpeak = 0, moved = { at: 0, time: -1 };
  const voices = {};

  const play = (name) => {
    const start = context.currentTime + 0.02;
    for (const [hertz, begin, length, loud] of TONES[name]) {
      const tone = context.createOscillator(), gain = context.createGain();
      const from = start + begin, until = from + length;
      tone.type = HARD.includes(name) ? "triangle" : "sine";
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(loud, from + 0.015);
      if (HARD.includes(name)) gain.gain.setValueAtTime(loud, until - 0.03);
      gain.gain.linearRampToValueAtTime(0, until);
      tone.connect(gain).connect(context.destination);
      tone.onended = () => gain.disconnect(); // else a graph of dead nodes would grow for weeks
      tone.start(from);
      tone.stop(until);
    }
    return until(name, start);
  };

  const until = (name, start) => 1000 * (start - context.currentTime + Math.max(...TONES[name].map(([, begin, length]) => begin + length)));

  /* A browser looks for the machine's voices when a page first asks for them and has them seconds later, and espeak-ng
     brings thousands: asked when the wall begins, chosen when they come, and not with an alarm. */
  const findVoices = () => {
    if (!window.speechSynthesis) return;
    const all = speechSynthesis.getVoices();
    for (const lang of ["zh", "en"]) voices[lang] = SW.pickVoice(all, lang);
    speechSynthesis.onvoiceschanged = findVoices;
  };

  const speak = (words, lang, afterMs) => {
    const voice = voices[lang];
    if (!words || !voice) return;
    clearTimeout(toSpeak);
    toSpeak = setTimeout(() => {
      speechSynthesis.cancel(); // what is old is not said after what is new
      const said = Object.assign(new SpeechSynthesisUtterance(words), { voice, lang: voice.lang, rate: 0.95 });
      speechSynthesis.speak(said);
    }, afterMs);
  };

  /** A context that runs and whose time goes on: a sound card that was pulled out leaves it running and standing still. */
  const audible = () => {
    if (!context || context.state !== "running") return false;
    const now = performance.now();
    if (context.currentTime !== moved.time) moved = { at: now, time: context.currentTime };
    return now - moved.at < 2000;
  };

  const wake = async () => {
    context = context || new AudioContext();
    if (context.state !== "running") await context.resume().catch(() => {}); // without a gesture it waits: said on the wall
  };

  const scene = (now) => {
    const sound = (SW.parts && SW.parts.sound) || { alarms: [], flood: null };
    const silent = SW.parts && SW.parts.verdict.look === "stale";
    const alarms = sound.alarms.map(([id, p, since, words]) => [id, p, SW.clock.now() - since, words]);
    return { now, alarms, flood: sound.flood, lost: SW.watch.lost || Boolean(silent), audible: audible() };
  };

  const tick = () => {
    const now = performance.now(), decided = SW.decideSound(memory || SW.quietMemory(), scene(now));
    memory = decided.memory;
    if (decided.play) {
      const lasts = play(decided.play);
      speak(decided.say, SW.parts ? SW.parts.sound.voice : "", lasts + 150);
    }
    show(now);
  };

  const show = (now) => {
    const left = Math.ceil((memory.mutedUntil - now) / 1000), chip = SW.at("sound");
    const muted = left > 0, off = !muted && !audible();
    chip.hidden = !muted && !off;
    SW.look(chip, `sound ${muted ? "muted" : "off"}`);
    if (muted) SW.text(chip, SW.say("muted", `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`));
    else if (off) SW.text(chip, SW.say("sound_off"));
  };

  /** The first touch of a browser that holds the sound back opens it; from then on it mutes. */
  const press = () => {
    if (!audible() || !memory) return void wake();
    memory = SW.toggleMute(memory, performance.now());
    clearTimeout(toSpeak); // a mute between tone and voice holds for the voice too
    if (window.speechSynthesis) speechSynthesis.cancel();
    show(performance.now());
  };

  document.addEventListener("keydown", (event) => {
    if (event.code === "KeyM" && !event.repeat && !event.target.closest("input, textarea")) press();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("button, a")) press();
  });
  const start = () => {
    if (!document.getElementById("sound")) return;
    if (!context) {
      wake();
      findVoices();
    }
    tick();
  };
  (SW.ticks = SW.ticks || []).push(start);
})();
