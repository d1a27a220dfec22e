"""The daily page, panel by panel: ask history, find the sentence, draw. Each runs in a thread and may fail alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..ask import Ask
from ..recorded import recorded
from .access import pass_hours, pass_methods
from .alarms import alarm_hours, alarm_types, delays
from .along import Drawn
from .cameras import cameras
from .cards import kpis
from .charging import energy, occupancy
from .head import completeness
from .residents import gained, orders
from .water import night
from .words import words

PANELS: Mapping[str, Callable[[Ask], Drawn]] = {
    "completeness": completeness,
    "words": words,
    "kpis": kpis,
    "alarm_hours": alarm_hours,
    "alarm_types": alarm_types,
    "delays": recorded("delays", delays),
    "occupancy": occupancy,
    "energy": energy,
    "pass_hours": pass_hours,
    "pass_methods": pass_methods,
    "cameras": cameras,
    "night": night,
    "orders": orders,
    "gained": recorded("gained", gained),
}
"""In the order of the page; the first stands in the top bar."""
