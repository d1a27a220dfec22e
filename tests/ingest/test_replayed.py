"""A replayed journal is the original byte for byte: of every system's words, through the worker and a real Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from msgspec.structs import replace

from community.fold import fold
from community.model import Position, Record, decode, encode_event
from community.state import State
from ingest.worker import Worker
from store import keys
from store.deadletter import DeadLetters
from store.live import LiveWriter, encode_entry
from store.log.streams import StreamsReader, StreamsWriter
from tests.community.test_fold_properties import everything, lived
from tests.community.vocabulary import SITE as DESCRIBED
from tests.engines.wait import wait_until
from tests.ingest.yard import Yard, live_bytes

SITE = replace(DESCRIBED, clock="log")
COMMUNITY = SITE.id
RECORDS, CHUNK = 900, 110


@pytest.fixture(params=["redis_url", "real_redis_url"])
def yard(request: pytest.FixtureRequest) -> Iterator[Yard]:
    url = request.getfixturevalue(request.param)
    opened = Yard(url, StreamsWriter(url), StreamsReader(url, keys.LOG, "live"), {COMMUNITY: SITE})
    yield opened
    opened.close()


def encoded(told: Record) -> bytes:
    received_ms = told.received_ms if told.received_ms is not None else told.appended_ms
    named = {"id": told.id, "source": told.source, "type": told.type, "subject": told.subject}
    return encode_event(**named, community=COMMUNITY, time_ms=told.time_ms, received_ms=received_ms, data=told.data)


def journal(client: redis.Redis) -> list[bytes]:
    return [fields[b"v"] for _, fields in client.xrange(keys.JOURNAL)]


def another_worker(yard: Yard, url_reader: StreamsReader) -> None:
    """As after a restart: nothing is known but what Redis holds."""
    yard.reader.close()
    yard.reader = url_reader
    dead = DeadLetters(yard.writer, yard.redis)
    yard.worker = Worker(url_reader, LiveWriter(yard.redis), dead, yard.sites, 1)


def reader_of(yard: Yard, group: str) -> StreamsReader:
    where = yard.redis.connection_pool.connection_kwargs
    return StreamsReader(f"redis://{where['host']}:{where['port']}/{where.get('db', 0)}", keys.LOG, group)


def test_restarted_rebuilt_and_replayed(yard: Yard) -> None:
    values = [encoded(told) for told in lived(20_261_123, RECORDS)]
    state, expected = State(SITE), []
    for begin in range(0, len(values), CHUNK):
        appended = [yard.writer.append(keys.LOG, COMMUNITY, value) for value in values[begin : begin + CHUNK]]
        positions = [each.result() for each in appended]
        for value, position in zip(values[begin : begin + CHUNK], positions, strict=True):
            changes = fold(state, decode(value, position=position, appended_ms=_stamp(position)))
            state.apply(changes)
            expected += [encode_entry(COMMUNITY, e) for e in changes.entries if e.topic == keys.JOURNAL]
        yard.fold_until(positions[-1].token(), community=COMMUNITY)
        another_worker(yard, reader_of(yard, "live"))  # what it kept in memory has to be in Redis, all of it
    yard.relay()
    original, live = journal(yard.redis), live_bytes(yard.redis, COMMUNITY)
    assert len(original) > 200
    assert original == expected, "the store adds nothing to the fold"
    state.devices, state.alarms = dict(sorted(state.devices.items())), dict(sorted(state.alarms.items()))
    assert everything(LiveWriter(yard.redis).load(SITE)) == everything(state)

    # the live state is deleted: the log makes it again, and the same journal
    yard.redis.delete(*live)
    another_worker(yard, reader_of(yard, "rebuild"))
    yard.fold_until(state.position, community=COMMUNITY)
    yard.relay()
    assert live_bytes(yard.redis, COMMUNITY) == live
    assert journal(yard.redis)[len(original) :] == original

    # the whole log is delivered once more: not one byte changes, and nothing goes out
    yard.reader.seek(0, None)
    read = 0

    def everything_again() -> bool:
        nonlocal read
        read += yard.worker.step(50)
        return read >= len(values)

    wait_until(everything_again, 30, "the whole log again")
    assert live_bytes(yard.redis, COMMUNITY) == live
    assert yard.redis.xlen(keys.outbox(COMMUNITY)) == 0
    assert yard.redis.xlen(keys.DEADLETTER) == 0


def _stamp(position: Position) -> int:
    return position.offset >> 20
