"""/api/v1/state: the live state as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from community.alarms import chattering
from community.board import Lens, board
from community.board.privacy import SYSTEM as CARE_SYSTEM
from community.board.privacy import care_document, is_care
from community.catalogue import CATALOGUE
from community.freshness import freshness, source_freshness
from community.model import (
    to_rfc3339,
)
from community.site import place
from community.state import Alarm, State, alarm_state, annunciated
from community.words import Lang


def state_document(state: State, lang: Lang) -> dict[str, Any]:
    """The whole live state, a function of the state alone: equal states give equal bytes."""
    shown = board(state, lang, Lens(state.site))
    return {
        "community": state.site.id,
        "name": state.site.name.get(lang),
        "revision": state.position,
        "clock_ms": state.clock_ms,
        "clock": to_rfc3339(state.clock_ms),
        "on_duty": [
            {"post": post.id, "name": post.name.get(lang), "role": post.role, "contact": post.contact}
            for post in state.site.posts
            if post.on_duty(state.clock_ms, state.site.timezone)
        ],
        "verdict": shown["verdict"],
        "counts": shown["counts"],
        "tiles": list(shown["tiles"].values()),
        "today": shown["today"],
        "alarms": sorted(_alarms(state), key=lambda alarm: str(alarm["key"])),
        "out_of_service": {
            key: msgspec.to_builtins(out) for key, out in state.out_of_service.items() if not _of_resident(state, key)
        },
        "sources": [_source(state, id_) for id_ in sorted({*state.sources, *state.site.source_by_id})],
        "devices": [_device(state, id_, lang) for id_ in sorted(_shown(state))],
    }


def state_json(state: State, lang: Lang) -> bytes:
    return msgspec.json.encode(state_document(state, lang))


def _shown(state: State) -> set[str]:
    """All but the residents in care: where they live, what group they are of and how their heart beats is nobody's
    business before people sign in."""
    systems = {device.id: device.system for device in state.site.devices}
    systems |= {id_: device.system for id_, device in state.devices.items()}
    return {id_ for id_, system in systems.items() if system != CARE_SYSTEM}


def _device(state: State, device_id: str, lang: Lang) -> dict[str, Any]:
    described = state.site.by_id.get(device_id)
    said = state.devices.get(device_id)
    where = place(described, lang, site=state.site) if described is not None else ""
    if said is None:
        assert described is not None
        head = {"id": device_id, "system": described.system, "kind": described.kind, "source": described.source}
        unsaid = {"status": None, "freshness": "unknown", "seen": None, "values": {}, "said": {}}
        return head | {"place": where} | unsaid
    return {
        "id": device_id,
        "system": said.system,
        "kind": said.kind,
        "source": said.source,
        "place": where,
        "status": said.values.get("status"),
        "freshness": freshness(state, said),
        "seen": to_rfc3339(said.seen_ms) if said.seen_ms else None,
        "silent_since": to_rfc3339(said.silent_ms) if said.silent_ms is not None else None,
        "clock_skew_ms": said.skew_ms,
        "pending": said.pending,
        "values": {name: said.values[name] for name in sorted(said.values)},
        # of each group of values, and of each single value of a meter: a power of an hour ago is no power of now
        "said": {name: to_rfc3339(said.stamps[name][0]) for name in sorted(said.stamps)},
    }


def _alarms(state: State) -> Iterator[dict[str, Any]]:
    """Of a person's alarm only where people were told of one, that it is one, and the unit."""
    for key, alarm in state.alarms.items():
        if not is_care(state, alarm):
            yield _alarm(state, key)
        elif annunciated((alarm,)):
            yield care_document(state, alarm)


def _of_resident(state: State, key: str) -> bool:
    """`key`: a device, or an alarm of one."""
    alarm_id, _, device_id = key.rpartition("/")
    return is_care(state, Alarm(alarm_id, device_id, "P4"))


def _alarm(state: State, key: str) -> dict[str, Any]:
    alarm = state.alarms[key]
    facts = msgspec.to_builtins(alarm)
    return {"key": key, "state": alarm_state(alarm), "id": alarm.id, "device": alarm.device} | {
        "priority": alarm.priority,
        "name": msgspec.to_builtins(CATALOGUE[alarm.id].name),
        "steps": [msgspec.to_builtins(step) for step in CATALOGUE[alarm.id].steps],
        "chattering": chattering(alarm, state.site.house),
        "facts": {name: facts[name] for name in sorted(facts) if name not in ("id", "device", "priority")},
    }


def _source(state: State, source_id: str) -> dict[str, Any]:
    heard = state.sources.get(source_id)
    return {
        "id": source_id,
        "freshness": source_freshness(state, source_id),
        "seen": to_rfc3339(heard.seen_ms) if heard is not None and heard.seen_ms else None,
        "spooled": heard.spooled if heard is not None else 0,
        "clock_skew_ms": heard.skew_ms if heard is not None else None,
    }
