"""Homes, zones, posts, hours and works: what a site says of its place, and who asks for it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from community.board.naming import duty_words
from community.place import Hours, Maintenance, open_until_ms
from community.site import Building, Device, Facility, Post, Site, Source, Text, Zone, read_site
from tests.community.story import T0_MS, Story

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"


def at(text: str, zone: str = SHANGHAI) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1000


DAY, NIGHT, ALWAYS = Hours("06:00", "23:00"), Hours("20:00", "08:00"), Hours()
WEEKDAYS = Hours("09:00", "17:00", ("mon", "tue", "wed", "thu", "fri"))


@pytest.mark.parametrize(
    ("hours", "moment", "until"),
    [
        ((DAY,), "2026-03-12 06:00", "2026-03-12 23:00"),
        ((DAY,), "2026-03-12 05:59", None),
        ((DAY,), "2026-03-12 23:00", None),
        ((NIGHT,), "2026-03-12 23:00", "2026-03-13 08:00"),
        ((NIGHT,), "2026-03-13 07:59", "2026-03-13 08:00"),
        ((NIGHT,), "2026-03-13 08:00", None),
        ((DAY, NIGHT), "2026-03-12 22:00", "2026-03-14 08:00"),
        ((WEEKDAYS,), "2026-03-13 16:00", "2026-03-13 17:00"),
        ((WEEKDAYS,), "2026-03-14 16:00", None),
        ((Hours("22:00", "02:00", ("sat",)),), "2026-03-15 01:00", "2026-03-15 02:00"),
        ((Hours("22:00", "02:00", ("sat",)),), "2026-03-16 01:00", None),
        ((ALWAYS,), "2026-03-12 12:00", "2026-03-14 00:00"),
        ((), "2026-03-12 12:00", None),
    ],
)
def test_when_something_is_open(hours: tuple[Hours, ...], moment: str, until: str | None) -> None:
    assert open_until_ms(hours, at(moment), SHANGHAI) == (None if until is None else at(until))


def test_hours_are_those_of_the_clock_on_the_wall() -> None:
    assert open_until_ms((NIGHT,), at("2026-03-28 23:00", BERLIN), BERLIN) == at("2026-03-29 08:00", BERLIN)


def test_the_wall_names_the_first_post_on_duty_and_counts_the_others() -> None:
    posts = (
        Post("post:control", Text("中控岗", "Control post"), people=2),
        Post("post:gate", Text("北门岗", "North gate"), people=3, shifts=(DAY,)),
        Post("post:patrol", Text("巡逻岗", "Patrol"), people=4, shifts=(NIGHT,)),
    )
    site = Site("garden", Text("花园"), posts=posts)
    assert duty_words(site, at("2026-03-12 12:00"), "zh") == "中控岗 等 5 人在岗"
    assert duty_words(site, at("2026-03-12 23:30"), "en") == "Control post +5 on duty"
    assert duty_words(msgspec.structs.replace(site, posts=posts[1:2]), at("2026-03-12 23:30"), "zh") == ""
    assert duty_words(Site("garden", Text("花园"), duty=Text("值班员")), at("2026-03-12 12:00"), "zh") == "值班员"


SITE = Site(
    "garden",
    Text("花园"),
    sources=(Source("doors", Text("门禁")),),
    buildings=(Building("7", rooms=2, floors=2),),
    devices=(
        Device("F-1", "plant", "feeder", "doors"),
        Device("SW-1", "plant", "switch", "doors", parent="F-1"),
        Device("D-1", "access", "door", "none", area="北门", parent="SW-1"),
        Device("D-2", "access", "door", "none", building="7"),
        Device("D-3", "access", "door", "none", area="北门"),
        Device("SP-1", "broadcast", "speaker", "none", building="7", tags=("zone:all-night",)),
        Device("SP-2", "broadcast", "speaker", "none", area="北门"),
        Device("SP-3", "broadcast", "speaker", "none"),
    ),
    zones=(Zone("homes", Text("住宅"), buildings=("7",)), Zone("gates", Text("大门"), areas=("北门",))),
    facilities=(Facility("gate-n", Text("北门"), "北门", (Hours("06:00", "21:20"),)),),
    maintenance=(
        Maintenance("2026-03-12T22:00", "2026-03-13T02:00", ("F-1",), "配电检修"),
        Maintenance("2026-03-12T20:00", "2026-03-12T21:00", ("D-1", "SW-1")),
    ),
)


def test_works_hold_for_all_that_hangs_on_what_they_name() -> None:
    power, door = (
        (at("2026-03-12 22:00"), at("2026-03-13 02:00"), "配电检修"),
        (at("2026-03-12 20:00"), at("2026-03-12 21:00"), ""),
    )
    assert SITE.works == {"F-1": (power,), "SW-1": (door, power), "D-1": (door, power)}
    assert SITE.behind("F-1") == ["F-1", "SW-1", "D-1"]


def test_a_device_is_in_the_zones_of_its_building_its_area_and_its_tags() -> None:
    assert SITE.zones_of == {
        "D-1": {"gates"},
        "D-3": {"gates"},
        "D-2": {"homes"},
        "SP-1": {"homes", "all-night"},
        "SP-2": {"gates"},
    }


def test_a_broadcast_reaches_the_speakers_of_its_zone() -> None:
    story = Story(SITE)
    for speaker in ("SP-1", "SP-2", "SP-3"):
        story.tell("broadcast.offer", speaker, {"message": "m", "zones": ["gates"]}, at_s=0)
    story.ticks(1, 12)
    assert [subject for _, subject, _ in story.journal("alarm.activated")] == ["BCAST_FAIL/SP-2", "BCAST_FAIL/SP-3"]


def open_door(door: str, until_s: int, **more: object) -> Story:
    """Opened at 21:14:36, the second 0."""
    story = Story(msgspec.structs.replace(SITE, **more))
    story.tell("access.contact", door, {"state": "open"}, at_s=0)
    story.ticks(1, until_s)
    return story


def test_a_gate_may_stand_open_until_its_hours_end() -> None:
    closing_s = (at("2026-03-12 21:20") - T0_MS) / 1000
    held = "DOOR_HELD/D-3"
    assert open_door("D-3", int(closing_s) + 59).journal() == []
    assert open_door("D-3", int(closing_s) + 61).journal() == [("alarm.activated", held, closing_s + 60)]
    assert open_door("D-2", 61).journal() == [("alarm.activated", "DOOR_HELD/D-2", 60)]
    always = (Facility("gate-n", Text("北门"), "北门", (ALWAYS,)),)
    story = open_door("D-3", 120, facilities=always)
    for second in range(120, 4 * 86_400, 60):
        story.tell("clock.tick", community="", at_s=second)
    assert story.journal() == []


def test_a_gate_that_was_shut_in_time_is_open_again_without_an_alarm() -> None:
    story = open_door("D-3", 10)
    story.tell("access.contact", "D-3", {"state": "closed"}, at_s=20)
    story.tell("access.lock", "D-3", {"lock": "unlocked"}, at_s=30)
    story.tell("access.contact", "D-3", {"state": "open"}, at_s=31)
    story.ticks(32, 300)
    assert story.journal() == []


TEXT = """{
 "id": "garden", "name": {"zh": "花园"},
 "sources": [{"id": "none", "name": {}}],
 "buildings": [{"id": "7", "floors": 2, "rooms": 2, "households": 4}],
 "devices": [{"id": "D-1", "system": "access", "kind": "door", "source": "none", "area": "北门", "tags": ["zone:gates"],
   "vendor": {"isapi": "7/1"}}, {"id": "D-2", "system": "access", "kind": "door", "source": "none"}],
 "zones": [{"id": "gates", "name": {}, "buildings": ["7"],
   "areas": ["北门"]}],
 "facilities": [{"id": "gate-n", "name": {}, "area": "北门", "hours": [{"from": "06:00", "until": "23:00"}]}],
 "posts": [{"id": "post:control", "name": {}, "role": "guard",
   "shifts": [{"from": "08:00", "days": ["mon"]}]}],
 "maintenance": [{"from": "2026-03-12T22:00", "until": "2026-03-13T02:00",
   "devices": ["D-1"]}]
}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ('"households": 4', '"households": 5', "4: buildings[0].households: 5 households in 4 homes"),
        ('"floors": 2', '"floors": 0', "4: buildings[0].floors: Expected `int` >= 1"),
        ('"buildings": ["7"]', '"buildings": ["8"]', "7: zones[0].buildings[0]: building '8' is not described"),
        ('"areas": ["北门"]', '"areas": ["南门"]', "8: zones[0].areas[0]: no device stands in area '南门'"),
        ('"zone:gates"', '"zone:gate"', "5: devices[0].tags: device 'D-1': zone 'gate' is not described"),
        (
            '"area": "北门", "hours"',
            '"area": "南门", "hours"',
            "9: facilities[0].area: no device stands in area '南门'",
        ),
        ('"23:00"', '"24:00"', "9: facilities[0].hours[0].until: Expected `str` matching regex"),
        ('"post:control"', '"control"', "10: posts[0].id: Expected `str` matching regex"),
        ('"role": "guard"', '"role": "boss"', "10: posts[0].role: Invalid enum value 'boss'"),
        ('["mon"]', '["monday"]', "11: posts[0].shifts[0].days[0]: Invalid enum value 'monday'"),
        ('"until": "2026-03-13T02:00"', '"until": "2026-03-12T02:00"', "12: maintenance[0].until: 2026-03-12T02"),
        ('"2026-03-12T22:00"', '"2026-02-30T22:00"', "12: maintenance[0].from: day is out of range for month"),
        ('"devices": ["D-1"]', '"devices": ["D-9"]', "13: maintenance[0].devices[0]: device 'D-9' is not described"),
        (
            '"source": "none"}',
            '"source": "none", "vendor": {"isapi": "7/1"}}',
            "6: devices[1].vendor.isapi: device 'D-2': '7/1' is device 'D-1' already",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(right: str, wrong: str, fault: str) -> None:
    assert read_site(TEXT.encode())[1] == []
    assert TEXT.count(right) == 1
    faults = read_site(TEXT.replace(right, wrong).encode())[1]
    assert any(found.startswith(fault) for found in faults), faults
