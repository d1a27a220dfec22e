"""People, grants, sessions.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels = None
depends_on = None


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=key, nullable=False, server_default=None if key else "")


def _big(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def upgrade() -> None:
    op.create_table(
        "person",
        _text("id", key=True),
        sa.Column("account", sa.Text(), nullable=False),
        _text("name"),
        _text("password"),
        _count("must_change"),
        _text("factor"),
        _count("factor_step"),
        _big("created_ms"),
        _big("disabled_ms", null=True),
        sa.UniqueConstraint("account"),
    )
    op.create_table(
        "person_grant", _text("person", key=True), _text("role", key=True), _text("community", key=True), _text("post")
    )
    op.create_table(
        "session",
        _text("id", key=True),
        *map(_text, ("person", "role", "community", "stage")),
        *map(_big, ("created_ms", "seen_ms", "ends_ms")),
        _big("revoked_ms", null=True),
        _text("came_from"),
    )
    op.create_index("session_by_person", "session", ["person"])
    op.create_table("sign_in_failure", _text("account", key=True), _count("times"), _big("last_ms"))
    op.create_table("pairing", _text("code", key=True), _text("community"), _text("by"), _big("ends_ms"))
