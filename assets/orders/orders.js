/* Keeps the list of orders fresh while nobody writes in it; a press is a form and needs none of this. */
(() => {
  const EVERY_MS = 5000;
  const busy = (list) => list.contains(document.activeElement) && document.activeElement !== document.body ||
    [...list.querySelectorAll("input[name=reason]")].some((field) => field.value);

  const renew = async () => {
    const list = document.getElementById("fresh");
    if (document.hidden || busy(list)) return;
    const answer = await fetch(location.pathname + location.search, { signal: AbortSignal.timeout(EVERY_MS) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("fresh");
    if (fresh && !busy(list)) list.replaceWith(fresh);
  };

  const next = () => setTimeout(() => renew().catch(() => document.getElementById("fresh").setAttribute("aria-busy", "true")).finally(next), EVERY_MS);
  next();
})();
