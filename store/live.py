"""The live state in Redis: one atomic script writes a batch of one community, readers load it and follow deltas.

The script compares the stored position with the one the writer started from: of two writers of one community (a
zombie beside its successor) only the one that continues the stored state gets through; the other must reload.

A delta on `keys.delta(community)` is JSON: {"from", "to", "clock_ms", "devices", "alarms", "meta"}, with "refused"
where commands were. It can be applied to the state at `from` only; whoever finds a gap loads the whole again, and so
does whoever is told of another description of the community (`meta.described`), since what it no longer knows is named
nowhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import resources
from itertools import chain
from typing import Any, NamedTuple, cast

import msgspec
import redis
import redis.asyncio
from redis.exceptions import RedisError

from community.description import pack, site_of
from community.model import FOLD_VERSION, Position, encode_event
from community.site import Site
from community.state import (
    Activation,
    Alarm,
    Changes,
    Closed,
    Described,
    DeviceState,
    Entry,
    Lately,
    OutOfService,
    Past,
    SourceState,
    State,
    Today,
)

from . import keys

_SCRIPT = resources.files(__package__).joinpath("apply_batch.lua").read_text("utf-8")

_encode = msgspec.json.Encoder().encode
_decode_device = msgspec.json.Decoder(DeviceState).decode
_decode_alarm = msgspec.json.Decoder(Alarm).decode


class LiveUnavailable(ConnectionError):
    """Redis did not answer. Temporary: whether the batch was written is unknown; flush the same batch again."""


class LiveCorrupt(RuntimeError):
    """What Redis holds or said cannot be read: not written by us, or damaged. Permanent; names community and key."""

    def __init__(self, community: str, place: str, error: Exception) -> None:
        super().__init__(f"the live state of {community!r} in {place} cannot be read: {error}")
        self.community = community


class OtherFold(LiveCorrupt):
    """What Redis holds was folded by another version: the next record would mix the two, which no replay repeats."""

    def __init__(self, community: str, found: str) -> None:
        RuntimeError.__init__(
            self,
            f"the live state of {community!r} in {keys.meta(community)} was folded by version {found or 'unknown'} "
            f"of the fold, this program has version {FOLD_VERSION} and does not continue it",
        )
        self.community = community


class Moved(RuntimeError):
    """The stored position is not the one this writer continues: reload, skip what is not newer, go on."""


class Meta(msgspec.Struct):
    """The small parts of a state, beside devices and alarms; None in a delta: unchanged."""

    started_ms: int | None = None
    sources: dict[str, SourceState] | None = None
    recent: tuple[Closed, ...] | None = None
    today: Today | None = None
    activations: tuple[Activation, ...] | None = None
    critical_ms: int | None = None
    out_of_service: dict[str, OutOfService] | None = None
    lately: dict[str, Lately] | None = None
    past: Past | None = None
    described: Described | None = None


class Refusal(msgspec.Struct, array_like=True):
    """A command that was not carried out: no part of the state, for whoever gave it and waits."""

    command: str
    person: str
    reason: str


class Delta(msgspec.Struct, omit_defaults=True):
    from_: str = msgspec.field(name="from")
    to: str
    clock_ms: int
    devices: dict[str, DeviceState] = {}
    alarms: dict[str, Alarm | None] = {}
    meta: Meta = msgspec.field(default_factory=Meta)
    refused: list[Refusal] = []


_decode_delta = msgspec.json.Decoder(Delta).decode
_decode_meta = msgspec.json.Decoder(Meta).decode


class Batch:
    """What a run of records changed of one state, gathered until it is flushed."""

    __slots__ = ("alarms", "base", "devices", "entries", "epoch", "forgotten", "meta", "state")

    def __init__(self, state: State) -> None:
        self.state = state
        self.epoch = Position.parse(state.position).epoch if state.position else None
        """Of the log that the last record came from."""
        self.clear()

    def clear(self) -> None:
        self.base = self.state.position
        self.devices: dict[str, DeviceState] = {}
        self.forgotten: set[str] = set()
        self.alarms: set[str] = set()
        self.meta: set[str] = set()
        self.entries: list[Entry] = []

    def add(self, changes: Changes) -> None:
        """Applies the changes to the state and remembers what has to be written."""
        if not self.state.started_ms:
            self.meta.add("started_ms")
        self.state.apply(changes)
        if changes.devices:
            self.devices.update(changes.devices)
        if changes.alarms:
            self.alarms.update(changes.alarms)
        if changes.sources:
            self.meta.add("sources")
        if changes.entries:
            self.entries.extend(changes.entries)
        if changes.closed:
            self.meta.add("recent")
        if changes.today is not None:
            self.meta.add("today")
        if changes.activations:
            self.meta.add("activations")
        if changes.critical_ms is not None:
            self.meta.add("critical_ms")
        if changes.out_of_service:
            self.meta.add("out_of_service")
        if changes.lately:
            self.meta.add("lately")
        if changes.past is not None:
            self.meta.add("past")
        if changes.described is not None:
            self.meta.update(("described", "sources"))
            self.forgotten.update(changes.forgotten)

    @property
    def dirty(self) -> bool:
        return self.state.position != self.base


class LiveWriter:
    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._script = client.register_script(_SCRIPT)

    def load(self, site: Site) -> State:
        """`site`: the description for a state that no record has described yet.

        Raises LiveUnavailable, LiveCorrupt (OtherFold before anything else of the state is looked at)."""
        community = site.id
        try:
            pipe = self._redis.pipeline(transaction=True)
            pipe.hgetall(keys.meta(community))
            pipe.hgetall(keys.devices(community))
            pipe.hgetall(keys.alarms(community))
            meta, devices, alarms = pipe.execute()
        except (RedisError, OSError) as error:
            raise LiveUnavailable(f"cannot load {community}: {error}") from error
        found = meta.get(b"fold", b"").decode("utf-8", "replace")
        if meta.get(b"position") and found != str(FOLD_VERSION):
            raise OtherFold(community, found)
        return _state(site, meta, devices, alarms)

    def base(self, site: Site, text: bytes, before: str) -> tuple[Site, Described | None]:
        """The description with which an empty state begins whose first record stands at `before`: the one that was in
        force there when the log was folded first. `site` and its `text` where that is not known; it is kept as such.

        The rebuild of a state does not delete this memory. Raises LiveUnavailable, LiveCorrupt.
        """
        name = keys.site(site.id)
        try:
            if not self._redis.hlen(name):
                self._redis.hsetnx(name, BEGINNING, _encode(Described("", "", pack(text))))
            known = cast(dict[bytes, bytes], self._redis.hgetall(name))
        except (RedisError, OSError) as error:
            raise LiveUnavailable(f"cannot read {name}: {error}") from error
        earlier = [at for at in known if at.decode("utf-8", "replace") < before]
        if not earlier:
            return site, None
        with _reading(site.id, name):
            described = msgspec.json.decode(known[max(earlier)], type=Described)
            return site_of(described.packed), described if described.hash else None

    def flush(self, batch: Batch) -> None:
        """Writes the batch. Raises Moved, or LiveUnavailable (then call it again with the same batch)."""
        self.write([command(batch)])
        batch.clear()

    def write(self, told: Sequence[Command]) -> None:
        """Each community by itself, all of them on one way: a thousand are asked, and synced, once.

        Raises Moved, or LiveUnavailable: then some may be written, and the same commands are called again.
        """
        try:
            for one in told:
                if one.described is not None:
                    # Before the state that follows it: an entry of a record that is never passed is true all the same.
                    self._redis.hset(keys.site(one.community), *one.described)
            if len(told) == 1:
                answers = [self._script(keys=told[0].names, args=told[0].arguments)]
            else:
                pipe = self._redis.pipeline(transaction=False)
                for one in told:
                    self._script(keys=one.names, args=one.arguments, client=pipe)
                answers = pipe.execute()
        except (RedisError, OSError) as error:
            raise LiveUnavailable(f"cannot write {', '.join(one.community for one in told[:9])}: {error}") from error
        for one, found in zip(told, answers, strict=True):
            if found is not None and bytes(found).decode() != one.to:
                # Found at our own new position: an earlier try of this batch was written although its answer was lost.
                raise Moved(f"{one.community} stands at {bytes(found).decode()!r}, not at {one.base!r}")


class Command(NamedTuple):
    """A batch as the script is told it: nothing in it changes when the state does."""

    community: str
    base: str
    to: str
    names: list[str]
    arguments: list[Any]
    described: tuple[str, bytes] | None


def command(batch: Batch) -> Command:
    """What has to be written of the batch."""
    state = batch.state
    community = state.site.id
    forgotten = sorted(id_ for id_ in batch.forgotten if id_ not in state.devices)
    devices = {id_: _encode(device) for id_, device in batch.devices.items() if id_ in state.devices}
    alarms = {key: _encode(state.alarms[key]) for key in sorted(batch.alarms) if key in state.alarms}
    gone = sorted(key for key in batch.alarms if key not in state.alarms)
    meta = {name: _encode(getattr(state, name)) for name in sorted(batch.meta)}
    delta: dict[str, Any] = {
        "from": batch.base,
        "to": state.position,
        "clock_ms": state.clock_ms,
        "devices": _raw(devices),
        "alarms": {**_raw(alarms), **dict.fromkeys(gone)},
        "meta": _raw(meta),
    }
    refused = [_refusal(entry.data) for entry in batch.entries if entry.type == "command.refused"]
    if refused:
        delta["refused"] = refused
    stored = {**meta, "position": state.position, "clock_ms": state.clock_ms, "fold": FOLD_VERSION}
    arguments: list[Any] = [batch.base, keys.delta(community), _encode(delta)]
    arguments += [2 * len(stored), 2 * len(devices), 2 * len(alarms), len(gone), len(forgotten)]
    arguments.append(3 * len(batch.entries))
    for pairs in (stored, devices, alarms):
        arguments += chain.from_iterable(cast(Mapping[str, Any], pairs).items())
    arguments += gone + forgotten
    for entry in batch.entries:
        arguments += (entry.topic, entry.id, encode_entry(community, entry))
    names = [keys.meta(community), keys.devices(community), keys.alarms(community), keys.outbox(community)]
    new = state.described if "described" in meta else None
    described = (new.position, meta["described"]) if new is not None else None
    return Command(community, batch.base, state.position, names, arguments, described)


def _refusal(said: Mapping[str, Any]) -> Refusal:
    return Refusal(said["id"], said.get("person", ""), said["reason"])


def _raw(encoded: Mapping[str, bytes]) -> dict[str, Any]:
    """What is JSON already goes into a larger JSON as it is."""
    return dict(zip(encoded, map(msgspec.Raw, encoded.values()), strict=True))


def encode_entry(community: str, entry: Entry) -> bytes:
    """A journal entry or action as a canonical record; `time` is the moment it became due."""
    return encode_event(
        id=entry.id,
        source="shouwang/fold",
        type=entry.type,
        community=community,
        subject=entry.subject,
        time_ms=entry.at_ms,
        data=entry.data,
    )


def _state(
    site: Site, meta: Mapping[bytes, bytes], devices: Mapping[bytes, bytes], alarms: Mapping[bytes, bytes]
) -> State:
    """Raises LiveCorrupt."""
    state = State(site)
    with _reading(site.id, keys.meta(site.id)):
        if b"described" in meta:
            described = msgspec.json.decode(meta[b"described"], type=Described)
            state.adopt(site_of(described.packed), described)
        state.position = meta.get(b"position", b"").decode()
        if state.position:
            Position.parse(state.position)
        state.clock_ms = int(meta.get(b"clock_ms", 0))
        parts = _raw({name.decode(): value for name, value in meta.items() if name.decode() in _META})
        _apply_meta(state, _decode_meta(_encode(parts)))
    with _reading(site.id, keys.devices(site.id)):
        state.devices = {id_.decode(): _decode_device(value) for id_, value in sorted(devices.items())}
    with _reading(site.id, keys.alarms(site.id)):
        state.alarms = {key.decode(): _decode_alarm(value) for key, value in sorted(alarms.items())}
    return state


_META = tuple(Meta.__struct_fields__)

BEGINNING = "0"
"""Of all positions the first, as text."""


@contextmanager
def _reading(community: str, place: str) -> Iterator[None]:
    try:
        yield
    except (msgspec.MsgspecError, ValueError) as error:
        raise LiveCorrupt(community, place, error) from error


def _apply_meta(state: State, meta: Meta) -> list[str]:
    said = [name for name in _META if getattr(meta, name) is not None]
    for name in said:
        setattr(state, name, getattr(meta, name))
    return said


async def load(client: redis.asyncio.Redis, site: Site) -> State:
    """The whole live state of a community, for a reader. Raises LiveUnavailable, LiveCorrupt.

    A state of another fold version is shown as long as it can be read: it says what was so at its clock, and that clock
    stands still until the worker goes on.
    """
    community = site.id
    try:
        async with client.pipeline(transaction=True) as pipe:
            pipe.hgetall(keys.meta(community))
            pipe.hgetall(keys.devices(community))
            pipe.hgetall(keys.alarms(community))
            meta, devices, alarms = await cast(Awaitable[list[dict[bytes, bytes]]], pipe.execute())
    except (RedisError, OSError) as error:
        raise LiveUnavailable(f"cannot load {community}: {error}") from error
    return _state(site, meta, devices, alarms)


class Applied(msgspec.Struct):
    """What a delta touched, for readers that derive more from it."""

    devices: Iterable[str]
    alarms: Iterable[str]
    meta: Iterable[str]
    refused: Sequence[Refusal]


def apply_delta(state: State, message: bytes) -> Applied | None:
    """Brings a reader's state forward. None: it does not continue this state, or another description of the community
    came into force; load the whole again. Raises LiveCorrupt."""
    with _reading(state.site.id, f"a delta on {keys.delta(state.site.id)}"):
        delta = _decode_delta(message)
    if delta.from_ != state.position or delta.meta.described is not None:
        return None
    state.devices.update(delta.devices)
    for key, alarm in delta.alarms.items():
        if alarm is None:
            state.alarms.pop(key, None)
        else:
            state.alarms[key] = alarm
    parts = _apply_meta(state, delta.meta)
    state.position = delta.to
    state.clock_ms = delta.clock_ms
    return Applied(delta.devices.keys(), delta.alarms.keys(), parts, delta.refused)
