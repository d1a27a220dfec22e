"""Fleets: a few lines that stand for thousands of devices, and a mistake in them told once, with its line."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from community.site import read_site

HEAD = """{
 "id": "garden", "name": {"zh": "花园"},
 "sources": [{"id": "lora", "name": {}}],
 "buildings": [{"id": "1", "units": 2, "floors": 3, "rooms": 2}, {"id": "2", "floors": 2, "rooms": 2, "households": 3}],
 "devices": [{"id": "P-1", "system": "charging", "kind": "ebike_pile", "source": "lora", "area": "A棚"}],
 "fleets": [
"""
WATER: dict[str, Any] = {
    "each": "home",
    "id": "W-{building}-{unit}-{room}",
    "system": "meters",
    "kind": "water_meter",
    "source": "lora",
    "vendor": {"wmbus": "{n:08}"},
}
PORTS: dict[str, Any] = {
    "each": "device",
    "of": "ebike_pile",
    "count": 3,
    "id": "{device}-{i:02}",
    "system": "charging",
    "kind": "ebike_port",
    "source": "lora",
    "name": {"zh": "{area} {i:02}口"},
}


def text(*fleets: dict[str, Any]) -> bytes:
    """A fleet a line, from the seventh."""
    return (HEAD + ",\n".join(json.dumps(fleet, ensure_ascii=False) for fleet in fleets) + "\n ]\n}\n").encode()


def read(*fleets: dict[str, Any]) -> tuple[list[Any], list[str]]:
    site, faults = read_site(text(*fleets))
    return (list(site.devices) if site is not None else []), faults


def test_each_home_has_one_in_the_order_of_the_file() -> None:
    devices, faults = read(WATER)
    assert faults == []
    assert [d.id for d in devices[1:]] == [
        *("W-1-1-101", "W-1-1-102", "W-1-2-101", "W-1-2-102"),
        *("W-1-1-201", "W-1-1-202", "W-1-2-201", "W-1-2-202"),
        *("W-1-1-301", "W-1-1-302", "W-1-2-301", "W-1-2-302"),
        *("W-2-1-101", "W-2-1-102", "W-2-1-201"),
    ]
    last = devices[-1]
    assert (last.building, last.unit, last.room, last.vendor) == ("2", "1", "201", {"wmbus": "00000015"})
    assert read(WATER) == read(WATER)


@pytest.mark.parametrize(
    ("each", "id_", "ids"),
    [
        ("building", "X-{building}", ["X-1", "X-2"]),
        ("unit", "X-{building}-{unit}", ["X-1-1", "X-1-2", "X-2-1"]),
        (
            "floor",
            "X-{building}-{unit}-{floor:02}",
            ["X-1-1-01", "X-1-1-02", "X-1-1-03", "X-1-2-01", "X-1-2-02", "X-1-2-03", "X-2-1-01", "X-2-1-02"],
        ),
    ],
)
def test_the_places_that_have_one(each: str, id_: str, ids: list[str]) -> None:
    devices, faults = read({**WATER, "each": each, "id": id_})
    assert (faults, [d.id for d in devices[1:]]) == ([], ids)
    only, _ = read({**WATER, "each": each, "id": id_, "buildings": ["2"]})
    assert [d.id for d in only[1:]] == [one for one in ids if one.startswith("X-2")]


def test_ports_hang_on_their_pile_also_where_the_piles_are_a_fleet() -> None:
    piles = {**WATER, "each": "building", "id": "P-{building}{i}", "count": 2, "kind": "ebike_pile", "start": 7}
    piles |= {"system": "charging", "area": "{building}号棚"}
    devices, faults = read(piles, PORTS)
    assert faults == []
    ports = [d for d in devices if d.kind == "ebike_port"]
    assert [d.id for d in ports[:4]] == ["P-1-01", "P-1-02", "P-1-03", "P-17-01"]
    assert {d.parent for d in ports} == {"P-1", "P-17", "P-18", "P-27", "P-28"}
    assert (ports[0].area, ports[0].name.zh, ports[-1].area) == ("A棚", "A棚 01口", "2号棚")


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"id": "W-{buildng}"}, "8: fleets[1].id: 'W-{buildng}': there is no {buildng} here; there are building, unit"),
        ({"id": "W-{building"}, "8: fleets[1].id: 'W-{building' is no pattern: expected '}'"),
        ({"id": "W-{n:04x}"}, "8: fleets[1].id: 'W-{n:04x}': only floor, i, n are padded"),
        ({"id": "W-{n:0999999999}"}, "8: fleets[1].id: 'W-{n:0999999999}': only floor, i, n are padded"),
        ({"id": "W-{room!r}"}, "8: fleets[1].id: 'W-{room!r}': only floor, i, n are padded"),
        ({"id": "W-{building.__class__}"}, "8: fleets[1].id: 'W-{building.__class__}': there is no {building.__cl"),
        ({"id": "W-{building}"}, "8: fleets[1].id: device 'W-1' is described twice"),
        ({"source": "lara"}, "8: fleets[1].source: device 'W-1-1-101' names source 'lara', which is not described"),
        ({"parent": "GW-{building}"}, "8: fleets[1].parent: device 'W-1-1-101' names parent 'GW-1', which is not"),
        ({"system": "metres"}, "8: fleets[1].system: device 'W-1-1-101': there is no system 'metres'"),
        (
            {"vendor": {"wmbus": "7"}},
            "8: fleets[1].vendor.wmbus: device 'W-1-1-102': '7' is device 'W-1-1-101'",
        ),
        ({"buildings": ["1", "3"]}, "8: fleets[1].buildings[1]: building '3' is not described"),
        ({"each": "house"}, "8: fleets[1].each: Invalid enum value 'house'"),
        ({"count": 99999}, "8: fleets[1].count: these are 1499985 devices; a site has at most 100000"),
        ({"each": "device", "of": "ebike_pole", "id": "{device}"}, "8: fleets[1].of: no device of kind 'ebike_pole'"),
        ({"of": "ebike_pile"}, "8: fleets[1].of: only a fleet for each device has a kind that it is of"),
        ({"rooms": 2}, "8: fleets[1].rooms: Object contains unknown field `rooms`"),
    ],
)
def test_a_mistake_in_a_fleet_is_told_once_with_its_line(wrong: dict[str, Any], fault: str) -> None:
    _, faults = read(PORTS, {**WATER, **wrong})
    assert len(faults) == 1
    assert faults[0].startswith(fault)


def test_homes_that_nobody_has_described_have_no_meters() -> None:
    bare = text(WATER).decode().replace('"rooms": 2', '"rooms": 0')
    assert read_site(bare.encode())[1] == [
        "7: fleets[0].each: there is no home to have one: `rooms` of a building says which homes there are"
    ]


def test_a_site_of_eight_thousand_devices_is_read_within_a_second() -> None:
    homes = HEAD.replace('"floors": 3, "rooms": 2}', '"floors": 40, "rooms": 50}')
    fleets = [WATER, {**WATER, "id": "E-{building}-{unit}-{room}", "vendor": {"dlt645": "{n:012}"}}]
    large = (homes + ",\n".join(json.dumps(fleet) for fleet in fleets) + "]}").encode()
    took_s = []
    for _ in range(3):
        began = time.process_time()
        site, faults = read_site(large)
        took_s.append(time.process_time() - began)
        assert site is not None
        assert (len(site.devices), faults) == (8007, [])
    assert min(took_s) < 1
