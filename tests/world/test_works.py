"""The works of the place: what befalls its bins, lifts and the rest is told right; ordinary life raises nothing."""

from __future__ import annotations

import pytest

from community.systems import REDUCERS, SYSTEMS
from community.world.base import Truth
from community.world.score import live_through, score
from community.world.stream import Wire, stream
from ingest.score import below, table
from tests.world.small import DAY
from tests.world.works import sort

ALARMS = {
    "bins": {"BIN_FULL", "BIN_FIRE"},
    "lifts": {"LIFT_TRAP", "LIFT_STOP"},
    "fire": {"FIRE_SMOKE", "FIRE_MCP", "GAS_LEAK", "FIRE_PANEL_FAULT"},
    "parking": {"GATE_FAULT"},
    "broadcast": {"BCAST_FAIL"},
    "plant": {"POWER_LOST", "NET_DOWN", "GARAGE_WATER"},
    "cameras": {"FALLING_OBJ", "EBIKE_LIFT", "CP_FIRE", "FIRE_LANE", "NVR_STORE"},
    "meters": {"WATER_BURST"},
}
"""What each system of the works is watched for."""


@pytest.mark.parametrize("system", ALARMS)
@pytest.mark.parametrize("seed", [3, 4])
def test_incidents_are_found_and_near_misses_are_nothing(system: str, seed: int) -> None:
    tallies = score(sort(SYSTEMS[system].plots, seed, (system,), each=2), DAY, 1, step_ms=5000)
    of_it = {alarm: tallies[alarm] for alarm in ALARMS[system]}
    assert all(tally.incidents and tally.near_misses >= 4 for tally in of_it.values()), "\n".join(table(tallies))
    assert not below(tallies), "\n".join(table(tallies))


@pytest.mark.parametrize("system", ALARMS)
def test_each_alarm_has_three_families_that_only_look_like_it(system: str) -> None:
    truths: list[Truth] = []
    list(stream(sort(SYSTEMS[system].plots, 1, (system,), each=4), DAY, 1, truths.append))
    assert {truth.alarm for truth in truths if truth.is_incident} >= ALARMS[system]
    for alarm in ALARMS[system]:
        families = {truth.cause for truth in truths if truth.alarm == alarm and not truth.by_ms}
        assert len(families) >= 3, (alarm, families)


def told(seed: int, **more: object) -> list[Wire]:
    return list(stream(sort(PLOTS, seed, **more), DAY, 1))


PLOTS = tuple(plot for system in ALARMS for plot in SYSTEMS[system].plots)


def test_a_day_of_the_works_is_the_same_every_time_and_can_be_reduced() -> None:
    first, again = ([wire.encode("works") for wire in told(7, each=1)] for _ in range(2))
    assert first == again != [wire.encode("works") for wire in told(8, each=1)]
    for number, wire in enumerate(told(7, each=1)):
        if wire.type != "source.heartbeat":
            REDUCERS[wire.type][1].reduce(wire.record("works", number))


@pytest.mark.parametrize("number", [DAY, DAY + 137])
def test_an_ordinary_day_of_the_works_raises_nothing(number: int) -> None:
    """A cold Tuesday and a warm Saturday."""
    calm = sort((), 11, calm=True)
    assert not list(live_through(calm, stream(calm, number, 1), step_ms=30_000))
