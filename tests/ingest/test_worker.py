"""The live worker on an embedded log: what it writes, what it sets aside, what two of them do to each other."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator

import pytest

from community.model import MAX_RECORD_BYTES, Position, encode_event
from community.site import Site, Text
from ingest.lease import Lease
from store import keys
from store.live import Batch, LiveWriter, Moved, apply_delta
from store.log.streams import StreamsReader, StreamsWriter
from tests.community.story import record
from tests.ingest.yard import LANTING, Yard, letters, live_bytes


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def event(type_: str, subject: str = "", data: dict | None = None, id_: str = "", community: str = "lanting") -> bytes:
    return encode_event(
        id=id_ or os.urandom(4).hex(),
        source="test",
        type=type_,
        community=community,
        subject=subject,
        time_ms=now_ms(),
        data=data,
    )


@pytest.fixture
def yard(redis_url: str) -> Iterator[Yard]:
    opened = Yard(redis_url, StreamsWriter(redis_url), StreamsReader(redis_url, keys.LOG, "live"))
    yield opened
    opened.close()


def put(yard: Yard, *values: bytes, key: str = "lanting") -> str:
    return [yard.writer.append(keys.LOG, key, value).result() for value in values][-1].token()


def test_a_press_reaches_redis_the_screens_and_the_journal(yard: Yard) -> None:
    listener = yard.redis.pubsub()
    listener.subscribe(keys.delta("lanting"))
    listener.get_message(timeout=1)
    yard.fold_until(put(yard, event("sos.press", "SOS-035", {"press": "short"})))
    alarm = json.loads(yard.redis.hget(keys.alarms("lanting"), "SOS/SOS-035") or b"{}")
    assert (alarm["priority"], alarm["active"], alarm["acknowledged"]) == ("P1", True, False)
    message = listener.get_message(timeout=2)
    assert message is not None
    state = LiveWriter(yard.redis).load(LANTING)
    assert apply_delta(state, message["data"]) is None, "a delta does not continue a state that is further on"
    yard.relay()
    ((_, fields),) = yard.redis.xrange(keys.JOURNAL)
    entry = json.loads(fields[b"v"])
    assert (entry["type"], entry["subject"]) == ("alarm.activated", "SOS/SOS-035")
    assert entry["id"].startswith(state.position)
    listener.close()


def test_deltas_bring_a_reader_where_the_writer_is(yard: Yard) -> None:
    reader_state = LiveWriter(yard.redis).load(LANTING)
    listener = yard.redis.pubsub()
    listener.subscribe(keys.delta("lanting"))
    listener.get_message(timeout=1)
    for n in range(5):
        yard.fold_until(put(yard, event("camera.event", f"C-00{n + 1}", {"event": "falling_object", "active": True})))
    while (message := listener.get_message(timeout=0.2)) is not None:
        assert apply_delta(reader_state, message["data"]) is not None
    stored = LiveWriter(yard.redis).load(LANTING)
    for part in ("position", "clock_ms", "devices", "alarms", "sources", "recent", "today", "activations"):
        assert getattr(reader_state, part) == getattr(stored, part), part
    listener.close()


BAD = [
    ("random bytes", bytes(range(256)), "undecodable", "not a CloudEvents"),
    ("truncated JSON", event("sos.press", "SOS-035")[:-9], "undecodable", "not a CloudEvents"),
    ("a megabyte", b"{" + b" " * 1_000_000 + b"}", "undecodable", f"larger than {MAX_RECORD_BYTES}"),
    ("another version", b'{"specversion":"0.3","id":"1","source":"s","type":"t"}', "undecodable", "specversion"),
    ("no community", b'{"specversion":"1.0","id":"1","source":"s","type":"t"}', "undecodable", "no community"),
    (
        "a time without a zone",
        b'{"specversion":"1.0","id":"1","source":"s","type":"t","community":"lanting","time":"2026-03-12T21:14:36"}',
        "undecodable",
        "timezone",
    ),
    ("wrong types", event("camera.status", "C-001", {"status": 5, "fps": []}), "bad_data", "data:"),
    ("unknown type", event("weather.rain", "C-001"), "bad_data", "unknown type"),
    ("an unknown community", event("sos.press", "S", community="nowhere"), "unknown_community", "nowhere"),
    ("nothing at all", b"", "undecodable", "not a CloudEvents"),
    ("deep nesting", b"[" * 100_000, "undecodable", "not a CloudEvents"),
]


@pytest.mark.parametrize("why, value, code, reason", BAD, ids=[b[0] for b in BAD])
def test_bad_input_is_set_aside_with_its_reason_and_disturbs_nothing(yard: Yard, why, value, code, reason) -> None:
    put(yard, value)
    yard.fold_until(put(yard, event("sos.press", "SOS-035", {"press": "short"})))
    assert yard.redis.hexists(keys.alarms("lanting"), "SOS/SOS-035")
    (letter,) = letters(yard.redis)
    assert letter["code"] == code, why
    assert reason in letter["reason"]
    assert letter["size_bytes"] == len(value)
    assert len(letter.get("payload", "")) <= 64 * 1024
    assert yard.redis.hget(keys.COUNTERS, f"deadletter:{keys.LOG}:{code}") == b"1"


def test_a_bug_in_the_fold_sets_one_record_aside_and_the_next_sos_is_seen(yard: Yard, monkeypatch, caplog) -> None:
    import ingest.worker

    real = ingest.worker.fold

    def broken(state, told):
        if told.subject == "C-001":
            raise ZeroDivisionError("a mistake of ours")
        return real(state, told)

    monkeypatch.setattr(ingest.worker, "fold", broken)
    put(yard, event("camera.status", "C-001", {"status": "online"}))
    yard.fold_until(put(yard, event("sos.press", "SOS-035", {"press": "short"})))
    (letter,) = letters(yard.redis)
    assert (letter["code"], letter["reason"]) == ("bug", "ZeroDivisionError: a mistake of ours")
    assert "fold failed" in caplog.text


def test_a_restarted_worker_goes_on_and_a_replay_changes_nothing(yard: Yard, redis_url: str) -> None:
    for n in range(50):
        last = put(yard, event("camera.event", "C-001", {"event": "falling_object", "active": True}, id_=f"f{n}"))
    yard.fold_until(last)
    before = live_bytes(yard.redis)
    outbox = yard.redis.xlen(keys.outbox("lanting"))
    again = Yard(redis_url, StreamsWriter(redis_url), StreamsReader(redis_url, keys.LOG, "live"))
    again.fold_until(last)
    again.reader.seek(0, None)  # everything once more
    for _ in range(3):
        again.worker.step(10)
    assert live_bytes(yard.redis) == before
    assert yard.redis.xlen(keys.outbox("lanting")) == outbox
    again.close()


def test_of_two_writers_only_the_one_that_continues_the_state_gets_through(yard: Yard) -> None:
    put(yard, event("camera.status", "C-001", {"status": "online"}))
    first, second = (Batch(LiveWriter(yard.redis).load(LANTING)) for _ in range(2))
    from community.fold import fold

    told = record("sos.press", "SOS-001", {"press": "short"}, offset=1, community="lanting")
    for batch in (first, second):
        batch.add(fold(batch.state, told))
    writer = LiveWriter(yard.redis)
    writer.flush(first)
    written = live_bytes(yard.redis)
    writer.flush(second)  # the same position: an answer was lost, nothing is written again
    assert live_bytes(yard.redis) == written
    assert yard.redis.xlen(keys.outbox("lanting")) == 1
    zombie = Batch(LiveWriter(yard.redis).load(LANTING))
    later = record("sos.press", "SOS-002", {"press": "short"}, offset=2, community="lanting")
    first.add(fold(first.state, later))
    writer.flush(first)
    other = record("sos.press", "SOS-003", {"press": "short"}, offset=3, community="lanting")
    zombie.add(fold(zombie.state, other))
    with pytest.raises(Moved):
        writer.flush(zombie)
    assert not yard.redis.hexists(keys.alarms("lanting"), "SOS/SOS-003")


def test_one_lease_one_worker(redis_url: str, yard: Yard) -> None:
    one, two = Lease(yard.redis), Lease(yard.redis)
    assert one.hold() and not two.hold()
    yard.redis.delete(keys.LEASE_LIVE)  # as after five seconds of silence
    assert two.hold()


def test_a_record_in_a_foreign_partition_is_set_aside(kraft, redis_url: str) -> None:
    import uuid

    from store.log.kafka import KafkaReader, KafkaWriter, partition_of

    kraft.wipe()
    writer = KafkaWriter(kraft.bootstrap)
    home = partition_of("lanting", writer.partitions(keys.LOG))
    yard = Yard(redis_url, writer, KafkaReader(kraft.bootstrap, keys.LOG, uuid.uuid4().hex))
    press = event("sos.press", "SOS-035", {"press": "short"})
    writer.append(keys.LOG, "lanting", press, partition=(home + 1) % 4).result()
    yard.fold_until(
        writer.append(keys.LOG, "lanting", event("camera.status", "C-001", {"status": "online"})).result().token()
    )
    from tests.engines.wait import wait_until

    name = f"deadletter:{keys.LOG}:foreign_partition"
    wait_until(
        lambda: yard.worker.step(50) is not None and yard.redis.hget(keys.COUNTERS, name) == b"1", 20, "the letter"
    )
    assert not yard.redis.hexists(keys.alarms("lanting"), "SOS/SOS-035")
    yard.close()


def test_ticks_move_every_community_of_their_partition(redis_url: str) -> None:
    from ingest.tick import tick

    sites = {"lanting": LANTING, "quiet": Site("quiet", Text("静", "Quiet"))}
    yard = Yard(redis_url, StreamsWriter(redis_url), StreamsReader(redis_url, keys.LOG, "live"), sites)
    tick(yard.writer, now_ms())
    ((entry_id, _),) = yard.redis.xrange(keys.LOG)
    from store.log.streams import to_offset

    position = Position(1, 0, to_offset(entry_id)).token()
    for community in sites:
        yard.fold_until(position, community=community)
        assert int(yard.redis.hget(keys.meta(community), "clock_ms") or 0) == int(entry_id.split(b"-")[0])
    yard.close()


def test_kafkas_binary_mode_is_read_too(yard: Yard) -> None:
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"b1"),
        ("ce_source", b"test"),
        ("ce_type", b"sos.press"),
        ("ce_subject", b"SOS-035"),
        ("ce_community", b"lanting"),
        ("content-type", b"application/json"),
    ]
    appended = yard.writer.append(keys.LOG, "lanting", b'{"press":"long"}', headers=headers)
    yard.fold_until(appended.result().token())
    assert yard.redis.hexists(keys.alarms("lanting"), "SOS/SOS-035")
    assert letters(yard.redis) == []
