"""The simulated place: one seed gives one day, people come back, batteries keep the energy, plots keep apart."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from community.catalogue import CATALOGUE
from community.site import SITES, parse_site
from community.systems import REDUCERS
from community.world.base import Truth
from community.world.battery import battery
from community.world.cars import charges as car_charges
from community.world.day import HOUR_MS, TURN_MS, Day, Sort
from community.world.stream import PLOTS, Wire, stream
from tests.world.small import DAY, sort
from tests.world.works import whole

ROOT = Path(__file__).resolve().parents[2]


def told(sort: Sort, first: int, days: int) -> tuple[list[Wire], list[Truth]]:
    truths: list[Truth] = []
    return list(stream(sort, first, days, truths.append)), truths


def digest(wires: list[Wire]) -> str:
    return sha256(b"\n".join(wire.encode("small") for wire in wires)).hexdigest()


# ---- one seed gives one day
def test_one_seed_gives_one_day() -> None:
    first, truths = told(sort(7, each=1), DAY, 1)
    again, truths_again = told(sort(7, each=1), DAY, 1)
    assert digest(first) == digest(again) and truths == truths_again
    assert digest(first) != digest(told(sort(8, each=1), DAY, 1)[0])


def test_another_process_gives_the_same_bytes() -> None:
    """Above all with another PYTHONHASHSEED: nothing of it may come from hash() or the order of a set."""
    code = "from tests.world.test_world import *; print(digest(told(sort(7, each=1), DAY, 1)[0]))"
    found = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env={"PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("1", "2")
    }
    assert found == {digest(told(sort(7, each=1), DAY, 1)[0]).encode() + b"\n"}


def test_a_day_does_not_depend_on_where_the_run_began() -> None:
    whole, _ = told(sort(7, each=1), DAY - 1, 3)
    begin_ms, end_ms = Day(sort(), DAY).start_ms, Day(sort(), DAY).end_ms
    assert digest([w for w in whole if begin_ms <= w.appended_ms < end_ms]) == digest(told(sort(7, each=1), DAY, 1)[0])


def test_records_come_in_the_order_of_their_arrival() -> None:
    wires, _ = told(sort(each=1), DAY, 2)
    arrivals = [wire.appended_ms for wire in wires]
    assert arrivals == sorted(arrivals)
    assert len({wire.id for wire in wires}) == len(wires)


def test_everything_that_is_said_can_be_reduced() -> None:
    for number, wire in enumerate(told(sort(each=1), DAY, 1)[0]):
        if wire.type not in ("source.heartbeat", "source.letters"):
            REDUCERS[wire.type][1].reduce(wire.record("small", number))


# ---- people
@pytest.fixture(scope="module")
def demo() -> Sort:
    return Sort(parse_site((SITES / "lanting.json").read_bytes()), 1, calm=True)


def test_a_community_has_as_many_residents_as_the_census_says(demo: Sort) -> None:
    homes = Day(demo, DAY).place.homes
    assert len(homes) == sum(building.households for building in demo.site.buildings)
    assert 2.3 < sum(len(home.residents) for home in homes) / len(homes) < 2.9
    assert len({resident.id for home in homes for resident in home.residents}) > 4000


def test_people_come_home_and_are_never_out_twice_at_once(demo: Sort) -> None:
    outings: dict[str, list[tuple[int, int]]] = {}
    for outing in Day(demo, DAY).outings:
        outings.setdefault(outing.resident.id, []).append((outing.out_ms, outing.back_ms))
    assert len(outings) > 3000
    for spans in outings.values():
        spans.sort()
        assert all(out < back for out, back in spans)
        assert all(back < out for (_, back), (out, _) in zip(spans, spans[1:], strict=False))


def test_people_pass_gates_that_are_there_and_the_nearest_most_often(demo: Sort) -> None:
    outings = [outing for outing in Day(demo, DAY).outings if outing.home.gates]
    assert {outing.gate for outing in outings} <= demo.site.by_id.keys()
    assert len({outing.gate for outing in outings}) > 3
    assert 0.7 < sum(outing.gate == outing.home.gates[0] for outing in outings) / len(outings) < 0.9


def test_a_weekday_is_no_sunday(demo: Sort) -> None:
    tuesday, sunday = (Counter(o.purpose for o in Day(demo, number).outings) for number in (DAY, DAY + 5))
    assert tuesday["work"] > 1500 and not sunday["work"] and not sunday["school"]


def passes(sort: Sort) -> Iterator[Wire]:
    return (wire for wire in told(sort, DAY, 1)[0] if wire.type == "access.pass")


def test_doors_are_passed_in_all_nine_ways_by_those_who_live_there() -> None:
    found = list(passes(sort(calm=True)))
    assert {wire.data["method"] for wire in found} >= {"face", "card", "bluetooth", "password"}
    persons = {resident.id for home in Day(sort(), DAY).place.homes for resident in home.residents}
    assert {wire.data["person"] for wire in found if "person" in wire.data} <= persons
    denied = sum(wire.data["result"] == "denied" for wire in found) / len(found)
    assert 0.005 < denied < 0.05


# ---- batteries
@pytest.mark.parametrize("seed", range(30))
def test_a_battery_is_full_once_and_stays_so(seed: int) -> None:
    cell = battery(Random(seed), -3.0 if seed % 2 else 25.0)
    curve = [cell.power_w(60.0 * minute) for minute in range(1440)]
    begins = int(cell.cold_s // 60) + 1
    top = max(range(len(curve)), key=curve.__getitem__)
    assert max(curve) <= cell.peak_w * 1.001
    assert all(a <= b + 1e-9 for a, b in zip(curve[begins:top], curve[begins + 1 : top + 1], strict=True))
    assert all(a >= b - 1e-9 for a, b in zip(curve[top:], curve[top + 1 :], strict=False))
    full = int(cell.full_s // 60) + 1
    assert curve[full] <= cell.float_w * 1.001
    assert 0.2 * 0.8 * 480 < sum(curve[:full]) / 60 < 2200  # Wh


def test_a_car_s_register_is_the_integral_of_its_power() -> None:
    found = [charge for number in range(DAY, DAY + 5) for charge in car_charges(Day(sort(calm=True), number))]
    assert found
    for charge in found:
        taken = sum(charge.power_w(10.0 * n + 5) for n in range(int(charge.leave_s // 10) + 1)) * 10 / 3600
        assert charge.meter_wh(charge.leave_s) - charge.meter_start_wh == pytest.approx(taken, rel=0.01, abs=20)


@pytest.mark.parametrize("type_", ["charging.session"])
def test_no_port_has_two_bikes_at_once(type_: str) -> None:
    standing: dict[str, str] = {}
    for wire in told(sort(each=1), DAY, 3)[0]:
        if wire.type == type_ and wire.data["phase"] == "started":
            assert wire.subject not in standing, wire
            standing[wire.subject] = wire.data["session"]
        elif wire.type == type_:
            standing.pop(wire.subject, None)


# ---- plots
def test_every_plot_names_alarms_of_the_catalogue_and_has_its_place() -> None:
    assert len({plot.name for plot in PLOTS}) == len(PLOTS)
    for plot in PLOTS:
        assert plot.per_year > 0 and plot.play.__doc__, f"{plot.name} does not say what happens"
        assert plot.hours[0] >= 3 and plot.hours[1] * 3600 + plot.rest_s <= (27 + 24 * (plot.days - 1)) * 3600


def test_scenes_leave_each_other_alone() -> None:
    for number in range(DAY, DAY + 4):
        day = Day(sort(each=2), number)
        assert day.begun
        spans: dict[str, list[tuple[float, float]]] = {}
        for scene in day.scenes:
            ids = day.place.behind.get(scene.device.id, ()) if scene.plot.mutes else (scene.device.id,)
            for id_ in ids:
                spans.setdefault(id_, []).append((scene.from_ms, scene.until_ms + 1000 * scene.plot.rest_s))
        for taken in spans.values():
            taken.sort()
            assert all(last <= first for (_, last), (first, _) in zip(taken, taken[1:], strict=False))


def test_truth_lies_within_its_scene_and_is_said_in_time() -> None:
    _, truths = told(sort(each=1), DAY, 1)
    assert {truth.alarm for truth in truths} <= set(CATALOGUE)
    assert any(truth.is_incident for truth in truths) and any(not truth.by_ms for truth in truths)
    for truth in truths:
        assert truth.from_ms <= truth.until_ms
        assert not truth.by_ms or truth.by_ms > truth.from_ms
        day = Day(sort(), DAY)
        assert day.start_ms + TURN_MS - 30 * 24 * HOUR_MS <= truth.from_ms < day.end_ms + TURN_MS


def test_each_alarm_has_an_incident_and_three_families_that_only_look_like_it() -> None:
    """Within ten days: every plot once in each of its stretches, those of 28 days early in theirs."""
    truths: list[Truth] = []
    everything = Sort(whole(), 1, PLOTS, each=1)
    for number in range(DAY - 9, DAY + 1):
        day = Day(everything, number)
        truths += (said for scene in day.begun for said in scene.plot.play(scene, day) if isinstance(said, Truth))
    incidents = {truth.alarm for truth in truths if truth.is_incident}
    families: dict[str, set[str]] = {}
    for truth in truths:
        if not truth.by_ms:
            families.setdefault(truth.alarm, set()).add(truth.cause)
    assert set(CATALOGUE) == incidents
    assert {alarm for alarm in incidents if len(families.get(alarm, ())) < 3} == set()
