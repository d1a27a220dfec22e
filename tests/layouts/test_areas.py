"""Places in English: the site's own words for its areas, and no Chinese left in the demo."""

from __future__ import annotations

import re

from msgspec.structs import replace

from community.board.naming import where
from community.site import Post, Text, parse_site, place
from community.words import post
from tests.layouts.garden import GARDEN
from tests.layouts.scenes import lanting

CHINESE = re.compile("[\u4e00-\u9fff]")


def test_every_place_of_the_demo_is_said_in_english() -> None:
    site = lanting()
    left = {
        said
        for device in site.devices
        for said in (place(device, "en", site=site), where(site, device.id, "en"))
        if CHINESE.search(said)
    }
    assert not left


def test_an_area_with_a_number_keeps_it() -> None:
    site = replace(GARDEN, areas={"{}层走道": "Floor {} hall", "门厅": "Lobby"})
    assert [site.area_en(area) for area in ("12层走道", "门厅", "层走道", "机房")] == ["Floor 12 hall", "Lobby", "", ""]


def test_a_typo_in_an_area_is_named() -> None:
    text = b'{"id": "x", "name": {"zh": "x"}, "areas": {"\xe9\x97\xa8\xe5\x8e\x85": "Lobby"}}'
    try:
        parse_site(text)
    except ValueError as error:
        assert "no device stands in area '门厅'" in str(error)
    else:
        raise AssertionError("accepted")


def test_a_post_is_called_as_the_site_calls_it_and_a_person_by_the_post() -> None:
    posts = (Post("post:lobby", Text("大堂岗", "Lobby desk")), Post("post:gate", Text("东门岗", "E gate post")))
    assert [post(by, "en", posts) for by in ("post:lobby", "post:gate", "post:patrol")] == [
        "Lobby desk",
        "E gate post",
        "Patrol",
    ]
    assert post("person:wang", "zh", posts) == "中控岗"
