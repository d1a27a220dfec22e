/* Line icons on a 24-unit grid, drawn for this project; priority badges; the verdict's symbols. */
(() => {
  const SW = (window.SW = window.SW || {});

  const ICONS = {
    camera: '<path d="M3 8.5 14.5 4l3 7L6 15.5z"/><path d="m17 9.5 4-1v5l-3 .5"/><path d="M9 14.5V18a2 2 0 0 1-2 2H3"/><path d="M3 17v6"/>',
    falling: '<path d="M4 21V4.500A1.500 1.500 0 0 1 5.500 3H11v18"/><path d="M7.500 8h.01M7.500 12h.01M7.500 16h.01"/><path d="M17 4v10"/><path d="m13.500 11 3.500 3.500 3.500-3.500"/><path d="M14 20.500h6"/>',
    door: '<path d="M6 21V4.500A1.500 1.500 0 0 1 7.500 3h9A1.500 1.500 0 0 1 18 4.500V21"/><path d="M2.500 21h19"/><path d="M14.500 12v1.500"/><path d="M9 3v18"/>',
    lift: '<rect x="5" y="2.500" width="14" height="19" rx="2"/><path d="m9 10 3-3 3 3"/><path d="m9 14 3 3 3-3"/>',
    sos: '<rect x="2.500" y="2.500" width="19" height="19" rx="5"/><path d="M12 7.500v9M7.500 12h9"/>',
    care: '<path d="M12 20.500S3 15 3 8.800A4.800 4.800 0 0 1 12 6.500a4.800 4.800 0 0 1 9 2.300c0 6.200-9 11.700-9 11.700z"/><path d="M7 12h3l1.500-2.500L13.500 14l1-2H17"/>',
    ev: '<path d="M4 21V5a2 2 0 0 1 2-2h6a2 2 0 0 1 2 2v16"/><path d="M2.500 21h13"/><path d="m9.800 8-2.300 4h3l-2.300 4"/><path d="M14 13h2a2 2 0 0 1 2 2v2.500a1.800 1.800 0 0 0 3.500 0V9L18 5.500"/>',
    ebike: '<circle cx="5.500" cy="17" r="3.500"/><circle cx="18.500" cy="17" r="3.500"/><path d="M5.500 17 9 9.500h6.500l3 7.500"/><path d="M9 9.500 12.500 17h-7"/><path d="m12.500 17 3-7.500L14.500 6H17"/><path d="M7.500 7h3"/>',
    drop: '<path d="M12 3c4 5 6.500 8.300 6.500 11.500a6.500 6.500 0 0 1-13 0C5.500 11.300 8 8 12 3z"/><path d="M9 15a3 3 0 0 0 3 3"/>',
    bin: '<path d="M3.500 6.500h17"/><path d="M5.500 6.500 7 20a1.500 1.500 0 0 0 1.500 1.300h7A1.500 1.500 0 0 0 17 20l1.500-13.500"/><path d="M9 6.500V3.500h6v3"/><path d="M10 11v6M14 11v6"/>',
    order: '<rect x="4" y="4" width="16" height="17.500" rx="2"/><path d="M8.500 2.500h7v4h-7z"/><path d="M8 11.500h.01M8 16h.01M11.500 11.500H16M11.500 16H16"/>',
    horn: '<path d="M3.500 9.500v4a1.500 1.500 0 0 0 1.500 1.500h4l10 4.500v-16L9 8H5a1.500 1.500 0 0 0-1.500 1.500z"/><path d="M9 8v7"/><path d="m6 15 1.500 5.500h3L9 15"/>',
    flame: '<path d="M12 21.500a6.500 6.500 0 0 0 6.500-6.500c0-5-5-6.500-5-12-3 1.500-4.500 4-4.500 6.500-1 0-1.700-.8-2-1.500-1 1.700-1.500 4-1.500 7a6.500 6.500 0 0 0 6.500 6.500z"/>',
    barrier: '<path d="M4 21V9.500A1.500 1.500 0 0 1 5.500 8h3A1.500 1.500 0 0 1 10 9.500V21"/><path d="M2.500 21h9"/><path d="M10 10.500 21.500 6M10 14l11.500-4.500V6"/><path d="m14.500 9 .800 3"/>',
    plant: '<path d="M3 21V11l6 3.500V11l6 3.500V4h5.500v17z"/><path d="M7 17.500h.01M11.500 17.500h.01M16 17.500h.01"/>',
    patrol: '<path d="M12 2.500 20 5.500v6c0 5-3.500 8.500-8 10-4.500-1.500-8-5-8-10v-6z"/><path d="m8.500 12 2.500 2.500 4.500-5"/>',
    intercom: '<rect x="5" y="2.500" width="14" height="19" rx="2"/><circle cx="12" cy="8.500" r="3"/><path d="M9 15h6M9 18h.01M12 18h.01M15 18h.01"/>',
    printer: '<path d="M7 8.500V3h10v5.500"/><path d="M7 17H4.500A1.500 1.500 0 0 1 3 15.500v-5.500a1.500 1.500 0 0 1 1.500-1.500h15a1.500 1.500 0 0 1 1.500 1.500v5.500a1.500 1.500 0 0 1-1.500 1.500H17"/><path d="M7 14h10v7H7z"/>',
    file: '<path d="M14 2.500H6.500A1.500 1.500 0 0 0 5 4v16a1.500 1.500 0 0 0 1.500 1.500h11A1.500 1.500 0 0 0 19 20V7.500z"/><path d="M14 2.500v5h5"/><path d="M12 11.500v6M9.500 15.500l2.500 2.500 2.500-2.500"/>',
    users: '<circle cx="9" cy="8" r="4"/><path d="M2 20.500V19a5 5 0 0 1 5-5h4a5 5 0 0 1 5 5v1.500"/><path d="M16 4.300a4 4 0 0 1 0 7.400"/><path d="M18.500 14.500A5 5 0 0 1 22 19v1.500"/>',
  };

  const SHAPES = {
    1: '<path class="shape" d="M7.400 1.500h9.200l5.900 5.900v9.200l-5.900 5.900H7.400l-5.900-5.900V7.400z"/>',
    2: '<path class="shape" stroke-linejoin="round" d="M12 1.800 23 21.500H1z"/>',
    3: '<path class="shape" stroke-linejoin="round" d="M12 .8 23.200 12 12 23.200.8 12z"/>',
    4: '<circle class="shape" cx="12" cy="12" r="10.500"/>',
  };

  const BIG = 'viewBox="0 0 84 84" fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"';
  const SYMBOLS = {
    ok: `<svg ${BIG}><circle cx="42" cy="42" r="36" stroke-width="5"/><path d="m26 43 11 11 22-23" stroke-width="7"/></svg>`,
    flood: `<svg ${BIG} stroke-width="6"><path d="M8 62h68M14 48h56M24 34h36M34 20h16"/></svg>`,
    lost: `<svg ${BIG} stroke-width="6"><path d="M10 34a46 46 0 0 1 20-12M74 34a46 46 0 0 0-28-14M22 48a28 28 0 0 1 12-8M62 48a28 28 0 0 0-8-6M42 64v.1M12 10l60 64"/></svg>`,
    wait: `<svg ${BIG} stroke-width="5"><circle cx="42" cy="42" r="36" stroke-dasharray="6 10"/><path d="M42 24v20l12 8"/></svg>`,
  };

  SW.icon = (name) => `<svg viewBox="0 0 24 24" aria-hidden="true">${ICONS[name] || ""}</svg>`;

  /** Badge of priority `p` (1..4) in state `state` (unack, ack, rtn, none). Sized by the font size around it. */
  SW.badge = (p, state, extra = "") => {
    const low = p === 2 ? 19.2 : 17;
    const label = `P${p} ${SW.say(`state_${state === "inverse" ? "unack" : state}`)}`;
    return `<svg class="badge p${p} ${state} ${extra}" viewBox="0 0 24 24" role="img" aria-label="${label}">` +
      `${SHAPES[p]}<text x="12" y="${low}">${p}</text></svg>`;
  };

  SW.symbol = (name) => SYMBOLS[name] || "";
  SW.shape = (p) => SHAPES[p];

  /** Fills every element that names an icon; layouts carry the name, this file the drawing. */
  SW.drawIcons = (root) => {
    for (const element of root.querySelectorAll("[data-icon]")) element.innerHTML = SW.icon(element.dataset.icon);
  };
})();
