"""Orders by day with all that figures ask of them, and cameras one after the other.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision: str | None = "0014"
branch_labels = None
depends_on = None

_ASKED = ["category", "published_ms", "taken_ms", "due_ms", "done_ms", "phase", "rating", "reopened"]


def upgrade() -> None:
    op.drop_index("work_order_by_day", "work_order")
    op.create_index("work_order_by_day", "work_order", ["community", "day", *_ASKED])
    where, columns = sa.text("system = 'cameras'"), ["community", "device", "day", "system"]
    op.create_index("presence_day_by_camera", "presence_day", columns, sqlite_where=where, postgresql_where=where)
