"""The line of a bulk meter's night: the same rule as the alarm DMA_NIGHT."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from ..systems.bulkwater import Numbers


def line_of(earlier: Sequence[float], numbers: Numbers) -> float | None:
    """m3/h above which a night is too much; None: fewer nights are known than the median needs."""
    if len(earlier) < numbers.night_median_nights:
        return None
    base = median(earlier)
    return max(numbers.night_factor * base, base + numbers.night_over_m3h)
