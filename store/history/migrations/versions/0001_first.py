"""The first schema of history.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision: str | None = None
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "broadcast",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), server_default="", nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("offered_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("acked_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column("withdrawn", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("zones", sa.Text(), server_default="", nullable=False),
        sa.Column("said", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("community", "message", "device"),
        sqlite_with_rowid=True,
    )
    op.create_index("broadcast_by_day", "broadcast", ["community", "day"], unique=False)
    op.create_table(
        "charging_session",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), server_default="", nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("started_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("energy_mwh", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("said", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("community", "device", "session"),
        sqlite_with_rowid=True,
    )
    op.create_index("charging_session_by_day", "charging_session", ["community", "day"], unique=False)
    op.create_index("charging_session_by_start", "charging_session", ["community", "started_ms"], unique=False)
    op.create_table(
        "dirty",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("times", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("community", "source", "day"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "door_pass",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), server_default="", nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("arrived_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("device", sa.Text(), server_default="", nullable=False),
        sa.Column("method", sa.Text(), server_default="", nullable=False),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column("reader", sa.Text(), server_default="", nullable=False),
        sa.Column("direction", sa.Text(), server_default="", nullable=False),
        sa.Column("person", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("community", "at_ms", "record_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("door_pass_by_day", "door_pass", ["community", "day"], unique=False)
    op.create_table(
        "intercom_call",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), server_default="", nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rang_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("answered_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("opened_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("caller", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_by", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_by", sa.Text(), server_default="", nullable=False),
        sa.Column("said", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("community", "device", "call"),
        sqlite_with_rowid=True,
    )
    op.create_index("intercom_call_by_day", "intercom_call", ["community", "day"], unique=False)
    op.create_table(
        "journal",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), server_default="", nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("alarm", sa.Text(), server_default="", nullable=False),
        sa.Column("device", sa.Text(), server_default="", nullable=False),
        sa.Column("priority", sa.Text(), server_default="", nullable=False),
        sa.Column("occurrence", sa.Text(), server_default="", nullable=False),
        sa.Column("since_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("data", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("community", "at_ms", "record_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("journal_by_day", "journal", ["community", "day"], unique=False)
    op.create_index("journal_by_subject", "journal", ["community", "subject", "at_ms"], unique=False)
    op.create_table(
        "kept",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("community", "source"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "meter_day",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("slots", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("volumes_read", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("volume_ml", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("energies_read", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("energy_mwh", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("said", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("community", "day", "device"),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "order_phase",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), server_default="", nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("arrived_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("device", sa.Text(), server_default="", nullable=False),
        sa.Column("work_order", sa.Text(), server_default="", nullable=False),
        sa.Column("phase", sa.Text(), server_default="", nullable=False),
        sa.Column("post", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("community", "at_ms", "record_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("order_phase_by_day", "order_phase", ["community", "day"], unique=False)
    op.create_table(
        "patrol_scan",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), server_default="", nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("arrived_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("device", sa.Text(), server_default="", nullable=False),
        sa.Column("post", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("community", "at_ms", "record_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("patrol_scan_by_day", "patrol_scan", ["community", "day"], unique=False)
    op.create_index("patrol_scan_by_device", "patrol_scan", ["community", "device", "at_ms"], unique=False)
    op.create_table(
        "patrol_window",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("round", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), server_default="", nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("from_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("until_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("route", sa.Text(), server_default="", nullable=False),
        sa.Column("cancelled", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("waived", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("said", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("community", "device", "round"),
        sqlite_with_rowid=True,
    )
    op.create_index("patrol_window_by_day", "patrol_window", ["community", "day"], unique=False)
    op.create_table(
        "position",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token", sa.Text(), server_default="", nullable=False),
        sa.Column("appended_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("records", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "presence",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), server_default="", nullable=False),
        sa.Column("minutes", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("community", "hour_ms", "device"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "presence_day",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("known", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("online", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("longest_gap", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("community", "day", "device"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rollup_day",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("dim1", sa.Text(), nullable=False),
        sa.Column("dim2", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("total", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("missing", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("community", "measure", "day", "dim1", "dim2"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rollup_hour",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("dim1", sa.Text(), nullable=False),
        sa.Column("dim2", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("total", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("missing", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("community", "measure", "day", "hour_ms", "dim1", "dim2"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "segment",
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("last", sa.Text(), server_default="", nullable=False),
        sa.Column("first_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("records", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bytes", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("file", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("partition", "first"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "snapshot",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("clock_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fold_version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("community", "position"),
        sqlite_with_rowid=False,
    )
    op.create_index("snapshot_by_clock", "snapshot", ["community", "clock_ms"], unique=False)
    op.create_table(
        "work_order",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("work_order", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), server_default="", nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("phase", sa.Text(), server_default="", nullable=False),
        sa.Column("published_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("due_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("taken_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("started_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("done_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("reopened", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rating", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("category", sa.Text(), server_default="", nullable=False),
        sa.Column("post", sa.Text(), server_default="", nullable=False),
        sa.Column("desk", sa.Text(), server_default="", nullable=False),
        sa.Column("said", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("community", "work_order"),
        sqlite_with_rowid=True,
    )
    op.create_index("work_order_by_day", "work_order", ["community", "day"], unique=False)
