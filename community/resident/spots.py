"""Places that a resident can choose: by units and shared areas, each with the id that the log carries."""

from __future__ import annotations

from typing import NamedTuple

from ..board.naming import area_en, where
from ..phones import phone_id
from ..site import Site
from ..words import Lang

SHARED = frozenset(("charging", "sos", "parking"))
"""Residents come to where such devices stand; a pump room is no place of theirs."""


class Spot(NamedTuple):
    id: str
    name: str


def units(site: Site, lang: Lang) -> list[Spot]:
    ids = [phone_id(b.id, str(n)) for b in site.buildings for n in range(1, b.units + 1)]
    return [Spot(id_, spot_name(site, id_, lang)) for id_ in ids]


def areas(site: Site, lang: Lang) -> list[Spot]:
    named = [d.area for d in site.devices if d.system in SHARED and d.area and not d.building]
    named += [facility.area for facility in site.facilities]
    ids = [phone_id(area=area) for area in dict.fromkeys(named)]
    return [Spot(id_, spot_name(site, id_, lang)) for id_ in ids if id_ in site.by_id]


def spot_name(site: Site, spot: str, lang: Lang) -> str:
    """As a person says it: `7号楼2单元 1203室`, `B棚`; a device by its own name."""
    device = site.by_id.get(spot)
    if device is None:
        return ""
    if device.system != "sos" or device.kind != "phone":
        return where(site, spot, lang)
    if device.area:
        return device.area if lang == "zh" else area_en(device.area, site) or device.area
    if lang == "en":
        return " · ".join(
            part for part in (f"Bldg {device.building}", device.unit and f"Unit {device.unit}", device.room) if part
        )
    return where(site, spot, lang, room=True)


def chosen(site: Site, spot: str, room: str = "") -> str:
    """The id of the place, to the room where there is such a room; '' for none."""
    device = site.by_id.get(spot)
    if device is None or device.system == "care":
        return ""
    exact = phone_id(device.building, device.unit, room) if room and device.building and device.unit else ""
    return exact if exact in site.by_id else spot


def home_of(site: Site, spot: str) -> str:
    """`7/2/1203`, as an order names the home it is about; '' for a place that is none."""
    device = site.by_id.get(spot)
    return f"{device.building}/{device.unit}/{device.room}" if device is not None and device.room else ""


def unit_of(site: Site, spot: str) -> str:
    """The unit, building or area around a device: what a list of places has."""
    device = site.by_id.get(spot)
    if device is None:
        return ""
    if device.building:
        return phone_id(device.building, device.unit)
    return phone_id(area=device.area) if device.area else ""
