"""What must hold for every order in which the field delivers its records."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from community.clock import local_day
from community.fold import fold
from community.kpi import Kpis, of_journal
from community.model import Record
from community.state import ANNUNCIATED, State, alarm_state
from community.systems import REDUCERS, rules_of
from tests.community.story import T0_MS, record
from tests.community.vocabulary import FEED, SITE, say

_encode = msgspec.json.Encoder().encode


def everything(state: State) -> bytes:
    parts: dict[str, Any] = {
        name: getattr(state, name) for name in State.__slots__ if name not in ("site", "due_ms", "agenda", "wakes_ms")
    }
    return _encode(parts)


def told(records: list[Record], *, forget_due: bool = False) -> tuple[State, bytes]:
    state, journal = State(SITE), []
    for each in records:
        if forget_due:
            state.due_ms, state.agenda = 0, None
        changes = fold(state, each)
        state.apply(changes)
        journal += changes.entries
    return state, _encode(journal)


ALARMS = sorted({f"{rule.alarm}/{device.id}" for device in SITE.devices for rule in rules_of(device.system)})
BOSS = {"by": "post:a", "role": "supervisor", "reason": "r"}


def order(rng: random.Random, at_s: float, standing: list[str]) -> tuple[str, str, dict[str, Any]]:
    """Something that a person orders, mostly of an alarm that may stand."""
    key = rng.choice(standing or ALARMS)
    until_ms = T0_MS + int(1000 * at_s) + rng.choice((60_000, 1_800_000))
    device = key.partition("/")[2]
    choices: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("command.alarm.acknowledge", key, {"by": "p"}),
        ("command.alarm.acknowledge", key, {"by": "p"}),
        ("command.alarm.reset", key, {"by": "p"}),
        ("command.alarm.shelve", key, {**BOSS, "until_ms": until_ms}),
        ("command.alarm.unshelve", key, {"by": "p"}),
        ("command.device.out_of_service", device, {**BOSS, "until_ms": until_ms}),
        ("command.device.return_to_service", device, {"by": "p"}),
        ("command.charging.remote_stop", rng.choice(("P-1-01", "E-1-1")), {"by": "p"}),
    )
    return rng.choice(choices)


def lived(seed: int, count: int, types: Sequence[str] = sorted(REDUCERS)) -> list[Record]:
    """A run of records: everything that a device can say, devices that fall silent, a feed that dies and comes back,
    orders, ticks that jump."""
    rng, state = random.Random(seed), State(SITE)
    records: list[Record] = []
    at_s = 0.0
    for offset in range(1, count):
        at_s += rng.choice((0, 0.2, 1, 1, 5, 30, 100, 200, 2000))
        late_s = rng.choice((0, 0, 0, 1, 20, 300, -500))
        kind = rng.random()
        if kind < 0.15:
            told_ = order(rng, at_s, sorted(state.alarms))
        elif kind < 0.25:
            told_ = ("source.heartbeat", FEED, {"spooled": rng.choice((0, 0, 2))})
        else:
            type_ = rng.choice(types)
            told_ = (type_, *say(rng, type_, int(at_s - late_s)))
        received_s = rng.choice((None, at_s, at_s - 1, at_s - 250))  # None: nobody stamped it; 250: it was spooled
        records.append(record(*told_, offset=2 * offset, at_s=at_s, device_s=at_s - late_s, received_s=received_s))
        records.append(record("clock.tick", community="", offset=2 * offset + 1, at_s=at_s))
        for each in records[-2:]:
            state.apply(fold(state, each))
    return records


days = st.tuples(st.integers(0, 2**32), st.integers(5, 120))
"""Seed and length: what a failing example shows."""


@given(days)
@settings(max_examples=150, deadline=None)
def test_the_cache_of_the_next_deadline_decides_nothing(day: tuple[int, int]) -> None:
    records = lived(*day)
    cached, journal = told(records)
    uncached, other = told(records, forget_due=True)
    assert journal == other
    assert everything(cached) == everything(uncached)


@given(days)
@settings(max_examples=60, deadline=None)
def test_fold_touches_neither_state_nor_record(day: tuple[int, int]) -> None:
    records = lived(*day)
    state, _ = told(records[:-1])
    before, last = everything(state), _encode(records[-1])
    fold(state, records[-1])
    assert everything(state) == before
    assert _encode(records[-1]) == last


def test_the_days_say_everything() -> None:
    said = {each.type for seed in range(40) for each in lived(seed, 120)}
    assert set(REDUCERS) <= said
    state, journal = State(SITE), Counter[str]()
    for seed in range(40):
        state = State(SITE)
        for each in lived(seed, 120):
            changes = fold(state, each)
            state.apply(changes)
            journal.update(entry.type for entry in changes.entries)
    told_of = {"activated", "reactivated", "returned", "acknowledged", "closed", "shelved", "suppressed", "withheld"}
    assert {f"alarm.{name}" for name in told_of} <= set(journal), journal


@given(days)
@settings(max_examples=100, deadline=None)
def test_what_is_sent_twice_at_once_changes_nothing(day: tuple[int, int]) -> None:
    """A gateway whose answer was lost sends again: the same record, under another position."""
    records = lived(*day)
    once, twice = State(SITE), State(SITE)
    for each in records:  # a tick follows each: what a record leaves due at its own moment happens at the next one
        said = journal_of(once, each)
        said_twice = journal_of(twice, each)
        if each.type in REDUCERS:
            said_twice += journal_of(twice, replace(each, position=each.position + "+"))
            tick = replace(records[-1], position=each.position + "-", appended_ms=each.appended_ms)
            said, said_twice = said + journal_of(once, tick), said_twice + journal_of(twice, tick)
        assert said_twice == said, each
    assert _encode(sorted(twice.alarms.items())) == _encode(sorted(once.alarms.items()))
    assert {i: d.values for i, d in twice.devices.items()} == {i: d.values for i, d in once.devices.items()}


def journal_of(state: State, told: Record) -> list[Any]:
    """What it decides, without the ids, which are those of its position."""
    changes = fold(state, told)
    state.apply(changes)
    return [(e.type, e.subject, e.at_ms, {**e.data, "action": ""}) for e in changes.entries]


@given(days)
@settings(max_examples=100, deadline=None)
def test_counts_equal_a_recount_of_the_journal(day: tuple[int, int]) -> None:
    """What the wall and the KPIs count, against the entries alone; and the list against what was ever put on it."""
    records = lived(*day)
    state, kpis = State(SITE), Kpis(kept_days=None)
    told_of: Counter[tuple[str, str]] = Counter()
    keys: dict[str, Counter[str]] = {}
    for each in records:
        changes = fold(state, each)
        state.apply(changes)
        today = local_day(state.clock_ms, SITE.timezone)
        for entry in changes.entries:
            kind = entry.type.removeprefix("alarm.")
            told_of[today, kind] += 1
            keys.setdefault(entry.subject, Counter())[kind] += 1
            said = of_journal(entry.type, entry.subject, entry.at_ms, entry.data)
            if said is not None:
                kpis.note(said)
    total = sum(counted["activated"] + counted["reactivated"] for counted in keys.values())
    figures = kpis.figures(max(state.clock_ms, kpis.last_ms))
    assert figures.alarms == total == sum(part.windows[w] for part in kpis.days.values() for w in part.windows)
    assert figures.repeats == sum(counted["reactivated"] for counted in keys.values())
    if state.today.day:
        assert state.today.alarms == told_of[state.today.day, "activated"]
    listed = {key for key, alarm in state.alarms.items() if alarm.count and alarm_state(alarm) in ANNUNCIATED}
    assert listed <= set(kpis.standing), (listed, kpis.standing)
    assert set(kpis.standing) - listed == set()
