"""The site plan: nothing from outside, nothing unescaped, every shape where the board looks for it."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import msgspec

from community.board import board
from community.site import Site, Text
from layouts.map import inline_hashes, labels, map_page, party_walls, site_plan
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
    for spot in board(incident(), "zh")["areas"]:
        assert spot.encode("unicode_escape").decode() in spots or spot in spots


def test_a_site_without_a_plan_still_has_a_map() -> None:
    site = msgspec.structs.replace(lanting(), plan="")
    assert site_plan(site)["extent"][0][0] < 27
    assert "map_plan" in map_page(site, "zh")
    assert "map_plan" in map_page(Site("bare", Text("空")), "zh")
