"""A past as the history process writes it: rows, raw records, and a kept state whenever the fold passes a moment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from community.model import LAST_MS
from community.site import Site
from community.state import State
from store import keys
from store.history import snapshots
from store.history.book import Book
from store.history.segments import Segments
from store.history.travel import follow
from store.log import Entry
from tests.history.pages import HOUR_MS, MINUTE_MS, T0_MS, Pages

NIGHT_MS = T0_MS + 2 * HOUR_MS


def tell(
    engine: sa.Engine, folder: Path, site: Site, entries: Sequence[Entry], kept_ms: Sequence[int]
) -> list[snapshots.Taken]:
    """`kept_ms`: a state is kept with the last record before each of these moments."""
    book = Book(engine, {site.id: site}, Segments(folder))
    for topic in (keys.LOG, keys.JOURNAL):
        book.positions(topic)
        book.take([entry for entry in entries if entry.topic == topic])
    state, waiting, kept = State(site), sorted(kept_ms), []
    for entry in (entry for entry in entries if entry.topic == keys.LOG):
        while waiting and entry.appended_ms >= waiting[0]:
            kept.append(snapshots.keep(engine, state))
            waiting.pop(0)
        follow(state, entry, LAST_MS)
    return [taken for taken in kept if taken is not None]


def at_night(community: str) -> Pages:
    """Two hours of ticks and beats, passes, a door that is held for a while; nothing at all from 03:10 to 03:30."""
    pages = Pages(community)
    for minute in range(120):
        at_ms = NIGHT_MS + minute * MINUTE_MS
        if 70 <= minute < 90:
            continue
        pages.tick(at_ms)
        for n, feed in enumerate(("gates", "piles")):
            pages.log("source.heartbeat", feed, at_ms=at_ms + 1 + n)
        pages.log("access.contact", "D-1", {"state": "held" if 40 <= minute < 44 else "closed"}, at_ms=at_ms + 5)
        pages.log("access.pass", "D-2", {"method": "card", "result": "granted"}, at_ms=at_ms + 30_000)
    pages.alarm("DOOR_HELD/D-1", NIGHT_MS + 41 * MINUTE_MS, ack_s=30, back_s=200)
    return pages
