"""The communities that come with the program: what DOMAIN.md counts in one of 2,000 households stands in the demo."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from community.site import SITES, Site, parse_site
from community.site_check import notes_of
from community.systems import REDUCERS, SYSTEMS
from community.systems.happenings import SubjectId

LANTING, HEPING = (parse_site((SITES / f"{name}.json").read_bytes()) for name in ("lanting", "heping"))
KINDS = Counter(device.kind for device in LANTING.devices)


def test_two_thousand_homes_in_sixteen_buildings() -> None:
    assert (len(LANTING.buildings), len(LANTING.homes)) == (16, 2000)
    assert sum(building.households for building in LANTING.buildings) == 2000


@pytest.mark.parametrize(
    ("kinds", "least", "most"),
    [
        (("camera",), 60, 150),
        (("door", "plant_door"), 55, 80),
        (("lift",), 11, 60),
        (("ebike_pile",), 40, 40),
        (("ebike_port",), 400, 480),
        (("car_connector",), 24, 60),
        (("water_meter",), 2000, 2000),
        (("power_meter",), 2000, 2000),
        (("bin",), 40, 80),
        (("speaker",), 30, 60),
        (("button", "pillar"), 20, 200),
    ],
)
def test_fleets_are_as_large_as_they_are_in_such_a_place(kinds: tuple[str, ...], least: int, most: int) -> None:
    assert least <= sum(KINDS[kind] for kind in kinds) <= most


def test_every_system_is_there_and_every_kind_of_device_that_a_record_can_be_about() -> None:
    assert {device.system for device in LANTING.devices} == set(SYSTEMS) - {"common"}
    spoken = {reducer.kind for _, reducer in REDUCERS.values()} - {"unknown", "resident", "meter"}
    assert spoken <= set(KINDS)


def test_of_every_kind_of_device_something_is_known() -> None:
    assert [*notes_of(LANTING), *notes_of(HEPING)] == []


def test_piles_have_ten_to_twelve_ports() -> None:
    ports = Counter(device.parent for device in LANTING.devices if device.kind == "ebike_port")
    assert set(ports.values()) == {10, 12}
    assert len(ports) == KINDS["ebike_pile"]


def test_a_switch_has_forty_cameras_behind_it_and_a_feeder_all_lifts() -> None:
    behind = Counter(LANTING.by_id[id_].kind for id_ in LANTING.behind("SW-1"))
    assert behind == {"switch": 1, "recorder": 1, "camera": 40}
    assert {LANTING.by_id[id_].kind for id_ in LANTING.behind("F-2")} == {"feeder", "lift"}
    assert KINDS["lift"] == len(LANTING.behind("F-2")) - 1


def test_residents_in_care_are_ids_of_the_register_in_a_home_of_the_place() -> None:
    homes = {(home.building, home.unit, home.room) for home in LANTING.homes}
    subjects = [device for device in LANTING.devices if device.system == "care"]
    assert {subject.kind for subject in subjects} == {"resident_alone", "resident_dementia", "child"}
    for subject in subjects:
        assert msgspec.convert(subject.id, SubjectId)
        assert (subject.building, subject.unit, subject.room) in homes
        assert not subject.name.zh and not subject.name.en and not subject.tags


@pytest.mark.parametrize("site", [LANTING, HEPING], ids=lambda site: site.id)
def test_who_is_in_a_home_is_in_one_that_is_there_and_no_id_tells_its_room(site: Site) -> None:
    homes = {(home.building, home.unit, home.room) for home in site.homes}
    for device in site.devices:
        if device.room:
            assert (device.building, device.unit, device.room) in homes, device.id
            assert f"-{device.room}" not in device.id, "an id stands on the wall, a room does not"


@pytest.mark.parametrize("site", [LANTING, HEPING], ids=lambda site: site.id)
def test_somebody_is_on_duty_at_every_hour(site: Site) -> None:
    monday_ms = 1_773_590_400_000
    for half_hour in range(7 * 48):
        assert any(post.on_duty(monday_ms + half_hour * 1_800_000, site.timezone) for post in site.posts)


def test_an_old_estate_has_three_systems_and_no_plan() -> None:
    assert {device.system for device in HEPING.devices} == {"cameras", "charging", "sos"}
    assert (HEPING.plan, len(HEPING.tiles)) == ("", 3)
    assert not set(HEPING.by_vendor) & set(LANTING.by_vendor), "both may live on one installation"
