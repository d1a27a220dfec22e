"""Meters of the simulated place: physical taps, leaks that take days to be known, and the alarms by them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from community.site import SITES, Device, Site, Text, Zone, parse_site
from community.systems import SYSTEMS
from community.world.base import Planned, Truth
from community.world.day import HOUR_MS, Day, Sort, start_ms
from community.world.score import live_through, score
from community.world.site import by_log
from community.world.stream import Wire, stream
from community.world.taps import homes_behind, reach, simulate
from ingest.score import below, table
from tests.world.small import DAY
from tests.world.works import works

FIRST = 733 * 28
"""A stretch of 28 days begins."""
PLOTS = SYSTEMS["meters"].plots


def site() -> Site:
    return by_log(works(("meters",)), fine=False)


def at(day: int, hour: float) -> int:
    return start_ms(site().timezone, FIRST + day) + int(hour * HOUR_MS)


def told(day: Day) -> dict[str, list[int]]:
    found = {}
    for said in simulate(day):
        if said.type == "meter.intervals":
            assert said.time_ms > day.end_ms and said.data["start_ms"] == day.start_ms
            found[said.subject] = said.data.get("volume_l") or said.data["energy_wh"]
    return found


def test_people_draw_as_much_as_people_do_and_every_home_sleeps() -> None:
    day = Day(Sort(site(), 5, calm=True), DAY)
    series = told(day)
    persons = sum(len(home.residents) for home in day.place.homes)
    water = [used for id_, used in series.items() if id_.startswith("W-")]
    assert len(water) == len(day.place.homes) and all(len(used) == 48 for used in series.values())
    assert 60 < sum(map(sum, water)) / persons < 200
    assert all(0 in used[:12] for used in water), "no register stands still at night"
    energy_kwh = [sum(used) / 1000 for id_, used in series.items() if id_.startswith("E-")]
    assert all(1 < kwh < 60 for kwh in energy_kwh)


def test_a_bulk_meter_counts_what_is_drawn_behind_it_and_a_leak_as_well() -> None:
    hose = Planned("hose_left_on", "W-1-1-101", at(0, 9))
    crack = Planned("pipe_cracks", "WM-1", at(0, 9))
    calm, wet = (told(Day(Sort(site(), 5, PLOTS, calm=True, script=script), FIRST)) for script in ((), (hose, crack)))
    behind = [id_ for id_ in calm if id_.startswith("W-1-")]
    for series in (calm, wet):
        homes = sum(sum(series[id_]) for id_ in behind)
        assert homes <= sum(series["WM-1"])
    assert sum(calm["WM-1"]) < 1.2 * sum(sum(calm[id_]) for id_ in behind)
    assert sum(wet["W-1-1-101"]) - sum(calm["W-1-1-101"]) > 1500
    assert sum(wet["WM-1"]) - sum(calm["WM-1"]) > 15 * 4500
    assert wet["WM-2"] == calm["WM-2"]


def zoned() -> Site:
    """Two zones of a building each, lawns and paths as a third, and the community's main above them."""
    zones = (Zone("one", Text("一区", "One"), ("1",)), Zone("two", Text("二区", "Two"), ("2",)))
    common = Zone("common", Text("公共", "Common"), areas=("公共",))
    areas = {"WM-0": "水泵房", "WM-ONE": "一区", "WM-TWO": "二区", "WM-P": "公共"}
    above = (Device(id_, "meters", "bulk_meter", "meters", area=area) for id_, area in areas.items())
    return replace(site(), zones=(*zones, common), devices=(*site().devices, *above))


def test_the_meter_of_what_is_nobodys_counts_no_home_and_the_main_counts_it() -> None:
    crack = Planned("pipe_cracks", "WM-P", at(0, 9))
    calm, wet = (told(Day(Sort(zoned(), 5, PLOTS, calm=True, script=script), FIRST)) for script in ((), (crack,)))
    for series in (calm, wet):
        parts = [sum(slot) for slot in zip(*(series[id_] for id_ in ("WM-ONE", "WM-TWO", "WM-P")), strict=True)]
        assert all(abs(part - whole) <= 3 for part, whole in zip(parts, series["WM-0"], strict=True)), "whole litres"
    assert 0 < sum(calm["WM-P"][4:8]) < 200 and max(calm["WM-P"]) > 1000, "pipes seep at night, lawns are watered"
    assert all(wet[id_] == calm[id_] for id_ in ("WM-1", "WM-ONE", "WM-TWO")), "its leak is nobody else's"
    assert sum(wet["WM-0"]) - sum(calm["WM-0"]) > 15 * 4500


def test_a_main_that_bursts_is_a_symptom_where_its_water_is_counted_too() -> None:
    for begun, symptoms in (("WM-P", {"WM-0"}), ("WM-1", {"WM-ONE", "WM-0"}), ("WM-0", set())):
        truths: list[Truth] = []
        script = (Planned("main_bursts", begun, at(0, 9)),)
        list(stream(Sort(zoned(), 5, PLOTS, calm=True, script=script), FIRST, 1, truths.append))
        assert {truth.device for truth in truths if truth.symptom_of} == symptoms, begun


def test_each_bulk_meter_of_the_demo_but_its_main_says_what_it_is_of() -> None:
    lanting = parse_site((SITES / "lanting.json").read_bytes())
    day = Day(Sort(by_log(lanting, fine=False), 5, calm=True), DAY)
    bulk = day.of_kind("bulk_meter")
    assert [meter.id for meter in bulk if reach(day, meter) is None] == ["WM-0"]
    assert [meter.id for meter in bulk if not homes_behind(day, meter)] == ["WM-P"]


def test_the_half_hours_of_a_watched_home_are_not_told_twice() -> None:
    elder = Device("p-alone-1", "care", "resident_alone", "meters", building="1", unit="1", room="101")
    watched = replace(site(), devices=(*site().devices, elder))
    day = Day(Sort(watched, 5, calm=True), DAY)
    assert "W-1-1-101" not in told(day) and "W-1-1-102" in told(day)
    assert [said.type for said in simulate(day) if said.subject == "W-1-1-101"] == ["device.heartbeat"]


def test_leaks_of_days_and_silent_meters_are_found_and_near_misses_are_nothing() -> None:
    slow = tuple(plot for plot in PLOTS if plot.kinds != ("bulk_meter",))
    tallies = score(Sort(site(), 4, slow, each=1, fine=False), FIRST, 12, step_ms=60_000)
    for alarm in ("LEAK_HOME", "METER_LOST"):
        assert tallies[alarm].incidents >= 2 and tallies[alarm].near_misses >= 6, "\n".join(table(tallies))
    assert not below(tallies), "\n".join(table(tallies))


@pytest.fixture(scope="module")
def under_ground() -> tuple[list[tuple[int, str, str]], list[Truth]]:
    """Six weeks, in which a main cracks and three things look like it."""
    script = (
        Planned("pool_filled", "WM-1", at(17, 20.5)),
        Planned("tap_in_garden", "WM-2", at(20, 12)),
        Planned("hydrant_at_night", "WM-2", at(25, 25.6)),
        Planned("pipe_cracks", "WM-1", at(30, 14)),
    )
    truths: list[Truth] = []
    sort = Sort(site(), 6, PLOTS, calm=True, fine=False, script=script)
    raised = list(live_through(sort, stream(sort, FIRST, 42, truths.append), step_ms=3_600_000))
    return [(r.at_ms, r.alarm, r.device) for r in raised], truths


def test_two_nights_of_a_cracked_main_are_a_leak_and_one_night_is_a_pool(
    under_ground: tuple[list[tuple[int, str, str]], list[Truth]],
) -> None:
    raised, truths = under_ground
    crack = next(truth for truth in truths if truth.is_incident)
    assert {truth.cause for truth in truths if not truth.by_ms} == {"pool_filled", "tap_in_garden", "hydrant_at_night"}
    assert [(alarm, device) for _, alarm, device in raised] == [("DMA_NIGHT", "WM-1")]
    assert crack.from_ms + 36 * HOUR_MS < raised[0][0] <= crack.by_ms


def test_meters_tell_the_same_every_time() -> None:
    def wires(seed: int) -> list[Wire]:
        return list(stream(Sort(site(), seed, PLOTS, each=1), FIRST, 2))

    assert wires(3) == wires(3) != wires(4)
