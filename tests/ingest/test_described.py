"""The description of a community in its log: who says it, what a restart and a rebuild make of it. On both logs."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
import redis

from community.description import Description, description
from community.model import encode_event
from community.site import SITES
from ingest.tick import forget_descriptions
from store import keys
from store.live import LiveWriter, apply_delta
from store.log import LogReader, LogWriter
from store.log.kafka import KafkaReader, KafkaWriter
from store.log.streams import StreamsReader, StreamsWriter
from store.settings import read_settings
from store.site_apply import append
from tests.engines.wait import wait_until
from tests.ingest.yard import Yard, entries_once, live_bytes

SOURCE = msgspec.json.decode((SITES / "lanting.json").read_bytes())
FILE = description(msgspec.json.encode(SOURCE))

Open = Callable[[Description], Yard]


def without(*ids: str) -> Description:
    kept = [device for device in SOURCE["devices"] if device["id"] not in ids]
    return description(msgspec.json.encode({**SOURCE, "devices": kept}))


SECOND = without("SOS-035")


@pytest.fixture(params=["streams", "kraft"])
def open_yard(request: pytest.FixtureRequest, redis_url: str) -> Iterator[Open]:
    """A worker whose SITE says what it is given; each is a new process' worth of memory."""
    group, opened = uuid.uuid4().hex, []

    def pair() -> tuple[LogWriter, LogReader]:
        if request.param == "streams":
            return StreamsWriter(redis_url), StreamsReader(redis_url, keys.LOG, "live")
        bootstrap = request.getfixturevalue("kraft").bootstrap
        return KafkaWriter(bootstrap), KafkaReader(bootstrap, keys.LOG, group)

    def open_one(file: Description) -> Yard:
        for before in opened:
            before.close()
        opened[:] = [Yard(redis_url, *pair(), described={"lanting": file})]
        return opened[0]

    if request.param == "kraft":
        request.getfixturevalue("kraft").wipe()
    yield open_one
    for yard in opened:
        yard.close()


def put(yard: Yard, type_: str, subject: str, data: dict[str, Any]) -> str:
    value = encode_event(
        id=uuid.uuid4().hex,
        source="test",
        type=type_,
        community="lanting",
        subject=subject,
        time_ms=time.time_ns() // 1_000_000,
        data=data,
    )
    return yard.writer.append(keys.LOG, "lanting", value).result().token()


def until_described(yard: Yard, hash_: str) -> None:
    def there() -> bool:
        yard.worker.step(50)
        state = yard.worker.states.get("lanting")
        return state is not None and state.described is not None and state.described.hash == hash_

    wait_until(there, 60, f"lanting described as {hash_}")


def journal(client: redis.Redis, *types: str) -> list[dict[str, Any]]:
    """What waits in the outbox: nobody relays here."""
    values = [json.loads(fields[b"value"]) for _, fields in client.xrange(keys.outbox("lanting"))]
    return [value for value in values if value["type"] in types]


def test_an_empty_log_is_told_what_the_file_says_once(open_yard: Open) -> None:
    yard = open_yard(FILE)
    until_described(yard, FILE.hash)
    yard = open_yard(FILE)
    yard.fold_until(put(yard, "sos.press", "SOS-035", {"press": "short"}))
    for _ in range(3):
        yard.worker.step(20)
    (said,) = journal(yard.redis, "site.described")
    assert said["data"]["hash"] == FILE.hash and said["data"]["by"] == "house"
    assert yard.worker.states["lanting"].site == FILE.site


def test_a_restart_with_another_file_changes_the_description_and_ends_what_it_must(open_yard: Open) -> None:
    yard = open_yard(FILE)
    until_described(yard, FILE.hash)
    yard.fold_until(put(yard, "camera.status", "C-001", {"status": "online"}))
    yard.fold_until(put(yard, "sos.press", "SOS-035", {"press": "short"}))
    other = without("C-001", "SOS-035")
    yard = open_yard(other)
    until_described(yard, other.hash)
    assert not yard.redis.hexists(keys.devices("lanting"), "C-001")
    assert not yard.redis.hexists(keys.devices("lanting"), "SOS-035")
    (returned,) = journal(yard.redis, "alarm.returned")
    assert returned["data"]["reason"] == "the device is no longer described"
    alarm = json.loads(yard.redis.hget(keys.alarms("lanting"), "SOS/SOS-035") or b"{}")
    assert not alarm.get("active") and alarm["acknowledged"] is False, "a P1 nobody has seen is not edited away"
    stored = LiveWriter(yard.redis).load(FILE.site)  # whatever the file of the reader says
    assert stored.site == other.site


def test_who_is_told_of_another_description_reads_the_whole_again(open_yard: Open) -> None:
    yard = open_yard(FILE)
    until_described(yard, FILE.hash)
    seen = LiveWriter(yard.redis).load(FILE.site)
    listener = yard.redis.pubsub()
    listener.subscribe(keys.delta("lanting"))
    listener.get_message(timeout=1)
    append(yard.writer, SECOND, FILE.hash, "post:office").result()
    until_described(yard, SECOND.hash)
    applied = []
    while (message := listener.get_message(timeout=0.3)) is not None:
        applied.append(apply_delta(seen, message["data"]))
    listener.close()
    assert None in applied and LiveWriter(yard.redis).load(seen.site).site == SECOND.site


def test_a_rebuild_judges_each_record_by_the_description_of_its_moment(open_yard: Open) -> None:
    """Byte for byte, although the file says something else by now."""
    yard = open_yard(FILE)
    put(yard, "camera.status", "C-001", {"status": "online"})
    put(yard, "sos.press", "SOS-035", {"press": "short"})
    until_described(yard, FILE.hash)
    yard.fold_until(put(yard, "sos.press", "SOS-036", {"press": "short"}))
    append(yard.writer, SECOND, FILE.hash, "post:office").result()
    until_described(yard, SECOND.hash)
    last = put(yard, "sos.press", "SOS-036", {"press": "short"})
    yard.fold_until(last)
    before = live_bytes(yard.redis)
    entries = entries_once([fields[b"value"] for _, fields in yard.redis.xrange(keys.outbox("lanting"))])
    yard.redis.delete(*before)
    yard = open_yard(SECOND)
    yard.fold_until(last)
    assert live_bytes(yard.redis) == before
    again = [fields[b"value"] for _, fields in yard.redis.xrange(keys.outbox("lanting"))]
    assert len(again) == 2 * len(entries) and entries_once(again) == entries


def test_a_rebuild_from_a_log_without_its_beginning_knows_what_was_in_force(redis_url: str) -> None:
    """Streams keep two hours: the description is older than that."""
    yard = Yard(
        redis_url,
        StreamsWriter(redis_url),
        StreamsReader(redis_url, keys.LOG, "live"),
        described={"lanting": FILE},
    )
    until_described(yard, FILE.hash)
    append(yard.writer, SECOND, FILE.hash, "post:office").result()
    until_described(yard, SECOND.hash)
    settings = read_settings({"REDIS_URL": redis_url})
    forget_descriptions(settings, ["lanting"])
    assert yard.redis.hlen(keys.site("lanting")) == 3, "each is what some record was judged by"
    yard.redis.xtrim(keys.LOG, maxlen=0, approximate=False)
    last = put(yard, "sos.press", "SOS-036", {"press": "short"})
    forget_descriptions(settings, ["lanting"])
    assert yard.redis.hlen(keys.site("lanting")) == 1, "who was erased does not live on in one that nobody needs"
    yard.redis.delete(*live_bytes(yard.redis))
    yard.worker.reload()
    yard.fold_until(last)
    state = yard.worker.states["lanting"]
    assert state.site == SECOND.site and state.described is not None and state.described.hash == SECOND.hash
    yard.close()


def test_two_starts_at_once_and_a_person_agree_in_the_end(open_yard: Open) -> None:
    """A worker that was just relieved has told its file too: the fold takes one, the other changes nothing."""
    yard = open_yard(FILE)
    until_described(yard, FILE.hash)
    append(yard.writer, SECOND, FILE.hash, "post:office").result()
    append(yard.writer, without("C-002"), FILE.hash, "post:other").result()
    append(yard.writer, SECOND, FILE.hash, "post:office").result()
    yard.fold_until(put(yard, "sos.press", "SOS-036", {"press": "short"}))
    assert yard.worker.states["lanting"].site == SECOND.site
    (refused,) = journal(yard.redis, "site.refused")
    assert refused["data"]["by"] == "post:other"


def test_a_worker_that_is_behind_tells_its_file_again_when_it_knows_better(open_yard: Open) -> None:
    """While it was down a person described the community; its file says a third thing, and the file has the word."""
    yard = open_yard(FILE)
    until_described(yard, FILE.hash)
    append(yard.writer, SECOND, FILE.hash, "post:office").result()
    third = without("C-003")
    yard = open_yard(third)
    until_described(yard, third.hash)
    assert [said["data"]["hash"] for said in journal(yard.redis, "site.described")] == [
        FILE.hash,
        SECOND.hash,
        third.hash,
    ]
