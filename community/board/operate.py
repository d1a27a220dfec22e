"""What the page of devices shows: calls at the guard, devices of one kind with what may be told to them and what came
of it, the last passes, the last broadcasts with each loudspeaker's answer. Derived from the state and nothing else.

For people who have signed in to handle alarms; of residents there is nothing here but a unit whose panel rings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..actions import Order, hindrance, offered
from ..broadcasting import speakers
from ..freshness import freshness
from ..nearby import DOORS, cameras_near
from ..site import Device, Site
from ..state import Alarm, DeviceState, State, alarm_state, annunciated
from ..systems import intercom
from ..systems.broadcast import ANSWERED, EVERYWHERE
from ..words import Lang
from .alarm_words import title
from .desk import camera_view
from .naming import where
from .operate_words import CALLERS, HELD_DOWN, METHODS, OPERATE, ORDERS, STATES, hindered
from .tiles import BADGES

TABS: dict[str, frozenset[str]] = {
    "doors": DOORS,
    "charging": frozenset(("car_connector", "ebike_port")),
    "lifts": frozenset(("lift",)),
    "cameras": frozenset(("camera",)),
    "speakers": frozenset(("speaker",)),
}
TAB_OF = {kind: tab for tab, kinds in TABS.items() for kind in kinds}
NORMAL = frozenset(("closed", "running", "online", "Available", "Charging", "Finishing", "ok", ""))
PASSES = 16
BROADCASTS = 6
OVER_MS = 30_000


def operate_board(state: State, lang: Lang, role: str, tab: str, chosen: str = "") -> dict[str, Any]:
    """`role`: as what the person acts; `tab`: which kind of device is listed; `chosen`: what is looked at."""
    kinds = TABS.get(tab, TABS["doors"])
    worst = {alarm.device: alarm for alarm in reversed(annunciated(state.alarms.values()))}
    rows = [_row(state, d, worst.get(d.id), lang) for d in state.site.devices if d.kind in kinds]
    rows.sort(key=lambda row: not row["odd"])  # stable: within both the order of the site
    device = state.site.by_id.get(chosen)
    if device is not None and device.kind not in TAB_OF:
        device = None  # nothing that is operated
    return {
        "revision": state.position,
        "clock_ms": state.clock_ms,
        "calls": [_call(state, device, call, lang, role) for device, call in _calls(state)],
        "calls_over": _calls_over(state, lang),
        "devices": rows,
        "chosen": None
        if device is None
        else _row(state, device, worst.get(chosen), lang) | _orders(state, device, lang, role),
        "cameras": [camera_view(state, camera, lang) for camera in cameras_near(state.site, device)[:1]],
        "passes": _passes(state, lang),
        "zones": _zones(state.site, lang),
        "recordings": [
            {"id": one.id, "name": one.name.get(lang), "text": one.text.get(lang)} for one in state.site.recordings
        ],
        "broadcasts": broadcasts(state, lang),
    }


def _calls(state: State) -> list[tuple[Device, dict[str, Any]]]:
    """At the guard, whoever has waited longest first; one that is being talked to stands before them."""
    found = []
    for device in state.site.devices:
        said = state.devices.get(device.id) if device.kind == "panel" else None
        call = intercom.current(said) if said is not None else None
        if call is not None:
            found.append((device, call))
    return sorted(found, key=lambda one: (one[1]["phase"] == "ringing", one[1]["guard_ms"] or 0, one[0].id))


def _call(state: State, device: Device, call: dict[str, Any], lang: Lang, role: str) -> dict[str, Any]:
    caller = call.get("caller", "")
    return {
        "device": device.id,
        "call": call["call"],
        "place": where(state.site, device.id, lang),
        "caller": CALLERS[caller].get(lang) if caller in CALLERS else caller,
        "phase": call["phase"],
        "since_ms": call["guard_ms"] or call["ms"],
        "cameras": [camera_view(state, camera, lang) for camera in cameras_near(state.site, device)[:2]],
        **_orders(state, device, lang, role),
    }


def _calls_over(state: State, lang: Lang) -> list[dict[str, Any]]:
    """What became of an order to a panel that nobody calls from any more: whoever has just opened wants to know."""
    found = []
    for device in state.site.devices:
        said = state.devices.get(device.id) if device.kind == "panel" else None
        ended = said.ended if said is not None else None
        if said is None or ended is None or state.clock_ms - ended["at_ms"] > OVER_MS:
            continue
        if intercom.current(said) is None:
            of = {"device": device.id, "place": where(state.site, device.id, lang)}
            found.append(of | _orders(state, device, lang, ""))
    return found


def _row(state: State, device: Device, alarm: Alarm | None, lang: Lang) -> dict[str, Any]:
    said = state.devices.get(device.id)
    pending = said.pending if said is not None else None
    word = _word(said)
    fresh = freshness(state, said) if said is not None else "unknown"
    return {
        "device": device.id,
        "place": where(state.site, device.id, lang),
        "kind": device.kind,
        "now": STATES[word].get(lang) if word in STATES else word,
        "floor": str(said.values.get("floor", "")) if said is not None else "",
        "seen_ms": said.seen_ms if said is not None else 0,
        "fresh": fresh,
        "alarm": None
        if alarm is None
        else {
            "p": int(alarm.priority[1:]),
            "badge": BADGES[alarm_state(alarm)],
            "what": title(alarm.id, alarm.detail, lang),
        },
        "ordered": "" if pending is None else _name(pending, lang),
        "odd": alarm is not None or word not in NORMAL or pending is not None,
    }


def _word(said: DeviceState | None) -> str:
    """What the device is, in its own word; empty: it has not said."""
    if said is None:
        return ""
    values = said.values
    if values.get("mode") == "held_open":
        return "held_open"
    if values.get("lock") == "free" and values.get("state", "closed") == "closed":
        return "free"
    found = next((values[name] for name in ("state", "barrier", "status", "result") if values.get(name)), "")
    return str(found)


def _orders(state: State, device: Device, lang: Lang, role: str) -> dict[str, Any]:
    """What may be told to it, each with why not; what is under way, and what became of the last."""
    said = state.devices.get(device.id)
    known = said or DeviceState(device.id, device.system, device.kind, device.source, device.parent)
    out = device.id in state.out_of_service
    acts = []
    for type_ in offered(device):
        if type_ == "broadcast.play":
            continue
        why = hindrance(known, device, type_, Order("", role=role), out)
        if said is None and not why:
            why = "the device has not been heard yet"
        acts.append(
            {
                "type": type_,
                "name": ORDERS[type_].get(lang),
                "why": hindered(why, lang) or why,
                "hold": type_ in HELD_DOWN,
            }
        )
    pending, ended = known.pending, known.ended
    return {
        "acts": acts,
        "pending": None if pending is None else {"name": _name(pending, lang), "until_ms": pending["expires_ms"]},
        "ended": None
        if ended is None
        else {"name": _name(ended, lang), "outcome": ended["outcome"], "at_ms": ended["at_ms"]},
    }


def _name(order: dict[str, Any], lang: Lang) -> str:
    return ORDERS[order["type"]].get(lang)


def _passes(state: State, lang: Lang) -> list[dict[str, Any]]:
    """Door and way, whoever it was."""
    doors = (state.devices[d.id] for d in state.site.devices if d.system == "access" and d.id in state.devices)
    found = [(*one, door.id) for door in doors for one in door.memory.get("passes", {}).get("last", ())]
    newest = sorted(found, reverse=True)[:PASSES]
    return [
        {
            "at_ms": at_ms,
            "door": where(state.site, door, lang),
            "method": METHODS[method].get(lang) if method in METHODS else method,
            "granted": result == "granted",
        }
        for at_ms, _, method, result, door in newest
    ]


def _zones(site: Site, lang: Lang) -> list[dict[str, Any]]:
    named = [(zone.id, zone.name.get(lang)) for zone in site.zones] + [(EVERYWHERE, OPERATE["all_zones"].get(lang))]
    found = [{"id": id_, "name": name, "speakers": len(speakers(site, (id_,)))} for id_, name in named]
    return [zone for zone in found if zone["speakers"]]


def broadcasts(state: State, lang: Lang) -> list[dict[str, Any]]:
    """The newest first (a recorded one is named by how its id begins); of each loudspeaker that was meant what it has
    said to it, those that owe an answer first."""
    found: dict[str, list[dict[str, Any]]] = {}
    began: dict[str, int] = {}
    for device in state.site.devices:
        said = state.devices.get(device.id) if device.kind == "speaker" else None
        memory = said.memory.get(ANSWERED.name, {}) if said is not None else {}
        for message, (offered_ms, _, owed) in memory.get("messages", {}).items():
            result = memory["answers"].get(message)
            began[message] = min(offered_ms, began.get(message, offered_ms))
            waits = said is not None and said.pending is not None and said.pending.get("message") == message
            if result is None and not owed and not waits:
                continue  # not meant, taken back, or one that a later answer speaks for
            word = result or ("waiting" if waits else "silent")
            speaker = {"device": device.id, "place": where(state.site, device.id, lang), "word": word}
            found.setdefault(message, []).append(speaker)
    recorded = {one.id: one.name.get(lang) for one in state.site.recordings}
    newest = sorted(found, key=lambda message: (-began[message], message))[:BROADCASTS]
    return [
        {
            "message": message,
            "name": recorded.get(message.rpartition("-")[0], ""),
            "at_ms": began[message],
            "total": len(found[message]),
            "ok": sum(one["word"] == "ok" for one in found[message]),
            "speakers": _owing_first(found[message]),
        }
        for message in newest
    ]


def _owing_first(speakers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(speakers, key=lambda one: one["word"] == "ok")
