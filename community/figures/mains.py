"""Which bulk meters count each litre once: those of one level, as a main counts what the meters behind it count."""

from __future__ import annotations

from collections.abc import Sequence

from ..site import Site, Text

BY_BUILDING = Text("各楼总表", "of each building")
BY_ZONE = Text("分区表", "of each zone")
ALL = Text("总进水表", "mains")


def mains(site: Site) -> tuple[Text, Sequence[str]]:
    """The nearest level to the homes that has them all: what is lost behind it is lost in a building with a name. A
    zone without homes is of its level: lawns and stairs are common use. None: no level has all."""
    bulk = [device for device in site.devices if device.kind == "bulk_meter"]
    homes = {device.building for device in site.devices if device.kind == "water_meter"}
    buildings = [meter for meter in bulk if meter.building]
    if homes and homes <= {meter.building for meter in buildings}:
        return BY_BUILDING, [meter.id for meter in buildings]
    above = [meter for meter in bulk if not meter.building]
    of_zone = {name: zone for zone in site.zones for name in (zone.id, zone.name.zh, zone.name.en) if name}
    zones = [meter for meter in above if meter.area in of_zone]
    if zones and homes <= {building for meter in zones for building in of_zone[meter.area].buildings}:
        return BY_ZONE, [meter.id for meter in zones]
    return ALL, [meter.id for meter in above if meter not in zones]  # what a zone counts they have counted
