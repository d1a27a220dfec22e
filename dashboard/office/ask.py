"""What one panel asks of history, in a thread: figures of a period, and how each of them is counted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from community.board.alarm_words import CARE, CARE_TITLE
from community.catalogue import CATALOGUE as ALARMS
from community.office.bins import Bin, bins_of
from community.office.periods import Period
from community.site import Site, Text
from community.words import UNKNOWN, Lang
from dashboard.figures import figure_document
from store.history.figures import Answer, Report, figures, stretches
from store.history.records import Asked

CARED = "care"
"""Stands for every alarm of care: which one it is, is nobody's business on a page (DOMAIN.md)."""

_encode = msgspec.json.Encoder().encode


class Ask(msgspec.Struct, frozen=True, dict=True):
    engine: sa.Engine
    site: Site
    period: Period
    lang: Lang
    now_ms: int = 0
    acts: frozenset[str] = frozenset()
    """What of access.py's ACTIONS whoever asks may do."""

    def report(self, *ids: str, every_feed: bool = False) -> Report:
        """Its coverage names `every_feed`, or those alone that the figures rest on."""
        period = self.period
        return figures(self.engine, self.site, period.from_day, period.to_day, ids, every_feed=every_feed)

    def reports(self, periods: Sequence[Period], *ids: str) -> list[Report]:
        """The same figures of several periods, in one look."""
        days = [(one.from_day, one.to_day) for one in periods]
        return stretches(self.engine, self.site, days, ids, every_feed=False)

    @cached_property
    def zone(self) -> str:
        return self.site.timezone

    def bins(self, report: Report, of: Period | None = None) -> list[Bin]:
        gaps = [(gap.from_ms, gap.to_ms) for gap in report.coverage.gaps]
        return bins_of(of or self.period, self.zone, gaps, report.as_of_ms)


def counted(report: Report, *ids: str) -> list[dict[str, Any]]:
    """How each was counted; its lines are drawn and not told again."""
    return [
        figure_document(replace(found, lines=None), report) for found in report.figures if not ids or found.id in ids
    ]


def by_id(report: Report) -> dict[str, Answer]:
    return {found.id: found for found in report.figures}


def drill(**asked: Any) -> str:
    """As a bar carries it, and as `records` reads it again."""
    return drill_of(Asked(**asked))


def drill_of(asked: Asked) -> str:
    return _encode(asked).decode()


def device_name(ask: Ask, id_: str) -> str:
    device = ask.site.by_id.get(id_)
    return device.name.get(ask.lang) or id_ if device is not None else id_


def shown_alarm(id_: str) -> str:
    return CARED if id_ in CARE else id_


def alarm_name(id_: str) -> Text:
    if id_ == CARED:
        return CARE_TITLE
    return ALARMS[id_].name if id_ in ALARMS else Text(id_, id_)


def alarm_ids(shown: tuple[str, ...]) -> tuple[str, ...]:
    """What stands in the journal for what a page shows: of care all or nothing, whoever asks in whatever words."""
    care = sorted(CARE) if any(kind == CARED or kind in CARE for kind in shown) else []
    return (*(kind for kind in shown if kind != CARED and kind not in CARE), *care)


def of_residents(site: Site, devices: tuple[str, ...]) -> bool:
    """Whether one of them is a resident in care: whose alarms are whose is nobody's business on a page."""
    described = {device.id for device in site.devices if device.system == CARED}
    return not described.isdisjoint(devices)


def total(amounts: Sequence[float | None]) -> float:
    return sum(n or 0 for n in amounts)


def counted_words(amounts: Sequence[float | None]) -> str:
    """Their sum; — where none of them is known."""
    return f"{total(amounts):,.0f}" if any(n is not None for n in amounts) else UNKNOWN
