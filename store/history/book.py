"""Records into rows: a batch, its position and the days it touched in one transaction.

The position is compared and set: a batch that comes again, or a second writer, changes nothing. Beyond that every write
can be repeated in any order: facts are inserted once, things are merged from their words, minutes are joined.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from community.history.merge import merge, union
from community.model import Position
from community.site import Site
from store import audit, keys
from store.log import Entry

from . import HistoryMoved, tables
from .bulk import Line, json_text, put, said
from .database import reaching, reading
from .gather import Gathered
from .segments import Segments

log = logging.getLogger("shouwang.history")

COUNTED = frozenset(("journal", "door_pass", "charging_session", "intercom_call", "meter_day"))
"""Tables whose rows enter sums by day (store/history/rollups.py)."""


_DAY = 3
"""Where the local day stands in a line of a fact."""


@lru_cache
def _own_columns(name: str) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Of the columns of a thing's row those between its key and what was said of it, in their order."""
    table = tables.LIVES[name]
    return itemgetter(*(column.name for column in table.columns if not column.primary_key and column.name != "said"))


class Book:
    def __init__(
        self,
        engine: sa.Engine,
        sites: Mapping[str, Site],
        segments: Segments | None = None,
        prefix: str = "",
        *,
        listening: bool = True,
    ) -> None:
        """`prefix`: of the topics in the table of positions, for records that stand in no log. Not `listening`: the
        minutes that they tell are told by `hear`."""
        self.engine = engine
        self._listening = listening
        self._sites = sites
        self._segments = segments
        self._prefix = prefix
        self._stands: dict[tuple[str, int], tuple[str, int]] = {}
        self.skipped = 0
        """Records that no database would take: mistakes of ours, each with a traceback in the log."""
        self.too_old = 0
        """Rows of days that are not kept any more."""

    def positions(self, topic: str) -> dict[int, Position]:
        """Reads, and from now on continues, where the topic stands. Raises HistoryUnavailable."""
        table = tables.position
        with reaching(), reading(self.engine).connect() as connection:
            rows = connection.execute(sa.select(table).where(table.c.topic == self._prefix + topic)).all()
        self._stands = {key: stand for key, stand in self._stands.items() if key[0] != topic}
        self._stands |= {(topic, row.partition): (row.token, row.appended_ms) for row in rows}
        return {row.partition: Position.parse(row.token) for row in rows}

    def new(self, entries: Iterable[Entry]) -> list[Entry]:
        """Those that follow the stored positions. What a log held before it became ours is passed over."""
        fresh = []
        last = {key: (Position.parse(token), appended_ms) for key, (token, appended_ms) in self._stands.items()}
        key, stand = ("", -1), None
        for entry in entries:
            ahead = entry.position
            if entry.topic != key[0] or ahead.partition != key[1]:  # nearly all are of one partition
                if stand is not None:
                    last[key] = stand
                key = (entry.topic, ahead.partition)
                stand = last.get(key)
            if stand is not None:
                position, appended_ms = stand
                if ahead <= position or (ahead.epoch != position.epoch and entry.appended_ms <= appended_ms):
                    continue
            stand = (ahead, entry.appended_ms)
            fresh.append(entry)
        return fresh

    def take(self, entries: Sequence[Entry]) -> int:
        """Writes what is new of one topic's entries; returns how many. Raises HistoryUnavailable, HistoryMoved."""
        fresh = self.new(entries)
        if fresh:
            self._take(fresh)
        return len(fresh)

    def _take(self, entries: Sequence[Entry]) -> None:
        try:
            with reaching():
                self._write(entries, with_rows=True)
        except SQLAlchemyError:
            # No database would take one of these rows. Nothing may wait for that: find it, leave it out, say so.
            if len(entries) > 1:
                half = len(entries) // 2
                self._take(entries[:half])
                self._take(entries[half:])
                return
            self.skipped += 1
            log.exception("no row for %s of %s", entries[0].position.token(), entries[0].topic)
            with reaching():
                self._write(entries, with_rows=False)

    def _write(self, entries: Sequence[Entry], *, with_rows: bool) -> None:
        gathered = Gathered(self._sites, listening=self._listening)
        if with_rows:
            gathered.add(entries)
        packed = self._segments.packed(entries) if self._segments is not None else []
        told: dict[tuple[str, int], list[Entry]] = {}
        for entry in entries:
            told.setdefault((entry.topic, entry.position.partition), []).append(entry)
        stands = {key: (of[-1].position.token(), of[-1].appended_ms, len(of)) for key, of in told.items()}
        with self.engine.begin() as connection:
            for key, stand in sorted(stands.items()):
                self._advance(connection, key, stand)
            kept = {(row.community, row.source): row.from_day for row in connection.execute(sa.select(tables.kept))}
            dirty: set[tuple[str, str, str]] = set()
            for name in sorted(gathered.facts):
                self._facts(connection, name, list(gathered.facts[name].values()), kept, dirty)
            for name in sorted(gathered.words):
                self._lives(connection, name, gathered.words[name], kept, dirty)
            self._presence(connection, gathered, kept, dirty, expected=True)
            self._mark(connection, dirty)
            if not self._prefix:  # what was invented is nobody's doing
                audit.chain(connection, (entry for entry in entries if entry.topic == keys.JOURNAL), self._sites)
            if self._segments is not None:
                self._segments.append(connection, packed)
        for key, (token, appended_ms, _) in stands.items():
            self._stands[key] = (token, appended_ms)

    def _advance(self, connection: sa.Connection, key: tuple[str, int], stand: tuple[str, int, int]) -> None:
        table, (token, appended_ms, count) = tables.position, stand
        topic, partition = self._prefix + key[0], key[1]
        before = self._stands.get(key)
        if before is None:
            try:
                connection.execute(
                    table.insert().values(
                        topic=topic, partition=partition, token=token, appended_ms=appended_ms, records=count
                    )
                )
            except IntegrityError as error:
                raise HistoryMoved(f"somebody else began with {topic}/{partition}") from error
            return
        moved = connection.execute(
            table.update()
            .where(table.c.topic == topic, table.c.partition == partition, table.c.token == before[0])
            .values(token=token, appended_ms=appended_ms, records=table.c.records + count)
        )
        if moved.rowcount != 1:
            raise HistoryMoved(f"somebody else has gone on with {topic}/{partition} from {before[0]}")

    def _facts(
        self,
        connection: sa.Connection,
        name: str,
        lines: Sequence[Line],
        kept: Mapping[tuple[str, str], str],
        dirty: set[tuple[str, str, str]],
    ) -> None:
        count = len(lines)
        if kept:
            lines = [line for line in lines if line[_DAY] >= kept.get((line[0], name), "")]
        self.too_old += count - len(lines)
        if not lines:
            return
        put(connection, tables.FACTS[name], lines, "keep")
        if name in COUNTED:
            dirty.update({(line[0], name, line[_DAY]) for line in lines})

    def _lives(
        self,
        connection: sa.Connection,
        name: str,
        words: Mapping[tuple[str, ...], list[Any]],
        kept: Mapping[tuple[str, str], str],
        dirty: set[tuple[str, str, str]],
    ) -> None:
        table = tables.LIVES[name]
        values = _own_columns(name)
        lines: dict[bool, list[Line]] = {False: [], True: []}
        ordered = sorted(words)
        held = said(connection, table, ordered)
        for key in ordered:
            before, day_before = held.get(key, ([], ""))
            joined = union(before, words[key])
            if before and joined == union(before):
                continue  # all of it had been said before
            columns = merge(name, self._sites[key[0]], key[1:], joined)
            line = (*key, *values(columns), json_text(joined))
            day = columns["day"] if "day" in columns else key[1]
            first_day = kept.get((key[0], name), "")
            if day < first_day and not day_before:
                self.too_old += 1
                continue
            lines[bool(before)].append(line)
            if name in COUNTED:
                for one in (day_before, day):
                    if one and one >= first_day:
                        dirty.add((key[0], name, one))
        for there, some in lines.items():
            put(connection, table, some, "replace", expected=there)

    def hear(self, minutes: Mapping[tuple[str, int, str], int]) -> None:
        """Signs of life that no record tells: (community, hour, who) -> minutes. Raises HistoryUnavailable."""
        gathered = Gathered(self._sites)
        gathered.minutes.update(minutes)
        dirty: set[tuple[str, str, str]] = set()
        with reaching(), self.engine.begin() as connection:
            self._presence(connection, gathered, {}, dirty)
            self._mark(connection, dirty)

    def _presence(
        self,
        connection: sa.Connection,
        gathered: Gathered,
        kept: Mapping[tuple[str, str], str],
        dirty: set[tuple[str, str, str]],
        *,
        expected: bool = False,
    ) -> None:
        lines = []
        days: dict[tuple[str, int], str] = {}
        """Of each hour; empty: not kept any more."""
        for (community, hour_ms, who), minutes in sorted(gathered.minutes.items()):
            day = days.get((community, hour_ms))
            if day is None:
                day = gathered.day_of(community, hour_ms)
                if day < kept.get((community, "presence"), ""):
                    day = ""
                else:
                    dirty.add((community, "presence", day))
                days[community, hour_ms] = day
            if day:
                lines.append((community, hour_ms, who, day, minutes))
            else:
                self.too_old += 1
        put(connection, tables.presence, lines, "join", expected=expected)

    def _mark(self, connection: sa.Connection, dirty: set[tuple[str, str, str]]) -> None:
        """Another mark also where one stands: whoever recomputes that day just now sees that he came too early. None
        comes twice, or of two who recompute the slower would take the new one for the one that he saw."""
        if not dirty:
            return
        table, now = tables.dirty, time.time_ns()
        insert: Any = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
        connection.execute(
            insert.on_conflict_do_update(
                index_elements=["community", "source", "day"], set_={"times": table.c.times + 1}
            ),
            [{"community": c, "source": s, "day": d, "times": now} for c, s, d in sorted(dirty)],
        )
