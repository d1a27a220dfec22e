/* Keeps a page fresh in place, and tells when the session it follows is full. Without it everything works by loading again. */
(() => {
  const EVERY_MS = 10000, SLOWEST_MS = 120000;
  let waitMs = EVERY_MS;

  const look = () => document.getElementById("state")?.dataset.look;

  const renew = async () => {
    try {
      const answer = await fetch(location.href, { signal: AbortSignal.timeout(EVERY_MS) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("main"), main = document.getElementById("main");
      if (!fresh || main.contains(document.activeElement) && document.activeElement.matches("select, input, textarea")) return;
      const before = look();
      main.replaceChildren(...fresh.childNodes);
      document.body.classList.remove("offline");
      waitMs = answer.ok ? EVERY_MS : Math.min(SLOWEST_MS, waitMs * 2);
      if (before === "use" && look() === "full") {
        document.title = `⚡ ${document.getElementById("state").textContent.trim()}`;
        navigator.vibrate?.([300, 150, 300]);
      }
    } catch {
      waitMs = Math.min(SLOWEST_MS, waitMs * 2);
      stale();
    }
  };

  /** The phone has no network, or the house does not answer: what stands here is not of now. */
  const stale = () => document.body.classList.add("offline");

  const next = () => setTimeout(async () => {
    if (!document.hidden) await renew();
    next();
  }, waitMs);

  if ("follows" in document.body.dataset) {
    next();
    document.addEventListener("visibilitychange", () => document.hidden || renew());
  }
})();
