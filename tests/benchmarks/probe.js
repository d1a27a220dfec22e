/* Put into the wall's page before its own scripts: says when a change stood in the DOM and when it had been painted.

   The wall writes inside an animation frame, so a change is seen (MutationObserver) in the frame that paints it. That
   frame is over when the next one begins: the stamp `painted` is taken there, which is never too early. `framed` is
   the end of the same frame's own work on the main thread. All stamps are milliseconds since 1970. */
(() => {
  if (window !== window.top) return;
  const now = () => performance.timeOrigin + performance.now();
  let wanted = null, heardAt = 0, settle = null, promise = null;
  const channel = new MessageChannel();
  let framed = null;
  channel.port1.onmessage = () => framed && framed(now());

  const shown = {
    text: ({ id, value }) => (document.getElementById(id) || {}).textContent === value,
    row: ({ key }) => Boolean(document.querySelector(`[data-key="${key}"]`)),
    gone: ({ key }) => !document.querySelector(`[data-key="${key}"]`),
  };

  const look = () => {
    if (!wanted || !shown[wanted.kind](wanted)) return;
    wanted = null;
    const stamps = { heard: heardAt, dom: now() };
    framed = (at) => (stamps.framed = at);
    channel.port2.postMessage(0);
    requestAnimationFrame(() => {
      stamps.painted = now();
      stamps.framed = stamps.framed || stamps.painted; // the next frame may come before the message
      settle(stamps);
    });
  };

  const Source = window.EventSource;
  window.EventSource = class extends Source {
    constructor(...args) {
      super(...args);
      for (const name of ["snap", "delta"]) this.addEventListener(name, () => (heardAt = now()));
    }
  };

  window.bench = {
    expect: (mark) => {
      wanted = mark;
      promise = new Promise((resolve) => (settle = resolve));
    },
    painted: () => promise,
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  const state = new MutationObserver(() => {
    if (!document.body || !document.body.dataset.state || window.bench.liveMs) return;
    window.bench.liveMs = performance.now();
  });
  state.observe(document, { subtree: true, attributes: true, attributeFilter: ["data-state"] });
})();
