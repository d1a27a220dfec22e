"""Tables of people. Moments are UTC milliseconds; a secret is never kept, only what recognises it."""

from __future__ import annotations

import sqlalchemy as sa

from store.history.tables import metadata

__all__ = ["failure", "metadata", "pairing", "person", "person_grant", "session"]


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=False, server_default=None if key else "")


def _ms(name: str, *, null: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


person = sa.Table(
    "person",
    metadata,
    _text("id", key=True),
    sa.Column("account", sa.Text, nullable=False, unique=True),
    _text("name"),
    _text("password"),
    _count("must_change"),
    _text("factor"),
    _count("factor_step"),
    _ms("created_ms", null=False),
    _ms("disabled_ms"),
    _text("lang"),
)
"""`id`: `staff:` and a random part, what the log and the audit carry. `password`: an argon2 hash. `factor`: the sealed
secret of the second factor; `factor_step`: the last time step whose code was used, so that none is used twice.
`lang`: which of the product's languages the person reads; empty: nobody has said so yet."""

person_grant = sa.Table(
    "person_grant",
    metadata,
    _text("person", key=True),
    _text("role", key=True),
    _text("community", key=True),
    _text("post"),
)

session = sa.Table(
    "session",
    metadata,
    _text("id", key=True),
    _text("person"),
    _text("role"),
    _text("community"),
    _text("stage"),
    _ms("created_ms", null=False),
    _ms("seen_ms", null=False),
    _ms("ends_ms", null=False),
    _ms("revoked_ms"),
    _text("came_from"),
    _text("lang"),
    sa.Index("session_by_person", "person"),
)
"""`id`: SHA-256 of what the cookie holds. A wall or a demo visitor is no person: `role`, `community` say what it may.
`stage`: what is still missing before the person is in; empty: nothing. `lang`: of a session that is no person's."""

failure = sa.Table("sign_in_failure", metadata, _text("account", key=True), _count("times"), _ms("last_ms", null=False))
"""By the account that was typed, whether there is one of that name or not: the answer tells nobody which there are."""

pairing = sa.Table(
    "pairing",
    metadata,
    _text("code", key=True),
    _text("community"),
    _text("by"),
    _ms("ends_ms", null=False),
)
"""`code`: SHA-256 of the pairing code that opens one wall; gone once it has."""
