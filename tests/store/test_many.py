"""Many communities in one flush: each gets through or not by itself, and an answer that is lost is asked for again."""

from __future__ import annotations

import pytest
import redis
from msgspec.structs import replace

from community.fold import fold
from community.state import State
from store import keys
from store.live import Batch, LiveUnavailable, LiveWriter, Moved, command
from tests.community.story import SITE, record
from tests.engines.ports import free_port

NAMES = [f"garden-{number}" for number in range(40)]


def pressed(offset: int) -> list[Batch]:
    """In each community somebody has pressed."""
    batches = []
    for name in NAMES:
        batch = Batch(State(replace(SITE, id=name)))
        told = record("sos.press", "SOS-1", {"press": "short"}, offset=offset, community=name)
        batch.add(fold(batch.state, told))
        batches.append(batch)
    return batches


def test_each_community_gets_through_by_itself(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        live = LiveWriter(client)
        (ahead, *_) = pressed(offset=9)
        live.flush(ahead)  # somebody else has moved the first of them
        told = [command(batch) for batch in pressed(offset=1)]
        for _ in range(2):  # the second time as after a lost answer
            with pytest.raises(Moved, match=NAMES[0]):
                live.write(told)
            stored = [live.load(replace(SITE, id=name)) for name in NAMES]
            assert [state.position for state in stored] == [ahead.state.position, *(one.to for one in told[1:])]
            assert all("SOS/SOS-1" in state.alarms for state in stored)
            assert {client.xlen(keys.outbox(name)) for name in NAMES} == {1}


def test_a_server_that_is_away_is_said_once() -> None:
    live = LiveWriter(redis.Redis.from_url(f"redis://127.0.0.1:{free_port()}"))
    with pytest.raises(LiveUnavailable, match="garden-0, garden-1, "):
        live.write([command(batch) for batch in pressed(offset=1)])
