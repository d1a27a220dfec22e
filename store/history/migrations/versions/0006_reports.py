"""Reports: drafts and what was issued, with files and signatures; readers of open data.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision: str | None = "0005"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=None if key else "")


def _big(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)


def upgrade() -> None:
    op.create_table(
        "report",
        _text("community", key=True),
        _text("number", key=True),
        *map(_text, ("kind", "edition", "lang", "from_day", "to_day", "subject")),
        _big("made_ms"),
        _big("issued_ms", null=True),
        _text("issued_by"),
        _big("place", null=True),
        *map(_text, ("sha256", "corrects", "previous", "chain")),
        sa.Column("own", _JSON),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("community", "number"),
    )
    op.create_index("report_by_day", "report", ["community", "to_day"])
    op.create_table(
        "report_file",
        _text("community", key=True),
        _text("number", key=True),
        _text("format", key=True),
        _text("sha256"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("community", "number", "format"),
    )
    op.create_index("report_file_by_hash", "report_file", ["sha256"])
    op.create_table(
        "report_signature",
        _text("community", key=True),
        _text("number", key=True),
        _text("role", key=True),
        _text("post"),
        _big("at_ms"),
        _text("sha256"),
        sa.PrimaryKeyConstraint("community", "number", "role"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reader",
        _text("name", key=True),
        _text("sha256"),
        sa.Column("communities", _JSON, nullable=False),
        _text("by"),
        _big("made_ms"),
        _big("revoked_ms", null=True),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    op.create_index("reader_by_hash", "reader", ["sha256"])
