"""Vendor topics -> `community.log`: each payload through its adapter, each record with an id derived from its place.

One thread a source, so that no feed waits for another. A process of its own, not part of the gateway: an adapter that
trips over a payload must not take the charge points' connections with it, and the hop costs 1 to 3 ms.

Adapters keep a context (which transaction belongs to which session), and what a payload becomes depends on it. So the
context is stored together with the position it belongs to, and after a kill the work goes on from that pair: payloads
behind it are read again and become the same records with the same ids.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import msgspec
import redis
from redis.exceptions import RedisError

from community.model import SOURCE_HEARTBEAT, BadRecord, Position, Record, decode
from community.newcomers import homes
from community.site import Site
from ingest.adapters import ADAPTERS
from ingest.adapters.base import Ignored, Payload, Refused, encode, record_id, unwrap, zone_of
from ingest.envelope import unfold
from ingest.following import Following
from ingest.lane import Lane
from ingest.mapping.places import MappingError
from ingest.process import Stop, run
from store import deadletter, keys
from store.blobs import BlobMissing, Blobs
from store.deadletter import DeadLetters
from store.described import InForce
from store.log import Appended, Entry, LogMisconfigured, LogReader, LogUnavailable, LogWriter
from store.log.open import open_reader, open_writer, patiently
from store.log.streams import connect
from store.settings import Settings

log = logging.getLogger("shouwang.normalise")

POLL_MS = 500
"""How long an idle reader waits; a payload ends the wait at once."""

BATCH = 500

RECALLED = 1000
"""So many before the stored position are read once more, for their ids: what a gateway left without its acknowledgement
(`REMEMBERED` in gateways/mqtt.py) the broker says again, also to a normaliser that was killed with it."""

STORE_EVERY_S = 0.5
"""As often as positions are committed: a kill costs half a second of reading again."""

FOREVER_S = float("inf")

LOOK_S = 1.0
"""How often it is asked whether a site names another source by now, or a mapping is another one."""


class Normaliser:
    """All of one source, as far as this process holds its partitions."""

    def __init__(
        self,
        source: str,
        sites: Mapping[str, Site],
        reader: LogReader,
        writer: LogWriter,
        client: redis.Redis,
        blobs: Blobs,
    ) -> None:
        self._source = source
        self._topic = keys.vendor(source)
        self._sites = sites
        self._reader = reader
        self._writer = writer
        self._redis = client
        self._blobs = blobs
        self._dead = DeadLetters(writer, client, blobs)
        self._homes = homes(source, sites)
        self._lanes: dict[int, Lane] = {}
        self._dirty: dict[int, Position] = {}
        self._again: set[int] = set()
        """Partitions given up half-way: without a snapshot they are read from the beginning."""
        self._stored_s = 0.0
        self.ignored = 0

    def describe(self, communities: Iterable[str]) -> None:
        """`sites` says something else of these than before. Payloads that wait already are read by what it says now."""
        self._homes = homes(self._source, self._sites)
        for community in communities:
            for lane in self._lanes.values():
                lane.describe(community)

    def step(self, timeout_ms: int = POLL_MS) -> int:
        """One round; how many payloads were read. Raises LogUnavailable or RedisError: `reload` and call it again."""
        self._take(self._reader.assigned())
        entries = self._reader.poll(timeout_ms, BATCH)
        # Partitions may have come or gone during the poll; what came with a sought one will be read again.
        sought = self._take(self._reader.assigned())
        entries = [e for e in entries if e.position.partition in self._lanes and e.position.partition not in sought]
        if entries:
            self._pass_on(entries)
        self._store()
        return len(entries)

    def reload(self) -> None:
        """Forget what is in memory: the next step goes on from what is stored."""
        self._again |= self._lanes.keys()
        self._lanes.clear()
        self._dirty.clear()

    def close(self) -> None:
        """Raises LogUnavailable or RedisError when the last half second cannot be stored; it is read again then."""
        self._store(now=True)
        self._reader.close()

    def _take(self, held: frozenset[int]) -> set[int]:
        """Opens and closes lanes; returns the partitions that were sought to another place."""
        for partition in self._lanes.keys() - held:
            del self._lanes[partition]
            self._dirty.pop(partition, None)
        sought: set[int] = set()
        for partition in held - self._lanes.keys():
            position, contexts = self._load(partition)
            if position or partition in self._again:
                self._reader.seek(partition, Position.parse(position) if position else None, RECALLED)
                sought.add(partition)
            self._again.discard(partition)
            self._lanes[partition] = Lane(self._source, self._sites, position, contexts)
        return sought

    def _load(self, partition: int) -> tuple[str, dict[str, bytes]]:
        names = [self._field(partition), *(self._field(partition, community) for community in self._sites)]
        position, *contexts = cast("list[bytes | None]", self._redis.hmget(keys.NORMALISE, names))
        if position and Position.parse(position.decode()).epoch != self._reader.epoch:
            position = None  # of another log; the context of the chargers is true all the same
        found = {community: raw for community, raw in zip(self._sites, contexts, strict=True) if raw is not None}
        return (position or b"").decode(), found

    def _field(self, partition: int, community: str = "") -> str:
        return f"{self._source}/{partition}/{community}".rstrip("/")

    def _pass_on(self, entries: Sequence[Entry]) -> None:
        pending: list[Appended] = []
        entries = [entry for entry in entries if not self._lanes[entry.position.partition].recalls(entry)]
        for entry in entries:
            lane = self._lanes[entry.position.partition]
            if not lane.is_copy(entry):
                pending += self._one(lane, entry)
        for appended in pending:
            appended.result()
        self._dead.settle()
        for entry in entries:
            self._lanes[entry.position.partition].position = entry.position.token()
            self._dirty[entry.position.partition] = entry.position

    def _one(self, lane: Lane, entry: Entry) -> list[Appended]:
        beat = heartbeat(entry)
        if beat is not None:
            return [self._writer.append(keys.LOG, beat.community, entry.value)]
        try:
            community, payload = self._payload(entry)
            # What a broker has kept is old, and nobody says how old: it proves no life. Nor does an order of ours.
            outcome = Ignored(payload.aside) if payload.aside else lane.adapter(community).adapt(payload)
            if isinstance(outcome, Ignored):
                self.ignored += 1
                return []
            place = (self._topic, entry.position.partition, entry.position.offset)
            lines = [
                encode(
                    canonical,
                    id=record_id(self._source, *place, canonical.n),
                    source=self._source,
                    community=community,
                    received_ms=payload.received_ms,
                )
                for canonical in outcome
            ]
        except Refused as refusal:
            self._dead.put(entry, deadletter.UNMAPPED, str(refusal))
            return []
        except BlobMissing as error:
            self._dead.put(entry, deadletter.UNDECODABLE, str(error))
            return []
        except Exception as error:
            # A mistake of ours met one payload. To stop would hide every device behind it: set it aside, say so loudly.
            log.exception("adapting failed at %s %s", entry.topic, entry.position.token())
            self._dead.put(entry, deadletter.BUG, f"{type(error).__name__}: {error}")
            return []
        for canonical in outcome:
            if canonical.blob:  # the picture first: a record must not name what is not there
                self._blobs.put(canonical.blob)
        return [self._writer.append(keys.LOG, community, line) for line in lines]

    def _payload(self, entry: Entry) -> tuple[str, Payload]:
        """Raises Refused, BlobMissing."""
        try:
            envelope = unfold(msgspec.json.decode(entry.value), self._blobs)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise Refused(f"not an envelope: {error}") from error
        said = envelope if isinstance(envelope, dict) else {}
        device, community = said.get("device"), said.get("community")
        if not isinstance(community, str) or community not in self._sites:  # a gateway's connection knows whose it is
            community = self._homes.get(device) if isinstance(device, str) else None
        community = community or next(iter(self._sites))
        site = self._sites[community]
        payload = unwrap(envelope, zone_of(site), received_ms=entry.appended_ms)
        if envelope is payload.body:  # bare, from a gateway that is not ours: its key is the device
            payload = msgspec.structs.replace(payload, device=entry.key.decode("utf-8", "replace"))
        return community, payload

    def _store(self, *, now: bool = False) -> None:
        """Position and context together; only then may the log forget what is behind them."""
        if self._dirty and (now or time.monotonic() - self._stored_s >= STORE_EVERY_S):
            fields: dict[str, str | bytes] = {}
            self._doubt_contexts()
            changed = {partition: self._lanes[partition].changed_contexts() for partition in self._dirty}
            for partition, contexts in changed.items():
                fields[self._field(partition)] = self._lanes[partition].position
                fields |= {self._field(partition, community): value for community, value in contexts.items()}
            self._redis.hset(keys.NORMALISE, mapping=cast("dict[Any, Any]", fields))  # one command: all or nothing
            for partition, contexts in changed.items():
                self._lanes[partition].contexts |= contexts
                self._lanes[partition].stored = self._lanes[partition].position
            done, self._dirty = self._dirty, {}
            self._stored_s = time.monotonic()
            self._reader.commit(done)
        else:
            self._reader.commit({})

    def _doubt_contexts(self) -> None:
        """Where another position stands than the one written last (Redis was emptied or set back), so may the contexts
        be: all of them are written again. A position alone would forget the running sessions at the next start."""
        partitions = list(self._dirty)
        names = [self._field(partition) for partition in partitions]
        found = cast("list[bytes | None]", self._redis.hmget(keys.NORMALISE, names))
        for partition, position in zip(partitions, found, strict=True):
            lane = self._lanes[partition]
            if (position or b"").decode() != lane.stored:
                log.warning("%s/%d: the stored position is not ours: contexts again", self._source, partition)
                lane.forget_stored()


def heartbeat(entry: Entry) -> Record | None:
    """The gateway's own sign of life is canonical already: it passes as it is, behind what it came behind."""
    if not entry.value.startswith(b'{"specversion"'):
        return None
    try:
        record = decode(entry.value, position=entry.position, appended_ms=entry.appended_ms)
    except BadRecord:
        return None
    return record if record.type == SOURCE_HEARTBEAT else None


def follow(source: str, settings: Settings, sites: Mapping[str, Site], stop: Stop) -> None:
    """Until told to stop. While log or Redis are away it waits and goes on from what is stored."""
    client = connect(settings.redis_url)
    try:
        reader = patiently(lambda: open_reader(settings, keys.vendor(source), "normalise"), FOREVER_S, stop)
        writer = patiently(lambda: open_writer(settings), FOREVER_S, stop)
    except LogUnavailable:
        return  # told to stop while it waited
    in_force = InForce(client, sites)
    normaliser = Normaliser(source, in_force.sites, reader, writer, client, Blobs(settings.var / "blobs"))
    while not stop.is_set():
        try:
            if changed := in_force.look():
                normaliser.describe(changed)
            normaliser.step()
        except (LogUnavailable, RedisError, OSError) as error:
            log.warning("%s waits: %s", source, error)
            normaliser.reload()
            stop.wait(0.5)
    try:
        normaliser.close()
    except (LogUnavailable, RedisError, OSError) as error:
        log.warning("%s: the last half second will be read again: %s", source, error)
    writer.close()


def work(settings: Settings, stop: Stop) -> int:
    sites = settings.load_sites()
    client = connect(settings.redis_url)
    following = Following(settings, client)
    sources = following.sources(sites)
    try:
        for source in sources:
            ADAPTERS[source](None)
    except MappingError as error:
        print(error, file=sys.stderr)
        return 2
    broken: list[str] = []
    misconfigured: list[LogMisconfigured] = []

    def guard(source: str) -> None:
        whole = False
        try:
            follow(source, settings, sites, stop)
            whole = True
        except LogMisconfigured as error:
            misconfigured.append(error)
        finally:
            if not whole:
                broken.append(source)
                stop.set()  # a bug: end the process loudly, the traceback is on stderr

    threads: dict[str, threading.Thread] = {}

    def start(names: Sequence[str]) -> None:
        for source in names:
            if source not in threads:
                threads[source] = threading.Thread(target=guard, args=(source,), name=source)
                threads[source].start()

    start(sources)
    in_force = InForce(client, sites)
    following.look()
    while not stop.wait(LOOK_S):
        changed = following.look()
        with suppress(RedisError, OSError):  # the readers say so
            changed = bool(in_force.look()) or changed
        if changed:
            start(following.sources(in_force.sites))
    for thread in threads.values():
        thread.join()
    if misconfigured:
        raise misconfigured[0]
    return 1 if broken else 0


def main(argv: list[str]) -> int:
    return run("normalise", work, argv)
