"""Who signed a report, by the register's id: of a hand-over two different people.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("report_signature") as table:
        table.add_column(sa.Column("person", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("report_signature") as table:
        table.drop_column("person")
