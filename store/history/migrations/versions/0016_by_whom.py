"""Who has done something to an alarm, beside which alarm it was: searches by colleague read an index, no entries.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision: str | None = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("journal", sa.Column("person", sa.Text, nullable=False, server_default=""))
    postgresql = op.get_bind().dialect.name == "postgresql"
    told = "data ->> 'person'" if postgresql else "json_extract(data, '$.person')"
    op.execute(f"UPDATE journal SET person = {told} WHERE by <> '' AND {told} <> ''")
    where = sa.text("by <> ''")
    columns = ["community", "since_ms", "by", "device", "alarm", "person", "type"]
    op.create_index("journal_by_whom", "journal", columns, sqlite_where=where, postgresql_where=where)
