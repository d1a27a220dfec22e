"""Reports of residents: written once, found by their code, gone after half a year."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from community.personal import REPORTS_KEPT_DAYS
from store.history.database import reaching
from store.people import Engines

from .tables import report

KEPT_MS = REPORTS_KEPT_DAYS * 86_400_000


class Report(NamedTuple):
    community: str
    work_order: str
    category: str
    place: str
    text: str
    photos: tuple[str, ...]
    made_ms: int


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class Reports:
    """Every method raises HistoryUnavailable while the database is away."""

    def __init__(self, engines: Engines) -> None:
        self._read, self._write = engines

    def put(self, one: Report, code: str) -> None:
        """Once: what is sent again changes nothing."""
        values = one._asdict() | {"photos": "\n".join(one.photos), "code": digest(code)}
        try:
            with reaching(), self._write.begin() as connection:
                old = sa.delete(report).where(report.c.made_ms < one.made_ms - KEPT_MS)
                connection.execute(old)
                connection.execute(report.insert().values(values))
        except IntegrityError:
            return

    def by_code(self, community: str, code: str) -> Report | None:
        return next(iter(self._find(report.c.community == community, report.c.code == digest(code))), None)

    def of_orders(self, community: str, orders: Iterable[str]) -> dict[str, Report]:
        """By the order's id; those that no resident has written by phone are left out."""
        found = self._find(report.c.community == community, report.c.work_order.in_(list(orders)))
        return {one.work_order: one for one in found}

    def forget(self, community: str, words: Iterable[str]) -> list[str]:
        """Drops the reports in whose text one of the words stands; their orders."""
        found = [word for word in words if word]
        if not found:
            return []
        named = sa.or_(*(report.c.text.contains(word, autoescape=True) for word in found))
        with reaching(), self._write.begin() as connection:
            mine = (report.c.community == community) & named
            orders = list(connection.execute(sa.select(report.c.work_order).where(mine)).scalars())
            connection.execute(report.delete().where(mine))
        return orders

    def latest(self, community: str, most: int) -> list[Report]:
        return self._find(report.c.community == community, most=most)

    def _find(self, *which: sa.ColumnElement[bool], most: int = 2000) -> list[Report]:
        columns = [report.c[name] for name in Report._fields]
        asked = sa.select(*columns).where(*which).order_by(report.c.made_ms.desc()).limit(most)
        with reaching(), self._read.connect() as connection:
            rows = connection.execute(asked).all()
        return [Report(*row)._replace(photos=tuple(filter(None, row.photos.split("\n")))) for row in rows]
