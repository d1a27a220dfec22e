"""The map's part of the board: which device looks how, which unit or shed is tinted, what is called out by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..state import Alarm, State, alarm_state
from ..words import WALL, Lang, say
from .alarm_words import ON_PLATE, figure, short
from .grouping import Group, groups
from .lens import Lens
from .naming import clock_time, may_show_room, room_words, spot
from .privacy import is_care, shown_key
from .tiles import BADGES

CALLOUTS = 5

STANDS_STILL = "CAM_OFFLINE"
"""What is old there is the picture: the plate says of when, and is drawn as what is stale."""


def plan_board(state: State, lens: Lens, alarms: Sequence[Alarm], flood: bool, lang: Lang) -> dict[str, Any]:
    """devices: id -> look (normal ones are left out); areas: spot -> look; callouts; dim while a P1 is unacknowledged.

    A P4 colours its device and no building: of 4,000 meters some are always silent.

    In a flood what has one cause is one tint, in the hue of its gravest: the solid fill is left to what stands alone.

    A look is a class list of the plan's style sheet: `stale`, `unknown`, `off`, or `alarm p2 ack`.
    """
    devices = dict(lens.odd)
    areas: dict[str, str] = {}
    grouped = _grouped(state, alarms) if flood else {}
    for alarm in reversed(alarms):  # worst last, so that it stays
        priority, badge = grouped.get(alarm.key, (alarm.priority, BADGES[alarm_state(alarm)]))
        look = f"alarm {priority.lower()} {badge}"
        if not is_care(state, alarm):
            devices[alarm.device] = f"{look} {lens.odd.get(alarm.device, '')}".strip()
        place = spot(state.site, alarm.device)
        if place and alarm_state(alarm) != "returned" and alarm.priority != "P4":
            areas[place] = look
    return {
        "devices": devices,
        "areas": areas,
        "callouts": callouts(state, alarms, flood, lang),
        "dim": any(a.priority == "P1" and alarm_state(a) == "unacknowledged" for a in alarms),
    }


def _grouped(state: State, alarms: Sequence[Alarm]) -> dict[str, tuple[str, str]]:
    found = [group for group in groups(alarms, state.site) if group.by]
    return {alarm.key: (group.gravest.priority, "ack") for group in found for alarm in group.members}


def callouts(state: State, alarms: Sequence[Alarm], flood: bool, lang: Lang) -> list[dict[str, Any]]:
    """At most five plates; beyond that one per building or shed says how many. In a flood one per group of the list."""
    named = [a for a in alarms if alarm_state(a) != "returned" and a.priority != "P4" and a.device in state.site.by_id]
    if flood:
        return [_callout(state, group, lang) for group in groups(named, state.site)[:CALLOUTS]]
    if len(named) <= CALLOUTS:
        return [_callout(state, Group([a]), lang) for a in named]
    merged: dict[str, list[Alarm]] = {}
    for alarm in named:
        merged.setdefault(_neighbourhood(state, alarm.device), []).append(alarm)
    return [_callout(state, Group(members, "place"), lang) for members in list(merged.values())[:CALLOUTS]]


def _neighbourhood(state: State, device_id: str) -> str:
    device = state.site.by_id[device_id]
    return device.building or device.area or device_id


def _callout(state: State, group: Group, lang: Lang) -> dict[str, Any]:
    """A plate at what is worst; one for a cause at what went first, as that is where to look."""
    alarm = group.first_out if group.by in ("cause", "type") else group.gravest
    words, since_ms = short(alarm.id, lang), None
    if group.by == "place" and len(group.members) > 1:
        words = say(WALL["callout_n"], lang, len(group.members))
    elif len(group.members) > 1:
        words = f"{words} ×{len(group.members)}"
    elif alarm.id == STANDS_STILL and (device := state.devices.get(alarm.device)) is not None and device.seen_ms:
        words = say(WALL["picture_from"], lang, clock_time(state.site, device.seen_ms))
    elif alarm.id in ON_PLATE and (measured := figure(alarm.id, alarm.detail, lang)):
        words = f"{words} {measured}"
    elif may_show_room(state.site, alarm):
        words = f"{words} {room_words(state.site, alarm.device, lang)}".strip()
        since_ms = alarm.activated_ms
    return {
        "key": shown_key(state, alarm),
        "spot": spot(state.site, alarm.device),
        "device": "" if is_care(state, alarm) else alarm.device,
        "p": int(group.gravest.priority[1:]),
        "badge": min((BADGES[alarm_state(a)] for a in group.members), key=list(BADGES.values()).index),
        "stale": alarm.id == STANDS_STILL and group.by != "place",
        "words": words,
        "since_ms": since_ms,
    }
