"""The tables of history. Every row of a community begins with its id; keys after it grow with time where they can.

`day` is the community's local day (`2026-03-12`), `hour_ms` the moment at which the local hour began; all moments are
UTC milliseconds, amounts whole thousandths (`_mwh`, `_ml`). `said`: the words a row was merged from, [[ms, record id,
values], ..], so that a late word finds its place. A change here needs a migration.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

metadata = sa.MetaData()

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=False, server_default=None if key else "")


def _big(name: str, *, key: bool = False, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, primary_key=key, nullable=null, autoincrement=False)


def _table(name: str, *columns: sa.schema.SchemaItem, small: bool = True) -> sa.Table:
    """SQLite keeps small rows in the order of their key and nowhere else."""
    return sa.Table(name, metadata, *columns, sqlite_with_rowid=not small)


def _some(name: str, which: str, *columns: str) -> sa.Index:
    """An index of those rows alone, with all that a figure asks of them: the columns of `which` too, or SQLite goes
    from the index to each row."""
    return sa.Index(name, "community", *columns, sqlite_where=sa.text(which), postgresql_where=sa.text(which))


def _fact(name: str, *columns: sa.schema.SchemaItem, by_day: bool = True) -> sa.Table:
    """A row for each record, once. Not `by_day`: a day is found by its moments, with which the key begins."""
    return _table(
        name,
        _text("community", key=True),
        _big("at_ms", key=True),
        _text("record_id", key=True),
        _text("day"),
        _big("hour_ms"),
        *columns,
        *([sa.Index(f"{name}_by_day", "community", "day")] if by_day else []),
    )


def _life(name: str, key: tuple[str, ...], *columns: sa.schema.SchemaItem, by_day: bool = True) -> sa.Table:
    """A row for each thing that words were said of. Not `by_day`: another of its indices begins with the day."""
    days: list[sa.schema.SchemaItem] = []
    if "day" not in key:
        days = [_text("day"), _big("hour_ms")]
        days += [sa.Index(f"{name}_by_day", "community", "day")] if by_day else []
    return _table(
        name,
        _text("community", key=True),
        *(_text(part, key=True) for part in key),
        *days,
        *columns,
        sa.Column("said", Json, nullable=False),
        small=False,
    )


# ---- rows of records
journal = _fact(
    "journal",
    _text("type"),
    _text("subject"),
    _text("alarm"),
    _text("device"),
    _text("priority"),
    _text("occurrence"),
    _big("since_ms", null=True),
    _text("by"),
    _text("reason"),
    _text("person"),
    sa.Column("data", Json, nullable=False),
    sa.Index("journal_by_subject", "community", "subject", "at_ms"),
    sa.Index("journal_by_type", "community", "type", "at_ms", "since_ms", "priority", "alarm", "device"),
    sa.Index("journal_by_subject_and_type", "community", "subject", "type", "at_ms", "record_id"),
    _some("journal_by_whom", "by <> ''", "since_ms", "by", "device", "alarm", "person", "type"),
    # in the order of the one before, on PostgreSQL alone: it goes through both side by side
    sa.Index(
        "journal_ended",
        *("community", "since_ms", "device", "alarm", "at_ms", "priority"),
        postgresql_where=sa.text("type = 'alarm.closed'"),
    ).ddl_if(dialect="postgresql"),
)
door_pass = _fact(
    "door_pass",
    _big("arrived_ms"),
    *map(_text, ("device", "method", "result", "reader", "direction", "person")),
    by_day=False,
)
order_phase = _fact(
    "order_phase",
    _big("arrived_ms"),
    *map(_text, ("device", "work_order", "phase", "post")),
)
patrol_scan = _fact(
    "patrol_scan",
    _big("arrived_ms"),
    _text("device"),
    _text("post"),
    sa.Index("patrol_scan_by_device", "community", "device", "at_ms"),
)

# ---- rows of things
charging_session = _life(
    "charging_session",
    ("device", "session"),
    _text("kind"),
    _big("started_ms", null=True),
    _big("ended_ms", null=True),
    _big("energy_mwh", null=True),
    _text("reason"),
    sa.Index("charging_session_by_start", "community", "started_ms", "ended_ms"),
    sa.Index("charging_session_by_length", "community", "day", sa.text("(ended_ms - started_ms)")),
    by_day=False,
)
work_order = _life(
    "work_order",
    ("work_order",),
    _text("phase"),
    *(_big(name, null=True) for name in ("published_ms", "due_ms", "taken_ms", "started_ms", "done_ms", "ended_ms")),
    _big("reopened"),
    _big("rating", null=True),
    *map(_text, ("category", "post", "desk")),
    sa.Index("work_order_by_publication", "community", "published_ms", "ended_ms"),
    # with all that figures ask of orders: there are few, and what was said of each makes their rows long
    sa.Index(
        "work_order_by_day",
        *("community", "day", "category", "published_ms", "taken_ms", "due_ms", "done_ms"),
        *("phase", "rating", "reopened"),
    ),
    by_day=False,
)
intercom_call = _life(
    "intercom_call",
    ("device", "call"),
    _big("rang_ms"),
    *(_big(name, null=True) for name in ("answered_ms", "opened_ms", "ended_ms")),
    *map(_text, ("outcome", "caller", "answered_by", "opened_by")),
    sa.Index("intercom_call_by_answer", "community", "day", sa.text("(COALESCE(answered_ms, opened_ms) - rang_ms)")),
    by_day=False,
)
broadcast = _life(
    "broadcast",
    ("message", "device"),
    _big("offered_ms", null=True),
    _big("acked_ms", null=True),
    _text("result"),
    _big("withdrawn"),
    _text("zones"),
)
patrol_window = _life(
    "patrol_window",
    ("device", "round"),
    _big("from_ms", null=True),
    _big("until_ms", null=True),
    _text("route"),
    _big("cancelled"),
    _big("waived"),
    _some(
        "patrol_window_due",
        "cancelled = 0 AND waived = 0",
        "day",
        "device",
        "from_ms",
        "until_ms",
        "cancelled",
        "waived",
    ),
)
meter_day = _life(
    "meter_day",
    ("day", "device"),
    _text("kind"),
    _big("slots"),
    _big("volumes_read"),
    _big("volume_ml", null=True),
    _big("energies_read"),
    _big("energy_mwh", null=True),
    sa.Index("meter_day_by_device", "community", "device", "day"),
)

# ---- presence: 60 bits an hour, then minutes a day
presence = _table(
    "presence",
    _text("community", key=True),
    _big("hour_ms", key=True),
    _text("device", key=True),
    _text("day"),
    _big("minutes"),
)
presence_day = _table(
    "presence_day",
    _text("community", key=True),
    _text("day", key=True),
    _text("device", key=True),
    _text("system"),
    _text("source"),
    _big("known"),
    _big("online"),
    _big("longest_gap"),
    sa.Column("gaps", Json),
    sa.Index("presence_day_by_device", "community", "device", "day"),
    _some("presence_day_of_cameras", "system = 'cameras'", "day", "device", "known", "online", "longest_gap", "system"),
    _some("presence_day_by_camera", "system = 'cameras'", "device", "day", "system"),
    _some("presence_day_of_feeds", "system = ''", "day", "device", "online", "system"),
    _some("presence_day_unheard", "known > online", "day", "device", "system", "known", "online"),
)
"""`gaps`: of the log and its feeds the stretches in which they were not heard, [[minute, the one after], ..]."""

# ---- sums, recomputed by whole days
rollup_hour = _table(
    "rollup_hour",
    _text("community", key=True),
    _text("measure", key=True),
    _text("day", key=True),
    _big("hour_ms", key=True),
    _text("dim1", key=True),
    _text("dim2", key=True),
    _big("n"),
    _big("total"),
    _big("missing"),
)
rollup_day = _table(
    "rollup_day",
    _text("community", key=True),
    _text("measure", key=True),
    _text("day", key=True),
    _text("dim1", key=True),
    _text("dim2", key=True),
    _big("n"),
    _big("total"),
    _big("missing"),
)

# ---- the house's own
position = _table(
    "position",
    _text("topic", key=True),
    _big("partition", key=True),
    _text("token"),
    _big("appended_ms"),
    _big("records"),
)
dirty = _table("dirty", _text("community", key=True), _text("source", key=True), _text("day", key=True), _big("times"))
"""Days whose sums are older than their rows; emptied in the transaction that recomputes them. `times`: a mark that is
another one each time that rows came."""
kept = _table("kept", _text("community", key=True), _text("source", key=True), _text("from_day"))
"""Rows of days before `from_day` are gone, and such a day is not counted again."""
demo = _table(
    "demo",
    _text("community", key=True),
    _text("from_day"),
    _big("until_ms"),
    _big("seed"),
    _big("done"),
)
"""演示数据: from that day to that moment a community's rows are invented (ingest/past.py)."""
segment = _table(
    "segment",
    _big("partition", key=True),
    _text("first", key=True),
    _text("last"),
    _big("first_ms"),
    _big("last_ms"),
    _big("records"),
    _big("bytes"),
    _text("file"),
)
snapshot = _table(
    "snapshot",
    _text("community", key=True),
    _text("position", key=True),
    _big("clock_ms"),
    _big("fold_version"),
    _text("sha256"),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("snapshot_by_clock", "community", "clock_ms"),
)

# ---- reports, and who may read
report = _table(
    "report",
    _text("community", key=True),
    _text("number", key=True),
    *map(_text, ("kind", "edition", "lang", "from_day", "to_day", "subject")),
    _big("made_ms"),
    _big("issued_ms", null=True),
    _text("issued_by"),
    _big("place", null=True),
    *map(_text, ("sha256", "corrects", "previous", "chain")),
    sa.Column("own", Json),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("report_by_day", "community", "to_day"),
    small=False,
)
"""`issued_ms`: from then on nothing of the row changes; `place`: its place in the chain of the community's reports."""
report_file = _table(
    "report_file",
    _text("community", key=True),
    _text("number", key=True),
    _text("format", key=True),
    _text("sha256"),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("report_file_by_hash", "sha256"),
    small=False,
)
report_signature = _table(
    "report_signature",
    _text("community", key=True),
    _text("number", key=True),
    _text("role", key=True),
    _text("post"),
    _big("at_ms"),
    _text("sha256"),
    _text("person"),
)
reader = _table(
    "reader",
    _text("name", key=True),
    _text("sha256"),
    sa.Column("communities", Json, nullable=False),
    _text("by"),
    _big("made_ms"),
    _big("revoked_ms", null=True),
    sa.Index("reader_by_hash", "sha256"),
)
"""Who may read figures and records from outside: a name, and the hash of a token that is shown once."""

FACTS = {table.name: table for table in (journal, door_pass, order_phase, patrol_scan)}
LIVES = {
    table.name: table for table in (charging_session, work_order, intercom_call, broadcast, patrol_window, meter_day)
}
