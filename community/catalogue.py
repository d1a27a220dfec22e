"""The alarm catalogue (catalogue.csv) as data: names, priority, delays, latching, the operator's steps."""

from __future__ import annotations

import csv
import re
from importlib import resources

import msgspec

from .numbers import House, ms
from .site import Site, Text


class Definition(msgspec.Struct, frozen=True):
    id: str
    name: Text
    priority: str
    """P1 urgent .. P4 low: the default; a rule may raise or lower it by place and time of day."""
    on_delay_ms: int
    off_delay_ms: int
    steps: tuple[Text, ...]
    """What the operator does, one short sentence a step, in this order."""
    graded: bool = False
    """The rule names one by place, time or degree in any case: a site changes those in the numbers of its system."""
    latched: bool = False
    operator_clears: bool = False
    """Nothing but an operator's reset ends it (SOS): there is no 'normal' a device could report."""
    symptom_of: tuple[str, ...] = ()
    """Alarms that explain this one where they stand at a parent of its device, at whatever level."""
    escalate_ms: tuple[int, ...] = ()
    """How long a P1 waits for an acknowledgement before the first, the second post of `ESCALATES_TO` is called."""


ESCALATES_TO = ("post:supervisor", "post:manager")


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
            steps=_steps(row["steps_zh"], row["steps_en"]),
            symptom_of=tuple(row["symptom_of"].split()),
            escalate_ms=_escalations(House()),
        )
        for row in rows
    }


def _steps(zh: str, en: str) -> tuple[Text, ...]:
    return tuple(Text(*both) for both in zip(zh.split("；"), en.split("; "), strict=True))


def _escalations(house: House) -> tuple[int, ...]:
    return ms(house.escalate_supervisor_s), ms(house.escalate_manager_s)


CATALOGUE = _read()
"""With what the systems bring themselves (`System.alarms`), once those have been found."""


def bring(entry: Definition) -> None:
    """An alarm of a system that catalogue.csv does not have. Raises ValueError where it does."""
    if entry.id in CATALOGUE:
        raise ValueError(f"alarm {entry.id!r} stands in the catalogue already")
    CATALOGUE[entry.id] = entry


CAUSES = frozenset(cause for entry in CATALOGUE.values() for cause in entry.symptom_of)
"""Alarms that say that what is behind their device cannot work."""


def definition(site: Site, alarm_id: str) -> Definition:
    """The catalogue's entry with what the site changes of it; made once a site."""
    made: dict[str, Definition] | None = site.__dict__.get(_MADE)
    if made is None:
        made = site.__dict__[_MADE] = {id_: _changed(entry, site) for id_, entry in CATALOGUE.items()}
    return made[alarm_id]


_MADE = "definitions"
"""Beside what `cached_property` keeps of a site."""


def _changed(base: Definition, site: Site) -> Definition:
    base = msgspec.structs.replace(base, escalate_ms=_escalations(site.house))
    changed = site.thresholds.get(base.id)
    if changed is None:
        return base
    return msgspec.structs.replace(
        base,
        priority=changed.priority or base.priority,
        on_delay_ms=base.on_delay_ms if changed.on_delay_s is None else int(1000 * changed.on_delay_s),
        latched=base.latched if changed.latched is None else changed.latched,
        off_delay_ms=base.off_delay_ms if changed.off_delay_s is None else int(1000 * changed.off_delay_s),
    )
