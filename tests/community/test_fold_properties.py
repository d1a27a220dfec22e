"""What must hold for every order in which the field delivers its records."""

from __future__ import annotations

import random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from community.fold import fold
from community.model import Record
from community.state import State
from tests.community.story import SITE, Story, record

_encode = msgspec.json.Encoder().encode


def everything(state: State) -> bytes:
    parts: dict[str, Any] = {
        name: getattr(state, name) for name in State.__slots__ if name not in ("site", "due_ms", "shortest_silence_ms")
    }
    return _encode(parts)


def told(records: list[Record], *, forget_due: bool = False) -> tuple[State, bytes]:
    state, journal = State(SITE), []
    for each in records:
        if forget_due:
            state.due_ms = 0
        changes = fold(state, each)
        state.apply(changes)
        journal += changes.entries
    return state, _encode(journal)


@st.composite
def days(draw: st.DrawFn) -> list[Record]:
    """A run of records: devices that speak, fall silent, come back, press; commands; ticks that jump."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    records: list[Record] = []
    at_s = 0.0
    for offset in range(1, draw(st.integers(5, 120))):
        at_s += rng.choice((0, 0.2, 1, 1, 5, 30, 100, 200))
        late_s = rng.choice((0, 0, 0, 1, 20, 300, -500))
        kind = rng.randrange(9)
        camera = rng.choice(("C-1", "C-2", "C-3"))
        told_: tuple[str, str, dict[str, Any]] = (
            ("camera.status", camera, {"status": rng.choice(("online", "offline")), "fps": rng.choice((0, 25))}),
            ("camera.event", camera, {"event": rng.choice(("occluded", "black")), "active": rng.random() < 0.5}),
            ("charging.status", "EV-1-1", {"status": rng.choice(("Available", "Charging", "Faulted"))}),
            ("charging.meter", "P-1-01", {"temperature_c": rng.uniform(20, 90), "power_w": rng.uniform(0, 1300)}),
            ("charging.session", "EV-1-1", {"session": "S", "phase": rng.choice(("started", "ended"))}),
            ("sos.press", "SOS-1", {"press": "short"}),
            ("source.heartbeat", rng.choice(("isapi", "piles")), {"spooled": rng.choice((0, 0, 2))}),
            ("command.alarm.acknowledge", f"CAM_OFFLINE/{camera}", {"by": "p"}),
            ("command.charging.remote_stop", "EV-1-1", {"by": "p"}),
        )[kind]
        received_s = rng.choice((None, at_s, at_s - 1, at_s - 250))  # None: nobody stamped it; 250: it was spooled
        told = record(*told_, offset=2 * offset, at_s=at_s, device_s=at_s - late_s, received_s=received_s)
        records.append(told)
        records.append(record("clock.tick", community="", offset=2 * offset + 1, at_s=at_s))
    return records


@given(days())
@settings(max_examples=150, deadline=None)
def test_the_cache_of_the_next_deadline_decides_nothing(records: list[Record]) -> None:
    cached, journal = told(records)
    uncached, other = told(records, forget_due=True)
    assert journal == other
    assert everything(cached) == everything(uncached)


@given(days())
@settings(max_examples=60, deadline=None)
def test_fold_touches_neither_state_nor_record(records: list[Record]) -> None:
    state, _ = told(records[:-1])
    before, last = everything(state), _encode(records[-1])
    fold(state, records[-1])
    assert everything(state) == before
    assert _encode(records[-1]) == last


@given(st.integers(0, 2**32), st.integers(2, 40))
@settings(max_examples=150, deadline=None)
def test_device_values_converge_under_any_shuffle_and_any_duplicate(seed: int, count: int) -> None:
    rng = random.Random(seed)
    sent = [
        ("camera.status", "C-1", {"status": rng.choice(("online", "offline"))}, rng.randrange(60)) for _ in range(count)
    ]
    sent += [
        (
            "charging.meter",
            "EV-1-1",
            {rng.choice(("power_w", "soc_percent")): float(rng.randrange(9))},
            rng.randrange(60),
        )
        for _ in range(count)
    ]

    def values(order: list[int]) -> Any:
        story = Story()
        for offset, index in enumerate(order, start=1):
            type_, subject, data, second = sent[index]
            story.fold(record(type_, subject, data, offset=offset, at_s=100, device_s=second, id_=f"sent-{index}"))
        return {id_: (d.values, d.stamps, d.seen_ms) for id_, d in sorted(story.state.devices.items())}

    order = list(range(len(sent)))
    straight = values(order)
    shuffled = order + rng.choices(order, k=len(order) // 2)
    rng.shuffle(shuffled)
    assert values(shuffled) == straight
