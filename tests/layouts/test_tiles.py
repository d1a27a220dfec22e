"""What each system's tile says over the fold: its counts never lie, nor grow by whoever happens to write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from community.board import Lens, board
from community.freshness import freshness
from community.site import Device, Source, Text
from community.state import State
from community.systems import SYSTEMS, TILES
from community.words import Lang
from tests.layouts.garden import GARDEN, Garden
from tests.layouts.garden import TILES as ALL

ICONS = Path(__file__).resolve().parents[2] / "assets" / "shared" / "icons.js"


def shown(garden: Garden, tile: str, lang: Lang = "zh") -> tuple[str, str]:
    """(look, the sentence on the tile)."""
    site = replace(garden.state.site, tiles=(tile,))
    state = garden.state
    kept, state.site = state.site, site
    try:
        said = board(state, lang)["tiles"][tile]
    finally:
        state.site = kept
    return said["state"], " ".join(part for part in (said["value"], said["of"], said["words"]) if part)


@pytest.fixture
def garden() -> Garden:
    told = Garden()
    told.everybody(1)
    return told


CALM = {
    "cameras": ("6 /6 在线", "6 /6 online"),
    "falling": ("1 /1 在线", "1 /1 online"),
    "access": ("3 /3 在线", "3 /3 online"),
    "lifts": ("2 /2 运行", "2 /2 running"),
    "sos": ("0 起 · 2 在守", "0 active · 2 armed"),
    "care": ("3 /3 正常", "3 /3 ok"),
    "ev": ("1 /1 空闲", "1 /1 free"),
    "ebike": ("2 /2 空闲", "2 /2 free"),
    "meters": ("0 漏损 /3", "0 leaks /3"),
    "bins": ("0 将满 /2", "0 near full /2"),
    "orders": ("0 在办 · 无超时", "0 open · none late"),
    "broadcast": ("2 /2 待机", "2 /2 idle"),
    "fire": ("0 起 · 4 在守", "0 call · 4 armed"),
    "parking": ("1 /1 正常", "1 /1 ok"),
    "plant": ("4 /4 正常", "4 /4 ok"),
    "patrol": ("0 漏检 /1", "0 missed /1"),
    "intercom": ("0 未接 /1", "0 missed /1"),
}


def test_every_tile_is_told_here_and_every_system_has_one() -> None:
    assert set(CALM) == set(TILES) == set(ALL)
    assert {system.id for system in SYSTEMS.values() if not system.tiles} == {"common"}


@pytest.mark.parametrize("tile", TILES)
def test_a_calm_tile_in_both_languages(garden: Garden, tile: str) -> None:
    assert (shown(garden, tile)[1], shown(garden, tile, "en")[1]) == CALM[tile]


@pytest.mark.parametrize("tile", TILES)
def test_a_tile_that_nobody_described_is_not_connected(tile: str) -> None:
    assert shown(Garden(replace(GARDEN, devices=())), tile) == ("none", "— 未接入")


@pytest.mark.parametrize("tile", TILES)
def test_a_tile_waits_for_a_feed_that_must_report_and_not_for_one_that_need_not(tile: str) -> None:
    assert shown(Garden(), tile) == ("none", "— 等待数据")
    optional = tuple(Source(s.id, s.name, required=False) for s in GARDEN.sources)
    silent = Garden(replace(GARDEN, sources=optional))
    silent.state.sources.clear()
    assert shown(silent, tile) == ("none", "— 未接入")
    assert "未知" not in board(silent.state, "zh")["verdict"]["line"]


@pytest.mark.parametrize("tile", TILES)
def test_a_feed_that_is_gone_leaves_the_last_figure_and_its_age(garden: Garden, tile: str) -> None:
    garden.tell("clock.tick", community="", at_s=100)
    look, said = shown(garden, tile)
    assert (look, said) == ("stale", CALM[tile][0].split()[0])
    assert board(garden.state, "zh")["tiles"].get(tile, {"oldest_ms": 1})["oldest_ms"]


def test_names_and_icons_are_there() -> None:
    drawn = set(re.findall(r"^    (\w+): '", ICONS.read_text("utf-8"), re.MULTILINE))
    for tile in TILES.values():
        assert tile.icon in drawn, tile.icon
        assert tile.name.zh and len(tile.name.zh) <= 4
        assert tile.name.en and len(tile.name.en) <= 14


# ---- strangers


@pytest.mark.parametrize(
    ("tile", "type_", "data"),
    [
        ("cameras", "camera.status", {"status": "online"}),
        ("ev", "charging.status", {"status": "Available"}),
        ("sos", "sos.press", {"press": "short"}),
        ("meters", "meter.reading", {"flow_m3h": 0.1}),
        ("broadcast", "broadcast.ack", {"message": "m"}),
    ],
)
def test_who_writes_without_being_described_is_said_and_not_counted(garden: Garden, tile, type_, data) -> None:
    before = shown(garden, tile)[1]
    garden.tell(type_, "nobody-knows-me-1", data, at_s=2)
    after = shown(garden, tile)[1]
    if tile == "sos":
        assert after == "1 起 · 未确认", "a call for help counts, whoever calls"
        garden.tell("device.heartbeat", "SOS-9", {}, at_s=2)
        return
    assert "1未登记" in after
    grown = re.findall(r"\d+", before)[0 : 1 if tile == "meters" else 2]
    assert re.findall(r"\d+", after)[: len(grown)] == grown, "neither the figure nor its total has grown"
    assert "1 unlisted" in shown(garden, tile, "en")[1]


def test_where_nothing_is_described_strangers_make_no_figure() -> None:
    bare = Garden(replace(GARDEN, devices=()))
    bare.tell("camera.status", "C-9", {"status": "online"}, at_s=1)
    assert shown(bare, "cameras") == ("", "— 1未登记")


def test_no_device_is_unknown_twice_though_two_tiles_count_it() -> None:
    told = Garden()
    told.tell("device.heartbeat", "C-1", {}, at_s=1)
    awaited = [d for d in GARDEN.devices if d.system not in ("care", "orders", "patrol", "intercom")]
    counted = [d for d in awaited if d.kind not in ("recorder", "car_charger", "ebike_pile")]
    assert Lens(GARDEN).devices_unknown() == len(counted)
    lens = Lens(GARDEN)
    lens.look(told.state)
    assert lens.devices_unknown() == len(counted) - 1


def test_a_site_that_changes_is_counted_anew(garden: Garden) -> None:
    lens = Lens(GARDEN)
    assert board(garden.state, "zh", lens)["tiles"]["bins"]["words"] == "将满 /2"
    garden.state.site = replace(GARDEN, devices=tuple(d for d in GARDEN.devices if d.id != "B-2"))
    assert board(garden.state, "zh", lens)["tiles"]["bins"]["words"] == "将满 · 1未登记"


# ---- what stands


def test_a_shelved_full_bin_is_full(garden: Garden) -> None:
    garden.tell("bin.status", "B-1", {"fill_percent": 90}, at_s=2)
    garden.tell("clock.tick", community="", at_s=700)
    garden.everybody(701)
    assert shown(garden, "bins") == ("", "1 将满 /2")
    key = "BIN_FULL/B-1"
    garden.state.alarms[key] = replace(garden.state.alarms[key], shelved_until_ms=garden.state.clock_ms + 1000)
    assert shown(garden, "bins") == ("", "1 将满 /2")
    assert board(garden.state, "zh")["tiles"]["bins"]["alarm"] is None


def test_orders_are_summed_over_desks_and_the_late_ones_said(garden: Garden) -> None:
    for n, desk in enumerate(("desk", "desk", "desk-2")):
        garden.tell("order.phase", desk, {"order": f"o{n}", "phase": "published"}, at_s=2)
    garden.tell("order.phase", "desk", {"order": "o0", "phase": "taken"}, at_s=3)
    assert shown(garden, "orders") == ("", "3 在办 · 无超时")
    for at_s in range(10, 1900, 10):
        garden.live(at_s)
    assert shown(garden, "orders") == ("", "3 在办 · 2超时"), "one at each desk"
    garden.tell("order.phase", "desk", {"order": "o1", "phase": "taken"}, at_s=1895)
    assert shown(garden, "orders", "en") == ("", "3 open · 1 late")
    garden.tell("order.phase", "desk", {"order": "o1", "phase": "done"}, at_s=1902)
    assert shown(garden, "orders")[1] == "2 在办 · 1超时"


def test_what_speaks_only_when_something_happens_is_as_sure_as_its_feed(garden: Garden) -> None:
    week_s = 7 * 86_400
    garden.live(week_s - 5)
    garden.live(week_s)
    for tile in ("orders", "patrol", "intercom", "care"):
        assert shown(garden, tile) == ("", CALM[tile][0]), tile
    assert shown(garden, "meters")[1].endswith("3未知")


def test_care_counts_residents_and_not_who_has_withdrawn(garden: Garden) -> None:
    garden.tell("care.fall", "subject-00000001", {"fallen": True}, at_s=2)
    garden.tell("clock.tick", community="", at_s=70)
    garden.live(70)
    assert shown(garden, "care") == ("", "2 /3 正常")
    garden.tell("care.reader", "subject-00000002", {"stale": True}, at_s=71)
    assert shown(garden, "care") == ("", "1 /3 · 1未知")
    garden.tell("care.consent", "subject-00000003", {"given": False}, at_s=72)
    assert shown(garden, "care") == ("", "0 /2 · 1未知")


def test_a_lift_says_its_stop_and_before_it_who_is_trapped(garden: Garden) -> None:
    garden.tell("lift.status", "L-1", {"status": "fault"}, at_s=2)
    assert shown(garden, "lifts") == ("", "1 /2 · 1停梯")
    garden.tell("lift.status", "L-1", {"status": "maintenance"}, at_s=3)
    assert shown(garden, "lifts") == ("", "1 /2 运行"), "somebody's intention"
    garden.tell("lift.status", "L-1", {"status": "检修"}, at_s=4)
    assert shown(garden, "lifts") == ("", "1 /2 · 1未知"), "a word nobody knows"
    garden.tell("lift.trap", "L-2", {"trapped": True}, at_s=5)
    assert shown(garden, "lifts", "en") == ("", "1 trapped · unacked")


def badge(garden: Garden, *tiles: str) -> dict[str, Any]:
    garden.state.site = replace(garden.state.site, tiles=tiles)
    return {name: (said["alarm"] or {}).get("p") for name, said in board(garden.state, "zh")["tiles"].items()}


def test_an_alarm_belongs_to_the_tile_that_claims_it_else_to_its_devices(garden: Garden) -> None:
    garden.tell("camera.event", "C-2", {"event": "falling_object", "active": True}, at_s=2)
    assert badge(garden, "cameras", "falling") == {"cameras": None, "falling": 2}
    assert badge(garden, "cameras", "fire") == {"cameras": 2, "fire": None}
    garden = Garden()
    garden.everybody(1)
    garden.tell("camera.event", "C-3", {"event": "ebike", "active": True, "score": 0.9}, at_s=2)
    garden.tell("clock.tick", community="", at_s=5)
    assert badge(garden, "cameras", "lifts") == {"cameras": None, "lifts": 2}
    assert badge(garden, "cameras") == {"cameras": 2}


def test_a_charger_a_recorder_and_a_switch_show_on_the_tiles_of_what_they_serve(garden: Garden) -> None:
    garden.tell("recorder.storage", "NVR-1", {"fault": "disk"}, at_s=2)
    garden.tell("clock.tick", community="", at_s=400)
    garden.everybody(401)
    assert badge(garden, "cameras", "ev")["cameras"] == 3
    served = tuple(replace(d, parent="SW-1") if d.id == "B-1" else d for d in GARDEN.devices)
    told = Garden(replace(GARDEN, devices=served))
    told.everybody(1)
    told.tell("plant.network", "SW-1", {"reachable": False}, at_s=2)
    told.tell("clock.tick", community="", at_s=70)
    assert badge(told, "bins", "plant") == {"bins": None, "plant": 2}
    assert badge(told, "bins", "sos") == {"bins": 2, "sos": None}


def test_a_feeds_alarm_shows_on_all_that_it_feeds(garden: Garden) -> None:
    garden.ticks(2, 60, "access")
    assert badge(garden, "cameras", "falling", "bins") == {"cameras": 2, "falling": 2, "bins": 2}


def test_a_site_may_name_its_sources_as_it_likes() -> None:
    shared = Source("one", Text("网关", "Gateway"))
    site = replace(GARDEN, sources=(shared,), devices=tuple(replace(d, source="one") for d in GARDEN.devices))
    told = Garden(site)
    told.everybody(1)
    assert shown(told, "plant") == ("", "4 /4 正常")


def test_where_there_is_no_room_for_all_the_unknown_are_kept() -> None:
    said = board(with_one_heard(Garden(), "meters", "W-1"), "en")["tiles"]["meters"]
    assert (said["words"], said["keep"]) == ("leaks · 2 unknown, 1 unlisted", "2 unknown")


def with_one_heard(garden: Garden, tile: str, heard: str) -> State:
    """Only this device has spoken, and a stranger."""
    for id_ in (heard, "W-9"):
        garden.tell("meter.reading", id_, {"flow_m3h": 0.1}, at_s=1)
    garden.state.site = replace(garden.state.site, tiles=(tile,))
    return garden.state


def test_unknown_is_said_before_all_else(garden: Garden) -> None:
    told = Garden()
    told.tell("lift.status", "L-1", {"status": "fault"}, at_s=1)
    told.tell("lift.status", "L-9", {"status": "running"}, at_s=1)
    assert shown(told, "lifts") == ("", "0 /2 · 1未知、1停梯、1未登记")
    assert shown(told, "lifts", "en") == ("", "0 /2 · 1 unknown, 1 stopped, 1 unlisted")


def test_a_detector_is_as_sure_as_its_panel_and_a_wireless_one_as_itself() -> None:
    """A panel tells of its detectors when something happens, and of itself every minute."""
    garden = Garden(replace(GARDEN, devices=tuple(_behind(device) for device in GARDEN.devices)))
    garden.everybody(1)
    for at_s in range(10, 601, 10):
        garden.tell("device.heartbeat", "FP-1", at_s=at_s)
        garden.live(at_s)
    now = {id_: freshness(garden.state, garden.state.devices[id_]) for id_ in ("FP-1", "FC-1", "FD-1")}
    assert now == {"FP-1": "fresh", "FC-1": "fresh", "FD-1": "stale"}


def _behind(device: Device) -> Device:
    parents = {"FC-1": "FP-1", "FD-1": next(d.id for d in GARDEN.devices if d.system == "plant")}
    return replace(device, parent=parents[device.id]) if device.id in parents else device
