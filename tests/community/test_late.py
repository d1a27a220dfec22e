"""Every alarm has a policy for late records, and the order-free ones are so: whatever order, whatever comes twice."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from community.catalogue import CATALOGUE
from community.fold import fold
from community.late import ORDER_FREE, POLICY, Late
from community.state import State
from community.systems import REDUCERS, SYSTEMS
from tests.community.story import T0_MS, record
from tests.community.vocabulary import FEED, SAYS, SITE, say

Sent = tuple[str, str, dict[str, Any], int]
"""Type, subject, data, second of the device's clock."""

PACES_S = (0, 1, 30, 700)
"""Between two arrivals: in one go, as a spool is emptied, or so slowly that delays run out between them."""


def test_every_alarm_has_one_policy() -> None:
    assert set(POLICY) == set(CATALOGUE)
    assert all(late.value for late in Late)


def test_everything_that_can_be_said_is_said() -> None:
    assert set(SAYS) == set(REDUCERS)


def spoken(rng: random.Random, system: str, count: int) -> list[Sent]:
    types = [type_ for type_, (owner, _) in sorted(REDUCERS.items()) if owner.id == system]
    sent: list[Sent] = []
    for _ in range(count):
        type_, second = rng.choice(types), rng.randrange(60)
        subject, data = say(rng, type_, second)
        if type_ == "care.consent":
            data = {"given": True}  # who withdraws it is forgotten as soon as that is heard, not in order
        sent.append((type_, subject, data, second))
    return sent


def heard(sent: list[Sent], order: list[int], pace_s: int) -> tuple[Any, set[tuple[str, str]]]:
    """What devices say, and which alarms are active, once all has been heard and every delay has run.

    Each was at the gateway at its own second and reaches the log in this order. The feed beats once, so that nobody
    is called silent.
    """
    state = State(SITE)
    state.apply(fold(state, record("source.heartbeat", FEED, {}, offset=1, at_s=0)))
    for place, index in enumerate(order):
        type_, subject, data, second = sent[index]
        arrival = {"at_s": 100 + pace_s * place, "device_s": second, "received_s": second}
        told = record(type_, subject, data, offset=2 + place, id_=f"sent-{index}", **arrival)  # type: ignore[arg-type]
        state.apply(fold(state, told))
    values = {id_: (d.values, d.stamps, d.seen_ms) for id_, d in sorted(state.devices.items())}
    for n, at_s in enumerate((100_000, 105_000, 110_000, 200_000)):
        state.apply(fold(state, record("clock.tick", community="", offset=10_000 + n, at_s=at_s)))
    return values, {(key, alarm.priority) for key, alarm in state.alarms.items() if alarm.active}


@pytest.mark.parametrize("system", SYSTEMS)
def test_values_converge_and_so_do_the_alarms_that_are_order_free(system: str) -> None:
    active: Counter[str] = Counter()
    for seed in range(250):
        rng = random.Random(f"{system}/{seed}")
        sent = spoken(rng, system, rng.randrange(2, 20))
        straight, pace_s = list(range(len(sent))), rng.choice(PACES_S)
        shuffled = straight + rng.choices(straight, k=len(straight) // 3)
        rng.shuffle(shuffled)
        values, alarms = heard(sent, straight, pace_s)
        others, other_alarms = heard(sent, shuffled, pace_s)
        assert others == values, (seed, [sent[index] for index in shuffled])
        free = {pair for pair in alarms ^ other_alarms if POLICY[pair[0].partition("/")[0]] in ORDER_FREE}
        assert not free, (seed, pace_s, [sent[index] for index in shuffled])
        active.update(key.partition("/")[0] for key, _ in alarms)
    own = {rule.alarm for rule in SYSTEMS[system].rules if POLICY[rule.alarm] in ORDER_FREE}
    assert own <= set(active), f"never seen: {own - set(active)}"


@pytest.mark.parametrize("late", [late for late in Late if late not in (*ORDER_FREE, Late.ARRIVAL)])
def test_the_other_policies_are_needed(late: Late) -> None:
    """For an alarm of each there is an order that matters: else it would be order-free and should say so."""
    key, said = {
        Late.UNLESS_OVER: (
            "LIFT_TRAP/L-1",
            [("lift.trap", "L-1", {"trapped": trapped}, second) for trapped, second in ((True, 1), (False, 2))],
        ),
        Late.HELD: (
            "GARAGE_WATER/W-1",
            [("plant.water", "W-1", {"level_cm": cm}, second) for cm, second in ((10.0, 1), (3.0, 2))],
        ),
        Late.AS_HEARD: (
            "DOOR_FORCED/D-1",
            [("access.contact", "D-1", {"state": state}, second) for state, second in (("closed", 1), ("open", 2))],
        ),
    }[late]
    assert POLICY[key.partition("/")[0]] is late
    assert stands(said, [0, 1], key) and not stands(said, [1, 0], key)


def stands(sent: list[Sent], order: list[int], key: str) -> bool:
    """Whether there is anything of that alarm, its latch included, once all has been heard."""
    state = State(SITE)
    for place, index in enumerate(order):
        type_, subject, data, second = sent[index]
        told = record(
            type_, subject, data, offset=1 + place, at_s=100 + 700 * place, device_s=second, received_s=second
        )
        state.apply(fold(state, told))
    state.apply(fold(state, record("clock.tick", community="", offset=9, at_s=5000)))
    return key in state.alarms and bool(state.alarms[key].count)


P1: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "FIRE_SMOKE": [("fire.detector", "F-1", {"event": "alarm"})],
    "FIRE_MCP": [("fire.call_point", "F-2", {"event": "alarm"})],
    "GAS_LEAK": [("gas.detector", "F-4", {"lel_percent": 20.0})],
    "SOS": [("sos.press", "SOS-1", {"press": "short"})],
    "DURESS": [("access.pass", "D-1", {"method": "password", "result": "granted", "duress": True})],
    "LIFT_TRAP": [("lift.trap", "L-1", {"trapped": True})],
    "FALL": [("care.fall", "person-0001", {"fallen": True})],
    "CP_OVERTEMP": [("charging.status", "P-1-01", {"status": "Faulted", "error_code": "HighTemperature"})],
    "CP_FIRE": [("camera.event", "C-shed", {"event": "smoke", "active": True, "score": 0.9})],
}


def test_these_are_the_p1_of_the_catalogue() -> None:
    assert set(P1) == {id_ for id_, entry in CATALOGUE.items() if entry.priority == "P1"}


@pytest.mark.parametrize("alarm", P1)
def test_a_p1_never_waits_for_order(alarm: str) -> None:
    """Whatever of its system was said before, in whatever order, late or twice: it is active as soon as it has been
    heard and its on-delay has run since its own moment."""
    ((type_, subject, data),) = P1[alarm]
    system = REDUCERS[type_][0].id
    for seed in range(40):
        rng = random.Random(f"{alarm}/{seed}")
        noise = [said for said in spoken(rng, system, 12) if said[0] not in ("care.consent", "meter.intervals")]
        rng.shuffle(noise)
        state, offset = State(SITE), 0
        for type_before, subject_before, data_before, second in noise:
            offset += 1
            arrival = {"at_s": 100, "device_s": second, "received_s": second}
            told = record(type_before, subject_before, data_before, offset=offset, **arrival)  # type: ignore[arg-type]
            state.apply(fold(state, told))
        key = f"{alarm}/{subject}"
        heard_ms = T0_MS + 101_000
        told = record(type_, subject, data, offset=100, at_s=101, device_s=90, received_s=90)  # eleven seconds late
        state.apply(fold(state, told))
        delay_ms = CATALOGUE[alarm].on_delay_ms
        due_ms = max(heard_ms, T0_MS + 90_000 + delay_ms)
        tick = record("clock.tick", community="", offset=101, at_s=(due_ms - T0_MS) / 1000)
        state.apply(fold(state, tick))
        found = state.alarms[key]
        assert found.active and found.priority == "P1" and not found.acknowledged, seed
        assert found.activated_ms <= due_ms, seed


@pytest.mark.parametrize(
    ("alarm", "first", "then"),
    [
        ("SOS/SOS-2", ("sos.press", "SOS-2", {"press": "short"}), ("sos.press", "SOS-2", {"press": "long"})),
        (
            "FALLING_OBJ/C-gate",
            ("camera.event", "C-gate", {"event": "falling_object", "active": False}),
            ("camera.event", "C-gate", {"event": "falling_object", "active": True}),
        ),
        ("FIRE_SMOKE/F-1", ("fire.detector", "F-1", {"event": "silent"}), ("fire.detector", "F-1", {"event": "alarm"})),
        ("FIRE_MCP/F-2", ("fire.call_point", "F-2", {"event": "test"}), ("fire.call_point", "F-2", {"event": "alarm"})),
    ],
)
def test_what_counts_is_not_lost_behind_a_younger_word(alarm: str, first: Any, then: Any) -> None:
    """A long press, a falling object and a fire that reach the log after what was said a moment later."""
    for order in ([0, 1], [1, 0]):
        _, alarms = heard([(*first, 20), (*then, 10)], order, 30)
        assert alarm in {key for key, _ in alarms}, order
