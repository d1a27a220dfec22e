"""Letters are counted by feed and told when the count changes: from the topic, over a restart, on both logs."""

from __future__ import annotations

import json
import os
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from community.model import Position
from community.site import SITES, parse_site
from ingest.letter_watch import MOST, WINDOW_MS, LetterWatch
from store import keys
from store.children import Children
from store.deadletter import encode
from store.log import Entry, LogReader, LogWriter
from store.log.kafka import KafkaReader, KafkaWriter
from store.log.streams import StreamsReader, StreamsWriter
from tests.engines.kafka import Broker
from tests.engines.wait import wait_until
from tests.ingest.yard import Yard

ROOT = Path(__file__).resolve().parents[2]
SITES_BY_ID = {id_: parse_site((SITES / f"{id_}.json").read_bytes()) for id_ in ("lanting", "heping")}
Opened = tuple[LogWriter, Callable[[], LogReader]]


@pytest.fixture(params=["streams", "kraft"])
def log(request: pytest.FixtureRequest, redis_url: str) -> Opened:
    if request.param == "streams":
        return StreamsWriter(redis_url), lambda: StreamsReader(redis_url, keys.DEADLETTER, "watch")
    kraft: Broker = request.getfixturevalue("kraft")
    kraft.wipe()
    return KafkaWriter(kraft.bootstrap), lambda: KafkaReader(kraft.bootstrap, keys.DEADLETTER, uuid.uuid4().hex)


def letter(topic: str, key: str, value: object, offset: int = 1) -> bytes:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return encode(Entry(topic, Position(1, 0, offset), 5, key.encode(), raw, ()), "unmapped", "why")


def told(watch: LetterWatch, now_ms: int) -> dict[tuple[str, str], int]:
    found = {}
    for community, record in watch.step(now_ms):
        said = json.loads(record)
        assert (said["type"], said["community"]) == ("source.letters", community)
        found[community, said["subject"]] = said["data"]["letters"]
    return found


def test_counted_by_feed_told_on_change_and_again_after_a_restart(log: Opened) -> None:
    writer, open_reader = log
    values = (
        letter("vendor.isapi", "nvr", {"device": "nvr", "community": "heping", "payload": 1}),  # that has no such feed
        letter("vendor.isapi", "44:19:b6:00:00:01", b"\xff"),  # of whom the site knows, by its key
        letter("vendor.nobody", "x", "odd"),
        letter(keys.LOG, "heping", b"not a record"),
        b"a stranger's",
    )
    for value in values:
        writer.append(keys.DEADLETTER, "", value).result()
    watch, now_ms = LetterWatch(open_reader(), SITES_BY_ID), 0
    found: dict[tuple[str, str], int] = {}

    def all_told() -> bool:
        found.update(told(watch, now_ms))
        return len(found) == 3 and found["heping", "log"] == 2

    wait_until(all_told, 30, "all are counted")
    assert found == {("heping", "log"): 2, ("lanting", "isapi"): 1, ("lanting", "log"): 1}
    assert told(watch, now_ms) == {}, "nothing has changed"
    writer.append(keys.DEADLETTER, "", values[1]).result()
    wait_until(lambda: told(watch, now_ms) == {("lanting", "isapi"): 2}, 30, "one more is told")
    again, found = LetterWatch(open_reader(), SITES_BY_ID), {}
    later_ms = 10**14
    wait_until(lambda: not found.update(told(again, later_ms)) and len(found) >= 3, 30, "told again")
    assert set(found.values()) == {0}, "the window is over: what still stands ends"
    assert told(again, later_ms) == {}
    for one in (watch, again):
        one.close()
    writer.close()


def test_a_flood_takes_no_more_memory_than_its_bound() -> None:
    class Flood:
        sent = 0

        def poll(self, timeout_ms: int, limit: int) -> list[Entry]:
            self.sent += limit
            value = letter("vendor.isapi", "n", {"device": "n"})
            return [Entry(keys.DEADLETTER, Position(1, 0, n), n, b"", value, ()) for n in range(limit)]

        def assigned(self) -> frozenset[int]:
            return frozenset()

    watch = LetterWatch(Flood(), SITES_BY_ID)  # type: ignore[arg-type]  # no more of a reader is asked
    for _ in range(60):
        assert list(watch.step(WINDOW_MS)) == [], "first the whole topic"
    assert max(len(moments) for moments in watch._moments.values()) == MOST


def test_a_feed_that_is_not_understood_is_an_alarm(redis_url: str, tmp_path: Path, children: Children) -> None:
    """From the letters to the wall's row, by the programs: `tick` counts them, the worker folds what it says."""
    env = {**os.environ, "REDIS_URL": redis_url, "SHOUWANG_VAR": str(tmp_path), "KAFKA_BOOTSTRAP_SERVERS": ""}
    yard = Yard(redis_url, StreamsWriter(redis_url), StreamsReader(redis_url, keys.LOG, "live"))
    ticking = children.start([sys.executable, "-m", "ingest", "tick"], cwd=ROOT, env=env)
    try:
        for number in range(4):
            yard.writer.append(keys.DEADLETTER, "", letter("vendor.isapi", "44:19:b6:00:00:01", "odd", number)).result()

        def folded(wanted: bool) -> bool:
            yard.worker.step(50)
            state = yard.worker.states.get("lanting")
            return state is not None and state.clock_ms > 0 and ("DEAD_LETTERS/isapi" in state.alarms) == wanted

        wait_until(lambda: folded(False), 30, "four are borne")
        yard.writer.append(keys.DEADLETTER, "", letter("vendor.isapi", "44:19:b6:00:00:01", "odd", 9)).result()
        wait_until(lambda: folded(True), 30, "the fifth is an alarm")
        alarm = yard.worker.states["lanting"].alarms["DEAD_LETTERS/isapi"]
        assert (alarm.priority, alarm.detail) == ("P3", {"letters": 5}), alarm
    finally:
        ticking.kill()
        ticking.wait()
        children.forget(ticking)
        yard.close()
