"""A plan for a community that has none: its buildings in rows, what stands elsewhere in boxes below, in order of the
description. A diagram, not a survey: nothing is drawn that nobody has described, and the plan says what it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width

import msgspec

from .place import Building, Device

Box = tuple[float, float, float, float]
"""West, south, east, north, in metres."""

WIDTH_M, HEIGHT_M = 294.0, 116.0
"""A wall draws its plan on 1176 x 464 px: four px a metre, so that texts of known px fit into boxes of known metres."""

EDGE_M, GAP_M, ROW_M = 6.0, 8.0, 20.0
UNIT_M, DEPTH_M = 18.0, 15.0
"""A unit at most as wide and a building at most as deep as real ones."""

BOX_M, LINE_M, STEP_M = 9.0, 5.0, 5.0
"""A place's box; the lines of devices above it and the step from one to the next."""

EM_M, PAD_M = 6.5, 7.0
"""An ideograph of a label (26 px), and the room around the words."""


class Row(msgspec.Struct, frozen=True):
    """One row of buildings; `road_y` is the road south of it."""

    buildings: dict[str, Box]
    road_y: float


class Schematic(msgspec.Struct, frozen=True):
    rows: tuple[Row, ...]
    places: dict[str, Box]
    devices: dict[str, tuple[float, float]]
    """Where each device of a place is drawn."""
    extent: Box

    @property
    def buildings(self) -> dict[str, Box]:
        return {id_: box for row in self.rows for id_, box in row.buildings.items()}


def lay_out(buildings: Sequence[Building], devices: Sequence[Device]) -> Schematic:
    by_area: dict[str, list[str]] = {}
    for device in devices:
        if not device.building and device.area:
            by_area.setdefault(device.area, []).append(device.id)
    places, positions, taken_m = _places(by_area)
    rows = _rows(buildings, taken_m)
    north = max([HEIGHT_M, taken_m, *(box[3] + EDGE_M for row in rows for box in row.buildings.values())])
    return Schematic(rows, places, positions, (0.0, 0.0, WIDTH_M, north))


def _places(by_area: dict[str, list[str]]) -> tuple[dict[str, Box], dict[str, tuple[float, float]], float]:
    """Boxes from west to east, line by line from the south, each with its devices above it; and how high they reach."""
    places: dict[str, Box] = {}
    positions: dict[str, tuple[float, float]] = {}
    line: list[tuple[str, float]] = []
    south = EDGE_M

    def close() -> float:
        spare = WIDTH_M - 2 * EDGE_M - sum(wide for _, wide in line) - GAP_M * (len(line) - 1)
        west, high = EDGE_M + spare / 2, BOX_M
        for area, wide in line:
            places[area] = (west, south, west + wide, south + BOX_M)
            across = max(1, int(wide // STEP_M))
            for n, device in enumerate(by_area[area]):
                row, column = divmod(n, across)
                height = BOX_M + LINE_M * (row + 1) - 1
                positions[device] = (round(west + STEP_M * (column + 0.5), 2), round(south + height, 2))
                high = max(high, height + LINE_M / 2)
            west += wide + GAP_M
        return south + high + GAP_M / 2

    for area, ids in by_area.items():
        wide = max(EM_M * _ems(area) + PAD_M, STEP_M * min(len(ids), 24))
        if line and sum(w for _, w in line) + GAP_M * len(line) + wide > WIDTH_M - 2 * EDGE_M:
            south = close()
            line = []
        line.append((area, wide))
    return places, positions, close() if line else EDGE_M


def _ems(text: str) -> float:
    return sum(1.0 if east_asian_width(char) in "WF" else 0.55 for char in text)


def _rows(buildings: Sequence[Building], south: float) -> tuple[Row, ...]:
    """As many rows as make the buildings largest."""
    if not buildings:
        return ()
    best = max(
        (_arranged(buildings, count, south) for count in range(1, len(buildings) + 1)), key=lambda found: found[0]
    )
    return best[1]


def _arranged(buildings: Sequence[Building], count: int, south: float) -> tuple[float, tuple[Row, ...]]:
    """`count` rows, and how large a unit of the tightest of them is on the screen: a higher plan is drawn smaller."""
    high = max(HEIGHT_M, south + EDGE_M + ROW_M * count)
    pitch = (high - south - EDGE_M) / count
    depth = min(DEPTH_M, pitch * 0.55)
    lines = _split(buildings, count)
    room = WIDTH_M - 2 * EDGE_M
    unit = min(min(UNIT_M, (room - GAP_M * (len(line) - 1)) / sum(max(1, b.units) for b in line)) for line in lines)
    rows = []
    for number, line in enumerate(lines):
        north = south + pitch * (len(lines) - number) - (pitch - depth) / 3
        units = sum(max(1, b.units) for b in line)
        gap = (room - unit * units) / (len(line) + 1)
        west, boxes = EDGE_M + gap, {}
        for building in line:
            east = west + unit * max(1, building.units)
            boxes[building.id] = (round(west, 2), round(north - depth, 2), round(east, 2), round(north, 2))
            west = east + gap
        rows.append(Row(boxes, round(north - depth - (pitch - depth) / 3, 2)))
    return min(unit, depth) * HEIGHT_M / high, tuple(rows)


def _split(buildings: Sequence[Building], count: int) -> list[list[Building]]:
    """In order, each row as near to its share of the units as it can be."""
    total, done = sum(max(1, b.units) for b in buildings), 0.0
    lines: list[list[Building]] = [[] for _ in range(count)]
    for building in buildings:
        middle = done + max(1, building.units) / 2
        row = min(int(middle * count / total), count - 1)
        lines[row].append(building)
        done += max(1, building.units)
    return [line for line in lines if line]
