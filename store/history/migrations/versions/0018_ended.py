"""PostgreSQL: ended alarms in the order of who handled them, so that two indices are gone through side by side, and a
journal that is vacuumed as it grows: until it is, no index is enough by itself and a count reads every page of a year.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision: str | None = "0017"
branch_labels = None
depends_on = None

INSERTS_SINCE = (13,)
"""PostgreSQL that vacuums what is only ever added to."""


def upgrade() -> None:
    dialect = op.get_bind().dialect
    if dialect.name != "postgresql":  # SQLite needs neither: it has no such pages, and joins by the index it has
        return
    columns = ["community", "since_ms", "device", "alarm", "at_ms", "priority"]
    where = sa.text("type = 'alarm.closed'")
    op.create_index("journal_ended", "journal", columns, postgresql_where=where, if_not_exists=True)
    if (dialect.server_version_info or ()) >= INSERTS_SINCE:  # after a hundredth, where a fifth is usual
        op.execute("ALTER TABLE journal SET (autovacuum_vacuum_insert_scale_factor = 0.01)")
