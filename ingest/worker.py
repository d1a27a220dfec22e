"""The live worker: poll -> decode -> fold -> flush -> commit. The heart of the house.

Redis holds each community's position; the worker starts there, skips what is not newer before folding, and every
flush compares-and-sets on that position. So a record that is delivered twice, a replay or a zombie changes nothing.

Where records wait, one batch is written while the next is folded: Redis and the fold have a processor each.
What was read is committed only when it is written, and the next batch is sent only then.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import redis

from community.fold import fold
from community.model import TICK, BadRecord, Position, Record, decode
from community.site import Site
from community.state import State
from ingest.describe import Describer
from ingest.lease import Lease
from ingest.process import Stop, run
from store import deadletter, keys
from store.blobs import Blobs
from store.deadletter import DeadLetters
from store.live import Batch, Command, LiveCorrupt, LiveUnavailable, LiveWriter, Moved, command
from store.log import Entry, LogMisconfigured, LogReader, LogUnavailable
from store.log.open import open_reader, open_writer, partition_of, patiently
from store.settings import Settings

log = logging.getLogger("shouwang.live")

POLL_MS = 500
"""How long an idle worker waits for the next record; a record ends the wait at once."""

BATCH = 1000
"""Records a flush: long enough to carry a backlog (a device that speaks twice in it is written once), short enough for
one script call (about 15 ms)."""

FLUSH_PATIENCE_S = 5.0

DEAF_S = 15.0
"""Ticks reach every partition each second: a reader that holds some and brings nothing for so long is looked at."""


MOVE = "Stop everything, then: python -m ingest move"


class Writing(NamedTuple):
    """A batch that is being written while the next one is folded."""

    answer: Future[None]
    last: Mapping[int, Position]
    records: int


class Worker:
    def __init__(
        self,
        reader: LogReader,
        live: LiveWriter,
        dead: DeadLetters,
        sites: Mapping[str, Site],
        partitions: int,
        open_again: Callable[[], LogReader] | None = None,
        describer: Describer | None = None,
        homes: Mapping[str, int] | None = None,
    ) -> None:
        """`open_again`: another reader of the same group, for one that has gone deaf. `describer`: says in the log what
        the site files say; without it the descriptions in force stay as they are. `homes`: the partitions in which the
        communities live, where they are not those of their keys."""
        self._reader = reader
        self._open_again = open_again
        self._deaf = False
        self._heard_s = time.monotonic()
        self._live = live
        self._dead = dead
        self._sites = sites
        self._describer = describer
        self._partitions = partitions
        self._home = homes or {community: partition_of(community, partitions) for community in sites}
        self._held: frozenset[int] = frozenset()
        self._batches: dict[str, Batch] = {}
        self._unsettled: dict[int, Position] = {}
        """Of each partition the oldest record whose letter may not be in the log."""
        self._writing: Writing | None = None
        self._aside = ThreadPoolExecutor(1, "flush")
        self.folded = 0
        """Records whose effect is stored."""

    def step(self, timeout_ms: int = POLL_MS) -> int:
        """One round; returns how many records were read. Raises LogUnavailable or LiveUnavailable: call it again."""
        self._look_after_reader()
        entries = self._reader.poll(0 if self._writing else timeout_ms, BATCH)
        if not entries and self._writing:
            self._settle()
            entries = self._reader.poll(timeout_ms, BATCH)
        if entries:
            self._heard_s = time.monotonic()
        held = self._reader.assigned()
        if any(partition >= self._partitions for partition in held):
            raise LogMisconfigured(
                f"{keys.LOG} had {self._partitions} partitions when the live worker started and has more now: "
                f"records may stand where nobody looks for them. {MOVE}"
            )
        if held != self._held:
            self._settle()
            kept = self._take(held)
            entries = [entry for entry in entries if entry.position.partition in kept]
        if entries:
            self._apply(entries)
        if self._describer is not None and len(entries) < BATCH:
            self._describe(self._describer)
        return len(entries)

    def _describe(self, describer: Describer) -> None:
        """Only where nothing waits: the log itself may say already what the file does."""
        untold = [batch.state for community, batch in self._batches.items() if describer.has_to_look(community)]
        if untold and not sum(self._reader.lag().values()):
            for state in untold:
                describer.look(state)

    def _look_after_reader(self) -> None:
        """Another reader for one that holds partitions and brings nothing although records wait."""
        if self._open_again is None:
            return
        if not self._deaf:
            silent_s = time.monotonic() - self._heard_s
            if not self._held or silent_s < DEAF_S:
                return
            self._heard_s = time.monotonic()
            waiting = sum(self._reader.lag().values())
            if not waiting:
                return
            log.warning("nothing read for %.0f s though %d records wait: the reader is opened anew", silent_s, waiting)
            self._deaf = True  # until another is open: the log may be away just now
            self._reader.close()
        self._reader = self._open_again()
        self._deaf = False
        self.reload()

    def _take(self, held: frozenset[int]) -> frozenset[int]:
        """Loads the communities of newly assigned partitions and seeks to where they stand.

        Returns the partitions whose records of this poll stand: the seek brings the others again. A partition that no
        community lives in is sought only where letters were not settled: what was read of it would not come again.
        """
        kept = held & self._held
        self._unsettled = {p: position for p, position in self._unsettled.items() if p in held}
        for community, home in self._home.items():
            if home not in held:
                self._batches.pop(community, None)
            elif home not in kept:
                self._batches[community] = self._load(community)
        sought = {partition for partition in held - kept if self._seek(partition)}
        self._held = held
        return held - sought

    def _load(self, community: str) -> Batch:
        """Raises LogMisconfigured where the community's records stand in another partition than the next ones will."""
        batch = Batch(self._live.load(self._sites[community]))
        at = Position.parse(batch.state.position) if batch.state.position else None
        if at is not None and at.epoch == self._reader.epoch and at.partition != self._home[community]:
            raise LogMisconfigured(
                f"{keys.LOG} has {self._partitions} partitions now: {community!r} was folded from partition "
                f"{at.partition}, and its next records stand in {self._home[community]}. {MOVE}"
            )
        return batch

    def _seek(self, partition: int) -> bool:
        """To the record after the oldest stored position of the partition's communities; False: it stays."""
        tokens = [
            self._batches[community].state.position
            for community, home in self._home.items()
            if home == partition and community in self._batches
        ]
        if tokens:
            oldest = min(tokens)
            position = Position.parse(oldest) if oldest else None
            if position is not None and position.epoch != self._reader.epoch:
                position = None  # of another log: this one is read from its beginning, see _fold
            self._reader.seek(partition, position)
            return True
        first = self._unsettled.get(partition)
        if first is not None:
            self._reader.seek(partition, Position(first.epoch, partition, first.offset - 1))
        return first is not None

    def reload(self) -> None:
        """Forget everything held: the next step loads and seeks anew."""
        if self._writing is not None:
            with suppress(Moved, LiveUnavailable):  # whatever became of it, what is stored is loaded anew
                self._writing.answer.result()
            self._writing = None
        self._held = frozenset()
        self._batches.clear()
        self._heard_s = time.monotonic()

    def close(self) -> None:
        """What was folded last may not be committed: it is read once more, and changes nothing."""
        self._aside.shutdown()
        if not self._deaf:  # else it is closed already
            self._reader.close()

    def _apply(self, entries: Sequence[Entry]) -> None:
        last: dict[int, Position] = {}
        first: dict[int, Position] = {}
        for entry in entries:
            position = entry.position
            if position.partition not in last:
                first[position.partition] = position
            last[position.partition] = position
        self._unsettled = first | self._unsettled
        for entry in entries:
            self._one(entry)
        self._settle()
        self._dead.settle()
        self._unsettled.clear()
        dirty = [batch for batch in self._batches.values() if batch.dirty]
        told = [command(batch) for batch in dirty]
        writing = partial(self._write, told)
        if len(entries) < BATCH:
            writing()
            self._wrote(last, len(entries))
        else:
            self._writing = Writing(self._aside.submit(writing), last, len(entries))
        for batch in dirty:
            batch.clear()

    def _settle(self) -> None:
        """Waits for what is being written. Raises Moved or LiveUnavailable; then nothing that is held stands."""
        writing, self._writing = self._writing, None
        if writing is None:
            return
        try:
            writing.answer.result()
        except (Moved, LiveUnavailable):
            self.reload()
            raise
        self._wrote(writing.last, writing.records)

    def _wrote(self, last: Mapping[int, Position], records: int) -> None:
        self._reader.commit(last)
        self.folded += records

    def _one(self, entry: Entry) -> None:
        position, appended_ms, value, headers = entry.position, entry.appended_ms, entry.value, entry.headers
        try:
            record = decode(value, position=position, appended_ms=appended_ms, headers=headers)
        except BadRecord as error:
            self._dead.put(entry, deadletter.UNDECODABLE, str(error))
            return
        community = record.community
        home = self._home.get(community)
        # Before positions are compared: those of two partitions have no order in time.
        if home == position.partition:
            self._fold(self._batches[community], record, entry)
        elif record.type == TICK and not community:
            for named, home in self._home.items():
                if home == position.partition:
                    self._fold(self._batches[named], record, entry)
        elif home is None:
            self._dead.put(entry, deadletter.UNKNOWN_COMMUNITY, f"no site describes {community!r}")
        else:
            self._dead.put(entry, deadletter.FOREIGN_PARTITION, f"{community!r} belongs to partition {home}")

    def _fold(self, batch: Batch, record: Record, entry: Entry) -> None:
        state, epoch = batch.state, entry.position.epoch
        if record.position <= state.position:
            return  # folded before: a replay, a rebalance, a zombie's leftovers
        if epoch != batch.epoch and batch.epoch is not None and entry.appended_ms <= state.clock_ms:
            return  # the log was changed; what this one held before that belongs to another time
        if not state.position and self._describer is not None:
            state.adopt(*self._live.base(state.site, self._describer.text(state.site.id), record.position))
        try:
            changes = fold(state, record)
        except BadRecord as error:
            self._dead.put(entry, deadletter.BAD_DATA, str(error))
            return
        except Exception as error:  # noqa: BLE001
            # A mistake of ours met one record. Stopping here would hide every SOS behind it: set the record aside,
            # say so loudly, go on. The state is untouched, `fold` is pure.
            log.exception("fold failed on %s", entry.position.token())
            self._dead.put(entry, deadletter.BUG, f"{type(error).__name__}: {error}")
            return
        batch.add(changes)
        batch.epoch = epoch

    def _write(self, told: Sequence[Command]) -> None:
        pause_s, deadline_s = 0.05, time.monotonic() + FLUSH_PATIENCE_S
        while told:
            try:
                self._live.write(told)
                return
            except LiveUnavailable:
                # Whether it was written is unknown; the same once more is harmless. After the patience the worker
                # starts over from the stored position: the log still has every record.
                if time.monotonic() > deadline_s:
                    raise
                time.sleep(pause_s)
                pause_s = min(2 * pause_s, 1.0)

    @property
    def states(self) -> Mapping[str, State]:
        return {community: batch.state for community, batch in self._batches.items()}


def work(settings: Settings, stop: Stop) -> int:
    descriptions = settings.load_descriptions()
    sites = {id_: told.site for id_, told in descriptions.items()}
    client = redis.Redis.from_url(settings.redis_url, socket_timeout=5)
    writer = patiently(lambda: open_writer(settings), stop=stop)
    reader = patiently(lambda: open_reader(settings, keys.LOG, "live"), stop=stop)
    partitions = patiently(lambda: writer.partitions(keys.LOG), stop=stop)
    dead = DeadLetters(writer, client, Blobs(settings.var / "blobs"))
    kafka = bool(settings.kafka_bootstrap_servers)
    open_again = (lambda: open_reader(settings, keys.LOG, "live")) if kafka else None
    describer = Describer(writer, descriptions, reader.epoch)
    worker = Worker(reader, LiveWriter(client), dead, sites, partitions, open_again, describer)
    lease = None if kafka else Lease(client)
    code = 0
    while not stop.is_set():
        if lease is not None and not lease.hold():
            worker.reload()
            stop.wait(0.5)
            continue
        try:
            worker.step()
        except Moved as moved:
            log.warning("another worker was here: %s", moved)
            worker.reload()
        except (LogUnavailable, LiveUnavailable) as error:
            log.warning("%s", error)
            worker.reload()
            stop.wait(0.5)
        except LiveCorrupt as error:
            log.error("%s; to rebuild it from the log: %s, then restart", error, _rebuild(error.community))
            code = 1
            break
    worker.close()
    writer.close()
    return code


def _rebuild(community: str) -> str:
    """The command after which the fold begins again; the outbox stays, what comes twice has the same id."""
    parts = (keys.meta, keys.devices, keys.alarms)
    return "redis-cli DEL " + " ".join(f"'{part(community)}'" for part in parts)


def main(argv: list[str]) -> int:
    return run("live", work, argv)
