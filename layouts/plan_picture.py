"""The site plan as one SVG picture, for where nothing moves: the door, a small map. Vector, no script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .site_plan import LAYERS, Feature, party_walls, shadows

STYLE = """
.plan-green{fill:#1A2A29}.plan-road{fill:none;stroke:#26323A;stroke-linecap:round;stroke-linejoin:round}
.plan-street{fill:none;stroke:#1A2329;stroke-linecap:round}.plan-water{fill:#17323F}.plan-trees{fill:#253633;fill-rule:nonzero}
.plan-neighbour{fill:#131B20}.plan-boundary{fill:#182127}.plan-shadow{fill:#080C0E}
.plan-building{fill:#3A4953;stroke:#7C909C;stroke-width:.25}.plan-wall{fill:none;stroke:#7C909C;stroke-width:.2;opacity:.6}
.plan-shed,.plan-service{fill:#2C3A42;stroke:#7C909C;stroke-width:.4;stroke-dasharray:1.4 .9}
.plan-parking{fill:none;stroke:#26323A;stroke-width:.4}
"""
"""Colours of assets/tokens.css: a picture that is loaded by `img` sees no style sheet."""

SKEW_DEG = 2.0
"""A plan that stands a little askew is a picture; one that stands straight is a map to be read."""


def plan_picture(plan: dict[str, Any], *, middle: float = 1.0) -> str:
    """`middle`: which part of the plan's width is shown, around its centre."""
    (west, south), (east, north) = plan["extent"]
    width, height = (east - west) * middle, (north - south) * middle
    left, top = (west + east - width) / 2, -(south + north + height) / 2
    features = [*plan["features"], *shadows(plan["features"]), *party_walls(plan["features"])]
    shapes = "".join(_shape(f) for name in LAYERS for f in features if f["properties"]["kind"] == name)
    turn = f"rotate({SKEW_DEG} {(west + east) / 2:.1f} {-(south + north) / 2:.1f})"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:.1f} {top:.1f} {width:.1f} {height:.1f}" '
        f'preserveAspectRatio="xMidYMid slice"><style>{STYLE}</style><g transform="{turn}">{shapes}</g></svg>'
    )


def _shape(feature: Feature) -> str:
    kind, geometry = feature["properties"]["kind"], feature["geometry"]
    if kind == "unit":  # what the board tints; a picture has no state
        return ""
    path = _path(geometry["type"], geometry["coordinates"])
    metres = feature["properties"].get("width_m")
    wide = f' stroke-width="{metres}"' if metres else ""
    return f'<path class="plan-{kind}"{wide} d="{path}"/>' if path else ""


def _path(kind: str, coordinates: Sequence[Any]) -> str:
    if kind == "LineString":
        return _line(coordinates)
    if kind == "Polygon":
        return "".join(f"{_line(ring)}Z" for ring in coordinates)
    if kind in ("MultiPolygon", "MultiLineString"):
        inner = "Polygon" if kind == "MultiPolygon" else "LineString"
        return "".join(_path(inner, part) for part in coordinates)
    return ""


def _line(points: Iterable[Sequence[float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {-y:.1f}" for x, y, *_ in points)
