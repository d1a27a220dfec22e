"""E-bikes and cars at their chargers, as one system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import bike_scenes, bikes, cars
from .base import Observation

if TYPE_CHECKING:
    from .day import Day


def simulate(day: Day) -> Iterator[Observation]:
    yield from bikes.simulate(day)
    yield from cars.simulate(day)


PLOTS = bike_scenes.PLOTS + cars.PLOTS
