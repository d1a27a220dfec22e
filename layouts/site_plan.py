"""The plan of a community as shapes in metres (GeoJSON) with the words on it: its file, or laid out from its lists."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from community.site import SITES, Site
from community.words import Lang

from .schematic import schematic_plan

SHADOW_M = 2.2
"""How far a building's shadow falls to the south-east: enough to lift it off the lawn, no more."""

LAYERS = (
    "neighbour",
    "street",
    "boundary",
    "green",
    "road",
    "water",
    "parking",
    "trees",
    "shadow",
    "building",
    "wall",
    "shed",
    "service",
    "place",
    "unit",
)
"""Bottom up. Points (gates, charging lots) are labels, not shapes."""

Feature = dict[str, Any]


def site_plan(site: Site, folders: Sequence[Path] = (SITES,)) -> dict[str, Any]:
    """The community's GeoJSON, from the first folder that has it. One that names none is laid out from its list of
    buildings; a bare rectangle around the devices where the file is not here: a community may be described in the log
    by a machine that has other files."""
    if not site.plan:
        return schematic_plan(site)
    path = next((found for folder in folders if site.plan and (found := folder / site.plan).is_file()), None)
    if path is not None:
        plan: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return plan
    placed = [device.xy for device in site.devices if device.xy is not None]
    xs, ys = zip(*placed, strict=True) if placed else ((0, 100), (0, 60))
    return {"features": [], "extent": [[min(xs) - 5, min(ys) - 5], [max(xs) + 5, max(ys) + 5]]}


def shadows(features: list[Feature]) -> list[Feature]:
    moved = []
    for feature in features:
        if feature["properties"]["kind"] == "building":
            rings = [[[x + SHADOW_M, y - SHADOW_M] for x, y in ring] for ring in feature["geometry"]["coordinates"]]
            moved.append(_feature("shadow", {"type": "Polygon", "coordinates": rings}))
    return moved


def party_walls(features: list[Feature]) -> list[Feature]:
    """The line that two neighbouring units of a building share."""
    units: dict[str, list[list[tuple[float, float]]]] = {}
    for feature in features:
        if feature["properties"]["kind"] == "unit":
            ring = [(round(x, 1), round(y, 1)) for x, y in feature["geometry"]["coordinates"][0]]
            units.setdefault(feature["properties"]["building"], []).append(ring)
    walls = []
    for rings in units.values():
        for left, right in zip(rings, rings[1:], strict=False):
            shared = [point for point in dict.fromkeys(left) if point in right]
            if len(shared) == 2:
                walls.append(_feature("wall", {"type": "LineString", "coordinates": shared}))
    return walls


def labels(features: list[Feature], lang: Lang) -> list[dict[str, Any]]:
    """Building numbers, gates, sheds, charging lots, the office: kind, text, position in metres."""
    out = []
    for feature in features:
        said = feature["properties"]
        name = said.get("name") or {}
        text = {
            "building": said.get("building"),
            "gate": name.get(lang) or name.get("zh"),
            "shed": said.get("shed") or name.get(lang),
            "place": name.get(lang),
            "note": name.get(lang),
            "service": name.get(lang) or name.get("zh"),
            "evlot": "",
        }.get(said["kind"])
        if text is not None:
            xy = said.get("label_xy") or feature["geometry"]["coordinates"]
            out.append({"kind": said["kind"], "text": text, "xy": xy, "side": said.get("side", ""), "spot": spot(said)})
    return out


def spot(said: dict[str, Any]) -> str:
    """The name under which the board tints this shape: see community.board.naming.spot."""
    if said["kind"] == "unit":
        return f"{said['building']}/{said['unit']}"
    if said["kind"] in ("shed", "place"):
        return str(said["area"])
    return str(said["building"]) if said["kind"] == "building" else ""


def _feature(kind: str, geometry: dict[str, Any]) -> Feature:
    return {"type": "Feature", "properties": {"kind": kind}, "geometry": geometry}
