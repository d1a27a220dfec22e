"""People and their grants."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from community.place import Text
from community.roles import Grant, conflict
from store.history.database import reaching
from store.seal import is_sealed

from . import Engines, tables
from .tables import person, person_grant


class Person(msgspec.Struct, frozen=True):
    id: str
    account: str
    name: str
    password: str
    must_change: int
    factor: str
    factor_step: int
    disabled_ms: int | None
    lang: str = ""
    grants: tuple[Grant, ...] = ()


class Conflict(ValueError):
    """The roles cannot be held by one person; `said` in both languages."""

    def __init__(self, said: Text) -> None:
        super().__init__(said.en)
        self.said = said


class Taken(ValueError):
    """There is an account of that name."""


_COLUMNS = [column for column in person.c if column.name != "created_ms"]


class Register:
    """Every method raises HistoryUnavailable while the database is away."""

    def __init__(self, engines: Engines) -> None:
        self._read, self._write = engines

    def empty(self) -> bool:
        with reaching(), self._read.connect() as connection:
            return connection.execute(sa.select(person.c.id).limit(1)).first() is None

    def by_account(self, account: str) -> Person | None:
        found = self._find(person.c.account == account)
        return found[0] if found else None

    def by_id(self, id_: str) -> Person | None:
        found = self._find(person.c.id == id_)
        return found[0] if found else None

    def everybody(self) -> list[Person]:
        return self._find(sa.true())

    def _find(self, which: sa.ColumnElement[bool]) -> list[Person]:
        with reaching(), self._read.connect() as connection:
            rows = connection.execute(sa.select(*_COLUMNS).where(which).order_by(person.c.account)).all()
            ids = [row.id for row in rows]
            granted = connection.execute(
                sa.select(person_grant).where(person_grant.c.person.in_(ids)).order_by(*person_grant.primary_key)
            ).all()
        grants: dict[str, list[Grant]] = {id_: [] for id_ in ids}
        for row in granted:
            grants[row.person].append(Grant(row.role, row.community, row.post))
        return [Person(**row._mapping, grants=tuple(grants[row.id])) for row in rows]

    def add(self, account: str, name: str, password: str, now_ms: int, grants: Sequence[Grant] = ()) -> str:
        """A new person, who has to choose a password; returns the id. Raises Taken, Conflict."""
        if said := conflict(grant.role for grant in grants):
            raise Conflict(said)
        id_ = f"staff:{secrets.token_hex(4)}"
        try:
            with reaching(), self._write.begin() as connection:
                connection.execute(
                    person.insert().values(
                        id=id_, account=account, name=name, password=password, must_change=1, created_ms=now_ms
                    )
                )
                for grant in grants:
                    connection.execute(_grant_row(id_, grant))
        except IntegrityError as error:
            raise Taken(account) from error
        return id_

    def grant(self, id_: str, grant: Grant) -> None:
        """Raises Conflict."""
        with reaching(), self._write.begin() as connection:
            # the row is locked: two grants at once must not make together what neither may make alone
            connection.execute(sa.select(person.c.id).where(person.c.id == id_).with_for_update())
            held = connection.execute(sa.select(person_grant.c.role).where(person_grant.c.person == id_)).scalars()
            if said := conflict([*held, grant.role]):
                raise Conflict(said)
            connection.execute(_grant_gone(id_, grant))
            connection.execute(_grant_row(id_, grant))

    def ungrant(self, id_: str, grant: Grant) -> None:
        with reaching(), self._write.begin() as connection:
            connection.execute(_grant_gone(id_, grant))

    def set_password(self, id_: str, password: str, *, must_change: bool) -> None:
        self._update(id_, password=password, must_change=int(must_change))

    def set_factor(self, id_: str, secret: str, step: int = 0) -> None:
        self._update(id_, factor=secret, factor_step=step)

    def seal_factors(self, seal: Callable[[str], str]) -> None:
        """Those that stand as an earlier version wrote them."""
        mine = person.c.factor
        with reaching(), self._write.begin() as connection:
            plain = connection.execute(sa.select(person.c.id, mine).where(mine != "").with_for_update()).all()
            for id_, factor in plain:
                if not is_sealed(factor):
                    sealed = person.update().where(person.c.id == id_, mine == factor).values(factor=seal(factor))
                    connection.execute(sealed)

    def use_step(self, id_: str, step: int) -> bool:
        """False: a code of this time step, or of a later one, was used already."""
        used = person.update().where(person.c.id == id_, person.c.factor_step < step).values(factor_step=step)
        with reaching(), self._write.begin() as connection:
            return connection.execute(used).rowcount == 1

    def disable(self, id_: str, at_ms: int | None) -> None:
        self._update(id_, disabled_ms=at_ms)

    def rename(self, id_: str, name: str) -> None:
        self._update(id_, name=name)

    def speaks(self, id_: str, lang: str) -> bool:
        """False: there is no such person."""
        chosen = person.update().where(person.c.id == id_).values(lang=lang)
        with reaching(), self._write.begin() as connection:
            return connection.execute(chosen).rowcount == 1

    def _update(self, id_: str, **values: object) -> None:
        with reaching(), self._write.begin() as connection:
            connection.execute(person.update().where(person.c.id == id_).values(**values))

    # ---- failed tries, by the account that was typed
    def failures(self, account: str) -> tuple[int, int]:
        """How often, and when last."""
        failure = tables.failure
        with reaching(), self._read.connect() as connection:
            row = connection.execute(sa.select(failure).where(failure.c.account == account)).first()
        return (row.times, row.last_ms) if row is not None else (0, 0)

    def failed(self, account: str, now_ms: int, forget_ms: int) -> int:
        """One more, counted by the database: tries side by side are all counted. Returns how many there are now.
        `forget_ms`: what was tried before is no longer of interest."""
        failure = tables.failure
        of_account = failure.c.account == account
        more = failure.update().where(of_account).values(times=failure.c.times + 1, last_ms=now_ms)
        with reaching(), self._write.begin() as connection:
            connection.execute(failure.delete().where(failure.c.last_ms < forget_ms))
            if not connection.execute(more).rowcount:
                try:
                    with connection.begin_nested():
                        connection.execute(failure.insert().values(account=account, times=1, last_ms=now_ms))
                except sa.exc.IntegrityError:  # another's first try was a moment sooner
                    connection.execute(more)
            return int(connection.execute(sa.select(failure.c.times).where(of_account)).scalar_one())

    def forgive(self, account: str) -> None:
        with reaching(), self._write.begin() as connection:
            connection.execute(tables.failure.delete().where(tables.failure.c.account == account))


def _grant_row(id_: str, grant: Grant) -> sa.Insert:
    return person_grant.insert().values(person=id_, role=grant.role, community=grant.community, post=grant.post)


def _grant_gone(id_: str, grant: Grant) -> sa.Delete:
    held = person_grant.c
    return person_grant.delete().where(held.person == id_, held.role == grant.role, held.community == grant.community)
