"""Which bulk meters the homes' water is held against."""

from __future__ import annotations

import msgspec

from community.figures.mains import ALL, BY_BUILDING, BY_ZONE, mains
from community.site import SITES, parse_site
from tests.layouts.garden import GARDEN

LANTING = parse_site((SITES / "lanting.json").read_bytes())


def test_a_litre_is_counted_at_one_level_only() -> None:
    level, meters = mains(LANTING)
    buildings = {device.building for device in LANTING.devices if device.kind == "water_meter"}
    assert level is BY_BUILDING and len(meters) == len(buildings) == 16
    without = [device for device in LANTING.devices if device.id != meters[0]]
    level, meters = mains(msgspec.structs.replace(LANTING, devices=tuple(without)))
    assert level is BY_ZONE and meters == ["WM-N", "WM-C", "WM-S", "WM-P"], "one building is not known"
    without = [device for device in without if device.id != "WM-C"]
    assert mains(msgspec.structs.replace(LANTING, devices=tuple(without))) == (ALL, ["WM-0"]), "and one zone neither"
    without = [device for device in without if device.id != "WM-0"]
    assert mains(msgspec.structs.replace(LANTING, devices=tuple(without))) == (ALL, []), "part of it is no supply"
    assert mains(GARDEN) == (ALL, ["W-0"])
