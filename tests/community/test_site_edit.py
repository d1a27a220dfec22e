"""One change of a site's source: what stands in it afterwards."""

from __future__ import annotations

import pytest

from community import site_edit
from community.site_edit import NoEdit

WORKS = {"from": "2026-03-12T22:00", "until": "2026-03-13T02:00", "devices": ["L-1"], "reason": ""}
SOURCE = {
    "id": "garden",
    "numbers": {"charging": {"full_after_s": 3000}},
    "maintenance": [WORKS],
    "zones": [{"id": "west", "name": {"zh": "西区"}, "buildings": ["1"]}],
}


def test_a_number_is_the_sites_until_it_is_the_programs_again() -> None:
    other = site_edit.with_number(SOURCE, "care", "alone_out_by", "21:00")
    assert other["numbers"] == {"charging": {"full_after_s": 3000}, "care": {"alone_out_by": "21:00"}}
    assert site_edit.with_number(SOURCE, "charging", "full_after_s", " ")["numbers"] == {}
    with pytest.raises(NoEdit):
        site_edit.with_number(SOURCE, "care", "alone_out_by", "")
    latched = site_edit.with_threshold(SOURCE, "SOS", "latched", "false")
    assert latched["thresholds"] == {"SOS": {"latched": False}} and "thresholds" not in SOURCE


def test_what_is_removed_is_what_was_shown_and_nothing_else() -> None:
    shown = site_edit.shown({**WORKS, "reason": None})
    assert site_edit.without(SOURCE, "maintenance", shown)["maintenance"] == []
    with pytest.raises(NoEdit):
        site_edit.without(SOURCE, "maintenance", site_edit.shown({"from": "2026-03-12T22:00"}))


def test_a_zone_takes_the_place_of_the_one_of_its_id() -> None:
    zones = site_edit.with_zone(SOURCE, "west", {"zh": "西片", "en": ""}, ["1", "2"], [])["zones"]
    assert zones == [{"id": "west", "name": {"zh": "西片"}, "buildings": ["1", "2"]}]
    works = site_edit.with_works(SOURCE, "2026-04-01T08:00", "2026-04-01T09:00", ["D-1"], "")["maintenance"]
    assert works[1] == {"from": "2026-04-01T08:00", "until": "2026-04-01T09:00", "devices": ["D-1"]}
