"""Time travel: the state of a community at a moment that is over, by the same fold, from the nearest snapshot and the
raw records after it.

What is not there is not made up: `Untold` says why, and of which span of time that holds.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
import sqlalchemy as sa

from community.fold import fold
from community.model import FOLD_VERSION, LAST_MS, TICK, BadRecord, Position, decode
from community.site import Site
from community.state import State
from community.world.site import by_log
from store.log import Entry

from .segments import SegmentDamaged, read_raw
from .snapshots import Pair, following, nearest, restore, state_bytes

log = logging.getLogger("shouwang.history")

Why = Literal["nothing", "before", "other_fold", "damaged"]


END_OF_INVENTED = "0000.~"
"""Of all positions of epoch 0 the last, as text."""


class Untold(LookupError):
    """That moment cannot be shown. `to_ms`: from when on another one can be; None: nobody knows of any."""

    def __init__(self, why: Why, to_ms: int | None = None, detail: str = "") -> None:
        super().__init__(detail or why)
        self.why, self.to_ms = why, to_ms


class Moment(NamedTuple):
    state: State
    """Of the last record until then; it goes on with the next journey."""
    next_ms: int | None
    """When the log had the record after it; None: nothing was recorded after it, or a recording's own clock rules."""


class Journey:
    """Through one community's past, forwards record by record, backwards by a snapshot. Not for two threads."""

    def __init__(self, engine: sa.Engine, folder: Path, site: Site) -> None:
        """`folder`: of the raw segments. `site`: the description for a state that no record has described."""
        self._engine, self._folder, self._site = engine, folder, site
        self._state: State | None = None
        self._entries: Iterator[Entry] = iter(())
        self._ahead: Entry | None = None
        self._read: Position | None = None
        """Of the last entry that was taken from the segments."""

    def to(self, at_ms: int) -> Moment:
        """Raises Untold, HistoryUnavailable."""
        near = nearest(self._engine, self._site.id, at_ms)
        if near is None:
            first_ms = following(self._engine, self._site.id, at_ms, ours=True)
            raise Untold("nothing" if first_ms is None else "before", first_ms)
        if near.fold_version != FOLD_VERSION:
            raise Untold("other_fold", following(self._engine, self._site.id, at_ms, ours=True))
        state = self._state
        try:
            if state is None or state.clock_ms > at_ms or state.clock_ms < near.clock_ms:
                state = self._begin(near.position)
            self._forward(state, at_ms)
        except (SegmentDamaged, msgspec.MsgspecError, ValueError) as error:
            self._state = None
            log.error("the past of %s cannot be read: %s", self._site.id, error)
            raise Untold("damaged", following(self._engine, self._site.id, at_ms, ours=True), str(error)) from error
        live = state.site.clock == "live"
        return Moment(state, self._ahead.appended_ms if live and self._ahead is not None else None)

    def _begin(self, position: str) -> State:
        self._state = None  # until it is read: what was there before is of another moment
        state = restore(self._engine, _described(self._site, position), position)
        self._read, self._ahead = Position.parse(position), None
        self._entries = iter(())
        self._state = state
        return state

    def _forward(self, state: State, at_ms: int) -> None:
        while (entry := self._next(state)) is not None:
            self._ahead = None if follow(state, entry, at_ms) else entry
            if self._ahead is not None:
                return

    def _next(self, state: State) -> Entry | None:
        """Segments grow: whoever has come to their end looks once more."""
        if self._ahead is not None:
            return self._ahead
        entry = next(self._entries, None)
        if entry is None:
            home = Position.parse(state.position).partition
            until = END_OF_INVENTED if invented(state.position) else "~"
            after = self._read.token() if self._read is not None else ""
            self._entries = read_raw(self._engine, self._folder, home, after=after, until=until)
            entry = next(self._entries, None)
        if entry is not None:
            self._read = entry.position
        return entry


def invented(position: str) -> bool:
    """演示数据: of the days before the demo's log, which stand in epoch 0 (ingest/past.py)."""
    return position.startswith("0000.")


def _described(site: Site, position: str) -> Site:
    """The invented days have signs of life once a day, and a clock of their own."""
    return by_log(site, fine=False) if invented(position) else site


def follow(state: State, entry: Entry, at_ms: int) -> bool:
    """Folds the entry as the live worker did, unless that would move the clock beyond the moment: False, and the state
    is as it was. What the worker set aside, and what is another community's, passes without a trace."""
    if state.site.clock == "live" and entry.appended_ms > at_ms:
        return False
    try:
        record = decode(entry.value, position=entry.position, appended_ms=entry.appended_ms, headers=entry.headers)
        position = record.position
        if position <= state.position:
            return True
        if state.position and position[:4] != state.position[:4] and entry.appended_ms <= state.clock_ms:
            return True  # the log was changed for another: what that one held before belongs to another time
        if record.community != state.site.id and not (record.type == TICK and not record.community):
            return True
        changes = fold(state, record)
    except BadRecord:
        return True
    except Exception as error:  # noqa: BLE001  # a bug of ours: the worker set this record aside, loudly, and went on
        log.warning("left out as the worker did: %s: %r", entry.position.token(), error)
        return True
    if changes.clock_ms > at_ms:
        return False
    state.apply(changes)
    return True


def meets(engine: sa.Engine, folder: Path, site: Site, pair: Pair) -> bool:
    """Whether the raw records between two snapshots fold from the one into the bytes of the other.

    Raises HistoryUnavailable, SegmentDamaged; ValueError or MsgspecError for a snapshot that cannot be read."""
    state = restore(engine, _described(site, pair.before), pair.before)
    home = Position.parse(pair.after.position).partition
    for entry in read_raw(engine, folder, home, after=pair.before, until=pair.after.position):
        follow(state, entry, LAST_MS)
    return state.position == pair.after.position and sha256(state_bytes(state)).hexdigest() == pair.after.sha256
