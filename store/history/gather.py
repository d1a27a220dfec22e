"""What a batch of entries comes to, before it is written: facts once, words by their thing, minutes by the hour."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from community.history.days import MINUTE_MS, bucket
from community.history.presence import bit
from community.history.rows import CLOCK, Fact, Word, of_journal, of_log, presence_of
from community.model import TICK, BadRecord, Record, decode
from community.site import Site
from store import keys
from store.log import Entry

log = logging.getLogger("shouwang.history")

Key = tuple[str, ...]


class Gathered:
    """`facts`: table -> key -> line. `words`: table -> (community, *key) -> words. `minutes`: of whom, by the hour."""

    def __init__(self, sites: Mapping[str, Site], *, listening: bool = True) -> None:
        """Not `listening`: minutes are told by `Book.hear`."""
        self._sites, self._listening = sites, listening
        self.facts: dict[str, dict[tuple[Any, ...], tuple[Any, ...]]] = defaultdict(dict)
        self.words: dict[str, dict[Key, list[Any]]] = defaultdict(lambda: defaultdict(list))
        self.minutes: dict[tuple[str, int, str], int] = defaultdict(int)
        self._minute = ("", -1, 0, 0)
        """The last in which a log was heard: of which community, its number, its hour, its bit."""

    def add(self, entries: Iterable[Entry]) -> None:
        """What cannot be read gives nothing: the fold sets it aside, as a dead letter, with its reason."""
        for entry in entries:
            record = entry.record
            try:
                if record is not None:
                    self._record(entry.topic, record, entry.values)
                else:
                    self._record(entry.topic, _read(entry), None)
            except BadRecord:
                continue

    def hear(self, entries: Iterable[Entry]) -> None:
        """Of records that were made here the minutes alone."""
        sites, log_ = self._sites, keys.LOG
        for entry in entries:
            record = entry.record
            if record is not None and entry.topic == log_:
                self._hear(sites[record.community], record)

    def _record(self, topic: str, record: Record, values: Mapping[str, Any] | None) -> None:
        if record.type == TICK and not record.community:
            for site in self._sites.values():
                self._hear(site, record)
            return
        site_ = self._sites.get(record.community)
        if site_ is None:
            return
        if topic == keys.JOURNAL:
            self._rows(site_, of_journal(record, site_))
            return
        rows = of_log(record, site_, values)  # before its presence counts: the fold moves nothing for what it refuses
        if self._listening:
            self._hear(site_, record)
        if rows:
            self._rows(site_, rows)

    def _rows(self, site_: Site, rows: Iterable[Fact | Word]) -> None:
        for row in rows:
            if isinstance(row, Fact):
                self.facts[row.table].setdefault(row.line[:3], row.line)
            else:
                self.words[row.table][(site_.id, *row.key)].append(row.said)

    def _hear(self, site: Site, record: Record) -> None:
        clock_ms, arrived_ms, found = presence_of(record, site)
        minutes, community = self.minutes, site.id
        of, number, hour_ms, minute = self._minute
        if number != clock_ms // MINUTE_MS or of != community:  # many records come in one minute
            hour_ms, minute = self._look(site, clock_ms)
            minutes[community, hour_ms, CLOCK] |= minute
        if arrived_ms != clock_ms and arrived_ms // MINUTE_MS != clock_ms // MINUTE_MS:
            _, hour_ms = bucket(arrived_ms, site.timezone)
            minute = bit(arrived_ms, hour_ms)
        for who in found:
            minutes[community, hour_ms, who] |= minute

    def _look(self, site: Site, clock_ms: int) -> tuple[int, int]:
        _, hour_ms = bucket(clock_ms, site.timezone)
        minute = bit(clock_ms, hour_ms)
        self._minute = (site.id, clock_ms // MINUTE_MS, hour_ms, minute)
        return hour_ms, minute

    def day_of(self, community: str, hour_ms: int) -> str:
        return bucket(hour_ms, self._sites[community].timezone)[0]


def _read(entry: Entry) -> Record:
    return decode(entry.value, position=entry.position, appended_ms=entry.appended_ms, headers=entry.headers)
