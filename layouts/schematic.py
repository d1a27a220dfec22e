"""The GeoJSON of a plan that nobody drew: see community.schematic."""

from __future__ import annotations

from typing import Any

from community.board.naming import IN_SHED
from community.schematic import EDGE_M, Box, Schematic, lay_out
from community.site import Site

ROAD_M, NOTE_M = 6.0, 8.0
NOTE = {"zh": "示意图", "en": "Schematic"}


def schematic_plan(site: Site) -> dict[str, Any]:
    """As a file of the site's own would be: features and extent."""
    found = lay_out(site.buildings, site.devices)
    west, south, east, north = found.extent
    edge = (EDGE_M / 3, EDGE_M / 3, east - EDGE_M / 3, north - EDGE_M / 3)
    note = {"name": NOTE, "label_xy": [EDGE_M, north + NOTE_M / 2]}
    features = [
        _feature("boundary", "Polygon", _ring(edge)),
        *(_feature("road", "LineString", line, width_m=ROAD_M) for line in _roads(found)),
        *_buildings(site, found),
        *_places(site, found),
        {
            "type": "Feature",
            "properties": {"kind": "note", **note},
            "geometry": {"type": "Point", "coordinates": note["label_xy"]},
        },
    ]
    return {"features": features, "extent": [[west, south], [east, north + NOTE_M]]}


def _roads(found: Schematic) -> list[list[list[float]]]:
    """One south of each row, and one on either side that joins them."""
    lines = [row.road_y for row in found.rows]
    west, east = EDGE_M, found.extent[2] - EDGE_M
    across = [[[west, y], [east, y]] for y in lines]
    top = max((box[3] for box in found.buildings.values()), default=0.0)
    return across + [[[x, min(lines)], [x, top]] for x in (west, east) if lines]


def _buildings(site: Site, found: Schematic) -> list[dict[str, Any]]:
    features = []
    for building in site.buildings:
        west, south, east, north = box = found.buildings[building.id]
        middle = [(west + east) / 2, (south + north) / 2]
        features.append(_feature("building", "Polygon", _ring(box), building=building.id, label_xy=middle))
        wide = (east - west) / max(1, building.units)
        for n in range(building.units):
            part = (round(west + wide * n, 2), south, round(west + wide * (n + 1), 2), north)
            features.append(_feature("unit", "Polygon", _ring(part), building=building.id, unit=str(n + 1)))
    return features


def _places(site: Site, found: Schematic) -> list[dict[str, Any]]:
    """Where bikes are charged the shed stands for what is in it; elsewhere each device stands above its place."""
    sheds = {device.area for device in site.devices if device.kind in IN_SHED}
    features = []
    for area, box in found.places.items():
        middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
        name = {"zh": area, "en": site.area_en(area) or area}
        kind = "shed" if area in sheds else "place"
        features.append(_feature(kind, "Polygon", _ring(box), area=area, name=name, label_xy=middle))
    return features


def _ring(box: Box) -> list[list[list[float]]]:
    west, south, east, north = box
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def _feature(kind: str, shape: str, coordinates: Any, **said: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"kind": kind, **said},
        "geometry": {"type": shape, "coordinates": coordinates},
    }
