"""A clock set back: the server keeps its old milliseconds and counts on; offsets must never meet."""

from __future__ import annotations

import uuid

import pytest

from store.log import LogUnavailable
from store.log.streams import SEQUENCE_BITS, StreamsReader, StreamsWriter, connect, to_offset
from tests.engines.wait import wait_until


def test_an_entry_beyond_the_sequence_is_refused_not_skipped(redis_url: str) -> None:
    assert to_offset(b"1-1048575") == (2 << SEQUENCE_BITS) - 1
    with pytest.raises(LogUnavailable, match="clock"):
        to_offset(b"1-1048576")
    client, topic = connect(redis_url), uuid.uuid4().hex
    client.xadd(topic, {"k": "", "v": ""}, id="1-1048576")
    reader = StreamsReader(redis_url, topic, "test")
    with pytest.raises(LogUnavailable, match="clock"):
        reader.poll(10)
    reader.close()
    client.close()


def test_a_writer_stops_long_before_offsets_would_meet_and_goes_on_by_itself(redis_url: str) -> None:
    client, topic = connect(redis_url), uuid.uuid4().hex
    seconds, _ = client.time()
    ahead = int(seconds) * 1000 + 1_500
    client.xadd(topic, {"k": "", "v": ""}, id=f"{ahead}-{(1 << SEQUENCE_BITS) // 2}")
    writer = StreamsWriter(redis_url)
    writer.append(topic, "k", b"the one that finds out").result()
    with pytest.raises(LogUnavailable, match="clock"):
        writer.append(topic, "k", b"refused: the spool keeps it").result()
    assert client.xlen(topic) == 2
    writer.append("another topic", "k", b"is not disturbed").result()

    def taken() -> bool:
        try:
            return writer.append(topic, "k", b"later").result().offset >= (ahead + 1) << SEQUENCE_BITS
        except LogUnavailable:
            return False

    wait_until(taken, 5, "the clock has caught up")
    assert client.xlen(topic) == 3
    writer.close()
    client.close()
