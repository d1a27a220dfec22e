"""The site plan: nothing from outside, nothing unescaped, every shape where the board looks for it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import msgspec

from community.board import board
from community.board.naming import spot, stands_alone
from community.site import SITES, Site, Text, parse_site
from community.state import Alarm, State
from community.systems import SYSTEMS
from layouts.map import SILHOUETTES, inline_hashes, map_page, silhouette
from layouts.site_plan import labels, party_walls, site_plan
from tests.layouts.garden import GARDEN, Garden
from tests.layouts.scenes import incident, lanting


def test_no_address_leads_outside() -> None:
    page = map_page(lanting(), "zh")
    assert re.findall(r"(?:https?:)?//[\w.]+\.\w+", page) == []
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert addresses and all(a.startswith("/") for a in addresses)


def test_the_same_site_gives_the_same_page() -> None:
    assert map_page(lanting(), "zh") == map_page(lanting(), "zh")


def test_inline_scripts_are_hashed_as_the_browser_does() -> None:
    page = map_page(lanting(), "en")
    hashes = inline_hashes(page)
    assert len(hashes) == 2
    last = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)[-1]
    assert f"'sha256-{base64.b64encode(hashlib.sha256(last.encode()).digest()).decode()}'" == hashes[-1]


def test_a_name_cannot_end_the_script() -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    plan = site_plan(lanting())
    gate = next(f for f in plan["features"] if f["properties"]["kind"] == "gate")
    gate["properties"]["name"] = {"zh": evil}
    assert any(item["text"] == evil for item in labels([gate], "zh"))
    site = lanting()
    first = msgspec.structs.replace(site.devices[0], id=evil, name=Text(evil))
    page = map_page(msgspec.structs.replace(site, devices=(first, *site.devices[1:])), "zh")
    assert evil not in page
    assert json.loads(re.findall(r'id="plan-data"[^>]*>(.*?)</script>', page, re.DOTALL)[0])["devices"][0]["id"] == evil


def test_neighbouring_units_share_one_wall() -> None:
    features = site_plan(lanting())["features"]
    units = sum(f["properties"]["kind"] == "unit" for f in features)
    buildings = sum(f["properties"]["kind"] == "building" for f in features)
    assert len(party_walls(features)) == units - buildings


def test_every_place_the_board_tints_is_on_the_plan() -> None:
    page = map_page(lanting(), "zh")
    spots = set(re.findall(r'"spot": "([^"]*)"', page))
    for tinted in board(incident(), "zh")["areas"]:
        assert tinted.encode("unicode_escape").decode() in spots or tinted in spots


def heping() -> Site:
    return parse_site((SITES / "heping.json").read_bytes(), "heping.json")


def test_a_site_without_a_plan_is_drawn_from_its_lists() -> None:
    """Every building with its units, every place, and by it what stands there."""
    site = heping()
    features = site_plan(site)["features"]
    drawn = {
        (f["properties"]["building"], f["properties"].get("unit")) for f in features if "building" in f["properties"]
    }
    assert drawn >= {(b.id, str(n + 1)) for b in site.buildings for n in range(b.units)} | {
        (b.id, None) for b in site.buildings
    }
    places = {f["properties"]["area"]: f["properties"]["kind"] for f in features if "area" in f["properties"]}
    assert places == {d.area: "place" for d in site.devices if not d.building}
    outside = [d for d in site.devices if not d.building]
    assert all(d.xy is not None for d in outside)
    page = map_page(site, "en")
    assert "Schematic" in page
    spots = set(re.findall(r'"spot": "([^"]*)"', page))
    state = State(site)
    state.alarms["SOS/SOS-GATE"] = Alarm("SOS", "SOS-GATE", "P1", active=True, acknowledged=False)
    port = next(d.id for d in site.devices if d.kind == "ebike_port")
    state.alarms[f"CP_FAULT/{port}"] = Alarm("CP_FAULT", port, "P3", active=True, acknowledged=False)
    shown = board(state, "en")
    assert {area.encode("unicode_escape").decode() for area in shown["areas"]} <= spots
    assert shown["devices"]["SOS-GATE"] == "alarm p1 unack unknown"


def test_a_site_with_a_plan_keeps_its_coordinates_and_one_whose_file_is_elsewhere_has_a_frame() -> None:
    site = lanting()
    assert site.by_id["C-001"].xy is not None
    assert site_plan(msgspec.structs.replace(site, plan="elsewhere.geojson"))["extent"][0][0] < 27
    assert "map_plan" in map_page(Site("bare", Text("空")), "zh")


def test_the_operators_map_is_the_same_plan_with_its_own_words() -> None:
    wall, desk = map_page(lanting(), "zh"), map_page(lanting(), "zh", desk=True)
    assert "map/desk.js" in desk and "map/desk.js" not in wall
    assert '"dragging": true' in desk and '"dragging": false' in wall
    facts = json.loads(re.findall(r'id="plan-data"[^>]*>(.*?)</script>', desk, re.DOTALL)[0])
    assert facts["desk"]["zoom_in"] == "放大" and facts["community"] == "lanting"


def test_every_kind_has_an_outline_that_is_drawn() -> None:
    """What priority means (octagon, triangle, diamond, disc) is nobody's outline."""
    drawn = (Path(__file__).resolve().parents[2] / "assets/map/shapes.js").read_text("utf-8")
    named = set(re.findall(r"^    (\w+): \[", drawn, re.MULTILINE))
    assert {silhouette(device) for device in GARDEN.devices} | set(SILHOUETTES.values()) <= named
    assert set(SILHOUETTES) | {"charging", "common"} == set(SYSTEMS)


def test_what_has_a_place_of_its_own_is_drawn_there_and_the_rest_as_its_unit() -> None:
    page = map_page(GARDEN, "zh")
    marks = json.loads(re.findall(r'id="plan-data"[^>]*>(.*?)</script>', page, re.DOTALL)[0])["devices"]
    shapes = {mark["id"]: mark["shape"] for mark in marks}
    assert shapes["C-2"] == "arrow"
    assert (shapes["B-2"], shapes["S-1"], shapes["W-0"], shapes["PW-1"]) == ("bin", "horn", "drop", "bolt")
    assert {"subject-00000001", "D-1", "W-1", "L-1", "SOS-1", "P-1-1"}.isdisjoint(shapes)
    spots = {id_: spot(GARDEN, id_) for id_ in ("subject-00000001", "W-1", "L-1", "P-1-1", "B-2", "desk")}
    assert spots == {"subject-00000001": "1/2", "W-1": "1/1", "L-1": "1/1", "P-1-1": "A棚", "B-2": "", "desk": ""}


def test_only_what_is_drawn_is_sent_to_the_map() -> None:
    """Of 4,000 meters a wall need not hear one by one that they are not known yet."""
    assert set(board(Garden().state, "zh")["devices"]) == {d.id for d in GARDEN.devices if stands_alone(d)}


def test_a_low_alarm_colours_no_building() -> None:
    garden = Garden()
    garden.everybody(1)
    for priority, expected in (("P4", {}), ("P3", {"1/1": "alarm p3 unack"})):
        garden.state.alarms = {"METER_LOST/W-1": Alarm("METER_LOST", "W-1", priority, active=True, acknowledged=False)}
        assert board(garden.state, "zh")["areas"] == expected


def within(xy: tuple[float, float], ring: list[list[float]]) -> bool:
    """Whether a ray to the east crosses the ring an odd number of times."""
    x, y = xy
    crossed = 0
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        crossed += (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
    return crossed % 2 == 1


def test_nothing_of_the_demo_stands_in_the_lake_or_within_a_wall() -> None:
    site = lanting()
    shapes = [f for f in site_plan(site)["features"] if f["properties"]["kind"] in ("water", "building")]
    rings = [f["geometry"]["coordinates"][0] for f in shapes]
    placed = [(d.id, d.xy) for d in site.devices if stands_alone(d) and d.xy is not None]
    assert [id_ for id_, xy in placed if any(within(xy, ring) for ring in rings)] == []
