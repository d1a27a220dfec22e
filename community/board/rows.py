"""The alarm panel: what stands, what was closed, today's figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..alarms import chattering, escalates_ms
from ..catalogue import ESCALATES_TO, definition
from ..site import Site
from ..state import ANNUNCIATED, Alarm, State, alarm_state
from ..systems import SYSTEMS
from ..words import UNKNOWN, WALL, Lang, duration, post, say
from .alarm_words import cause, short, title
from .grouping import Group, groups
from .naming import area_of, clock_time, local, place_of, place_of_key, where
from .privacy import shown_key, shown_occurrence
from .tiles import BADGES

ROWS = 5
RECENT = 6

BUILDINGS = 3
"""So many numbers stand beside an assignee; of more the first and their count."""


def alarm_rows(state: State, alarms: Sequence[Alarm], flood: bool, empty: bool, lang: Lang) -> dict[str, Any]:
    """At most five rows and how many alarms there are in all. `alarms` are the annunciated ones, worst first."""
    note = "flood_note" if flood else "none_now" if not alarms and not empty else ""
    shown = groups(alarms, state.site) if flood else [Group([a]) for a in alarms]
    symptoms = Counter(alarm.suppressed_by for alarm in state.alarms.values() if alarm.suppressed_by)
    return {
        "rows": [_row(state, group, symptoms[group.gravest.key], lang) for group in shown[:ROWS]],
        "note": WALL[note].get(lang) if note else "",
        "total": len(alarms),
    }


def _row(state: State, group: Group, symptoms: int, lang: Lang) -> dict[str, Any]:
    """`key` is empty for a group: what stands for many cannot be acknowledged with one press."""
    site, alarm = state.site, group.gravest
    now = alarm_state(alarm)
    # `more` stands behind the place where there is room; where there is none for the place, one of `shorter`;
    # where there is none for the title, `brief`
    row: dict[str, Any] = {
        "key": shown_key(state, alarm),
        "occurrence": shown_occurrence(state, alarm),
        "members": len(group.members),
        "p": int(alarm.priority[1:]),
        "badge": BADGES[now],
        "title": title(alarm.id, alarm.detail, lang, big=alarm.priority == "P1"),
        "brief": short(alarm.id, lang),
        "place": place_of(site, alarm, lang),
        "more": escalation(site, alarm, lang) or cause(alarm.id, alarm.detail, lang),
        "started_ms": alarm.activated_ms,
        "at": clock_time(site, alarm.activated_ms, seconds=True),
        "shorter": shorter_places(site, alarm.key, lang),
        "words": _words(site, alarm, now, lang),
        "strong": now == "unacknowledged",
        "acknowledge": now in ("unacknowledged", "returned"),
    }
    if len(group.members) > 1:
        return row | _of_group(site, group, lang)
    if symptoms:
        row |= _times(title(alarm.id, {}, lang), alarm.id, 1 + symptoms, lang)
        row["more"] = say(WALL["symptoms"], lang, symptoms)
    elif alarm.count > 1 and not chattering(alarm, site.house):
        row |= _times(row["title"], alarm.id, alarm.count, lang)
    return row


def _times(named: str, alarm_id: str, times: int, lang: Lang) -> dict[str, str]:
    return {"title": f"{named} ×{times}", "brief": f"{short(alarm_id, lang)} ×{times}"}


def _of_group(site: Site, group: Group, lang: Lang) -> dict[str, Any]:
    """Named after the first of it; its contents as counts where they are of more than one system, else places."""
    first = group.first_out
    states = [alarm_state(a) for a in group.members]
    strong = "unacknowledged" in states
    systems = Counter(_system(site, alarm, lang) for alarm in group.members)
    counts = [f"{name}{n}" if lang == "zh" else f"{name} {n}" for name, n in systems.most_common(3)]
    place, more = (" ".join(counts), "") if len(systems) > 1 else _places(site, group, lang)
    return {
        "key": "",
        **_times(title(first.id, {}, lang), first.id, len(group.members), lang),
        "place": place,
        "more": more,
        "shorter": [" ".join(counts[:n]) for n in range(len(counts) - 1, 0, -1)] if len(systems) > 1 else [],
        "badge": BADGES[next(state for state in ANNUNCIATED if state in states)],
        "started_ms": first.activated_ms,
        "at": clock_time(site, first.activated_ms, seconds=True),
        "words": WALL["unacked"].get(lang) if strong else _words(site, group.gravest, states[0], lang),
        "strong": strong,
        "acknowledge": False,
    }


def _places(site: Site, group: Group, lang: Lang) -> tuple[str, str]:
    """`3、11号楼`; of more than a few places the one where most of the group are, and how many there are."""
    devices = [site.by_id.get(alarm.device) for alarm in group.members]
    buildings = {device.building for device in devices if device is not None}
    if "" not in buildings and None not in devices and len(buildings) <= BUILDINGS:
        numbers = sorted(buildings, key=lambda number: (len(number), number))
        return say(WALL["buildings"], lang, ("、" if lang == "zh" else ", ").join(numbers)), ""
    places = Counter(area_of(site, alarm.key, lang) for alarm in group.members)
    return places.most_common(1)[0][0], say(WALL["places"], lang, len(places)) if len(places) > 1 else ""


def _system(site: Site, alarm: Alarm, lang: Lang) -> str:
    device = site.by_id.get(alarm.device)
    return SYSTEMS[device.system].name.get(lang) if device is not None else where(site, alarm.device, lang)


def escalation(site: Site, alarm: Alarm, lang: Lang, words: str = "escalates") -> str:
    """`21:15:36 若仍未确认：呼叫班长`, before it happens; then who was called last. '' where nobody is to be.
    `words`: `escalates_short` beside 未确认 itself, where the band has no room to say it twice."""
    entry = definition(site, alarm.id)
    due_ms = escalates_ms(alarm, entry)
    if due_ms is not None:
        whom = post(ESCALATES_TO[alarm.escalated], lang)
        return say(WALL[words], lang, clock_time(site, due_ms, seconds=True), whom)
    if alarm.unseen_ms is None or not alarm.escalated:
        return ""
    called_ms = alarm.unseen_ms + entry.escalate_ms[alarm.escalated - 1]
    return say(WALL["escalated"], lang, clock_time(site, called_ms, seconds=True), post(ESCALATES_TO[-1], lang))


def _words(site: Site, alarm: Alarm, now: str, lang: Lang) -> str:
    if now == "acknowledged":
        return in_hand(site, alarm, lang, "in_row")
    if now == "returned" and alarm.cleared_ms is not None:
        return say(WALL["cleared"], lang, clock_time(site, alarm.cleared_ms))
    if now == "returned":
        return WALL["to_ack"].get(lang)
    if alarm.priority == "P1":
        return f"{WALL['unacked'].get(lang)} · {WALL['nobody'].get(lang)}"
    if chattering(alarm, site.house):
        return say(WALL["repeats"], lang, alarm.count)
    return WALL["unacked"].get(lang)


def in_hand(site: Site, alarm: Alarm, lang: Lang, words: str = "acked_by") -> str:
    """`巡逻岗 途中`; of what nobody has taken who has acknowledged it."""
    if not alarm.owner:
        return say(WALL[words], lang, post(alarm.acknowledged_by, lang, site.posts))
    return f"{post(alarm.owner, lang, site.posts)} {WALL['work_' + (alarm.work or 'assigned')].get(lang)}"


def recent_rows(state: State, lang: Lang) -> list[dict[str, str]]:
    rows = []
    for closed in state.recent[:RECENT]:
        alarm_id = closed.key.partition("/")[0]
        place = _short_place(state.site, closed.key, lang)
        rows.append(
            {
                "at": clock_time(state.site, closed.closed_ms),
                "what": f"{title(alarm_id, {}, lang)} · {place}",
                "shorter": f"{title(alarm_id, {}, lang)} · {area_of(state.site, closed.key, lang)}",
                "took": duration(closed.closed_ms - closed.activated_ms, lang),
            }
        )
    return rows


def shorter_places(site: Site, key: str, lang: Lang) -> list[str]:
    return [_short_place(site, key, lang), area_of(site, key, lang)]


def _short_place(site: Site, key: str, lang: Lang) -> str:
    """Of what stands in a unit the unit: a line of what is over has no room for more."""
    device = site.by_id.get(key.partition("/")[2])
    if device is not None and device.unit:
        return say(WALL["unit"], lang, device.building, device.unit)
    return place_of_key(site, key, lang)


def today_figures(state: State, empty: bool, lang: Lang) -> list[dict[str, str]]:
    """Alarms of the community's local day, mean time to acknowledge and to clear; — where there is nothing to mean."""
    today = state.today
    current = bool(state.clock_ms) and today.day == local(state.site, state.clock_ms).date().isoformat()
    alarms = today.alarms if current else 0
    acked = (
        duration(today.acknowledge_sum_ms // today.acknowledged, lang) if current and today.acknowledged else UNKNOWN
    )
    cleared = duration(today.clear_sum_ms // today.cleared, lang) if current and today.cleared else UNKNOWN
    return [
        {"value": UNKNOWN if empty else str(alarms), "label": WALL["today_alarms"].get(lang)},
        {"value": acked, "label": WALL["today_ack"].get(lang)},
        {"value": cleared, "label": WALL["today_clear"].get(lang)},
    ]
