"""总评带: the one sentence that answers 'is all well?'. First match wins (VISUAL.md, section 5); rule 1, a lost
connection, is the page's own, because only the page can know it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..freshness import Freshness
from ..site import Source
from ..state import Activation, Alarm, State, alarm_state
from ..words import PRIORITIES, WALL, Lang, say, since_critical, span
from .alarm_words import short, title
from .grouping import groups
from .naming import area_of, clock_time, place_of, place_of_key
from .rows import escalation, in_hand, shorter_places


class Scene(NamedTuple):
    """What the rules look at."""

    state: State
    alarms: Sequence[Alarm]
    """Annunciated, worst first."""
    flood: Activation | None
    feeds: dict[str, Freshness]
    unknown: int
    lang: Lang
    rooms: bool = True
    """Whether the room of an alarm may be said where the site allows it."""


def verdict(scene: Scene) -> dict[str, Any]:
    """rule, look (class), symbol, the sentence, the line under it, and time: `since_ms` runs, else `right` stands.

    Where the place has no room the page takes one of `shorter`; of the line it leaves parts out from the end."""
    for rule in RULES:
        said = rule(scene)
        if said is not None:
            return _blank() | said
    return _blank() | _all_normal(scene)


def _blank() -> dict[str, Any]:
    return {
        "p": 0,
        "badge": "",
        "place": "",
        "shorter": [],
        "strong": "",
        "line": "",
        "since_ms": None,
        "right": "",
        "right_words": "",
    }


def _unacked_critical(s: Scene) -> dict[str, Any] | None:
    alarm = _first(s, "P1", "unacknowledged")
    if alarm is None:
        return None
    strong = f"{WALL['unacked'].get(s.lang)} · {WALL['nobody'].get(s.lang)}"
    parts = (escalation(s.state.site, alarm, s.lang, "escalates_short"), _others(s, alarm))
    line = " · ".join(part for part in parts if part)
    return _named(s, alarm) | {"rule": 2, "look": "p1", "strong": strong, "line": line}


def _flood(s: Scene) -> dict[str, Any] | None:
    """Named and timed by what went first of the largest group: an alarm that stood before has no part in it."""
    if s.flood is None or not s.alarms:
        return None
    found = groups(s.alarms, s.state.site)
    largest = max(found, key=lambda group: len(group.members))
    first = largest.first_out
    key, since_ms = (first.key, first.activated_ms) if largest.by else (s.flood.key, s.flood.at_ms)
    what = f"{title(key.partition('/')[0], {}, s.lang)} {area_of(s.state.site, key, s.lang)}"
    parts = [say(WALL["flood_first"], s.lang, clock_time(s.state.site, since_ms), what), *_seen(s, "P1")]
    return {
        "rule": 3,
        "look": "flood",
        "symbol": "flood",
        "title": WALL["flood"].get(s.lang),
        "place": say(WALL["flood_groups"], s.lang, len(s.alarms), len(found)),
        "line": " · ".join(parts),
        "since_ms": since_ms,
    }


def _critical_in_hand(s: Scene) -> dict[str, Any] | None:
    alarm = next((a for a in s.alarms if a.priority == "P1"), None)
    if alarm is None:
        return None
    return _named(s, alarm) | {"rule": 4, "look": "p1-ack", "line": _standing(s, alarm)}


def _needs_attention(s: Scene) -> dict[str, Any] | None:
    """A silent safety feed goes before P2: while it lasts the wall cannot know of a P1."""
    stale = [src for src in s.state.site.sources if src.required and s.feeds[src.id] == "stale"]
    silent = next((src for src in stale if src.safety), None)
    alarm = next((a for a in s.alarms if a.priority == "P2"), None) or _first(s, "P3", "unacknowledged")
    if silent is None and alarm is None and stale:
        silent = stale[0]
    if silent is not None:
        seen_ms = s.state.sources[silent.id].seen_ms
        last = clock_time(s.state.site, seen_ms, seconds=True)
        return {
            "rule": 5,
            "look": "stale",
            "symbol": "lost",
            "title": WALL["feed_lost"].get(s.lang),
            "place": silent.name.get(s.lang),
            "line": say(WALL["feed_silent_since"], s.lang, last),
            "since_ms": seen_ms,
        }
    if alarm is None:
        return None
    return _named(s, alarm) | {"rule": 5, "look": alarm.priority.lower(), "line": _standing(s, alarm)}


def _waiting(s: Scene) -> dict[str, Any] | None:
    missing = [src for src in s.state.site.sources if src.required and s.feeds[src.id] == "unknown"]
    if not missing:
        return None
    none_yet = len(missing) == sum(src.required for src in s.state.site.sources)
    started_ms = s.state.started_ms if none_yet else 0
    parts = [WALL["cannot_judge"].get(s.lang)]
    if not none_yet:
        names = ("、" if s.lang == "zh" else ", ").join(src.name.get(s.lang) for src in missing)
        parts.append(say(WALL["feeds_waiting"], s.lang, names))
    return {
        "rule": 6,
        "look": "waiting",
        "symbol": "wait",
        "title": WALL["waiting" if none_yet else "waiting_feed"].get(s.lang),
        "line": " · ".join(parts),
        "since_ms": started_ms or None,
        "right_words": WALL["waited"].get(s.lang) if started_ms else "",
    }


def _mostly_normal(s: Scene) -> dict[str, Any] | None:
    """Nothing urgent, and not nothing: P3 in hand or gone, a P4 nobody has looked at, or a feed whose beats are
    missing: without its data nobody knows that all is normal."""
    medium = [a for a in s.alarms if a.priority == "P3"]
    low = [a for a in s.alarms if a.priority == "P4" and alarm_state(a) == "unacknowledged"]
    late = [src for src in s.state.site.sources if src.required and s.feeds[src.id] == "late"]
    if not medium and not low and not late:
        return None
    parts = [_late(s, late)] if late else []
    parts += _seen(s, "P3")
    if low:
        parts.append(say(WALL["unacked_n"], s.lang, len(low), PRIORITIES["P4"].get(s.lang)))
    return {
        "rule": 7,
        "look": "mostly",
        "symbol": "ok",
        "title": WALL["mostly_normal"].get(s.lang),
        "line": " · ".join([*parts, *_doubts(s)]),
        **_longest(s, medium or low, late),
    }


def _late(s: Scene, late: Sequence[Source]) -> str:
    if len(late) > 1:
        return say(WALL["feeds_late"], s.lang, len(late))
    last = clock_time(s.state.site, s.state.sources[late[0].id].seen_ms, seconds=True)
    return say(WALL["late_since"], s.lang, late[0].name.get(s.lang), last)


def _longest(s: Scene, alarms: Sequence[Alarm], late: Sequence[Source]) -> dict[str, Any]:
    """The time beside: of the oldest alarm, else of the feed that has been silent longest."""
    if alarms:
        return {"since_ms": min(a.activated_ms for a in alarms), "right_words": WALL["longest"].get(s.lang)}
    return {"since_ms": min(s.state.sources[src.id].seen_ms for src in late)}


def _all_normal(s: Scene) -> dict[str, Any]:
    clock_ms, past = s.state.clock_ms, s.state.past
    started_ms = s.state.started_ms if past is None else past.from_ms
    ends = [c.closed_ms for c in s.state.recent[:1]] + [a.at_ms for a in s.state.activations]
    parts = [say(WALL["calm_for"], s.lang, span(clock_ms - max([*ends, started_ms]), s.lang))]
    parts += _seen(s, "P4")
    return {
        "rule": 8,
        "look": "normal",
        "symbol": "ok",
        "title": WALL["all_normal"].get(s.lang),
        "line": " · ".join([*parts, *_doubts(s)]),
        "right": since_critical(clock_ms - (s.state.critical_ms or started_ms), s.lang),
        "right_words": WALL["no_critical"].get(s.lang),
    }


RULES: tuple[Callable[[Scene], dict[str, Any] | None], ...] = (
    _unacked_critical,
    _flood,
    _critical_in_hand,
    _needs_attention,
    _waiting,
    _mostly_normal,
)


def _first(s: Scene, priority: str, now: str) -> Alarm | None:
    return next((a for a in s.alarms if a.priority == priority and alarm_state(a) == now), None)


def _named(s: Scene, alarm: Alarm) -> dict[str, Any]:
    site = s.state.site
    p1 = alarm.priority == "P1"
    badge = {"unacknowledged": "unack", "acknowledged": "ack", "returned": "rtn"}[alarm_state(alarm)]
    return {
        "symbol": "badge",
        "p": int(alarm.priority[1:]),
        "badge": badge,
        "title": title(alarm.id, alarm.detail, s.lang) if not p1 else _critical_name(alarm, s.lang),
        "place": place_of(site, alarm, s.lang) if s.rooms else place_of_key(site, alarm.key, s.lang),
        "shorter": shorter_places(site, alarm.key, s.lang),
        "since_ms": alarm.activated_ms,
    }


def _critical_name(alarm: Alarm, lang: Lang) -> str:
    """Sixty pixels high: the full name in Chinese, the short one in English."""
    return title(alarm.id, alarm.detail, lang) if lang == "zh" else short(alarm.id, lang)


def _standing(s: Scene, alarm: Alarm) -> str:
    now = alarm_state(alarm)
    if now == "acknowledged":
        words = in_hand(s.state.site, alarm, s.lang)
    else:
        words = WALL["to_ack" if now == "returned" else "unacked"].get(s.lang)
    return " · ".join(part for part in (words, _others(s, alarm)) if part)


def _seen(s: Scene, priority: str) -> list[str]:
    """`2 项提示有人在办`, and apart from them those that went away before anybody had looked."""
    states = [alarm_state(alarm) for alarm in s.alarms if alarm.priority == priority]
    return [
        say(WALL[words], s.lang, states.count(state), PRIORITIES[priority].get(s.lang))
        for state, words in (("acknowledged", "in_hand"), ("returned", "to_ack_n"))
        if state in states
    ]


def _others(s: Scene, alarm: Alarm) -> str:
    """`另有 2 起重要`: the rest of the same or the next priority that has any."""
    for priority in ("P1", "P2", "P3"):
        rest = sum(a.priority == priority and a is not alarm for a in s.alarms)
        if rest and priority >= alarm.priority:
            return say(WALL["more_of"], s.lang, say(WALL["n_of"], s.lang, rest, PRIORITIES[priority].get(s.lang)))
    return ""


def _doubts(s: Scene) -> list[str]:
    return [say(WALL["unknown_n"], s.lang, s.unknown)] if s.unknown else []
