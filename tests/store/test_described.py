"""Programs that do not fold learn of another description from Redis."""

from __future__ import annotations

import msgspec
import pytest
import redis

from community.description import description, pack
from community.site import SITES, Site, Text
from community.state import Described
from store import described, keys
from store.described import InForce

SOURCE = msgspec.json.decode((SITES / "lanting.json").read_bytes())
FILE = description(msgspec.json.encode(SOURCE))
FEWER = description(
    msgspec.json.encode({**SOURCE, "devices": [device for device in SOURCE["devices"] if device["id"] != "SOS-036"]})
)


@pytest.fixture
def client(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> redis.Redis:
    monkeypatch.setattr(described, "EVERY_S", 0.0)
    return redis.Redis.from_url(redis_url)


def put(client: redis.Redis, packed: str) -> None:
    said = Described("sha256:x", "0001.0000.00000000000000000001", packed)
    client.hset(keys.meta("lanting"), "described", msgspec.json.encode(said))


def test_the_files_hold_until_the_log_says_otherwise(client: redis.Redis) -> None:
    quiet = Site("quiet", Text("静", "Quiet"))
    in_force = InForce(client, {"lanting": FILE.site, "quiet": quiet})
    assert in_force.look() == set() and in_force.sites == {"lanting": FILE.site, "quiet": quiet}
    put(client, pack(FILE.text))
    assert in_force.look() == set(), "it says the same"
    put(client, pack(FEWER.text))
    assert in_force.look() == {"lanting"} and "SOS-036" not in in_force.sites["lanting"].by_id
    assert in_force.look() == set()
    client.close()


def test_what_cannot_be_read_changes_nothing(client: redis.Redis, caplog: pytest.LogCaptureFixture) -> None:
    """Written by a program that knows more than this one."""
    in_force = InForce(client, {"lanting": FILE.site})
    put(client, pack(msgspec.json.encode({**SOURCE, "moat": True})))
    assert in_force.look() == set() and in_force.sites["lanting"] == FILE.site
    assert "unknown field `moat`" in caplog.text
    client.hset(keys.meta("lanting"), "described", b"\xff{")
    assert in_force.look() == set()
    client.close()


def test_it_asks_seldom(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    in_force = InForce(client, {"lanting": FILE.site})
    in_force.look()
    put(client, pack(FEWER.text))
    assert in_force.look() == set()
    client.close()
