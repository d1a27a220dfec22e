"""Notices of the house to its residents, and how many phones have read each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from store.history.database import reaching
from store.people import Engines

from .reports import digest
from .tables import notice, receipt


class Notice(NamedTuple):
    community: str
    id: str
    title: str
    text: str
    by: str
    made_ms: int
    until_ms: int


class Notices:
    """Every method raises HistoryUnavailable while the database is away."""

    def __init__(self, engines: Engines) -> None:
        self._read, self._write = engines

    def publish(self, one: Notice) -> None:
        with reaching(), self._write.begin() as connection:
            connection.execute(notice.insert().values(one._asdict()))

    def withdraw(self, community: str, id_: str, now_ms: int) -> bool:
        """From now on nobody is shown it; whether there was one to withdraw."""
        mine = (notice.c.community == community) & (notice.c.id == id_) & (notice.c.until_ms > now_ms)
        with reaching(), self._write.begin() as connection:
            return bool(connection.execute(notice.update().where(mine).values(until_ms=now_ms)).rowcount)

    def current(self, community: str, now_ms: int) -> list[Notice]:
        """The newest first."""
        asked = (
            sa.select(*(notice.c[name] for name in Notice._fields))
            .where(notice.c.community == community, notice.c.until_ms > now_ms)
            .order_by(notice.c.made_ms.desc())
        )
        with reaching(), self._read.connect() as connection:
            return [Notice(*row) for row in connection.execute(asked)]

    def read(self, community: str, id_: str, reader: str, now_ms: int) -> bool:
        """Counts the phone once; False: there is no such notice, or it has read it before."""
        with reaching(), self._write.begin() as connection:
            known = sa.select(notice.c.id).where(notice.c.community == community, notice.c.id == id_)
            if connection.execute(known).first() is None:
                return False
        row = {"community": community, "notice": id_, "reader": digest(reader), "at_ms": now_ms}
        try:
            with reaching(), self._write.begin() as connection:
                connection.execute(receipt.insert().values(row))
        except IntegrityError:
            return False
        return True

    def read_by(self, community: str, reader: str) -> set[str]:
        asked = sa.select(receipt.c.notice).where(receipt.c.community == community, receipt.c.reader == digest(reader))
        with reaching(), self._read.connect() as connection:
            return set(connection.execute(asked).scalars())

    def counts(self, community: str, ids: Iterable[str]) -> dict[str, int]:
        """Notice -> how many phones have read it."""
        asked = (
            sa.select(receipt.c.notice, sa.func.count())
            .where(receipt.c.community == community, receipt.c.notice.in_(list(ids)))
            .group_by(receipt.c.notice)
        )
        with reaching(), self._read.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(asked)}
