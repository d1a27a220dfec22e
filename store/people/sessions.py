"""Who is signed in. A session is a row: ending it is one update, and no cookie outlives it."""

from __future__ import annotations

import hashlib
import secrets

import msgspec
import sqlalchemy as sa

from store.history.database import reaching

from . import Engines
from .tables import pairing, session

FORGOTTEN_MS = 30 * 86_400_000
"""An ended session is a line of the people's page for so long."""


class Session(msgspec.Struct, frozen=True):
    id: str
    person: str
    role: str
    community: str
    stage: str
    created_ms: int
    seen_ms: int
    ends_ms: int
    revoked_ms: int | None
    came_from: str
    lang: str = ""


def digest(secret: str) -> str:
    """What is kept of a cookie or a code: both are long or short-lived, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Sessions:
    """Every method raises HistoryUnavailable while the database is away."""

    def __init__(self, engines: Engines) -> None:
        self._read, self._write = engines

    def begin(
        self,
        now_ms: int,
        ends_ms: int,
        *,
        person: str = "",
        role: str = "",
        community: str = "",
        stage: str = "",
        came_from: str = "",
    ) -> str:
        """Returns what the cookie has to hold."""
        secret = secrets.token_urlsafe(32)
        row = session.insert().values(
            id=digest(secret),
            created_ms=now_ms,
            seen_ms=now_ms,
            ends_ms=ends_ms,
            came_from=came_from,
            person=person,
            role=role,
            community=community,
            stage=stage,
        )
        with reaching(), self._write.begin() as connection:
            connection.execute(session.delete().where(session.c.ends_ms < now_ms - FORGOTTEN_MS))
            connection.execute(row)
        return secret

    def find(self, id_: str) -> Session | None:
        with reaching(), self._read.connect() as connection:
            row = connection.execute(sa.select(session).where(session.c.id == id_)).first()
        return Session(*row) if row is not None else None

    def open(self, now_ms: int) -> list[Session]:
        """Those that may still be used, the newest first."""
        live = sa.select(session).where(session.c.revoked_ms.is_(None), session.c.ends_ms > now_ms)
        with reaching(), self._read.connect() as connection:
            return [Session(*row) for row in connection.execute(live.order_by(session.c.created_ms.desc()))]

    def seen(self, id_: str, now_ms: int) -> None:
        with reaching(), self._write.begin() as connection:
            connection.execute(session.update().where(session.c.id == id_).values(seen_ms=now_ms))

    def speaks(self, id_: str, lang: str) -> None:
        with reaching(), self._write.begin() as connection:
            connection.execute(session.update().where(session.c.id == id_).values(lang=lang))

    def revoke(self, id_: str, now_ms: int) -> None:
        self._revoke(session.c.id == id_, now_ms)

    def revoke_all(self, person: str, now_ms: int) -> None:
        self._revoke(session.c.person == person, now_ms)

    def _revoke(self, which: sa.ColumnElement[bool], now_ms: int) -> None:
        ended = session.update().where(which, session.c.revoked_ms.is_(None)).values(revoked_ms=now_ms)
        with reaching(), self._write.begin() as connection:
            connection.execute(ended)

    # ---- walls are paired
    def offer(self, code: str, community: str, by: str, now_ms: int, ends_ms: int) -> None:
        with reaching(), self._write.begin() as connection:
            connection.execute(pairing.delete().where(pairing.c.ends_ms < now_ms))
            connection.execute(pairing.insert().values(code=digest(code), community=community, by=by, ends_ms=ends_ms))

    def redeem(self, code: str, now_ms: int) -> str | None:
        """The community whose wall the code opens, once; None: it opens nothing."""
        which = pairing.c.code == digest(code)
        with reaching(), self._write.begin() as connection:
            row = connection.execute(sa.select(pairing).where(which, pairing.c.ends_ms > now_ms)).first()
            gone = connection.execute(pairing.delete().where(which)).rowcount
        return row.community if row is not None and gone == 1 else None
