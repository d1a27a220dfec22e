"""Whether a figure is known: unknown is a dash wherever figures are shown, and never 0. The one place that decides it.
And what the totals of some days leave out.
"""

from __future__ import annotations

from typing import NamedTuple

from ..site import Site, Text
from .answers import Coverage
from .base import Figure

LISTENED = 0.5
"""A nought says that nothing happened in these days. Who listened to less than half of them cannot say so; what he did
hear is shown, beside what is missing."""


MOST_LINES = 250_000
"""A quarter of a year of 115 ports by the hour. A million lines are a gigabyte in the process that serves the walls."""


def too_many(figure: Figure, site: Site, days: int) -> bool:
    """Whether the figure of so many days has more lines than anybody is given: of each device each hour. Whoever wants
    them asks for fewer days at once."""
    if not {"device", "hour_ms"} <= set(figure.by) or len(site.devices) * 24 * days <= MOST_LINES:
        return False
    devices = sum(not figure.systems or device.system in figure.systems for device in site.devices)
    return devices * 24 * days > MOST_LINES


def why_unknown(figure: Figure, rows: int, heard: float | None, *, has_devices: bool = True) -> str:
    """'' : it is known. `heard`: which part of the minutes that have passed somebody listened to what the figure rests
    on; None: none has passed, or nobody can say."""
    if not has_devices and not rows:
        return "no_devices"
    if figure.standing and has_devices and not heard:
        return "not_recorded"
    if rows:
        return ""
    if (heard or 0.0) < LISTENED:
        return "not_recorded"
    return "nothing" if figure.measured else ""


MISSED_MIN = 2
"""Minutes of a feed from which on it is named: the one that runs just now is nobody's fault."""


class Deaf(NamedTuple):
    """A feed, and the minutes in which it was not heard although the log was written."""

    name: Text
    missing_min: int


def deaf_feeds(site: Site, coverage: Coverage) -> list[Deaf]:
    """What the site cannot do without and did not hear, the longest first. Nothing was heard at all: the log's own gaps
    say so."""
    found = [
        Deaf(source.name, coverage.recorded - coverage.feeds.get(source.id, 0))
        for source in site.sources
        if source.required
    ]
    return sorted((one for one in found if one.missing_min >= MISSED_MIN), key=lambda one: -one.missing_min)
