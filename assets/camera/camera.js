/* A camera's picture: the last one with its age, or the live one. Live it is called while pictures come, and no longer. */
(() => {
  const SW = (window.SW = window.SW || {});
  const STILL_MS = 3000;
  const views = new Map(); // of cameras that are, or were, watched: camera -> view

  /** `c`: community/board/desk.py `camera_view`. Drawn anew as often as the page likes: what moves goes on in it. */
  SW.camera = (c) => {
    const view = views.get(c.id);
    const figure = SW.make("figure", "camera", SW.make("em", ""), SW.make("p", "no-video"));
    const does = SW.make("div", "does", ...player(c), ...(c.video ? [button(c, view)] : []));
    const tag = SW.make("figcaption", "", SW.make("span", "", c.place), SW.make("span", "num", c.at));
    figure.append(does, tag);
    figure.swCamera = c;
    if (view) view.figure = figure;
    lay(figure, view);
    return figure;
  };

  /** The recorder's own player, where the site names one. */
  const player = (c) => {
    if (!c.player) return [];
    const link = SW.make("a", "player", `${SW.say("player")} ↗`);
    return [Object.assign(link, { href: c.player, target: "_blank", rel: "noopener noreferrer" })];
  };

  const button = (c, view) => {
    const b = SW.make("button", "watch", SW.say(view && view.on ? "stop_watching" : "watch"));
    b.type = "button";
    b.dataset.act = `watch:${c.id}`;
    b.addEventListener("click", () => ((views.get(c.id) || {}).on ? stop(views.get(c.id)) : start(c, b.closest("figure"))));
    return b;
  };

  /** The newest that is known: what was seen live is a picture too. */
  const lay = (figure, view) => {
    const c = figure.swCamera;
    const seen = view && view.frames && (view.on || view.takenMs > c.at_ms);
    const before = figure.querySelector("canvas, img");
    const image = seen ? view.canvas : c.picture ? new Image() : null;
    if (image && !seen) Object.assign(image, { src: `/api/v1/pictures/${c.picture}?${SW.query()}`, alt: c.place });
    if (image && image !== before) figure.prepend(image);
    if (before && image !== before) before.remove();
    say(figure, view, seen);
  };

  const say = (figure, view, seen) => {
    const c = figure.swCamera, tag = figure.querySelector("em"), why = figure.querySelector(".no-video");
    const ageMs = seen ? performance.now() - view.at + view.behindMs : 0;
    const moves = seen && view.on && ageMs < STILL_MS;
    SW.look(figure, `camera ${moves ? "moves" : seen && view.on ? "still" : seen || c.picture ? "" : "empty"}`);
    if (moves) SW.text(tag, SW.say("moving", (ageMs / 1000).toFixed(1)));
    else if (seen) SW.text(tag, SW.say(view.on ? "stopped_picture" : "last_frame", SW.age(ageMs)));
    else if (!c.picture) SW.text(tag, SW.say("no_picture"));
    else SW.text(tag, SW.now() ? SW.say("last_frame", SW.age(SW.now() - c.at_ms)) : SW.say("snapshot"));
    SW.text(why, view ? (view.on && !view.frames ? SW.say("opening") : view.why) : "");
    const watch = figure.querySelector(".watch");
    if (watch) SW.text(watch, SW.say(view && view.on ? "stop_watching" : "watch"));
    if (seen) SW.text(figure.querySelector("figcaption .num"), "");
  };

  const start = (c, figure) => {
    const ending = new AbortController();
    const view = { id: c.id, figure, canvas: SW.make("canvas"), on: true, why: "", frames: 0, at: 0, behindMs: 0, takenMs: 0, nearest: Infinity, ending };
    view.canvas.setAttribute("role", "img");
    view.canvas.setAttribute("aria-label", c.place);
    views.set(c.id, view);
    lay(figure, view);
    read(view);
  };

  const stop = (view, why = "") => {
    if (!view.on) return;
    view.on = false;
    view.why = why;
    view.ending.abort();
    lay(view.figure, view);
  };

  const read = async (view) => {
    try {
      const answer = await fetch(`/api/v1/video/${encodeURIComponent(view.id)}?${SW.query()}`, { signal: view.ending.signal });
      if (answer.status === 401) return stop(view, SW.say("signed_out"));
      if (!answer.ok) return stop(view, (await answer.json()).error);
      const reader = answer.body.getReader(), feed = SW.makeParts();
      for (let chunk; !(chunk = await reader.read()).done; ) {
        const parts = feed(chunk.value), told = parts.find((part) => part.head["content-type"] === "application/json");
        const pictures = parts.filter((part) => part !== told);
        if (pictures.length) await draw(view, pictures[pictures.length - 1]);
        if (told) return stop(view, SW.say(`video_${JSON.parse(new TextDecoder().decode(told.body)).why}`));
      }
      stop(view, SW.say("watch_ended"));
    } catch {
      stop(view, SW.say("watch_ended"));
    }
  };

  /** A picture that cannot be read is none: the age of the one before goes on. */
  const draw = async (view, { head, body }) => {
    const picture = await createImageBitmap(new Blob([body], { type: head["content-type"] })).catch(() => null);
    if (!picture || !view.on) return;
    const at = performance.now(), sentMs = Number(head["x-sent-ms"]), ageMs = Number(head["x-age-ms"]);
    view.nearest = Math.min(view.nearest, Date.now() - sentMs); // the clocks of page and server differ, the way is never shorter
    Object.assign(view.canvas, { width: picture.width, height: picture.height });
    view.canvas.getContext("2d").drawImage(picture, 0, 0);
    picture.close();
    Object.assign(view, { at, takenMs: sentMs - ageMs, behindMs: ageMs + Date.now() - sentMs - view.nearest, frames: view.frames + 1 });
    if (view.frames === 1) lay(view.figure, view);
  };

  const tick = () => {
    for (const view of [...views.values()]) {
      if (view.figure.isConnected) continue;
      stop(view); // another alarm, another device: nobody looks any more
      views.delete(view.id);
    }
    for (const figure of document.querySelectorAll("figure.camera")) {
      const view = views.get(figure.swCamera.id);
      say(figure, view, Boolean(view && view.canvas.isConnected));
    }
  };
  setInterval(tick, 250);
})();
