"""Free ports as a resident is told of them: what is not sure is not free, an estimate needs something to rest on."""

from __future__ import annotations

import pytest

from community.resident.charging import Place, beside, by_distance, full_since_ms, is_port, places, port
from community.resident.estimate import LEAST, Expected, ends, usually_left_ms
from community.state import State
from tests.layouts.scenes import HOUR, MINUTE, SECOND, Scene


def sheds(state: State, *, lost: bool = False, lasted: tuple[int, ...] = ()) -> dict[str, Place]:
    return {place.key: place for place in places(state, "ebike_port", lasted, lost=lost)}


def test_ports_stand_by_their_places_and_only_sure_ones_are_free() -> None:
    scene = Scene().everything()
    before = sheds(scene.state)
    assert list(before)[:3] == ["A棚", "B棚", "C棚"]
    assert len(before["A棚"].ports) == 30 and len(before["1/地库"].ports) == 24
    assert before["A棚"].free == sum(p.look == "free" for p in before["A棚"].ports) > 0
    # one pile has been silent for half an hour: its ports are unknown, its neighbours are not
    free = next(p.id for p in before["A棚"].ports if p.look == "free")
    pile = scene.site.by_id[free].parent
    scene.device(pile, age_ms=34 * MINUTE, silent=True, status="Available")
    after = sheds(scene.state)["A棚"]
    assert after.free < before["A棚"].free and 0 < after.count("unknown") < 30 and not after.stale


@pytest.mark.parametrize("how", ["feed", "lost"])
def test_a_stale_shed_has_no_free_port_and_says_how_many_there_were(how: str) -> None:
    scene = Scene().everything()
    was = sheds(scene.state)["C棚"].free
    if how == "feed":
        scene.feed("ebike_pile", age_ms=90 * SECOND)
    shed = sheds(scene.state, lost=how == "lost")["C棚"]
    assert (shed.stale, shed.free, shed.free_once) == (True, 0, was)
    assert shed.next_free(scene.clock_ms) is None


@pytest.mark.parametrize(
    ("status", "look"),
    [
        ("Available", "free"),
        ("Charging", "use"),
        ("Finishing", "full"),
        ("Faulted", "fault"),
        ("Unavailable", "fault"),
        ("SomethingNew", "unknown"),
    ],
)
def test_what_a_port_says(status: str, look: str) -> None:
    scene = Scene().everything().device("EB-01-01", status=status)
    assert port(scene.state, scene.site.by_id["EB-01-01"], []).look == look


def test_when_a_battery_is_nearly_full_the_cut_off_is_the_estimate() -> None:
    scene = Scene().everything().device("EB-01-01", status="Charging", charging=True, session="s")
    device = scene.state.devices["EB-01-01"]
    device.memory = {"cutoff": {"session": "s", "full_ms": scene.clock_ms - 30 * MINUTE, "full_w": 12}}
    assert ends(scene.state, device, []) == Expected(scene.clock_ms + 15 * MINUTE, "full")
    shed = sheds(scene.state)["A棚"]
    assert shed.nearly_full == 1
    due = shed.next_free(scene.clock_ms)
    assert due is not None and due[1] == 1 and scene.clock_ms < due[0] <= scene.clock_ms + 20 * MINUTE
    device.memory["cutoff"]["full_ms"] = scene.clock_ms - 2 * HOUR  # long past, and power flows on: nobody knows
    assert ends(scene.state, device, []) is None


def test_earlier_sessions_that_lasted_as_long_are_the_other_estimate() -> None:
    lasted = sorted(n * HOUR for n in range(1, 9) for _ in range(LEAST))
    assert usually_left_ms(0, lasted) == 5 * HOUR
    assert usually_left_ms(6 * HOUR + 1, lasted) == 8 * HOUR - 6 * HOUR - 1
    assert usually_left_ms(8 * HOUR, lasted) is None, "none has lasted longer"
    assert usually_left_ms(0, lasted[: LEAST - 1]) is None, "too few to tell"
    started = Scene().everything()
    started.device("EB-01-01", status="Charging", charging=True, session_start_ms=started.clock_ms - 11 * HOUR)
    found = ends(started.state, started.state.devices["EB-01-01"], [20 * HOUR] * LEAST)
    assert found == Expected(started.clock_ms + HOUR, "usual"), "no session of an e-bike lasts more than twelve hours"
    started.device("EB-01-02", status="Charging")
    assert ends(started.state, started.state.devices["EB-01-02"], lasted) is None, "its begin was never heard"


def test_near_places_first_and_beside_which_building() -> None:
    buildings = {"8": (112.0, 96.5), "15": (181.7, 46.7)}
    found = list(sheds(Scene().everything().state).values())
    assert [p.key for p in by_distance(found, buildings["15"])][:2] == ["B棚", "A棚"]
    assert by_distance(found, None) == found
    shed = next(p for p in found if p.key == "A棚")
    near = beside(shed, buildings)
    assert near is not None and (near[0], near[1].zh) == ("8", "东")
    assert beside(next(p for p in found if p.building), buildings) is None


def test_what_is_a_port_and_since_when_it_is_full() -> None:
    scene = Scene().everything().device("EB-01-01", status="Finishing", session_stop_ms=7)
    assert is_port(scene.site, "EB-01-01") and not is_port(scene.site, "SOS-021") and not is_port(scene.site, "x")
    assert full_since_ms(scene.state.devices["EB-01-01"]) == 7
    other = scene.device("EB-01-02", status="Finishing").state.devices["EB-01-02"]
    assert full_since_ms(other) == other.seen_ms
