"""The language of whoever is signed in, kept with the person.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("person", "session"):
        op.add_column(table, sa.Column("lang", sa.Text(), nullable=False, server_default=""))
