"""What holds for the alarms after any sequence of records and commands."""

from __future__ import annotations

import random
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from community import alarms, service
from community.draft import Draft
from community.fold import fold
from community.model import Record
from community.site import Device, Maintenance, Site, Source, Text
from community.state import Alarm, Changes, Entry, Lately, OutOfService, State, alarm_state
from tests.community.story import T0_MS, record
from tests.community.test_fold_properties import everything

WORKS = Maintenance(begins="2026-03-12T21:40", ends="2026-03-12T22:10", devices=("SW-2", "W-1"), reason="new switch")
"""25 to 55 minutes after a night begins."""

SITE = Site(
    id="garden",
    maintenance=(WORKS,),
    name=Text("花园", "Garden"),
    sources=(Source("isapi", Text("摄像机", "Cameras")),),
    devices=(
        Device("F-1", "plant", "feeder", "plc"),
        Device("SW-1", "plant", "switch", "snmp", parent="F-1"),
        Device("SW-2", "plant", "switch", "snmp", parent="SW-1"),
        Device("C-1", "cameras", "camera", "isapi", parent="SW-1"),
        Device("C-2", "cameras", "camera", "isapi", parent="SW-2", tags=("gate",)),
        Device("L-1", "lifts", "lift", "lifts", parent="F-1"),
        Device("W-1", "plant", "water_level", "plc", parent="F-1"),
        Device("SOS-1", "sos", "button", "lorawan_less", parent="SW-1"),
    ),
)
KEYS = (
    *("POWER_LOST/F-1", "NET_DOWN/SW-1", "NET_DOWN/SW-2", "CAM_OFFLINE/C-1", "CAM_OFFLINE/C-2", "CAM_BLACK/C-1"),
    *("LIFT_STOP/L-1", "GARAGE_WATER/W-1", "SOS/SOS-1", "SOURCE_STALE/isapi"),
)
COMMANDS = ("acknowledge", "acknowledge", "reset", "take", "close", "shelve", "shelve", "unshelve")
BOSS = {"by": "post:control", "role": "supervisor", "reason": "work", "verdict": "test"}


NIGHTS = (st.integers(0, 2**32), st.integers(5, 150))


def night(seed: int, count: int) -> list[Record]:
    """A night in which things fail and come back, people press buttons of both kinds, and the clock jumps."""
    rng = random.Random(seed)
    told: list[Record] = []
    at_s = 0.0
    for offset in range(1, count):
        at_s += rng.choice((0, 1, 5, 20, 30, 60, 60, 120, 400))
        type_, subject, data = _something(rng, at_s)
        late_s = rng.choice((0, 0, 0, 30, 300)) if not type_.startswith("command") else 0
        told.append(record(type_, subject, data, offset=2 * offset, at_s=at_s, device_s=at_s - late_s))
        told.append(record("clock.tick", community="", offset=2 * offset + 1, at_s=at_s))
    return told


def _something(rng: random.Random, at_s: float) -> tuple[str, str, dict[str, Any]]:
    key, device = rng.choice(KEYS), rng.choice(SITE.devices).id
    until_ms = T0_MS + int(1000 * (at_s + rng.choice((1, 60, 600, 3000, 40_000))))
    ends = {"until_ms": until_ms} if rng.random() < 0.7 else {}
    some: list[tuple[str, str, dict[str, Any]]] = [
        ("plant.feeder", "F-1", {"energised": rng.random() < 0.5}),
        ("plant.network", rng.choice(("SW-1", "SW-2")), {"reachable": rng.random() < 0.5}),
        ("camera.status", rng.choice(("C-1", "C-2")), {"status": rng.choice(("online", "offline"))}),
        ("camera.event", "C-1", {"event": "black", "active": rng.random() < 0.6}),
        ("lift.status", "L-1", {"status": rng.choice(("running", "fault"))}),
        ("plant.water", "W-1", {"level_cm": rng.choice((0, 6, 20, 30))}),
        ("sos.press", "SOS-1", {"press": "short"}),
        ("source.heartbeat", "isapi", {}),
        ("device.heartbeat", rng.choice(("C-1", "C-2", "SW-1")), {}),
        (f"command.alarm.{rng.choice(COMMANDS)}", key, {**BOSS, "until_ms": until_ms}),
        (f"command.alarm.{rng.choice(COMMANDS)}", key, {**BOSS, "until_ms": until_ms}),
        (f"command.alarm.{rng.choice(COMMANDS)}", key, {**BOSS, "until_ms": until_ms}),
        ("command.device.out_of_service", device, {**BOSS, **ends}),
        ("command.device.return_to_service", device, BOSS),
    ]
    return rng.choice(some)


def holds(state: State, last: Record) -> None:
    draft = Draft(state, last, state.clock_ms, Changes(state.clock_ms, last.position))
    for key, alarm in state.alarms.items():
        if alarm.priority == "P1":
            assert alarm.shelved_until_ms is None and not alarm.suppressed_by, key
        if alarm.shelved_until_ms is not None:
            assert state.clock_ms < alarm.shelved_until_ms and alarm.shelved_by and alarm.shelve_reason, key
        if alarm.suppressed_by:
            cause = state.alarms.get(alarm.suppressed_by)
            holds_on = cause is not None and (cause.active or cause.pending_ms is not None)
            assert holds_on or alarm.release_ms is not None, key
            assert alarm.release_ms is None or state.clock_ms < alarm.release_ms, key
        assert not alarm.withheld or alarms.masked(alarm), f"{key}: nobody was told, and nothing keeps it from them"
        assert alarm.count or alarm.withheld or not alarm.active, f"{key} stands, and nobody was ever told"
        assert not alarm.owner or alarm.acknowledged, f"{key} is in somebody's hands, and nobody has seen it"
        assert alarm.escalated <= 2 and (alarm.unseen_ms is None or not alarm.acknowledged), key
        covered = service.covers(draft, alarm.id, alarm.device, state.clock_ms)
        assert not alarm.out_of_service or covered, key
        unseen = alarm.priority == "P1" and not alarm.acknowledged  # works that begin do not take it off the wall
        assert not covered or alarm.out_of_service or unseen or alarm_state(alarm) == "normal", key
    for out in state.out_of_service.values():
        assert out.until_ms is None or state.clock_ms < out.until_ms
    _nothing_is_lost(state)


def _nothing_is_lost(state: State) -> None:
    """What a device last said is wrong stands, or its on-delay runs, whatever masks lie on it."""

    def wrong(device: str, name: str, value: object) -> bool:
        return device in state.devices and state.devices[device].values.get(name) == value

    for device, name, value, alarm in (
        ("F-1", "energised", False, "POWER_LOST"),
        ("SW-1", "reachable", False, "NET_DOWN"),
        ("C-2", "status", "offline", "CAM_OFFLINE"),
        ("C-1", "black", True, "CAM_BLACK"),
        ("L-1", "status", "fault", "LIFT_STOP"),
        ("W-1", "level_cm", 30.0, "GARAGE_WATER"),
    ):
        if wrong(device, name, value) and alarm != "NET_DOWN":
            key = f"{alarm}/{device}"
            assert key in state.alarms and state.alarms[key].condition, key


def run(
    records: list[Record], *, check: bool = False, restart: bool = False, forget: bool = False
) -> tuple[State, Any]:
    state, journal = State(SITE), []
    for each in records:
        if forget:
            state.due_ms, state.agenda = 0, None
        if restart:
            state = restarted(state)
        changes = fold(state, each)
        state.apply(changes)
        journal += changes.entries
        if check:
            holds(state, each)
    return state, journal


def restarted(state: State) -> State:
    """What a worker has after its state was written and read."""
    other = State(state.site)
    for name in State.__slots__:
        if name not in ("site", "alarms", "out_of_service", "lately", "due_ms", "agenda", "wakes_ms"):
            setattr(other, name, getattr(state, name))
    other.alarms = msgspec.json.decode(msgspec.json.encode(state.alarms), type=dict[str, Alarm])
    other.out_of_service = msgspec.json.decode(msgspec.json.encode(state.out_of_service), type=dict[str, OutOfService])
    other.lately = msgspec.json.decode(msgspec.json.encode(state.lately), type=dict[str, Lately])
    return other


@given(*NIGHTS)
@example(4249, 133)  # latched on the shelf as a P2, and then its cause came back as a P1
@settings(max_examples=200, deadline=None)
def test_no_p1_is_hidden_every_mask_ends_and_nothing_that_stands_is_lost(seed: int, count: int) -> None:
    _, journal = run(night(seed, count), check=True)
    recount(journal)
    for entry in journal:
        if entry.type in ("alarm.shelved", "alarm.suppressed"):
            assert entry.data["priority"] != "P1"


def recount(journal: list[Entry]) -> None:
    """Of each alarm people are told once that it is there, and once that it is over, in turns."""
    told: dict[str, bool] = {}
    for entry in journal:
        key, there = entry.subject, told.get(entry.subject, False)
        if entry.type in ("alarm.activated", "alarm.reactivated"):
            told[key] = True
        elif entry.type in ("alarm.acknowledged", "alarm.returned"):
            assert there, f"{entry.type} of {key}, of which nobody was told"
        if entry.type == "alarm.activated":
            assert not there, f"{key} was told of as new although it stood"
        if entry.type == "alarm.closed":
            assert there, f"{key} is closed, and nobody was told of it"
            told[key] = False


@given(*NIGHTS)
@settings(max_examples=80, deadline=None)
def test_a_replay_a_restart_and_a_forgotten_cache_give_the_same_journal(seed: int, count: int) -> None:
    records = night(seed, count)
    state, journal = run(records)
    for other, entries in (run(records, restart=True), run(records, forget=True)):
        assert msgspec.json.encode(entries) == msgspec.json.encode(journal)
        assert everything(other) == everything(state)
