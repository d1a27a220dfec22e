/* The operator's map: pans, zooms, and a click opens what stands there. A page around it that has `SW.openOnMap` takes
   the click itself; else the card opens here. */
(() => {
  const SW = (window.SW = window.SW || {});
  const NEAR_PX = 18;

  SW.desk = ({ map, devices, shapes, words, community, lang, page, fit }) => {
    const card = document.body.appendChild(Object.assign(document.createElement("aside"), { className: "desk-card", hidden: true }));
    const make = (tag, look, ...content) => {
      const element = Object.assign(document.createElement(tag), { className: look });
      element.append(...content);
      return element;
    };

    const buttons = make("div", "desk-zoom");
    for (const [sign, said, act] of [["+", words.zoom_in, () => map.zoomIn()], ["−", words.zoom_out, () => map.zoomOut()], ["⤢", words.zoom_all, fit]]) {
      const button = make("button", "", sign);
      button.type = "button";
      button.title = said;
      button.setAttribute("aria-label", said);
      button.addEventListener("click", act);
      buttons.append(button);
    }
    document.body.append(buttons);

    const within = ([lat, lng], ring) => {
      let inside = false;
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const a = ring[i], b = ring[j];
        if (a.lat > lat !== b.lat > lat && lng < ((b.lng - a.lng) * (lat - a.lat)) / (b.lat - a.lat) + a.lng) inside = !inside;
      }
      return inside;
    };

    /** The smallest thing under the pointer: a device that stands alone, else the unit, shed or building. */
    const under = (at, latlng) => {
      const device = devices.nearest((xy) => map.latLngToContainerPoint([xy[1], xy[0]]).distanceTo(at), NEAR_PX);
      if (device) return { device };
      const hits = [...shapes].filter(([, { layer }]) => [].concat(layer.getLatLngs()[0]).length && within([latlng.lat, latlng.lng], layer.getLatLngs()[0]));
      const spot = hits.map(([name]) => name).sort((a, b) => b.includes("/") - a.includes("/"))[0];
      return spot ? { spot } : null;
    };

    const open = async (what) => {
      if (page !== window && page.SW && page.SW.openOnMap && page.SW.openOnMap(what)) return;
      const answer = await fetch(`/api/v1/card?${new URLSearchParams({ community, lang, ...what })}`);
      if (!answer.ok) return close();
      draw(await answer.json());
    };
    const close = () => {
      card.hidden = true;
    };

    const badge = (alarm) => {
      const mark = make("span", "mark");
      mark.innerHTML = alarm ? SW.badge(alarm.p, alarm.badge) : "";
      return mark;
    };
    const link = (device, ...content) => {
      const button = make("button", "line", ...content);
      button.type = "button";
      button.addEventListener("click", () => open({ device }));
      return button;
    };

    const draw = (said) => {
      const leave = make("button", "leave", "×");
      leave.type = "button";
      leave.setAttribute("aria-label", words.close);
      leave.addEventListener("click", close);
      const parts = [make("header", "", make("h2", "", said.title), leave)];
      if (said.device) {
        parts.push(make("p", "now", `${said.system} · ${said.now}`, said.seen_ms && SW.now ? ` · ${age(said.seen_ms)}` : ""));
        for (const alarm of said.alarms) parts.push(make("div", "line", badge(alarm), make("span", "what", alarm.what), make("span", "num", alarm.at)));
        parts.push(make("dl", "", ...said.values.flatMap(([what, value]) => [make("dt", "", what), make("dd", "num", value)])));
        if (said.picture) {
          const picture = Object.assign(new Image(), { src: `/api/v1/pictures/${said.picture}`, alt: words.snapshot });
          parts.push(make("figure", "", picture, make("figcaption", "", words.snapshot)));
        }
      } else {
        parts.push(make("p", "now", said.systems.map(([system, n]) => `${system} ${n}`).join(" · ")));
        for (const one of said.devices) parts.push(link(one.device, badge(one.alarm), make("span", "what", one.what), make("span", "", one.now)));
        if (said.total > said.devices.length) parts.push(make("p", "now", words.more.replace("{}", said.total - said.devices.length)));
      }
      card.replaceChildren(...parts);
      card.hidden = false;
    };

    const age = (ms) => SW.say("late", SW.age(SW.now() - ms));

    map.on("click", (event) => {
      const what = under(event.containerPoint, event.latlng);
      if (what) open(what);
      else close();
    });
    document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  };
})();
