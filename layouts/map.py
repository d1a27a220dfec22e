"""The site plan as a page of its own: folium without a network, vector only, drawn once and then only restyled.

The plan (buildings, roads, water, ..) is GeoJSON in metres, styled by class so that the style sheet's tokens apply.
Devices, labels and callouts are put on it by assets/map/*.js, which the wall's page feeds with changes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import folium
from branca.element import Element, Figure

from community.board.naming import stands_alone
from community.site import SITES, Device, Site, Text
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

SCRIPTS = ("shared/icons", "shared/words", "map/shapes", "map/texture", "map/devices", "map/callouts", "map/plan")
SHEETS = ("/fonts/fonts.css", "/assets/shared/tokens.css", "/assets/shared/base.css", "/assets/map/plan.css")

DESK_SCRIPTS = ("map/desk",)
DESK_SHEETS = ("/assets/map/desk.css",)

Feature = dict[str, Any]


class OfflineMap(folium.Map):
    """folium's map with Leaflet from this server instead of ten files from the net."""

    default_js = [("leaflet", "/vendor/leaflet/leaflet.js")]
    default_css = [("leaflet_css", "/vendor/leaflet/leaflet.css")]


DESK = {
    "zoom_in": Text("放大", "Zoom in"),
    "zoom_out": Text("缩小", "Zoom out"),
    "zoom_all": Text("看全图", "Show all"),
    "close": Text("关闭", "Close"),
    "snapshot": Text("快照 · 非实时", "Snapshot · not live"),
    "more": Text("还有 {} 台", "{} more"),
}
"""What the operator's map says by itself."""


def map_page(
    site: Site,
    lang: Lang,
    address: Callable[[str], str] = str,
    plans: Sequence[Path] = (SITES,),
    *,
    desk: bool = False,
) -> str:
    """HTML of the map's frame in one language. `address` marks the paths of files, so that a browser sees a deploy.

    `desk`: the operator's, which pans, zooms and opens what is clicked. Both are fed by the page around them: see
    `applyDelta` in assets/map/plan.js.
    """
    plan = site_plan(site, plans)
    features = [*plan["features"], *shadows(plan["features"]), *party_walls(plan["features"])]
    chart = OfflineMap(
        crs="Simple",
        tiles=None,
        zoom_control=False,
        attributionControl=False,
        zoomSnap=0,
        zoomAnimation=False,
        fadeAnimation=False,
        markerZoomAnimation=False,
        dragging=desk,
        keyboard=desk,
        scrollWheelZoom=desk,
        doubleClickZoom=desk,
        boxZoom=desk,
        touchZoom=desk,
        wheelPxPerZoomLevel=150,
        minZoom=-8,
        maxZoom=8,
    )
    chart._id = "plan"  # folium's random names would give every rendering another hash
    for name in LAYERS:
        shapes = [f for f in features if f["properties"]["kind"] == name]
        if shapes:
            chart.add_child(_layer(name, shapes))
    page = Figure()
    page.add_child(chart)
    data: dict[str, Any] = {
        "map": chart.get_name(),
        "extent": plan["extent"],
        "labels": labels(plan["features"], lang),
        "devices": [mark for mark in map(_mark, site.devices) if mark is not None],
    }
    if desk:
        data |= {"desk": {key: text.get(lang) for key, text in DESK.items()}, "community": site.id, "lang": lang}
    blob = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    page.html.add_child(Element(f'<script id="plan-data" type="application/json">{blob}</script>'), name="plan_data")
    head = "".join(
        f'<link rel="stylesheet" href="{address(sheet)}">' for sheet in (*SHEETS, *(DESK_SHEETS if desk else ()))
    )
    tail = "".join(
        f'<script src="{address(f"/assets/{name}.js")}"></script>'
        for name in (*(DESK_SCRIPTS if desk else ()), *SCRIPTS)
    )
    rendered: str = page.render()
    rendered = rendered.replace("<html>", f'<html lang="{"zh-CN" if lang == "zh" else "en"}">')
    return rendered.replace("</head>", f"{head}</head>").replace("</html>", f"{tail}</html>")


def inline_hashes(page: str) -> list[str]:
    """CSP sources for the scripts that stand in the page itself."""
    bodies = re.findall(r"<script(?![^>]*(?:\bsrc=|application/json))[^>]*>(.*?)</script>", page, re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" for body in bodies]


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
            out.append(
                {"kind": said["kind"], "text": text, "xy": xy, "side": said.get("side", ""), "spot": _spot(said)}
            )
    return out


def _spot(said: dict[str, Any]) -> str:
    """The name under which the board tints this shape: see community.board.naming.spot."""
    if said["kind"] == "unit":
        return f"{said['building']}/{said['unit']}"
    if said["kind"] in ("shed", "place"):
        return str(said["area"])
    return str(said["building"]) if said["kind"] == "building" else ""


def _layer(name: str, shapes: list[Feature]) -> folium.GeoJson:
    named = [{**f, "properties": {**f["properties"], "spot": _spot(f["properties"])}} for f in shapes]
    layer = folium.GeoJson(
        {"type": "FeatureCollection", "features": named},
        name=name,
        style_function=lambda _: {"className": f"plan-{name}", "fillRule": "nonzero"},
        interactive=False,
        control=False,
    )
    layer._id = name
    return layer


SILHOUETTES = {
    "cameras": "fan",  # one with a heading is a sector
    "access": "square",
    "parking": "square",
    "intercom": "square",
    "lifts": "box",
    "sos": "cross",
    "care": "house",
    "meters": "drop",
    "bins": "bin",
    "broadcast": "horn",
    "orders": "dogear",
    "fire": "flame",
    "patrol": "flag",
    "plant": "ring",
}
"""System -> its outline in assets/map/shapes.js."""

OF_KIND = {
    "car_charger": "hexagon",
    "car_connector": "hexagon",
    "ebike_pile": "capsule",
    "ebike_port": "capsule",
    "feeder": "bolt",
    "pump": "drop",
    "water_level": "drop",
}
"""Where a kind says more than its system."""


def silhouette(device: Device) -> str:
    """What looks up at a building has an arrow: it sees what falls."""
    if device.kind == "camera" and "falling" in device.tags:
        return "arrow"
    return OF_KIND.get(device.kind) or SILHOUETTES.get(device.system, "ring")


def _mark(device: Device) -> dict[str, Any] | None:
    if not stands_alone(device):
        return None
    mark = {"id": device.id, "shape": silhouette(device), "xy": device.xy}
    return mark | {"heading": device.heading_deg} if device.heading_deg is not None else mark


def _feature(kind: str, geometry: dict[str, Any]) -> Feature:
    return {"type": "Feature", "properties": {"kind": kind}, "geometry": geometry}
