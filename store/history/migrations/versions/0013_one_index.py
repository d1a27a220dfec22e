"""One index that begins with the day, where 0012 made another: of two alike SQLite may take the one that reads all.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision: str | None = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("charging_session", "intercom_call"):
        op.drop_index(f"{table}_by_day", table)
