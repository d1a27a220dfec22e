"""What speaks and is not described: what it is and where it stands, as far as site and payload tell."""

from __future__ import annotations

from typing import Any

import pytest

from community.kind_words import KIND_WORDS
from community.newcomer_guess import Guess, guess
from community.newcomers import Unknown
from community.place import Building, Facility
from community.site import Device, Site, Source, Text
from community.systems import KINDS

SITE = Site(
    id="garden",
    name=Text("花园"),
    sources=tuple(Source(id_, Text(id_)) for id_ in ("lora", "piles", "ocpp16", "meters")),
    buildings=(Building("7", units=2, floors=12, rooms=3), Building("8")),
    facilities=(Facility("gate", Text("北门"), "北门"),),
    devices=(
        Device("SOS-1", "sos", "button", "lora", vendor={"lorawan": "24e1"}),
        Device("B-1", "bins", "bin", "lora", vendor={"lorawan": "24e2"}),
        Device("EB-1", "charging", "ebike_pile", "piles", area="东棚", vendor={"ebike_pile": "P1"}),
        Device("EB-1-1", "charging", "ebike_port", "piles", area="东棚", parent="EB-1", vendor={"ebike_pile": "P1/1"}),
        Device("W-1", "meters", "water_meter", "meters", building="8", vendor={"wmbus": "50087368"}),
    ),
)


def unknown(vendor: str, vendor_id: str, system: str = "unknown", kind: str = "unknown", **says: Any) -> Unknown:
    return Unknown(vendor, vendor_id, system, kind, 0, says, "")


def named(name: str) -> dict[str, Any]:
    return {"device": "gw", "payload": {"deviceInfo": {"deviceName": name, "devEui": "24e124136b328513"}}}


@pytest.mark.parametrize(
    ("one", "payload", "wanted"),
    [
        (
            unknown("lorawan", "24e9", "sos", "button", press="short"),
            named("7-2-1203 求助"),
            Guess("sos", "button", "lora", "7", "2", "1203", name="7-2-1203 求助"),
        ),
        (
            unknown("ebike_pile", "P1/2", "charging"),
            None,
            Guess("charging", "ebike_port", "piles", "", "", "", "东棚", "EB-1"),
        ),
        (unknown("ebike_pile", "P2", "charging"), None, Guess("charging", "ebike_pile", "piles")),
        (unknown("ocpp16", "NEW-1/0", "charging"), None, Guess("charging", "car_charger", "ocpp16")),
        (unknown("ocpp16", "NEW-1/2", "charging"), None, Guess("charging", "car_connector", "ocpp16")),
        (unknown("wmbus", "7", "meters", "meter", energy_kwh=1.0), None, Guess("meters", "power_meter", "meters")),
        (unknown("wmbus", "7", "meters", "meter", volume_m3=1.0), None, Guess("meters", "water_meter", "meters")),
        (unknown("lorawan", "7", "meters", "meter", flag_leak=True), None, Guess("meters", "leak_sensor", "meters")),
        # Only signs of life: the vendor's own devices say what it may be.
        (unknown("wmbus", "8"), None, Guess("meters", "water_meter", "meters")),
        (unknown("lorawan", "8"), None, Guess()),
        (
            unknown("nobody", "8", "bins", "bin"),
            named("北门 桶3"),
            Guess("bins", "bin", "lora", area="北门", name="北门 桶3"),
        ),
    ],
)
def test_what_it_is(one: Unknown, payload: Any, wanted: Guess) -> None:
    found = guess(SITE, one, payload)
    assert found == wanted and found.whole is bool(wanted.kind)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("7号楼2单元1203室 水表", ("7", "2", "1203", "")),
        ("花园7栋 1单元 门禁", ("7", "1", "", "")),
        ("Building 7, Unit 2, Room 303", ("7", "2", "303", "")),
        ("<Name>8号楼北门</Name>", ("8", "", "", "北门")),
        ("7-2-9999", ("7", "2", "", "")),
        ("7号楼9单元", ("7", "", "", "")),
        ("99号楼", ("", "", "", "")),
        ("2026-12-12 10:00, 192-7-2-1203, 10.0.0.7", ("", "", "", "")),
    ],
)
def test_where_it_stands_is_only_guessed_where_the_site_has_it(text: str, place: tuple[str, ...]) -> None:
    found = guess(SITE, unknown("lorawan", "9", "sos", "button"), {"payload": text})
    assert (found.building, found.unit, found.room, found.area) == place


@pytest.mark.parametrize("name", ["王 13812345678", "x" * 41, "24e9", "", "粤B12345"])
def test_a_name_that_may_be_a_persons_is_none(name: str) -> None:
    assert guess(SITE, unknown("lorawan", "24e9", "sos", "button"), named(name)).name == ""


def test_each_kind_has_a_word() -> None:
    assert KIND_WORDS.keys() == set().union(*KINDS.values())
