"""What is remembered of notices: which channel has passed its test, what was told already, the local outbox; and the
links by which guardians answer.

In Redis beside the live state and not in it: whether a message came through is no fact of the community.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

import msgspec
import redis

from community.place import Text

from . import keys
from .seal import kept_key

KEPT_S = 86_400
TEST_S = 600
OUTBOX_LINES = 60
LINK_MS = 86_400_000
TRIES = 5
"""Wrong codes of one test; after them it has to be sent again."""


class Standing(msgspec.Struct):
    """Of one channel."""

    name: Text = Text()
    local: bool = False
    passed_ms: int = 0
    by: str = ""
    last_ms: int = 0
    last_ok: bool = True

    @property
    def usable(self) -> bool:
        return self.local or self.passed_ms > 0


class Asked(msgspec.Struct):
    """A test that somebody wants; the code proves that it arrived."""

    channel: str
    code: str


class Line(msgspec.Struct):
    at_ms: int
    title: str
    body: str
    alarm: str = ""


class Named(Protocol):
    @property
    def channel(self) -> str: ...
    @property
    def alarm(self) -> str: ...
    @property
    def occurrence(self) -> str: ...


_standing = msgspec.json.Decoder(Standing).decode
_asked = msgspec.json.Decoder(Asked).decode
_line = msgspec.json.Decoder(Line).decode


class Book:
    """Of one community. Every method raises RedisError or OSError while Redis is away."""

    def __init__(self, client: redis.Redis, community: str) -> None:
        self._redis, self._community = client, community
        self._name = keys.notices(community)

    def channels(self) -> dict[str, Standing]:
        stored = cast("dict[bytes, bytes]", self._redis.hgetall(self._name))
        return {id_.decode(): _standing(value) for id_, value in sorted(stored.items())}

    def usable(self) -> set[str]:
        return {id_ for id_, standing in self.channels().items() if standing.usable}

    def describe(self, channels: Mapping[str, tuple[Text, bool]]) -> None:
        """What the file has now; a channel that is new, or was renamed into another kind, has passed no test."""
        held = self.channels()
        for id_ in held.keys() - channels.keys():
            self._redis.hdel(self._name, id_)
        for id_, (name, local) in channels.items():
            before = held.get(id_, Standing())
            self._put(id_, msgspec.structs.replace(before, name=name, local=local))

    def mark(self, notice: str) -> bool:
        """True: it is to be sent now, by nobody else. One that a killed process had begun is taken up again."""
        name = keys.notice(self._community, notice)
        return bool(self._redis.set(name, b"trying", nx=True, ex=KEPT_S)) or self._redis.get(name) == b"trying"

    def done(self, notice: str, channel: str, ok: bool, now_ms: int) -> None:
        self._redis.set(keys.notice(self._community, notice), b"sent" if ok else b"failed", ex=KEPT_S)
        held = self.channels().get(channel)
        if held is not None:
            self._put(channel, msgspec.structs.replace(held, last_ms=now_ms, last_ok=ok))

    # ---- tests of channels
    def ask_test(self, channel: str) -> None:
        code = f"{secrets.randbelow(1_000_000):06d}"
        self._redis.set(self._code(channel), code, ex=TEST_S)
        self._redis.delete(self._code(channel) + ":tries")
        self._redis.rpush(keys.notice_tests(self._community), msgspec.json.encode(Asked(channel, code)))

    def next_test(self) -> Asked | None:
        value = cast("bytes | None", self._redis.lpop(keys.notice_tests(self._community)))
        return None if value is None else _asked(value)

    def tested(self, channel: str, ok: bool) -> None:
        """It was handed over, or could not be; passed it has only when somebody says the code."""
        held = self.channels().get(channel, Standing())
        self._put(channel, msgspec.structs.replace(held, last_ok=ok))

    def pass_test(self, channel: str, code: str, by: str, now_ms: int) -> bool:
        """Whether the code is the one that was sent: then the channel is in use."""
        tries = self._redis.incr(self._code(channel) + ":tries")
        self._redis.expire(self._code(channel) + ":tries", TEST_S)
        due = cast("bytes | None", self._redis.get(self._code(channel)))
        if due is None or tries > TRIES or not hmac.compare_digest(due, code.strip().encode()):
            return False
        self._redis.delete(self._code(channel))
        held = self.channels().get(channel, Standing())
        self._put(channel, msgspec.structs.replace(held, passed_ms=now_ms, by=by))
        return True

    def withdraw(self, channel: str) -> None:
        held = self.channels().get(channel)
        if held is not None:
            self._put(channel, msgspec.structs.replace(held, passed_ms=0, by=""))

    # ---- the outbox of the own machine
    def into_outbox(self, title: str, body: str, alarm: str, now_ms: int) -> None:
        name = keys.notice_outbox(self._community)
        self._redis.lpush(name, msgspec.json.encode(Line(now_ms, title, body, alarm)))
        self._redis.ltrim(name, 0, OUTBOX_LINES - 1)

    def outbox(self) -> list[Line]:
        """The newest first."""
        stored = cast("list[bytes]", self._redis.lrange(keys.notice_outbox(self._community), 0, -1))
        return [_line(value) for value in stored]

    def _put(self, channel: str, standing: Standing) -> None:
        self._redis.hset(self._name, channel, msgspec.json.encode(standing))

    def _code(self, channel: str) -> str:
        return keys.notice(self._community, f"test/{channel}")


class Answer(NamedTuple):
    community: str
    alarm: str
    channel: str
    occurrence: str


def guardian_link(var: Path, address: str, community: str, notice: Named, now_ms: int) -> str:
    said: list[Any] = [community, notice.alarm, notice.channel, notice.occurrence, now_ms + LINK_MS]
    body = msgspec.json.encode(said)
    return f"{address}/g/{_b64(body)}.{_b64(_sign(var, body))}"


def answered(var: Path, token: str, now_ms: int) -> Answer | None:
    """What the link is about; None: it is not one of ours, or has run out after a day."""
    body, _, signature = token.partition(".")
    try:
        told, signed = _unb64(body), _unb64(signature)
    except ValueError:
        return None
    if not hmac.compare_digest(signed, _sign(var, told)):
        return None
    *facts, until_ms = msgspec.json.decode(told, type=tuple[str, str, str, str, int])
    return Answer(*facts) if now_ms < until_ms else None


def _sign(var: Path, body: bytes) -> bytes:
    return hmac.digest(kept_key(var / "notice.key"), body, "sha256")[:16]


def _b64(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
