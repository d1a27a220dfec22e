"""Tables of residents. Moments are UTC milliseconds; of a code and of a phone only what recognises it is kept."""

from __future__ import annotations

import sqlalchemy as sa

from store.people.tables import metadata

__all__ = ["consent", "contact", "metadata", "notice", "receipt", "report", "resident"]


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=False, server_default=None if key else "")


def _ms(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null)


report = sa.Table(
    "resident_report",
    metadata,
    _text("community", key=True),
    _text("work_order", key=True),
    _text("code"),
    _text("category"),
    _text("place"),
    _text("text"),
    _text("photos"),
    _ms("made_ms"),
    sa.Index("resident_report_by_code", "code"),
)
"""`code`: SHA-256 of what the resident was given. `place`: id of a device or a phone. `photos`: hashes, one a line."""

notice = sa.Table(
    "notice",
    metadata,
    _text("community", key=True),
    _text("id", key=True),
    _text("title"),
    _text("text"),
    _text("by"),
    _ms("made_ms"),
    _ms("until_ms"),
)

receipt = sa.Table(
    "notice_receipt",
    metadata,
    _text("community", key=True),
    _text("notice", key=True),
    _text("reader", key=True),
    _ms("at_ms"),
)
"""`reader`: SHA-256 of a random word on a phone: a count of phones, never of persons."""

resident = sa.Table(
    "resident",
    metadata,
    _text("community", key=True),
    _text("subject", key=True),
    *map(_text, ("name", "phone", "home", "kind")),
    _ms("made_ms"),
)
"""`subject`: the register's id, all that the log knows of the person. Name, phone and home are sealed."""

consent = sa.Table(
    "resident_consent",
    metadata,
    _text("community", key=True),
    _text("subject", key=True),
    _text("category", key=True),
    sa.Column("given_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    *map(_text, ("by", "recorded")),
    _ms("withdrawn_ms", null=True),
)

contact = sa.Table(
    "resident_contact",
    metadata,
    _text("community", key=True),
    _text("subject", key=True),
    _text("id", key=True),
    *map(_text, ("relation", "name", "phone")),
    _ms("made_ms"),
)
"""Name and phone are sealed."""
