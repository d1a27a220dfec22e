"""The register of persons: residents, their consents, their contacts.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"
branch_labels = None
depends_on = None


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=key, nullable=False, server_default=None if key else "")


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "resident",
        _text("community", key=True),
        _text("subject", key=True),
        *map(_text, ("name", "phone", "home", "kind")),
        _big("made_ms"),
    )
    op.create_table(
        "resident_consent",
        _text("community", key=True),
        _text("subject", key=True),
        _text("category", key=True),
        sa.Column("given_ms", sa.BigInteger(), primary_key=True, autoincrement=False),
        *map(_text, ("by", "recorded")),
        sa.Column("withdrawn_ms", sa.BigInteger()),
    )
    op.create_table(
        "resident_contact",
        _text("community", key=True),
        _text("subject", key=True),
        _text("id", key=True),
        *map(_text, ("relation", "name", "phone")),
        _big("made_ms"),
    )
