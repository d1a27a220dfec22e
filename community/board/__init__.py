"""What a wall shows, in words, derived from the state and nothing else.

`board(state, lang)` gives plain data, one entry a part of the screen, so that a screen can be sent only the parts that
changed (`diff`). No names of people, no rooms but for an unacknowledged P1 where the site allows it. The moment is the
community's clock; what runs by the second (timers, ages) is sent as the moment it started.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..freshness import Freshness
from ..site import Site
from ..state import Alarm, State, alarm_state, annunciated
from ..words import CLIENT, PRIORITIES, WALL, Lang, say
from .feeds import feed_states, feeds_board, left_out
from .flood import flood_since
from .lens import Lens
from .naming import date_words, duty_words, local, offset_min
from .plan import plan_board
from .ribbon import invented, passes_board, ribbon_board
from .rows import alarm_rows, recent_rows, today_figures
from .shelf import shelf_board
from .sound import sound_board
from .tiles import BADGES, tiles_board
from .verdict import Scene, verdict

Board = dict[str, Any]

KEYED = ("tiles", "devices", "areas")
"""Parts that are maps: a change carries only the entries that changed, None for what is gone."""


def board(state: State, lang: Lang, lens: Lens | None = None) -> Board:
    """Everything a wall shows. `lens` is a cache of this community's devices; without one all is derived afresh."""
    lens = lens or Lens(state.site)
    lens.look(state)
    alarms = annunciated(state.alarms.values())
    feeds = feed_states(state)
    flood = flood_since(state.activations, state.clock_ms, state.site.house)
    empty = not state.devices and not any(source.seen_ms for source in state.sources.values())
    plan = plan_board(state, lens, alarms, flood is not None, lang)
    return {
        "head": _head(state, empty, lang),
        "verdict": verdict(Scene(state, alarms, flood, feeds, lens.devices_unknown(), lang)),
        "counts": _counts(alarms, empty),
        "left_out": "" if empty else left_out(state, feeds, lang),
        "sound": sound_board(state, alarms, flood),
        "alarms": alarm_rows(state, alarms, flood is not None, empty, lang),
        "shelf": shelf_board(state, lang),
        "recent": recent_rows(state, lang),
        "today": today_figures(state, empty, lang),
        "tiles": tiles_board(state, lens, alarms, feeds, lang),
        "feeds": feeds_board(state, feeds, lang),
        "ribbon": ribbon_board(state, alarms),
        "passes": passes_board(state, lens, lang),
        "demo": invented(state),
        "devices": plan.pop("devices"),
        "areas": plan.pop("areas"),
        "plan": plan,
        "setup": _setup(state, feeds, lang) if empty else None,
    }


def diff(before: Board, after: Board) -> Board:
    """The parts of `after` that differ; of keyed parts only the entries that do."""
    changed: Board = {}
    for part, now in after.items():
        was = before.get(part)
        if was == now:
            continue
        if part in KEYED and was is not None:
            entries = {key: value for key, value in now.items() if was.get(key) != value}
            entries |= dict.fromkeys(was.keys() - now.keys())
            changed[part] = entries
        else:
            changed[part] = now
    return changed


def client_words(lang: Lang) -> dict[str, str]:
    """What the page says by itself while nobody can tell it anything."""
    return {key: text.get(lang) for key, text in CLIENT.items()}


def fallback_lines(site: Site, lang: Lang) -> list[str]:
    return [line.get(lang) for line in site.fallback]


def _head(state: State, empty: bool, lang: Lang) -> dict[str, Any]:
    site = state.site
    return {
        "name": site.name.get(lang),
        "duty": duty_words(site, state.clock_ms, lang) or WALL["no_roster" if not site.posts else "off_duty"].get(lang),
        "date": date_words(site, state.clock_ms, lang) if state.clock_ms else "",
        "offset_min": offset_min(site, state.clock_ms),
        "empty": empty,
    }


def _counts(alarms: Sequence[Alarm], empty: bool) -> list[dict[str, Any]]:
    """Per priority how many stand, and the most urgent state among them as the badge. None: not known."""
    counts = []
    for priority in PRIORITIES:
        states = [alarm_state(a) for a in alarms if a.priority == priority]
        badge = next((BADGES[s] for s in BADGES if s in states), "none")
        counts.append({"n": None if empty else len(states), "badge": badge})
    return counts


def _setup(state: State, feeds: dict[str, Freshness], lang: Lang) -> dict[str, Any]:
    site = state.site
    live = sum(s != "unknown" for s in feeds.values())
    steps = [
        (WALL["setup_plan"], say(WALL["setup_plan_done"], lang, len(site.buildings))),
        (WALL["setup_feeds"], f"{live} / {len(feeds)}"),
        (WALL["setup_roster"], WALL["setup_done" if site.posts or site.duty.get(lang) else "setup_not"].get(lang)),
        (WALL["setup_test"], ""),
    ]
    return {
        "title": WALL["setup"].get(lang),
        "steps": [{"what": what.get(lang), "how": how} for what, how in steps],
        "note": WALL["no_alarms_yet"].get(lang),
    }


__all__ = ["Board", "Lens", "board", "client_words", "diff", "fallback_lines", "local"]
