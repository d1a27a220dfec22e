"""From how far a wall can be read: the height of its texts in minutes of arc (ISO 9241, NUREG-0700: 16 at least)."""

from __future__ import annotations

from math import atan, degrees, radians, tan
from typing import NamedTuple

ARC_MINUTES = 15.65
"""16 less what half a px takes away: every size of the design lies above it."""

IDEOGRAPH_EM, FIGURE_EM = 0.91, 0.72
"""Height of the ink of an ideograph, and of a figure or capital, measured in the fonts that a wall uses."""

SCREEN_PX = 1920
"""The design's px: a screen's pitch is its width over so many, however many points it has."""


class Must(NamedTuple):
    """A text that has to be read from the site's viewing distance."""

    what: str
    px: float
    em: float


MUST_READ = (
    Must("a building's number", 41, FIGURE_EM),
    Must("a tile's value", 40, FIGURE_EM),
    Must("a tile's name", 33, IDEOGRAPH_EM),
    Must("the place of an alarm", 32, IDEOGRAPH_EM),
)
"""The smallest of what VISUAL.md wants read at 4 m; the test of the page holds every text against its own distance."""


def arc_minutes(px: float, em: float, pitch_mm: float, distance_m: float) -> float:
    return 60 * degrees(atan(px * em * pitch_mm / (1000 * distance_m)))


def farthest_m(pitch_mm: float) -> float:
    """From where all of MUST_READ can just be read."""
    return min(must.px * must.em for must in MUST_READ) * pitch_mm / 1000 / tan(radians(ARC_MINUTES / 60))
