"""What the page of alarm performance says, and what another number would have given."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from community.kpi import Kpis, Noted
from community.model import Record
from community.office import performance as found_of
from community.office.what_if import TRIALS, activations, longer_delay, number_of, with_number
from community.site import Device, Text
from tests.history.pages import DAY_MS, HOUR_MS, MINUTE_MS, T0_MS
from tests.history.test_looks import EYES


def figures(*counts: int) -> object:
    kpis = Kpis(timezone="Asia/Shanghai", kept_days=None)
    for alarm, n in enumerate(counts):
        for at in range(n):
            kpis.note(Noted("activated", T0_MS + at * HOUR_MS, f"SOS/S-{alarm}", "P3"))
    return kpis.figures(T0_MS + 10 * DAY_MS)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("每岗日均 5.4 条，在 150 条以内", found_of.load(5.4)),
        ("每岗日均 150.0 条，在 150 条以内", found_of.load(150)),
        ("每岗日均 150.1 条，超过 150 条", found_of.load(150.1)),
        ("不到一天，说不出日均", found_of.load(None)),
        ("没有告警", found_of.actors(figures())),  # type: ignore[arg-type]
        ("告警太少（3 条），看不出谁最多", found_of.actors(figures(2, 1))),  # type: ignore[arg-type]
        ("最多的十个占 100%，目标低于 5%", found_of.actors(figures(9, 1))),  # type: ignore[arg-type]
        ("没有抖动的告警", found_of.chattering({})),
        ("2 个告警在抖动", found_of.chattering({"a": 3, "b": 1})),
        ("没有告警", found_of.priorities({})),
        ("级别分布接近 80/15/5", found_of.priorities({"P1": 0.05, "P2": 0.15, "P3": 0.3, "P4": 0.5})),
        ("紧急占 20%，约应为 5%", found_of.priorities({"P1": 0.2, "P3": 0.8})),
        ("低级别占 60%，约应为 80%", found_of.priorities({"P2": 0.4, "P3": 0.6})),
        ("没有告警", found_of.verdicts(0, 0, 0)),
        ("40 条告警都没有写明结论", found_of.verdicts(40, 0, 0)),
        ("写明结论的 20 条中 15% 是误报", found_of.verdicts(40, 20, 3)),
        ("没有自行恢复的告警", found_of.delays(0, 0, 60)),
        ("多等 1 分，12 条一条也不少", found_of.delays(12, 12, 60)),
        ("多等 1 分，12 条至少少 5 条", found_of.delays(12, 7, 60)),
    ],
)
def test_findings(said: str, found: Text) -> None:
    assert found.zh == said and found.en


@pytest.mark.parametrize(("delay_s", "left"), [(0, 6), (30, 6), (31, 5), (60, 5), (61, 4), (900, 3), (901, 2)])
def test_a_longer_delay(delay_s: int, left: int) -> None:
    lasted = [30_000, 60_000, 61_000 + 1, 900_000]
    assert longer_delay(lasted, 2, 1000 * delay_s) == left


def orders(*waits_min: int) -> list[Record]:
    """Orders of 9 o'clock of the first days, taken after so many minutes."""
    found = []
    for n, wait in enumerate(waits_min):
        at_ms = T0_MS + n * DAY_MS + 9 * HOUR_MS
        for phase, when in (("published", at_ms), ("taken", at_ms + wait * MINUTE_MS)):
            data = {"order": f"W-{n}", "phase": phase}
            found.append(Record(f"{n}/{phase}", "x", "order.phase", EYES.id, "desk", when, when, when, "", data))
    return found


@pytest.mark.parametrize(("seconds", "late"), [(900, 3), (1200, 2), (1800, 1), (3600, 0)])
def test_orders_folded_again_with_another_limit(seconds: float, late: int) -> None:
    trial = TRIALS["TICKET_SLA"]
    site = with_number(EYES, trial, seconds)
    assert number_of(site, trial) == seconds
    told = orders(10, 17, 25, 45)
    assert activations(site, trial, told, T0_MS, T0_MS + 10 * DAY_MS) == late
    # only what comes within the stretch counts
    assert activations(site, trial, told, T0_MS + 5 * DAY_MS, T0_MS + 10 * DAY_MS) == 0


def test_a_stricter_limit_never_gives_fewer_alarms() -> None:
    """What is late again within ten minutes is a repeat, and is seen: else every later one were a repeat too."""
    trial, told = TRIALS["TICKET_SLA"], list[Record]()
    for n, (published_min, wait_min) in enumerate(((0, 17), (5, 21), (60, 17), (120, 32), (180, 17))):
        at_ms = T0_MS + 9 * HOUR_MS + published_min * MINUTE_MS
        for phase, when in (("published", at_ms), ("taken", at_ms + wait_min * MINUTE_MS)):
            data = {"order": f"W-{n}", "phase": phase}
            told.append(Record(f"{n}/{phase}", "x", "order.phase", EYES.id, "desk", when, when, when, "", data))
    told.sort(key=lambda record: record.time_ms)
    found = [
        activations(with_number(EYES, trial, seconds), trial, told, T0_MS, T0_MS + DAY_MS)
        for seconds in (900, 1200, 1800, 3600)
    ]
    assert found == [5, 2, 1, 0]


def leak(half_hours: int) -> list[Record]:
    """Three days of a meter in which water runs for so many half-hours, up to the end of the second."""
    found = []
    flow = [5.0 if 96 - half_hours <= n < 96 else 0.0 for n in range(3 * 48)]
    for day in range(3):
        at_ms = T0_MS + (day + 1) * DAY_MS
        data = {"start_ms": T0_MS + day * DAY_MS, "volume_l": flow[48 * day : 48 * day + 48]}
        found.append(Record(f"d{day}", "x", "meter.intervals", EYES.id, "W-1", at_ms, at_ms, at_ms, "", data))
    return found


@pytest.mark.parametrize(("half_hours", "number", "alarms"), [(47, 48, 0), (48, 48, 1), (47, 36, 1), (60, 72, 0)])
def test_a_leak_folded_again_with_another_length(half_hours: int, number: float, alarms: int) -> None:
    trial = TRIALS["LEAK_HOME"]
    site = with_number(EYES, trial, number)
    assert activations(site, trial, leak(half_hours), T0_MS, T0_MS + 5 * DAY_MS) == alarms


def said(id_: str, type_: str, subject: str, at_ms: int, data: dict[str, Any]) -> Record:
    return Record(id_, "x", type_, EYES.id, subject, at_ms, at_ms, at_ms, "", data)


@pytest.mark.parametrize(("seconds", "missed"), [(0, 3), (300, 2), (600, 2), (1200, 1)])
def test_rounds_folded_again_with_another_wait(seconds: float, missed: int) -> None:
    """Scanned in time, 4 min late, 15 min late, never; a cancelled one counts never."""
    trial = TRIALS["PATROL_MISS"]
    told = []
    for n, late_min in enumerate((-5, 4, 15, None, None)):
        begin = T0_MS + n * 6 * HOUR_MS
        window = {"round": f"r{n}", "from_ms": begin, "until_ms": begin + 15 * MINUTE_MS, "cancelled": n == 4}
        told.append(said(f"w{n}", "patrol.window", "C-1", begin, window))
        if late_min is not None:
            told.append(said(f"s{n}", "patrol.scan", "C-1", begin + (15 + late_min) * MINUTE_MS, {}))
    told.append(said("end", "patrol.scan", "C-1", T0_MS + 40 * HOUR_MS, {}))
    assert activations(with_number(EYES, trial, seconds), trial, told, T0_MS, T0_MS + 2 * DAY_MS) == missed


@pytest.mark.parametrize(("seconds", "failed"), [(5, 3), (10, 2), (30, 1)])
def test_messages_folded_again_with_another_wait(seconds: float, failed: int) -> None:
    """Answered after 1 s, 7 s and 20 s; the last one never, until the next day's."""
    trial = TRIALS["BCAST_FAIL"]
    told = []
    for n, after_s in enumerate((1, 7, 20, DAY_MS / 1000)):
        at_ms, message = T0_MS + n * HOUR_MS, f"m{n}"
        told.append(said(f"o{n}", "broadcast.offer", "S-1", at_ms, {"message": message, "zones": ["gate"]}))
        answer = {"message": message, "result": "ok"}
        told.append(said(f"a{n}", "broadcast.ack", "S-1", at_ms + int(1000 * after_s), answer))
    speaking = replace(EYES, devices=(*EYES.devices, Device("S-1", "broadcast", "speaker", "gates")))
    assert activations(with_number(speaking, trial, seconds), trial, told, T0_MS, T0_MS + 2 * DAY_MS) == failed


def test_an_impossible_number_is_refused() -> None:
    trial = TRIALS["LEAK_HOME"]
    with pytest.raises(ValueError, match="leak_half_hours"):
        number_of(with_number(EYES, trial, 1), trial)


def test_every_choice_is_possible() -> None:
    for trial in TRIALS.values():
        assert number_of(EYES, trial) in trial.choices, "the number in force is one of them"
        assert [number_of(with_number(EYES, trial, value), trial) for value in trial.choices] == list(trial.choices)
