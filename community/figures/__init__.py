"""The catalogue of figures: each once, as data. `store/history/figures.py` asks the database."""

from __future__ import annotations

from collections.abc import Mapping

from . import alarms, charts, service, systems
from .base import Figure, Target, unit_words

CATALOGUE: Mapping[str, Figure] = {
    figure.id: figure for figure in (*alarms.FIGURES, *systems.FIGURES, *service.FIGURES, *charts.FIGURES)
}

__all__ = ["CATALOGUE", "Figure", "Target", "unit_words"]
