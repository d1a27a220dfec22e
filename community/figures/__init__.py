"""The catalogue of figures: each once, as data. `store/history/figures.py` asks the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import alarms, charts, service, systems
from .base import Figure, Target, unit_words

FIGURES: Sequence[Figure] = (*alarms.FIGURES, *systems.FIGURES, *service.FIGURES, *charts.FIGURES)
CATALOGUE: Mapping[str, Figure] = {figure.id: figure for figure in FIGURES}

__all__ = ["CATALOGUE", "FIGURES", "Figure", "Target", "unit_words"]
