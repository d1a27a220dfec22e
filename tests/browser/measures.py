"""What a wall is measured by, as questions to its page. Each gives what is wrong; an empty list is a good wall."""

from __future__ import annotations

from typing import NamedTuple

from playwright.sync_api import Frame, Page

from community.legibility import ARC_MINUTES, FIGURE_EM, IDEOGRAPH_EM, arc_minutes
from community.site import Wall

TEXTS = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  while (walk.nextNode()) {
    const text = walk.currentNode.data.trim(), e = walk.currentNode.parentElement;
    if (!text || ['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(e.tagName)) continue;
    if (!e.checkVisibility({ visibilityProperty: true })) continue;
    if (e.closest('.badge, .tour, .tap')) continue;
    const box = e.getBoundingClientRect();
    if (!box.width) continue;
    const svg = e.ownerSVGElement;
    const zoom = svg ? svg.getScreenCTM().a : 1;
    found.push({ text, path: path(e), px: (parseFloat(getComputedStyle(e).fontSize) * zoom) / rem });
  }
  function path(e) {
    const parts = [];
    for (; e && e !== document.body; e = e.parentElement) {
      const look = e.getAttribute('class') || '';
      parts.unshift((e.id ? `#${e.id}` : '') + look.split(/\\s+/).filter(Boolean).map(c => `.${c}`).join(''));
    }
    return parts.join(' ');
  }
  return found;
}"""
"""Every text that is seen: words, where it stands, and its height in px of the 1920x1080 design."""


class Distance(NamedTuple):
    """Who reads it: `of` times the site's viewing distance (VISUAL.md, section 3, at 4 m: 5 m, 4 m, 3 m)."""

    where: str
    of: float


INCIDENTAL = (
    ".tile .of", ".tile .words", ".tile .age", ".closed .at", ".closed .took", ".ribbon", ".label-shed", ".label-gate",
    "#broken-time", ".card li", ".aside .until", ".figures b", ".alarm-row.rtn",
)  # fmt: skip
"""L4: read in passing or at the desk; never below 24 px."""

LEVELS = (
    Distance("#verdict-title", 1.25),
    Distance("#verdict-time", 1.25),
    Distance("#clock", 1.25),
    Distance(".count .num", 1.25),
    Distance(".alarm-row.big .what", 1.25),
    Distance(".alarm-row .what", 1.25),
    Distance(".alarm-row .where", 1.0),
    Distance(".alarm-row .elapsed", 1.0),
    Distance(".alarm-row .who .words", 1.0),
    Distance(".verdict .says", 1.0),
    Distance(".tile .value .num", 1.0),
    Distance(".tile .name", 1.0),
    Distance(".label-building", 1.0),
    Distance(".plate", 0.75),
)
"""The first that fits counts; what is named nowhere is L3."""

FLOOR_PX = 24


def illegible(texts: list[dict[str, object]], wall: Wall) -> list[str]:
    """Texts that are too small for whoever has to read them."""
    wrong = []
    for found in texts:
        text, path, px = str(found["text"]), str(found["path"]), float(str(found["px"]))
        em = IDEOGRAPH_EM if any("一" <= char <= "鿿" for char in text) else FIGURE_EM
        if px < FLOOR_PX - 0.1:
            wrong.append(f"{path} {text!r}: {px:.1f} px")
        if any(_within(where, path) for where in INCIDENTAL):
            continue
        level = next((level.of for level in LEVELS if _within(level.where, path)), 0.75)
        seen = arc_minutes(px, em, wall.screen_pitch_mm, wall.viewing_distance_m * level)
        if seen < ARC_MINUTES - 0.05:
            wrong.append(f"{path} {text!r}: {px:.1f} px are {seen:.1f}' at {wall.viewing_distance_m * level:g} m")
    return wrong


def _within(where: str, path: str) -> bool:
    """Whether the path ends in the selector's parts, in order: enough of CSS for the two tables above."""
    steps = path.split()
    at = 0
    for part in where.split():
        names = part.replace("#", " #").replace(".", " .").split()
        while at < len(steps) and not all(_has(steps[at], name) for name in names):
            at += 1
        if at == len(steps):
            return False
        at += 1
    return True


def _has(step: str, name: str) -> bool:
    return name in step.replace("#", " #").replace(".", " .").split()


FAINT = """(least) => {
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = (top, low) => [0, 1, 2].map(i => top[i] * top[3] + low[i] * (1 - top[3])).concat(1);
  const light = (c) => {
    const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
    return 0.2126 * part(c[0]) + 0.7152 * part(c[1]) + 0.0722 * part(c[2]);
  };
  const token = (name) => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = `var(${name})`;
    const found = parse(getComputedStyle(probe).color);
    probe.remove();
    return found;
  };
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const behind = (e) => {
    if (e.closest('.hot') && e.matches('.label-building')) return token('--plate'); // its own edge
    const stack = [];
    for (let at = e; at; at = at.parentElement) {
      const style = getComputedStyle(at), color = parse(style.backgroundColor);
      if (style.backgroundImage.includes('repeating')) stack.push(token('--hatch'));
      if (color[3]) stack.push(color);
      if (color[3] === 1) break;
    }
    if (e.matches('.label-building, .label-service, .label-place')) stack.push(token('--map-building'));
    else if (document.getElementById('plan-data')) stack.push(token('--map-site'));
    return stack.reduceRight((low, top) => over(top, low), token('--bg0'));
  };
  const dimmed = (c, e) => {
    if (document.body.classList.contains('night')) return [...c.slice(0, 3).map(v => 0.8 * v), 1];
    const live = e.closest('.live') || document.getElementById('plan-data');
    if (!live || !document.body.classList.contains('lost')) return c;
    const grey = 0.72 * (0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]);
    return [grey, grey, grey, 1];
  };
  const wrong = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.data.trim(), e = walk.currentNode.parentElement;
    if (!text || ['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(e.tagName)) continue;
    if (!e.checkVisibility({ visibilityProperty: true })) continue;
    if (!e.getBoundingClientRect().width) continue;
    const style = getComputedStyle(e), badge = e.closest('.badge');
    let ground = behind(e);
    if (badge) {
      const fill = getComputedStyle(badge.querySelector('.shape')).fill;
      if (fill !== 'none') ground = over(parse(fill), ground);
    }
    const ink = over(parse(e.ownerSVGElement ? style.fill : style.color), ground);
    const seen = ratio(dimmed(ink, e), dimmed(ground, e));
    const where = e.id || e.getAttribute('class') || e.parentElement.className;
    if (seen < least) wrong.push(`${where} ${text}: ${seen.toFixed(2)}`);
  }
  return wrong;
}"""
"""Texts below a contrast of `least` on what lies behind them; a hatch, the dimming of a lost wall and that of the night
are part of it."""

COVERED = """() => {
  const labels = [...document.querySelectorAll('.label-building')].map(e => [e.textContent, e.getBoundingClientRect()]);
  return [...document.querySelectorAll('.plate')].flatMap(plate => {
    const a = plate.getBoundingClientRect();
    return labels.filter(([, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map(([number]) => `${plate.innerText} lies on ${number}`);
  });
}"""
"""Plates of the map over the number of a building."""


CLIPPED = """() => [...document.querySelectorAll(
    '.tile .name, .tile .value, .count .label, .count b, .left-out, .top > *, h1, h1 .place, .verdict p, .figures div'
    + ', .time, .press, .who, .alarm-row .what, .alarm-row .where, .alarm-row .elapsed, .aside > *, .closed > *'
    + ', .list-head, .card li > *')]
  .filter(e => e.checkVisibility() && getComputedStyle(e).display !== 'inline' && e.scrollWidth > e.clientWidth + 1)
  .map(e => `clipped ${e.id || e.className}: ${e.innerText}`)"""

TILES = """() => {
  const unit = parseFloat(getComputedStyle(document.querySelector('.tile')).getPropertyValue('--u'))
    * parseFloat(getComputedStyle(document.documentElement).fontSize);
  return [...document.querySelectorAll('.tile')].flatMap(tile => {
    const texts = [...tile.querySelectorAll('.value > *')].map(e => [e, e.getBoundingClientRect()])
      .filter(([, box]) => box.width);
    const near = texts.slice(1).filter(([, box], i) => box.left - texts[i][1].right < 5 * unit);
    const edge = tile.getBoundingClientRect().right, name = tile.querySelector('.name');
    const written = document.createRange();
    written.selectNodeContents(name);
    const wide = [[name, written.getBoundingClientRect()]].filter(([, box]) => box.right > edge - 11 * unit);
    return [...near, ...wide, ...texts.filter(([, box]) => box.right > edge - 7 * unit)]
      .map(([e]) => `crowded ${tile.id}: ${e.innerText}`);
  });
}"""

OUTSIDE = """() => [...document.querySelectorAll('.plate')].map(e => [e.innerText, e.getBoundingClientRect()])
  .filter(([, box]) => box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight)
  .map(([words]) => `outside the map: ${words}`)"""

PANELS = """() => {
  const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const wall = document.querySelector('.wall').getBoundingClientRect(); // it wanders by two px to spare the screen
  return Object.fromEntries(['.verdict', '.counts', '.map', '.alarms', '#wall .tile'].map(name => {
    const box = document.querySelector(name).getBoundingClientRect();
    return [name, [box.left - wall.left, box.top - wall.top, box.width, box.height].map(v => Math.round(v / unit))];
  }));
}"""

GRID = {
    ".verdict": [24, 80, 1292, 124],
    ".counts": [1328, 80, 568, 124],
    ".map": [24, 216, 1292, 588],
    ".alarms": [1328, 216, 568, 844],
    "#wall .tile": [24, 816, 205, 116],
}
"""VISUAL.md, section 4: left, top, width and height in px of the design."""


def misplaced(page: Page) -> list[str]:
    """Panels that are not where the design has them; a px of rounding is none."""
    found: dict[str, list[int]] = page.evaluate(PANELS)
    return [
        f"{name} at {found[name]}, not {box}"
        for name, box in GRID.items()
        if any(abs(seen - meant) > 1 for seen, meant in zip(found[name], box, strict=True))
    ]


def faults(page: Page, plan: Frame, wall: Wall) -> list[str]:
    """All that is wrong with what is on the screen."""
    small = illegible([*page.evaluate(TEXTS), *plan.evaluate(TEXTS)], wall)
    on_page = [fault for question in (CLIPPED, TILES) for fault in page.evaluate(question)]
    on_plan = [fault for question in (COVERED, OUTSIDE) for fault in plan.evaluate(question)]
    return [*small, *page.evaluate(FAINT, 4.5), *plan.evaluate(FAINT, 4.5), *on_page, *on_plan]
