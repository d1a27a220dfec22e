"""The alarm panel: what stands, what was closed, today's figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..site import Site
from ..state import Alarm, State, alarm_state
from ..words import UNKNOWN, WALL, Lang, duration, post, say
from .alarm_words import cause, title
from .flood import groups
from .naming import clock_time, local, place_of, place_of_key
from .tiles import BADGES

ROWS = 5
RECENT = 6


def alarm_rows(state: State, alarms: Sequence[Alarm], flood: bool, empty: bool, lang: Lang) -> dict[str, Any]:
    """At most five rows and how many alarms there are in all. `alarms` are the annunciated ones, worst first."""
    note = "flood_note" if flood else "none_now" if not alarms and not empty else ""
    shown = groups(alarms) if flood else [[a] for a in alarms]
    return {
        "rows": [_row(state.site, group, lang) for group in shown[:ROWS]],
        "note": WALL[note].get(lang) if note else "",
        "total": len(alarms),
    }


def _row(site: Site, group: list[Alarm], lang: Lang) -> dict[str, Any]:
    """`key` is empty for a group: what stands for many cannot be acknowledged with one press."""
    alarm = group[0]
    now = alarm_state(alarm)
    name = title(alarm.id, alarm.detail, lang)
    row: dict[str, Any] = {
        "key": alarm.key,
        "occurrence": alarm.occurrence,
        "members": len(group),
        "p": int(alarm.priority[1:]),
        "badge": BADGES[now],
        "title": name,
        "place": place_of(site, alarm, lang),
        "more": cause(alarm.id, alarm.detail, lang),
        "started_ms": alarm.activated_ms,
        "at": clock_time(site, alarm.activated_ms, seconds=True),
        "words": _words(site, alarm, now, lang),
        "strong": now == "unacknowledged",
        "acknowledge": now in ("unacknowledged", "returned"),
    }
    if len(group) > 1:
        unacked = sum(alarm_state(a) == "unacknowledged" for a in group)
        row |= {
            "key": "",
            "title": f"{title(alarm.id, {}, lang)} ×{len(group)}",
            "place": "、".join(dict.fromkeys(place_of_key(site, a.key, lang) for a in group[:3])),
            "more": "",
            "badge": "unack" if unacked else row["badge"],
            "strong": bool(unacked),
            "acknowledge": False,
        }
    elif alarm.count > 1:
        row["title"] = f"{name} ×{alarm.count}"
    return row


def _words(site: Site, alarm: Alarm, now: str, lang: Lang) -> str:
    if now == "acknowledged":
        return say(WALL["acked_by"], lang, post(alarm.acknowledged_by, lang))
    if now == "returned" and alarm.cleared_ms is not None:
        return say(WALL["cleared"], lang, clock_time(site, alarm.cleared_ms))
    if now == "returned":
        return WALL["to_ack"].get(lang)
    if alarm.priority == "P1":
        return f"{WALL['unacked'].get(lang)} · {WALL['nobody'].get(lang)}"
    return WALL["unacked"].get(lang)


def recent_rows(state: State, lang: Lang) -> list[dict[str, str]]:
    rows = []
    for closed in state.recent[:RECENT]:
        alarm_id = closed.key.partition("/")[0]
        place = place_of_key(state.site, closed.key, lang)
        rows.append(
            {
                "at": clock_time(state.site, closed.closed_ms),
                "what": f"{title(alarm_id, {}, lang)} · {place}",
                "took": duration(closed.closed_ms - closed.activated_ms, lang),
            }
        )
    return rows


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
