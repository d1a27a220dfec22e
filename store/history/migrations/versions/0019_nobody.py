"""Views from outside that say less: an order's reason is a person's words or the alarm of a device, a session's id the
port at which it was.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision: str | None = "0018"
branch_labels = None
depends_on = None

CARE = "('FALL', 'VITALS', 'LONG_IN', 'LONG_OUT', 'LOW_WATER')"
WORD = f"CASE WHEN measure = 'order' THEN '' WHEN dim1 IN {CARE} THEN 'OTHER' ELSE dim1 END"

VIEWS = {
    # sums by day: alarms by type and priority, passes by method and result, orders by who gave them, ..
    "open_day": f"""
        SELECT community, day, measure, {WORD} AS dim1, dim2, SUM(n) AS n, SUM(total) AS total,
            SUM(missing) AS missing, measure || '/' || {WORD} || '/' || dim2 AS id
        FROM rollup_day GROUP BY community, day, measure, {WORD}, dim2""",
    # by its number among those that ended in the same millisecond
    "open_charging_session": """
        SELECT community, day, ended_ms, ended_ms / 1000 AS at_s, started_ms, kind,
            energy_mwh / 1000000.0 AS energy_kwh, reason,
            CAST(ROW_NUMBER() OVER (PARTITION BY community, day, ended_ms ORDER BY device, session) AS TEXT) AS id
        FROM charging_session WHERE ended_ms IS NOT NULL""",
}


def upgrade() -> None:
    replaced = op.get_bind().dialect.name == "postgresql"  # who may read them still may
    for name, query in VIEWS.items():
        if not replaced:
            op.execute(f"DROP VIEW {name}")
        op.execute(f"CREATE {'OR REPLACE ' if replaced else ''}VIEW {name} AS {query}")
