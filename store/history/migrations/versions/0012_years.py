"""What years of data want: sums of presence, of readings and of answers by the second, and indices for what pages ask.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"
branch_labels = None
depends_on = None

_SUMS = "INSERT INTO {table} (community, measure, day, {hour}dim1, dim2, n, total, missing) "
_READ = "CASE WHEN volumes_read > energies_read THEN volumes_read ELSE energies_read END"
_LASTED = "ended_ms - started_ms"
_ANSWERED = "COALESCE(answered_ms, opened_ms) - rang_ms"


def upgrade() -> None:
    some = {"presence_day_of_cameras": "system = 'cameras'", "presence_day_unheard": "known > online"}
    columns = {
        "presence_day_of_cameras": ["day", "device", "known", "online", "longest_gap"],
        "presence_day_unheard": ["day", "device", "system", "known", "online"],
    }
    for name, which in some.items():
        where = sa.text(which)
        op.create_index(name, "presence_day", ["community", *columns[name]], sqlite_where=where, postgresql_where=where)
    by_type = ["community", "type", "at_ms", "since_ms", "priority", "alarm", "device"]
    op.create_index("journal_by_type", "journal", by_type)
    op.create_index("journal_by_subject_and_type", "journal", ["community", "subject", "type", "at_ms", "record_id"])
    op.drop_index("charging_session_by_start", "charging_session")
    op.create_index("charging_session_by_start", "charging_session", ["community", "started_ms", "ended_ms"])
    op.create_index("charging_session_by_length", "charging_session", ["community", "day", sa.text(f"({_LASTED})")])
    op.create_index("work_order_by_publication", "work_order", ["community", "published_ms", "ended_ms"])
    op.create_index("intercom_call_by_answer", "intercom_call", ["community", "day", sa.text(f"({_ANSWERED})")])
    op.create_index("meter_day_by_device", "meter_day", ["community", "device", "day"])
    op.execute(
        _SUMS.format(table="rollup_day", hour="")
        + "SELECT community, 'presence', day, system, '', COUNT(*), SUM(online), SUM(known - online) "
        "FROM presence_day WHERE system <> '' GROUP BY community, day, system"
    )
    for table, hour, zero in (("rollup_hour", "hour_ms, ", "0, "), ("rollup_day", "", "")):
        head = _SUMS.format(table=table, hour=hour)
        op.execute(
            f"{head}SELECT community, 'meter', day, {zero}kind, '', COUNT(*), SUM({_READ}), SUM(slots - ({_READ})) "
            "FROM meter_day GROUP BY community, day, kind"
        )
        for measure, source, amount, step_ms in (
            ("answered", "intercom_call", _ANSWERED, 1000),
            ("lasted", "charging_session", _LASTED, 600_000),
        ):
            steps = f"CAST(({amount}) / {step_ms} AS TEXT)"
            op.execute(
                f"{head}SELECT community, '{measure}', day, {zero}{steps}, '', COUNT(*), 0, 0 "
                f"FROM {source} WHERE {amount} >= 0 GROUP BY community, day, {steps}"
            )
