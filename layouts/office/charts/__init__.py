"""Charts as plain plotly figures. Colour is never the only carrier; what was not recorded is hatched, never bridged."""

from .base import D1, D2, D3, Column, Gap, flat, priority_marker
from .delays import LOG_TICKS_S, Delay, delays
from .flows import Flow, flows
from .heat import heat
from .over_time import Stack, bars, stacked
from .spans import Span, spans

__all__ = [
    "D1",
    "D2",
    "D3",
    "LOG_TICKS_S",
    "Column",
    "Delay",
    "Flow",
    "Gap",
    "Span",
    "Stack",
    "bars",
    "delays",
    "flat",
    "flows",
    "heat",
    "priority_marker",
    "spans",
    "stacked",
]
