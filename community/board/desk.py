"""What the desk shows: every alarm as a row, and of one of them all that helps to handle it.

For people who have signed in to handle alarms, so the room is said, of care too: somebody has to go there. No names:
those stand in the register alone. Derived from the state and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from ..alarms import chattering, escalates_ms
from ..catalogue import ESCALATES_TO, definition
from ..masks import SHELVED_BY
from ..nearby import cameras_near, door_near
from ..site import Device, Site, place
from ..state import ANNUNCIATED, Alarm, Closed, State, alarm_state, annunciated
from ..systems import SYSTEMS
from ..words import Lang, duration, post
from .alarm_words import cause, name, title
from .desk_words import DESK
from .flood import flood_since
from .grouping import groups
from .naming import clock_time, place_of_key, spot, where
from .privacy import is_care, shown_key, shown_occurrence
from .rows import escalation, in_hand
from .tiles import BADGES

ACKNOWLEDGE_S = {"P1": 30, "P2": 60}
"""DOMAIN.md: within so many seconds somebody has seen it."""

MASKED = ("shelved", "out_of_service")


def desk_rows(state: State, lang: Lang) -> dict[str, Any]:
    """`rows` worst first, then those that are shelved or out of service; `closed` the last ones that ended."""
    shown = annunciated(state.alarms.values())
    masked = sorted((a for a in state.alarms.values() if alarm_state(a) in MASKED), key=lambda a: a.key)
    flood = flood_since(state.activations, state.clock_ms, state.site.house) is not None
    grouped = groups(shown, state.site) if flood else []
    group_of = {a.key: g for g in grouped if len(g.members) > 1 for a in g.members}
    rows = [_row(state, a, lang) | _group(state, a, group_of.get(a.key)) for a in shown]
    return {
        "revision": state.position,
        "clock_ms": state.clock_ms,
        "rows": rows + [_row(state, a, lang) for a in masked],
        "closed": [_closed(state, c, lang) for c in state.recent],
        "today": state.today.alarms,
        "systems": [{"id": s.name_id, "name": s.name} for s in _systems(state.site, lang)],
        "posts": [
            {"id": p.id, "name": p.name.get(lang), "on_duty": p.on_duty(state.clock_ms, state.site.timezone)}
            for p in state.site.posts
        ],
    }


class _System(msgspec.Struct):
    name_id: str
    name: str


def _systems(site: Site, lang: Lang) -> Iterable[_System]:
    used = dict.fromkeys(device.system for device in site.devices)
    return [_System(system, SYSTEMS[system].name.get(lang)) for system in used if system in SYSTEMS]


def _row(state: State, alarm: Alarm, lang: Lang) -> dict[str, Any]:
    site, now = state.site, alarm_state(alarm)
    device = site.by_id.get(alarm.device)
    return {
        "key": shown_key(state, alarm),
        "occurrence": shown_occurrence(state, alarm),
        "p": int(alarm.priority[1:]),
        "state": now,
        "badge": BADGES.get(now, "none"),
        "title": title(alarm.id, alarm.detail, lang, big=True),
        "place": desk_place(site, alarm, lang),
        "device": "" if is_care(state, alarm) else alarm.device,
        "system": device.system if device is not None else "",
        "zones": _zones(site, alarm.device, lang),
        "more": cause(alarm.id, alarm.detail, lang),
        "started_ms": alarm.activated_ms,
        "at": clock_time(site, alarm.activated_ms, seconds=True),
        "words": _words(state, alarm, now, lang),
        "owner": alarm.owner,
        "owner_person": alarm.owner_person,
        "count": alarm.count,
        "chattering": chattering(alarm, site.house),
        "acknowledge": now in ("unacknowledged", "returned"),
    }


def _zones(site: Site, device: str, lang: Lang) -> str:
    """Where it stands, as a part of the community: for whoever searches by it."""
    mine = site.zones_of.get(device, frozenset())
    return " ".join(zone.name.get(lang) for zone in site.zones if zone.id in mine)


def _group(state: State, alarm: Alarm, group: Any) -> dict[str, Any]:
    """`group`: the key of its gravest, where a flood has several of one cause. Never of a P1."""
    return {"group": shown_key(state, group.gravest), "group_n": len(group.members)} if group is not None else {}


def desk_place(site: Site, alarm: Alarm, lang: Lang) -> str:
    """With the room, whatever it is of: whoever handles it has to find the door."""
    device = site.by_id.get(alarm.device)
    if device is not None and device.system == "care":
        return place(device, lang, room=True, site=site) or where(site, alarm.device, lang)
    return where(site, alarm.device, lang, room=True)


def _words(state: State, alarm: Alarm, now: str, lang: Lang) -> str:
    site = state.site
    if now == "acknowledged":
        return in_hand(site, alarm, lang)
    if now == "returned":
        return DESK["to_acknowledge"].get(lang)
    if now == "shelved" and alarm.shelved_until_ms is not None:
        until = clock_time(site, alarm.shelved_until_ms)
        return DESK["until"].get(lang).replace("{}", until) + " · " + post(alarm.shelved_by, lang, site.posts)
    if now == "out_of_service":
        return DESK["out_of_service"].get(lang)
    return DESK["unacknowledged"].get(lang)


def _closed(state: State, closed: Closed, lang: Lang) -> dict[str, Any]:
    alarm_id, _, device = closed.key.partition("/")
    care = is_care(state, Alarm(alarm_id, device, closed.priority))
    return {
        "key": "" if care else closed.key,
        "p": int(closed.priority[1:]),
        "title": name(alarm_id, lang),
        "place": place_of_key(state.site, closed.key, lang),
        "at": clock_time(state.site, closed.closed_ms),
        "took": duration(closed.closed_ms - closed.activated_ms, lang),
    }


def desk_alarm(state: State, alarm: Alarm, lang: Lang, role: str) -> dict[str, Any]:
    """All of one alarm but what history knows. `role`: as what the person acts: it decides what may be done."""
    site, now = state.site, alarm_state(alarm)
    entry = definition(site, alarm.id)
    device = site.by_id.get(alarm.device)
    due_ms = escalates_ms(alarm, entry)
    return _row(state, alarm, lang) | {
        "name": name(alarm.id, lang),
        "id": "" if is_care(state, alarm) else alarm.id,
        "steps": [step.get(lang) for step in entry.steps],
        "stages": _stages(site, alarm, lang),
        "escalation": escalation(site, alarm, lang),
        "escalates_ms": due_ms,
        "calls": post(ESCALATES_TO[alarm.escalated], lang) if due_ms is not None else "",
        "may": _may(state, alarm, now, role),
        "contacts": [
            {"name": p.name.get(lang), "contact": p.contact, "role": p.role}
            for p in site.posts
            if p.contact and p.on_duty(state.clock_ms, site.timezone)
        ],
        "cameras": [camera_view(state, camera, lang) for camera in cameras_near(site, device)],
        "door": door.id if (door := door_near(site, device)) is not None else "",
        "spot": spot(site, alarm.device),
        "xy": list(device.xy) if device is not None and device.xy is not None else None,
    }


def _stages(site: Site, alarm: Alarm, lang: Lang) -> list[dict[str, Any]]:
    """发生, 确认, 到场, 恢复, 关闭: when, or by when it should be."""

    def at(ms: int | None) -> str:
        return clock_time(site, ms, seconds=True) if ms else ""

    target_s = ACKNOWLEDGE_S.get(alarm.priority)
    due_ms = alarm.activated_ms + 1000 * target_s if target_s and not alarm.acknowledged else None
    return [
        {"name": DESK["stage_began"].get(lang), "at": at(alarm.activated_ms)},
        {"name": DESK["stage_acknowledged"].get(lang), "at": at(alarm.acknowledged_ms), "due_ms": due_ms},
        {
            "name": DESK["stage_on_scene"].get(lang),
            "at": at(alarm.owner_ms) if alarm.work == "on_scene" else "",
        },
        {"name": DESK["stage_returned"].get(lang), "at": at(alarm.cleared_ms if not alarm.active else None)},
        {"name": DESK["stage_closed"].get(lang), "at": "", "words": DESK["needs_verdict"].get(lang)},
    ]


def _may(state: State, alarm: Alarm, now: str, role: str) -> dict[str, str]:
    """Action -> '' where it may be done, else why not, by the name of a text. The fold decides it again."""
    entry = definition(state.site, alarm.id)
    standing = now in ANNUNCIATED
    ended = not alarm.condition or entry.operator_clears or alarm.operator_ends
    shelve = "" if standing else "not_standing"
    if alarm.priority not in SHELVED_BY:
        shelve = "p1_never_shelved"
    elif role not in SHELVED_BY[alarm.priority]:
        shelve = "supervisor_shelves"
    return {
        "take": "" if standing else "not_standing",
        "assign": "not_standing" if not standing else "" if alarm.acknowledged else "acknowledge_first",
        "shelve": shelve,
        "unshelve": "" if now == "shelved" else "not_shelved",
        "close": "not_standing" if not standing else _close(alarm, ended=ended),
    }


def _close(alarm: Alarm, *, ended: bool) -> str:
    if not alarm.acknowledged:
        return "acknowledge_first"
    return "" if ended else "cause_stands"


def camera_view(state: State, camera: Device, lang: Lang) -> dict[str, Any]:
    said = state.devices.get(camera.id)
    values = said.values if said is not None else {}
    at_ms = values.get("picture_ms")
    return {
        "id": camera.id,
        "place": where(state.site, camera.id, lang),
        "status": values.get("status"),
        "picture": values.get("picture", ""),
        "at": clock_time(state.site, at_ms, seconds=True) if isinstance(at_ms, int) else "",
        "at_ms": at_ms if isinstance(at_ms, int) else 0,
        "player": camera.player,
    }
