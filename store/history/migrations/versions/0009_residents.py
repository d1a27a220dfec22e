"""Residents' reports, notices, receipts.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels = None
depends_on = None


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=key, nullable=False, server_default=None if key else "")


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "resident_report",
        _text("community", key=True),
        _text("work_order", key=True),
        *map(_text, ("code", "category", "place", "text", "photos")),
        _big("made_ms"),
    )
    op.create_index("resident_report_by_code", "resident_report", ["code"])
    op.create_table(
        "notice",
        _text("community", key=True),
        _text("id", key=True),
        *map(_text, ("title", "text", "by")),
        *map(_big, ("made_ms", "until_ms")),
    )
    op.create_table(
        "notice_receipt",
        _text("community", key=True),
        _text("notice", key=True),
        _text("reader", key=True),
        _big("at_ms"),
    )
