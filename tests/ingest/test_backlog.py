"""A worker that was away, a log that ran on: nothing is called offline that spoke all the time, and silence is seen.

Redis lets a test write entries of any past moment, so ten minutes of log are there at once, with their own clock.
"""

from __future__ import annotations

import json
import time

import pytest
import redis

from community.model import encode_event
from ingest.worker import BATCH
from store import keys
from store.log.streams import StreamsReader, StreamsWriter
from tests.ingest.yard import Yard

MINUTES = 10
QUEUED = 10_000


def write(client: redis.Redis, at_ms: int, type_: str, subject: str = "", data: dict | None = None) -> str:
    community = "" if type_ == "clock.tick" else "lanting"
    value = encode_event(
        id=f"{type_}/{subject}/{at_ms}",
        source="t",
        type=type_,
        community=community,
        subject=subject,
        time_ms=at_ms,
        data=data,
    )
    entry_id = client.xadd(keys.LOG, {"k": community, "v": value}, id=f"{at_ms}-*")
    return str(entry_id)


def ten_minutes(client: redis.Redis, from_ms: int, silent: str) -> None:
    """Ticks, a feed that beats, three cameras that speak every minute; one of them only in the first."""
    for second in range(MINUTES * 60):
        at_ms = from_ms + second * 1000
        write(client, at_ms, "clock.tick")
        if second % 10 == 0:
            write(client, at_ms, "source.heartbeat", "isapi", {})
        for n, camera in enumerate(("C-001", "C-002", "C-003")):
            if second % 60 == 20 * n and (camera != silent or second < 60):
                write(client, at_ms, "camera.status", camera, {"status": "online"})


@pytest.fixture
def client(redis_url: str) -> redis.Redis:
    return redis.Redis.from_url(redis_url)


def test_a_backlog_of_ten_minutes_raises_no_false_offline_and_keeps_its_deadlines(client, redis_url) -> None:
    start_ms = time.time_ns() // 1_000_000 - MINUTES * 60_000
    ten_minutes(client, start_ms, silent="C-002")
    yard = Yard(redis_url, StreamsWriter(redis_url), StreamsReader(redis_url, keys.LOG, "live"))
    end = yard.writer.append(keys.LOG, "lanting", b"{}").result()  # a mark that goes to the dead letter
    yard.writer.append(keys.LOG, "", encode_event(id="t", source="t", type="clock.tick")).result()
    yard.fold_until(end.token())
    state = yard.worker.states["lanting"]
    assert {k for k in state.alarms if k.startswith("CAM_OFFLINE")} == {"CAM_OFFLINE/C-002"}
    assert state.alarms["CAM_OFFLINE/C-002"].activated_ms == start_ms + 20_000 + 182_000
    assert not [k for k in state.alarms if k.startswith("SOURCE_STALE")]
    yard.close()
    client.close()


def test_a_worker_stopped_for_five_minutes_raises_no_false_offline(client, redis_url) -> None:
    start_ms = time.time_ns() // 1_000_000 - 2 * MINUTES * 60_000
    ten_minutes(client, start_ms, silent="")
    first = Yard(redis_url, StreamsWriter(redis_url), StreamsReader(redis_url, keys.LOG, "live"))
    while first.worker.step(10):
        pass
    first.close()
    ten_minutes(client, start_ms + MINUTES * 60_000, silent="")  # the log ran on without a worker
    second = Yard(redis_url, StreamsWriter(redis_url), StreamsReader(redis_url, keys.LOG, "live"))
    end = second.writer.append(keys.LOG, "", encode_event(id="t", source="t", type="clock.tick")).result()
    second.fold_until(end.token())
    alarms = second.worker.states["lanting"].alarms
    assert not [k for k in alarms if k.startswith("CAM_OFFLINE")]
    second.close()
    client.close()


def test_an_acknowledgement_behind_ten_thousand_records_waits_for_their_batches_alone(client, redis_url) -> None:
    """It overtakes nothing, since a community's log is one order of events; and once the fold has come to it the next
    word of the relay is its own (how long that is: `make bench`, row o)."""
    yard = Yard(redis_url, StreamsWriter(redis_url), StreamsReader(redis_url, keys.LOG, "live"))
    now_ms = time.time_ns() // 1_000_000
    write(client, now_ms, "sos.press", "SOS-021", {"press": "short"})
    while yard.worker.step(10):
        pass
    yard.relay()
    with client.pipeline(transaction=False) as pipe:
        for n in range(QUEUED):
            write(
                pipe, now_ms + 1 + n // 100, "camera.status", f"C-{1 + n % 24:03d}", {"status": "online", "fps": n % 25}
            )
        pipe.execute()
    write(
        client, now_ms + 1000, "command.alarm.acknowledge", "SOS/SOS-021", {"by": "post:control", "person": "staff:1"}
    )
    steps = 0
    while "acknowledged" not in journal(client):
        steps += yard.worker.step(10) > 0
        assert steps <= QUEUED // BATCH + 1, "no record makes a command wait longer than its batch does"
        yard.relay()
    assert yard.worker.folded == QUEUED + 2
    yard.close()
    client.close()


def journal(client: redis.Redis) -> list[str]:
    """What became of alarms, in its order."""
    told = [json.loads(fields[b"v"])["type"] for _, fields in client.xrange(keys.JOURNAL)]
    return [type_.removeprefix("alarm.") for type_ in told if type_.startswith("alarm.")]
