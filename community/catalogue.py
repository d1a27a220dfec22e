"""The alarm catalogue (catalogue.csv) as data: names, priority, delays, latching, the operator's steps."""

from __future__ import annotations

import csv
import re
from importlib import resources

import msgspec

from .site import Site, Text


class Definition(msgspec.Struct, frozen=True):
    id: str
    name: Text
    priority: str
    """P1 urgent .. P4 low: the default; a rule may raise or lower it by place and time of day."""
    graded: bool
    """The rule names one by place, time or degree in any case: a site changes those in the numbers of its system."""
    on_delay_ms: int
    off_delay_ms: int
    latched: bool
    operator_clears: bool
    """Nothing but an operator's reset ends it (SOS): there is no 'normal' a device could report."""
    action: str


def _seconds(text: str) -> int:
    return int(1000 * float(text)) if re.fullmatch(r"[\d.]+", text) else 0


def _read() -> dict[str, Definition]:
    text = resources.files(__package__).joinpath("catalogue.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {
        row["id"]: Definition(
            id=row["id"],
            name=Text(row["zh"], row["en"]),
            priority=row["priority"][:2],
            graded=len(row["priority"]) > 2,
            on_delay_ms=_seconds(row["on_delay_s"]),
            off_delay_ms=_seconds(row["off_delay_s"]),
            latched=row["latched"] == "yes",
            operator_clears=row["clear"].startswith("operator"),
            action=row["operator_action"],
        )
        for row in rows
    }


CATALOGUE = _read()


def definition(site: Site, alarm_id: str) -> Definition:
    """The catalogue's entry with what the site changes of it."""
    base = CATALOGUE[alarm_id]
    changed = site.thresholds.get(alarm_id)
    if changed is None:
        return base
    return msgspec.structs.replace(
        base,
        priority=changed.priority or base.priority,
        on_delay_ms=base.on_delay_ms if changed.on_delay_s is None else int(1000 * changed.on_delay_s),
        latched=base.latched if changed.latched is None else changed.latched,
        off_delay_ms=base.off_delay_ms if changed.off_delay_s is None else int(1000 * changed.off_delay_s),
    )
