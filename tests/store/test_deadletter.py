"""A payload that is larger than its letter is kept whole beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from community.model import Position
from store import deadletter, keys
from store.blobs import Blobs
from store.deadletter import KEPT_BYTES, DeadLetters
from store.log import Entry
from store.log.streams import StreamsWriter, connect
from tests.ingest.yard import letters


def entry(value: bytes, offset: int = 7) -> Entry:
    return Entry(keys.LOG, Position(1, 0, offset), 1_000, b"lanting", value, ())


def test_a_large_payload_is_stored_whole_and_a_small_one_needs_no_blob(redis_url: str, tmp_path: Path) -> None:
    client, writer, blobs = connect(redis_url), StreamsWriter(redis_url), Blobs(tmp_path)
    dead = DeadLetters(writer, client, blobs)
    large = b"\xff" * (KEPT_BYTES + 1)
    for n, value in enumerate((b"x" * KEPT_BYTES, large)):
        dead.put(entry(value, n), deadletter.UNDECODABLE, "test")
    dead.settle()
    small_letter, large_letter = letters(client)
    assert "blob" not in small_letter
    assert blobs.get(large_letter["blob"]) == large
    assert large_letter["blob"] == large_letter["hash"] == "sha256:" + hashlib.sha256(large).hexdigest()
    assert large_letter["size_bytes"] == KEPT_BYTES + 1
    writer.close()
    client.close()


def test_a_disk_that_takes_no_blob_does_not_stop_the_letter(
    redis_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client, writer = connect(redis_url), StreamsWriter(redis_url)
    (tmp_path / "blobs").write_bytes(b"a file where the folder should be")
    dead = DeadLetters(writer, client, Blobs(tmp_path / "blobs"))
    dead.put(entry(b"x" * (KEPT_BYTES + 1)), deadletter.UNDECODABLE, "test")
    dead.settle()
    (letter,) = letters(client)
    assert "blob" not in letter
    assert "is not kept" in caplog.text
    writer.close()
    client.close()
