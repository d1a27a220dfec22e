"""The register of persons: who stands behind an id of the log. Names, numbers and homes lie sealed (`store/seal.py`).

A row erased is a person gone: the log has ids that lead nowhere any more, and folds to the same.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from store.history.database import reaching
from store.people import Engines, settle_deleted
from store.seal import Seal

from .tables import consent, contact, resident


class Resident(NamedTuple):
    """`subject`: what the log calls the person. `home`: `7/2/1203`. `kind`: as the site's device of that id."""

    community: str
    subject: str
    name: str
    phone: str
    home: str
    kind: str
    made_ms: int


class Contact(NamedTuple):
    """`relation`: daughter, neighbour, .. in the house's own words."""

    id: str
    relation: str
    name: str
    phone: str


class Consent(NamedTuple):
    """`by`: the person (`self`) or who may speak for them (`guardian`). `recorded`: who of the staff wrote it down."""

    subject: str
    category: str
    given_ms: int
    by: str
    recorded: str
    withdrawn_ms: int | None

    @property
    def stands(self) -> bool:
        return self.withdrawn_ms is None


class Known(ValueError):
    """There is somebody of that id."""


class Persons:
    """Every method raises HistoryUnavailable while the database is away; those that open what is sealed Unsealable."""

    def __init__(self, engines: Engines, seal: Seal) -> None:
        self._engines = engines
        self._read, self._write = engines
        self._seal = seal

    def add(self, one: Resident, consents: Sequence[Consent]) -> None:
        """With the consents that make it lawful, or not at all. Raises Known."""
        values = one._asdict() | {name: self._seal.seal(getattr(one, name)) for name in ("name", "phone", "home")}
        try:
            with reaching(), self._write.begin() as connection:
                connection.execute(resident.insert().values(values))
                for given in consents:
                    connection.execute(consent.insert().values(given._asdict() | {"community": one.community}))
        except IntegrityError as error:
            raise Known(one.subject) from error

    def all(self, community: str) -> list[Resident]:
        return self._find(resident.c.community == community)

    def find(self, community: str, subject: str) -> Resident | None:
        return next(iter(self._find(resident.c.community == community, resident.c.subject == subject)), None)

    def _find(self, *which: sa.ColumnElement[bool]) -> list[Resident]:
        asked = sa.select(*(resident.c[name] for name in Resident._fields)).where(*which).order_by(resident.c.subject)
        with reaching(), self._read.connect() as connection:
            rows = [Resident(*row) for row in connection.execute(asked)]
        return [
            row._replace(
                name=self._seal.open(row.name), phone=self._seal.open(row.phone), home=self._seal.open(row.home)
            )
            for row in rows
        ]

    def consents(self, community: str, subject: str = "") -> list[Consent]:
        """The newest first; without a subject those of everybody."""
        which = [consent.c.community == community, *([consent.c.subject == subject] if subject else [])]
        asked = sa.select(*(consent.c[name] for name in Consent._fields)).where(*which)
        with reaching(), self._read.connect() as connection:
            return [Consent(*row) for row in connection.execute(asked.order_by(consent.c.given_ms.desc()))]

    def give(self, community: str, given: Consent) -> None:
        """One that stands already stays as it is."""
        with reaching(), self._write.begin() as connection:
            mine = _of(community, given.subject, given.category)
            if connection.execute(sa.select(consent.c.subject).where(*mine).limit(1)).first() is None:
                connection.execute(consent.insert().values(given._asdict() | {"community": community}))

    def withdraw(self, community: str, subject: str, category: str, now_ms: int) -> bool:
        """Whether one stood. With that of the guardians their names and telephones go."""
        with reaching(), self._write.begin() as connection:
            ended = consent.update().where(*_of(community, subject, category)).values(withdrawn_ms=now_ms)
            stood = connection.execute(ended).rowcount > 0
            if category == "guardian":
                mine = (contact.c.community == community) & (contact.c.subject == subject)
                connection.execute(contact.delete().where(mine))
        if category == "guardian":
            settle_deleted(self._engines)
        return stood

    def contacts(self, community: str, subject: str) -> list[Contact]:
        asked = sa.select(*(contact.c[name] for name in Contact._fields)).where(
            contact.c.community == community, contact.c.subject == subject
        )
        with reaching(), self._read.connect() as connection:
            rows = [Contact(*row) for row in connection.execute(asked.order_by(contact.c.made_ms, contact.c.id))]
        return [row._replace(name=self._seal.open(row.name), phone=self._seal.open(row.phone)) for row in rows]

    def add_contact(self, community: str, subject: str, relation: str, name: str, phone: str, now_ms: int) -> str:
        """Returns its id."""
        id_ = f"c-{secrets.token_hex(4)}"
        row = {"community": community, "subject": subject, "id": id_, "relation": relation, "made_ms": now_ms}
        with reaching(), self._write.begin() as connection:
            sealed = {"name": self._seal.seal(name), "phone": self._seal.seal(phone)}
            connection.execute(contact.insert().values(row | sealed))
        return id_

    def drop_contact(self, community: str, subject: str, id_: str) -> bool:
        mine = (contact.c.community == community) & (contact.c.subject == subject) & (contact.c.id == id_)
        with reaching(), self._write.begin() as connection:
            return connection.execute(contact.delete().where(mine)).rowcount > 0

    def erase(self, community: str, subject: str) -> int:
        """Everything that leads from the id to the person; how many rows that were."""
        gone = 0
        with reaching(), self._write.begin() as connection:
            for table in (contact, consent, resident):
                mine = (table.c.community == community) & (table.c.subject == subject)
                gone += connection.execute(table.delete().where(mine)).rowcount
        settle_deleted(self._engines)
        return gone


def _of(community: str, subject: str, category: str) -> tuple[sa.ColumnElement[bool], ...]:
    """The consent that stands."""
    found = consent.c
    return (
        found.community == community,
        found.subject == subject,
        found.category == category,
        found.withdrawn_ms.is_(None),
    )
