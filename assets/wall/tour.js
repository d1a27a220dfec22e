/* The demo's tour: a caption over the map, with a way on and a way out. It comes with the heartbeat and goes with it. */
(() => {
  const SW = (window.SW = window.SW || {});
  let shown = "", begun = false;

  SW.showTour = (tour) => {
    const box = SW.at("tour");
    if (!box) return;
    box.hidden = !tour;
    if (!tour) return void (begun = false);
    const lang = SW.page.lang === "en" ? "en" : "zh";
    const said = JSON.stringify([tour.scene, tour[lang]]);
    if (said !== shown) {
      shown = said;
      draw(box, tour, lang);
    }
    if (tour.word === "waiting" && !begun) {
      begun = true;
      setTimeout(() => wish("start"), 3000); // time to read what is about to happen
    }
  };

  const draw = (box, tour, lang) => {
    const step = tour.of ? `${tour.scene}/${tour.of}` : "";
    const buttons = ["next", "skip"].map((name) => {
      const button = SW.make("button", `press ${name}`, tour.buttons[name][lang]);
      button.type = "button";
      button.addEventListener("click", () => wish(name, button));
      return button;
    });
    box.replaceChildren(SW.make("span", "step num", step), SW.make("p", "", tour[lang]), SW.make("span", "ways", ...buttons));
  };

  const wish = async (what, button) => {
    if (button) button.disabled = true;
    try {
      await fetch(`/api/v1/tour?${new URLSearchParams({ community: SW.page.community })}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ do: what }),
        signal: AbortSignal.timeout(10000),
      });
    } catch {
      begun = false; // asked again with the next heartbeat
    }
    if (button) button.disabled = false;
  };
})();
