"""The site plan as a page of its own: folium without a network, vector only, drawn once and then only restyled.
folium brings pandas along: the web process imports this file when the first plan is asked for.

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

from .site_plan import LAYERS, Feature, labels, party_walls, shadows, site_plan, spot

SCRIPTS = ("shared/icons", "shared/words", "map/shapes", "map/texture", "map/devices", "map/callouts", "map/plan")
SHEETS = ("/fonts/fonts.css", "/assets/shared/tokens.css", "/assets/shared/base.css", "/assets/map/plan.css")

DESK_SCRIPTS = ("map/desk",)
DESK_SHEETS = ("/assets/map/desk.css",)


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


def _layer(name: str, shapes: list[Feature]) -> folium.GeoJson:
    named = [{**f, "properties": {**f["properties"], "spot": spot(f["properties"])}} for f in shapes]
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
