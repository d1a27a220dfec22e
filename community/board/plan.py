"""The map's part of the board: which device looks how, which unit or shed is tinted, what is called out by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..state import Alarm, State, alarm_state
from ..words import WALL, Lang, say
from .alarm_words import ON_PLATE, figure, short
from .lens import Lens
from .naming import may_show_room, room_words, spot
from .privacy import is_care, shown_key
from .tiles import BADGES

CALLOUTS = 5


def plan_board(state: State, lens: Lens, alarms: Sequence[Alarm], lang: Lang) -> dict[str, Any]:
    """devices: id -> look (normal ones are left out); areas: spot -> look; callouts; dim while a P1 is unacknowledged.

    A P4 colours its device and no building: of 4,000 meters some are always silent.

    A look is a class list of the plan's style sheet: `stale`, `unknown`, `off`, or `alarm p2 ack`.
    """
    devices = dict(lens.odd)
    areas: dict[str, str] = {}
    for alarm in reversed(alarms):  # worst last, so that it stays
        look = f"alarm {alarm.priority.lower()} {BADGES[alarm_state(alarm)]}"
        if not is_care(state, alarm):
            devices[alarm.device] = f"{look} {lens.odd.get(alarm.device, '')}".strip()
        place = spot(state.site, alarm.device)
        if place and alarm_state(alarm) != "returned" and alarm.priority != "P4":
            areas[place] = look
    return {
        "devices": devices,
        "areas": areas,
        "callouts": callouts(state, alarms, lang),
        "dim": any(a.priority == "P1" and alarm_state(a) == "unacknowledged" for a in alarms),
    }


def callouts(state: State, alarms: Sequence[Alarm], lang: Lang) -> list[dict[str, Any]]:
    """At most five plates; beyond that one per building or shed says how many."""
    named = [a for a in alarms if alarm_state(a) != "returned" and a.priority != "P4" and a.device in state.site.by_id]
    if len(named) <= CALLOUTS:
        return [_callout(state, [a], lang) for a in named]
    merged: dict[str, list[Alarm]] = {}
    for alarm in named:
        merged.setdefault(_neighbourhood(state, alarm.device), []).append(alarm)
    return [_callout(state, group, lang) for group in list(merged.values())[:CALLOUTS]]


def _neighbourhood(state: State, device_id: str) -> str:
    device = state.site.by_id[device_id]
    return device.building or device.area or device_id


def _callout(state: State, group: list[Alarm], lang: Lang) -> dict[str, Any]:
    alarm = group[0]
    words = short(alarm.id, lang)
    timer_ms = None
    if len(group) > 1:
        words = say(WALL["callout_n"], lang, len(group))
    elif alarm.id in ON_PLATE and (measured := figure(alarm.id, alarm.detail, lang)):
        words = f"{words} {measured}"
    elif may_show_room(state.site, alarm):
        words = f"{words} {room_words(state.site, alarm.device, lang)}".strip()
        timer_ms = alarm.activated_ms
    return {
        "key": shown_key(state, alarm),
        "spot": spot(state.site, alarm.device),
        "device": "" if is_care(state, alarm) else alarm.device,
        "p": int(alarm.priority[1:]),
        "badge": BADGES[alarm_state(alarm)],
        "words": words,
        "since_ms": timer_ms,
    }
