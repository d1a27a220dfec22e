/* The manager's pages: what a click asks for goes to Dash; two date fields; printing. */
(() => {
  const tell = (id, props) => window.dash_clientside.set_props(id, props);
  let asked = 0;
  const records = () => document.querySelector(".records").id;
  const show = (what) => tell(records().replace("records", "drill"), { data: { asked: what, n: (asked += 1) } });
  const empty = () => tell(records(), { children: null });

  /** Records are a step forward: the browser's own way back leads to what was there before. */
  const depth = () => history.state?.depth || 0;
  const drill = (what) => {
    if (!what) return;
    history.pushState({ drill: what, depth: depth() + 1 }, "");
    show(what);
  };
  const shut = () => depth() && history.go(-depth());
  if (depth()) history.replaceState(null, "");
  window.addEventListener("popstate", ({ state }) => (state?.drill ? show(state.drill) : empty()));

  document.addEventListener("click", (event) => {
    const at = event.target.closest("[data-drill], [data-close], [data-print]");
    if (!at) return;
    if (at.dataset.drill) drill(at.dataset.drill);
    else if (at.dataset.print) window.print();
    else shut();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && document.querySelector(".records") && shut());

  /** A chart tells of clicks only to whoever asked it: each is asked once, when it is there. */
  const ask = (chart) => {
    if (chart.swAsked || !chart.on) return;
    chart.swAsked = true;
    chart.on("plotly_click", ({ points }) => drill(points[0].customdata));
  };

  /** On paper a chart is as wide as its panel is there: what was drawn for the screen is scaled. */
  const charts = () => document.querySelectorAll(".plot-box .main-svg");
  window.addEventListener("beforeprint", () => {
    charts().forEach((svg) => svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`));
  });
  window.addEventListener("afterprint", () => charts().forEach((svg) => svg.removeAttribute("viewBox")));

  const dates = (box) => {
    if (box.firstChild) return;
    const field = (value) => {
      const input = document.createElement("input");
      Object.assign(input, { type: "date", value });
      input.setAttribute("aria-label", box.dataset.label);
      return input;
    };
    const from = field(box.dataset.from), to = field(box.dataset.to), show = document.createElement("button");
    Object.assign(show, { type: "button", className: "press", textContent: box.dataset.show });
    show.addEventListener("click", () => {
      if (!from.value || !to.value) return;
      const query = new URLSearchParams(location.search);
      query.delete("span");
      query.delete("day");
      query.set("from", from.value);
      query.set("to", to.value);
      location.search = query;
    });
    box.append(from, "–", to, show);
  };

  const look = () => {
    document.querySelectorAll(".js-plotly-plot").forEach(ask);
    document.querySelectorAll("#range").forEach(dates);
    document.querySelectorAll(".bar .icon:empty").forEach((icon) => SW.drawIcons(icon.parentElement));
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
})();
