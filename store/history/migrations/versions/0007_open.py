"""Views for whoever reads from outside: figures and records without persons, homes and alarms of care.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels = None
depends_on = None

CARE = "('FALL', 'VITALS', 'LONG_IN', 'LONG_OUT', 'LOW_WATER')"

VIEWS = {
    # an alarm that came, once, with how long it took; nothing that a guard has written of it, and of care, and of
    # residents' devices, nothing at all
    "open_alarm": f"""
        SELECT a.community, a.day, a.at_ms, a.at_ms / 1000 AS at_s, a.alarm, a.priority,
            (SELECT MIN(k.at_ms) FROM journal AS k WHERE k.community = a.community AND k.subject = a.subject
                AND k.at_ms >= a.at_ms AND k.occurrence = a.occurrence AND k.type = 'alarm.acknowledged') / 1000.0
                - a.at_ms / 1000.0 AS acknowledged_s,
            (SELECT MIN(c.at_ms) FROM journal AS c WHERE c.community = a.community AND c.subject = a.subject
                AND c.at_ms >= a.at_ms AND c.type = 'alarm.closed') / 1000.0 - a.at_ms / 1000.0 AS closed_s,
            a.record_id AS id
        FROM journal AS a WHERE a.type = 'alarm.activated' AND a.alarm NOT IN {CARE}
            AND a.device NOT LIKE 'subject-%'""",
    "open_charging_session": """
        SELECT community, day, ended_ms, ended_ms / 1000 AS at_s, started_ms, kind,
            energy_mwh / 1000000.0 AS energy_kwh, reason, session AS id
        FROM charging_session WHERE ended_ms IS NOT NULL""",
    "open_order": """
        SELECT community, day, published_ms, published_ms / 1000 AS at_s, category, phase,
            (taken_ms - published_ms) / 60000.0 AS taken_min, (done_ms - published_ms) / 60000.0 AS done_min,
            rating, reopened, work_order AS id
        FROM work_order WHERE published_ms IS NOT NULL""",
    # sums by day: alarms by type and priority, passes by method and result, sessions and energy by kind, ..
    "open_day": f"""
        SELECT community, day, measure, CASE WHEN dim1 IN {CARE} THEN 'OTHER' ELSE dim1 END AS dim1, dim2,
            SUM(n) AS n, SUM(total) AS total, SUM(missing) AS missing,
            measure || '/' || CASE WHEN dim1 IN {CARE} THEN 'OTHER' ELSE dim1 END || '/' || dim2 AS id
        FROM rollup_day GROUP BY community, day, measure,
            CASE WHEN dim1 IN {CARE} THEN 'OTHER' ELSE dim1 END, dim2""",
    "open_presence": """
        SELECT community, day, system, COUNT(*) AS devices, SUM(known) AS known_min, SUM(online) AS online_min,
            system AS id
        FROM presence_day WHERE system <> '' GROUP BY community, day, system""",
}


def upgrade() -> None:
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW {name} AS {query}")
