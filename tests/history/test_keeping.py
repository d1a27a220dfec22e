"""What is kept and what goes; two writers; a row that no database takes; hourly states that a replay meets again."""

from __future__ import annotations

import gzip
from hashlib import sha256
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
from msgspec.structs import replace

from community.fold import fold
from community.history.days import days_before
from community.history.numbers import Retention
from community.model import FOLD_VERSION, Position, decode
from community.site import SiteError, parse_site
from community.state import State
from store import keys
from store.history import HistoryMoved, snapshots, tables
from store.history.book import Book
from store.history.database import migrate, open_engine
from store.history.figures import figures
from store.history.retention import AUDIT_DAYS, KEPT, retain
from store.history.segments import Segments
from store.live import Batch, LiveWriter
from store.log import Entry
from tests.history.pages import DAY_MS, HOUR_MS, SITE, T0_MS, Pages, rows, write
from tests.history.test_set import LIFE

DAY = "2026-03-12"
CARD = {"method": "card", "result": "granted"}


def test_no_site_keeps_its_journal_shorter_than_the_law() -> None:
    text = b'{"id": "x", "name": {"zh": "x", "en": "x"}, "numbers": {"history": {"journal_days": %d}}}'
    assert parse_site(text % 180).numbers_of(Retention).journal_days == 180
    with pytest.raises(SiteError, match=r"numbers.history.journal_days: Expected `int` >= 180"):
        parse_site(text % 179)
    assert Retention().journal_days >= AUDIT_DAYS
    assert {kept.number for kept in KEPT} <= set(Retention.__struct_fields__)


def test_old_days_go_their_sums_stay_and_nothing_fills_them_again(history_engine: sa.Engine) -> None:
    pages = Pages()
    for day in range(3):
        pages.log("access.pass", "D-1", CARD, at_ms=T0_MS + day * DAY_MS + HOUR_MS)
        pages.alarm("SOS/S-1", T0_MS + day * DAY_MS, ack_s=5, back_s=60)
    write(history_engine, pages.entries)
    short = replace(SITE, numbers={"history": {"passes_days": 10, "journal_days": 180}})
    dropped = retain(history_engine, short, T0_MS + 12 * DAY_MS)
    assert dropped == {"door_pass": 2}
    assert [row[3] for row in rows(history_engine, "door_pass")["door_pass"]] == [days_before("2026-03-24", 10)]
    late = [
        pages.log("access.pass", "D-1", CARD, at_ms=T0_MS + HOUR_MS + 1, appended_ms=T0_MS + 12 * DAY_MS),
        pages.log("access.pass", "D-1", CARD, at_ms=T0_MS + 2 * DAY_MS + 9, appended_ms=T0_MS + 12 * DAY_MS),
    ]
    book = write(history_engine, late, site=short)
    assert book.too_old == 1
    passes = [figures(history_engine, short, d, d, ["passes"]).figures[0].value for d in (DAY, "2026-03-14")]
    assert passes == [1, 2]
    assert retain(history_engine, replace(short, numbers={}), T0_MS + 12 * DAY_MS) == {}
    write(history_engine, [pages.log("access.pass", "D-1", CARD, at_ms=T0_MS, appended_ms=T0_MS + 12 * DAY_MS)])
    assert len(rows(history_engine, "door_pass")["door_pass"]) == 2


def test_a_second_writer_changes_nothing(history_engine: sa.Engine) -> None:
    line = [entry for entry in LIFE if entry.topic == keys.LOG]
    one, other = (Book(history_engine, {SITE.id: SITE}) for _ in range(2))
    one.positions(keys.LOG), other.positions(keys.LOG)
    one.take(line[:20])
    with pytest.raises(HistoryMoved):
        other.take(line[:30])
    other.positions(keys.LOG)
    assert other.take(line) == len(line) - 20
    with pytest.raises(HistoryMoved):
        one.take(line)
    held = rows(history_engine, "door_pass", "presence", "charging_session")
    with history_engine.begin() as connection:
        for table in tables.metadata.sorted_tables:
            connection.execute(table.delete())
    write(history_engine, line)
    assert rows(history_engine, *held) == held


def test_texts_that_a_database_does_not_take_are_made_plain(history_engine: sa.Engine) -> None:
    pages = Pages()
    long, nul = "x" * 9000, "a\0b"
    pages.log("access.pass", f"D-{long}"[:300], {"method": nul, "result": "granted"}, at_ms=T0_MS, id_=long)
    pages.log("intercom.call", "I-1", {"call": long, "phase": "ringing", "caller": nul}, at_ms=T0_MS)
    pages.log("charging.session", nul, {"session": nul, "phase": "ended", "reason": nul}, at_ms=T0_MS)
    pages.journal("alarm.activated", "SOS/S-1", {"alarm": "SOS/S-1", "detail": {nul: [nul, 1e300]}}, at_ms=T0_MS)
    pages.log("meter.intervals", "W-1", {"start_ms": T0_MS - HOUR_MS, "volume_l": [1e300, 2]}, at_ms=T0_MS)
    book = write(history_engine, pages.entries)
    assert book.skipped == 0
    held = rows(history_engine)
    assert [len(held[name]) for name in ("door_pass", "intercom_call", "charging_session", "journal")] == [1, 1, 1, 1]
    assert held["meter_day"][0][5:7] == (1, 2000)


def test_a_row_that_no_database_takes_is_left_out_and_the_others_are_not(history_engine: sa.Engine) -> None:
    pages = Pages()
    for n in range(9):
        pages.log("access.pass", "D-1", CARD, at_ms=T0_MS + n)
    book = Book(history_engine, {SITE.id: SITE})
    book.positions(keys.LOG)
    whole = book._facts

    def broken(connection: sa.Connection, name: str, some: list[tuple[object, ...]], *others: object) -> None:
        if any(line[1] == T0_MS + 5 for line in some):
            connection.exec_driver_sql("INSERT INTO door_pass (community) VALUES (NULL)")
        whole(connection, name, some, *others)  # type: ignore[arg-type]

    book._facts = broken  # type: ignore[method-assign]
    assert book.take(pages.entries) == 9
    assert book.skipped == 1
    assert [row[1] - T0_MS for row in rows(history_engine, "door_pass")["door_pass"]] == [0, 1, 2, 3, 4, 6, 7, 8]
    assert book.positions(keys.LOG) == {0: pages.entries[-1].position}


def test_a_state_of_an_hour_is_met_again_by_a_replay(redis_url: str, tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'h.db'}", write=True)
    migrate(engine)
    client = redis.Redis.from_url(redis_url)
    line = [e for e in LIFE if e.topic == keys.LOG]

    def folded(state: State, entries: list[Entry], batch: Batch | None = None) -> State:
        for entry in entries:
            changes = fold(state, decode(entry.value, position=entry.position, appended_ms=entry.appended_ms))
            if batch is None:
                state.apply(changes)
            else:
                batch.add(changes)
        return state

    live = LiveWriter(client)
    batch = Batch(live.load(SITE))
    folded(batch.state, line[:90], batch)
    live.flush(batch)
    first = snapshots.take(engine, client, SITE)
    assert first is not None and first.position == line[89].position.token()
    assert snapshots.take(engine, client, SITE) is None  # it stands where it stood
    folded(batch.state, line[90:], batch)
    live.flush(batch)
    second = snapshots.take(engine, client, SITE)
    assert second is not None
    replayed = folded(folded(State(SITE), line[:90]), line[90:])
    assert sha256(snapshots.state_bytes(replayed)).hexdigest() == second.sha256
    near = snapshots.nearest(engine, "garden", second.clock_ms - 1)
    assert near == (first.position, first.clock_ms, FOLD_VERSION)
    restored = snapshots.restore(engine, SITE, near.position)
    assert sha256(snapshots.state_bytes(restored)).hexdigest() == first.sha256
    with engine.connect() as connection:
        kept = connection.execute(sa.select(tables.snapshot).order_by(tables.snapshot.c.position)).all()
    assert [(row.fold_version, sha256(gzip.decompress(row.body)).hexdigest()) for row in kept] == [
        (FOLD_VERSION, first.sha256),
        (FOLD_VERSION, second.sha256),
    ]
    client.close()
    engine.dispose()


def test_raw_records_of_more_days_than_are_kept_go_with_their_files(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'h.db'}", write=True)
    migrate(engine)
    segments = Segments(tmp_path / "raw")
    book = Book(engine, {SITE.id: SITE}, segments)
    for n in range(4):
        book.take([Entry(keys.LOG, Position(1, 0, n), T0_MS + n * HOUR_MS, b"", b"{}", [])])
    assert segments.sweep(engine, T0_MS + 2 * HOUR_MS) == 2
    assert len(list(segments.folder.iterdir())) == 2
    engine.dispose()
