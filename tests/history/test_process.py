"""`python -m ingest history` itself: killed at any moment, its database away, its raw records cut in the middle."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
import sqlalchemy as sa

from community.model import Position
from store import keys
from store.children import Children, end
from store.history import tables
from store.history.database import migrate, open_engine
from store.history.segments import read_raw
from store.log import Entry, LogWriter
from store.log.kafka import KafkaWriter
from store.log.streams import StreamsReader, StreamsWriter
from tests.engines.kafka import Broker
from tests.engines.postgres import PostgresServer
from tests.engines.wait import wait_until
from tests.history.pages import SITE, rows, write
from tests.history.test_set import LIFE

ROOT = Path(__file__).resolve().parents[2]


class History:
    """The process, its log in Streams, its database."""

    def __init__(self, children: Children, redis_url: str, url: str, folder: Path, bootstrap: str = "") -> None:
        self._children, self._redis_url, self.url, self.var = children, redis_url, url, folder
        site = folder / "garden.json"
        kept = dict.fromkeys(("passes_days", "calls_days", "broadcasts_days", "patrol_days", "presence_days"), 36_600)
        site.write_bytes(msgspec.json.encode(msgspec.structs.replace(SITE, numbers={"history": kept})))
        self._env = {
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
            "REDIS_URL": redis_url,
            "DATABASE_URL": url,
            "SITE": str(site),
            "SHOUWANG_VAR": str(folder),
        }
        self.writer: LogWriter = KafkaWriter(bootstrap) if bootstrap else StreamsWriter(redis_url)
        self.engine = open_engine(url)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.var / "history.log").open("ab") as said:
            self.process = self._children.start(
                [sys.executable, "-m", "ingest", "history"], cwd=ROOT, env=self._env, stdout=said, stderr=said
            )

    def kill(self, sig: signal.Signals = signal.SIGKILL) -> int:
        assert self.process is not None
        end(self.process, sig)
        code = self.process.wait(30)
        self._children.forget(self.process)
        self.process = None
        return code

    def tell(self, entries: list[Entry]) -> None:
        pending = [self.writer.append(entry.topic, "garden", entry.value) for entry in entries]
        for appended in pending:
            appended.result()

    def read(self) -> list[Entry]:
        """All that the log holds."""
        found: list[Entry] = []
        for topic in (keys.LOG, keys.JOURNAL):
            reader = StreamsReader(self._redis_url, topic, "test-of-history")
            while entries := reader.poll(10, 5000):
                found += entries
            reader.close()
        return found

    def stands(self) -> dict[str, str]:
        """Topic -> position in SQL; nothing while there is no schema."""
        try:
            with self.engine.connect() as connection:
                return {row.topic: row.token for row in connection.execute(sa.select(tables.position))}
        except sa.exc.SQLAlchemyError:
            return {}

    def until_written(self, entries: list[Entry]) -> None:
        last = {entry.topic: entry.position.token() for entry in entries}
        wait_until(lambda: self.stands() == last, 60, f"SQL at {last}; see {self.var / 'history.log'}")


@pytest.fixture
def history(children: Children, redis_url: str, history_url: str, tmp_path: Path) -> Iterator[History]:
    one = History(children, redis_url, history_url, tmp_path)
    yield one
    if one.process is not None:
        one.kill()
    one.writer.close()
    one.engine.dispose()


def undisturbed(entries: list[Entry], folder: Path, *names: str) -> dict[str, list[tuple[Any, ...]]]:
    engine = open_engine(f"sqlite:///{folder / 'undisturbed.db'}", write=True)
    migrate(engine)
    write(engine, entries)
    held = rows(engine, *names)
    engine.dispose()
    return held


def killed_and_killed_again(history: History, tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)
    some = len(LIFE) // (kills + 1) + 1
    for begin in range(0, len(LIFE), some):
        if history.process is None:
            history.start()
        history.tell(LIFE[begin : begin + some])
        before = history.stands()
        if chance.random() < 0.5:  # in the middle of its work, else wherever it is just now
            wait_until(lambda before=before: history.stands() != before, 60, "a first batch")
        history.kill()
    history.start()
    entries = history.read()
    history.until_written(entries)
    assert history.kill(signal.SIGTERM) == -signal.SIGTERM
    engine = open_engine(history.url, write=True)
    write(engine, [])  # what is dirty is settled, by whoever comes next
    engine.dispose()
    assert rows(history.engine) == undisturbed(entries, tmp_path)
    raw = list(read_raw(history.engine, tmp_path / "history" / "raw", 0))
    assert [(e.position, e.appended_ms, e.key, e.value) for e in raw] == [
        (e.position, e.appended_ms, e.key, e.value) for e in entries if e.topic == keys.LOG
    ]


@pytest.mark.parametrize("history_url", ["sqlite"], indirect=True)
def test_killed_at_any_moment_nothing_is_missing_and_nothing_twice(history: History, tmp_path: Path) -> None:
    killed_and_killed_again(history, tmp_path, 2)


@pytest.mark.slow
def test_killed_thirty_times(history: History, tmp_path: Path) -> None:
    killed_and_killed_again(history, tmp_path, 30)


def test_a_database_that_is_away_is_waited_for(
    children: Children, redis_url: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    history = History(children, redis_url, postgres.database("away"), tmp_path)
    half = len(LIFE) // 2
    try:
        history.start()
        history.tell(LIFE[:half])
        history.until_written(history.read())
        postgres.kill()
        history.tell(LIFE[half:])
        client = redis.Redis.from_url(redis_url)
        wait_until(lambda: client.hget(keys.HISTORY, "database") == b"0", 60, "the process to have noticed")
        assert history.process is not None and history.process.poll() is None
        client.close()
        postgres.start()
        entries = history.read()
        history.until_written(entries)
        some = ("journal", "door_pass", "charging_session", "meter_day", "presence")
        assert rows(history.engine, *some) == undisturbed(entries, tmp_path, *some)
    finally:
        history.kill()
        history.writer.close()
        history.engine.dispose()
        if not postgres._answers():
            postgres.restart()


def test_on_kafka_a_killed_member_goes_on_where_sql_stands(
    children: Children, redis_url: str, kraft: Broker, tmp_path: Path
) -> None:
    kraft.wipe()
    url = f"sqlite:///{tmp_path / 'history.db'}"
    history = History(children, redis_url, url, tmp_path, kraft.bootstrap)
    half = len(LIFE) // 2
    try:
        history.start()
        history.tell(LIFE[:half])
        wait_until(lambda: keys.LOG in history.stands(), 60, "a first batch")
        history.kill()
        history.tell(LIFE[half:])
        history.start()
        expected = undisturbed(LIFE, tmp_path, "journal", "door_pass", "charging_session", "meter_day")
        wait_until(lambda: rows(history.engine, *expected) == expected, 60, "all rows, each once")
        assert history.kill(signal.SIGTERM) == -signal.SIGTERM
        assert rows(history.engine, *expected) == expected
    finally:
        if history.process is not None:
            history.kill()
        history.writer.close()
        history.engine.dispose()


@pytest.mark.parametrize("history_url", ["sqlite"], indirect=True)
def test_a_database_of_a_later_version_is_refused_in_a_sentence(history: History) -> None:
    engine = open_engine(history.url, write=True)
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    history.start()
    assert history.process is not None
    assert history.process.wait(60) == 2
    history.process = None
    assert "was written by another version of this program" in (history.var / "history.log").read_text()


def test_a_cut_segment_is_mended_from_its_row(tmp_path: Path) -> None:
    """What a killed writer left behind the length that its row knows is no record."""
    from store.history.book import Book
    from store.history.segments import Segments

    engine = open_engine(f"sqlite:///{tmp_path / 'h.db'}", write=True)
    migrate(engine)
    segments = Segments(tmp_path / "raw")
    entries = [Entry(keys.LOG, Position(1, 0, n), 1000 + n, b"garden", b'{"n": %d}' % n, []) for n in range(6)]
    book = Book(engine, {SITE.id: SITE}, segments)
    book.take(entries[:3])
    (file,) = segments.folder.iterdir()
    with file.open("ab") as torn:
        torn.write(b"\x1f\x8b half a member")
    book.take(entries[3:])
    assert list(read_raw(engine, segments.folder, 0)) == entries
    assert (
        list(read_raw(engine, segments.folder, 0, entries[1].position.token(), entries[4].position.token()))
        == (entries[2:5])
    )
    (segments.folder / "0000-nobody.jsonl.gz").write_bytes(b"")
    segments.tidy(engine)
    assert [path.name for path in segments.folder.iterdir()] == [file.name]
    file.unlink()
    book.take([Entry(keys.LOG, Position(1, 0, 9), 1009, b"", b"{}", ())])
    assert len(list(segments.folder.iterdir())) == 1
    engine.dispose()
