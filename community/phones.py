"""Where a resident may call for help from by phone: each home, unit, building and named place of a community.

`sos.press` has a device that was pressed. A phone is none that a site could describe: what is known of it is the place
that the caller has chosen, and each such place stands for whoever calls from there. So calls from two places are two
alarms, and the wall and the plan know where to go.
"""

from __future__ import annotations

from collections.abc import Iterable

from .place import Building, Device, Text

PHONE = "phone"
PRESS = "phone"
"""The word of `sos.press` that says so."""
NAME = Text("居民手机", "Resident's phone")


def phone_id(building: str = "", unit: str = "", room: str = "", area: str = "") -> str:
    """`phone:7-2-1203`, `phone:7-2`, `phone:7`, `phone:@B棚`."""
    return "phone:" + (f"@{area}" if area else "-".join(part for part in (building, unit, room) if part))


def phones(buildings: Iterable[Building], devices: Iterable[Device]) -> dict[str, Device]:
    """Homes are known where the site says how many rooms a floor has; areas are those of its devices that are in no
    building."""
    found = {}
    for building in buildings:
        spots = [(building.id, "", ""), *((building.id, str(n), "") for n in range(1, building.units + 1))]
        for spot in [*spots, *((home.building, home.unit, home.room) for home in building.homes())]:
            found[phone_id(*spot)] = _phone(phone_id(*spot), *spot)
    for area in dict.fromkeys(device.area for device in devices if device.area and not device.building):
        found[phone_id(area=area)] = _phone(phone_id(area=area), area=area)
    return found


def _phone(id_: str, building: str = "", unit: str = "", room: str = "", area: str = "") -> Device:
    return Device(
        id=id_,
        system="sos",
        kind=PHONE,
        source="",
        name=NAME,
        building=building,
        unit=unit,
        room=room,
        area=area,
    )
