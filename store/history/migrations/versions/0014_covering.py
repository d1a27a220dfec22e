"""Indices of some rows with the columns of their own condition: without them SQLite goes from the index to each row.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision: str | None = "0013"
branch_labels = None
depends_on = None

_INDICES = {
    "presence_day_of_cameras": (
        "presence_day",
        "system = 'cameras'",
        ["day", "device", "known", "online", "longest_gap", "system"],
    ),
    "presence_day_of_feeds": ("presence_day", "system = ''", ["day", "device", "online", "system"]),
    "patrol_window_due": (
        "patrol_window",
        "cancelled = 0 AND waived = 0",
        ["day", "device", "from_ms", "until_ms", "cancelled", "waived"],
    ),
}


def upgrade() -> None:
    op.drop_index("presence_day_of_cameras", "presence_day")
    for name, (table, which, columns) in _INDICES.items():
        where = sa.text(which)
        op.create_index(name, table, ["community", *columns], sqlite_where=where, postgresql_where=where)
