/* The keyboard of the desk. By `event.code`, so that a Chinese input method swallows none; inert while somebody types. */
(() => {
  const SW = (window.SW = window.SW || {});
  const DO = {
    KeyJ: () => SW.move(1), ArrowDown: () => SW.move(1),
    KeyK: () => SW.move(-1), ArrowUp: () => SW.move(-1),
    Enter: () => SW.toggleGroup() || SW.openAlarm(),
    KeyA: () => SW.act("take"),
    KeyD: () => SW.act("assign"),
    KeyS: () => SW.act((SW.alarm() || {}).state === "shelved" ? "unshelve" : "shelve"),
    KeyC: () => SW.act("close"),
    KeyU: () => SW.toggleUnacked(),
    KeyW: () => SW.at("desk-comment").focus(),
    // what has a page of its own is done there: a door is held open, a call answered, the hand-over signed by both
    KeyO: () => go("/operate", { tab: "doors", device: (SW.alarm() || {}).door || "" }),
    KeyT: () => go("/operate"),
    KeyB: () => go("/operate", {}, "#compose"),
    KeyN: () => go("/handover", {}, "#notes"),
    KeyM: () => SW.said(SW.say("sound_at_wall")),
    Digit1: () => SW.toggleLevel(1), Digit2: () => SW.toggleLevel(2), Digit3: () => SW.toggleLevel(3), Digit4: () => SW.toggleLevel(4),
  };

  const go = (path, more = {}, part = "") => {
    if (!document.querySelector(`.bar nav a[href^="${path}?"]`)) return SW.said(SW.say("no_page"), true);
    location.assign(`${path}?${SW.query(more)}${part}`);
  };

  const typing = (element) => element && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName)) && element.type !== "checkbox";

  const back = () => {
    if (SW.formOpen()) return SW.closeForm();
    if (typing(document.activeElement)) document.activeElement.blur();
    SW.at("desk-keys").classList.remove("all");
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.code === "Escape") return back();
    const active = document.activeElement;
    if (typing(active)) return;
    if (active && active.tagName === "BUTTON" && (event.code === "Enter" || event.code === "Space")) return;
    if (event.key === "?") return SW.at("desk-keys").classList.toggle("all");
    if (event.code === "Slash") { event.preventDefault(); return SW.at("desk-search").focus(); }
    const act = DO[event.code];
    if (!act || event.shiftKey || event.repeat && !/Arrow|Key[JK]/.test(event.code)) return;
    event.preventDefault();
    act();
  });

  SW.openOnMap = (what) => {
    const row = (SW.desk().rows || []).find((r) => what.device && r.device === what.device);
    if (!row) return false;
    SW.choose(row.key);
    return true;
  };

  SW.startDesk = () => {
    document.body.classList.add("on-desk");
    SW.startList();
    SW.startActs();
    const big = (on) => {
      document.documentElement.classList.toggle("big", on);
      SW.at("desk-big").setAttribute("aria-pressed", String(on));
      try { localStorage.setItem("shouwang-big", on ? "1" : ""); } catch { /* a browser that keeps nothing */ }
    };
    SW.at("desk-big").addEventListener("click", () => big(!document.documentElement.classList.contains("big")));
    try { big(Boolean(localStorage.getItem("shouwang-big"))); } catch { big(false); }
  };
})();
