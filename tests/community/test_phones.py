"""一键求助 from a resident's phone: the canonical press, a P1 for each place, and counted as no device."""

from __future__ import annotations

from community.board import Lens, board
from community.board.desk import desk_rows
from community.description import description
from community.fold import fold
from community.model import Position, decode, encode_event
from community.phones import PRESS, phone_id
from community.resident.spots import areas, chosen, spot_name, unit_of, units
from community.site import SITES
from community.state import State
from tests.layouts.scenes import Scene, lanting


def press(state: State, place: str, n: int = 1) -> None:
    value = encode_event(
        id=f"p{n}", source="web", type="sos.press", community="lanting", subject=place, data={"press": PRESS}
    )
    position = Position.parse(state.position)
    at = Position(position.epoch, position.partition, position.offset + n)
    state.apply(fold(state, decode(value, position=at, appended_ms=state.clock_ms + 10 * n)))


def test_two_calls_from_two_places_are_two_critical_alarms() -> None:
    state = Scene().everything().state
    press(state, phone_id("7", "2", "1203"), 1)
    press(state, phone_id(area="B棚"), 2)
    rows = [row for row in desk_rows(state, "zh")["rows"] if row["p"] == 1]
    assert sorted((row["place"], row["more"]) for row in rows) == [
        ("7号楼2单元 1203室", "居民手机"),
        ("B棚 居民手机", "居民手机"),
    ]
    shown = board(state, "zh", Lens(state.site))
    assert shown["verdict"]["look"] == "p1"
    (tile,) = [tile for tile in shown["tiles"].values() if tile["id"] == "sos"]
    assert tile["value"] == "2" and "未登记" not in tile["words"]
    assert shown["map"]["areas"]["7/2"].startswith("alarm p1") if "map" in shown else True


def test_a_phone_enlarges_no_figure() -> None:
    scene = Scene().everything()
    before = Lens(scene.site)
    before.look(scene.state)
    press(scene.state, phone_id("7", "2"))
    after = Lens(scene.site)
    after.look(scene.state)
    for lens in (before, after):
        assert (lens.total("sos"), lens.strangers["sos"], lens.devices_unknown()) == (60, 0, before.devices_unknown())
    assert len(scene.site.devices) == len({device.id for device in scene.site.devices if device.kind != "phone"})


def test_places_that_a_resident_can_choose() -> None:
    site = lanting()
    assert [spot.name for spot in units(site, "zh")][:2] == ["1号楼1单元", "1号楼2单元"]
    assert {"A棚", "北门", "物业中心"} <= {spot.name for spot in areas(site, "zh")}
    assert "水泵房" not in {spot.name for spot in areas(site, "zh")}
    assert chosen(site, "phone:7-2", "1203") == "phone:7-2-1203"
    assert chosen(site, "phone:7-2", "9999") == "phone:7-2", "there is no such room: help goes to the unit"
    assert [chosen(site, spot) for spot in ("", "nowhere", "p-5bdde05846cd")] == ["", "", ""]
    assert (spot_name(site, "phone:7-2-1203", "zh"), spot_name(site, "phone:7-2", "en")) == (
        "7号楼2单元 1203室",
        "Bldg 7 · Unit 2",
    )
    assert (unit_of(site, "EB-04-07"), unit_of(site, "phone:7-2-1203"), unit_of(site, "x")) == (
        "phone:@B棚",
        "phone:7-2",
        "",
    )


def test_a_description_counts_what_it_describes_and_no_phones() -> None:
    told = description((SITES / "lanting.json").read_bytes(), "lanting.json")
    assert all(device.kind != "phone" for device in told.site.devices)
    assert told.site.by_id[phone_id("1")].building == "1"
