"""A community's log and journal as entries, told line by line, and all that history made of them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from community.model import Position, encode_event
from community.site import Building, Device, Site, Source, Text
from store import keys
from store.history import tables
from store.history.book import Book
from store.history.rollups import settle
from store.log import Entry

T0_MS = 1_773_244_800_000
"""2026-03-12 00:00 in Shanghai."""
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000

SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("gates", Text("门禁", "Doors")), Source("piles", Text("桩", "Piles"))),
    buildings=(Building("7", households=60),),
    devices=(
        Device("D-1", "access", "door", "gates"),
        Device("D-2", "access", "door", "gates"),
        Device("P-1", "charging", "ebike_pile", "piles"),
        Device("P-1-01", "charging", "ebike_port", "piles", parent="P-1"),
        Device("EV-1-1", "charging", "car_connector", "piles"),
        Device("W-1", "meters", "water_meter", "gates"),
        Device("W-2", "meters", "water_meter", "gates"),
        Device("E-1", "meters", "power_meter", "gates"),
        Device("C-1", "patrol", "checkpoint", "gates"),
        Device("subject-000001", "care", "resident_alone", "gates"),
    ),
)


class Pages:
    """Each line is appended at its own moment unless `appended_ms` says that it came late."""

    def __init__(self, community: str = "garden") -> None:
        self.entries: list[Entry] = []
        self._community = community

    def log(
        self,
        type_: str,
        subject: str = "",
        data: dict[str, Any] | None = None,
        *,
        at_ms: int,
        appended_ms: int | None = None,
        id_: str = "",
    ) -> Entry:
        return self._add(keys.LOG, type_, subject, data, at_ms, at_ms if appended_ms is None else appended_ms, id_)

    def journal(self, type_: str, subject: str, data: dict[str, Any] | None = None, *, at_ms: int) -> Entry:
        return self._add(keys.JOURNAL, type_, subject, data, at_ms, at_ms, "")

    def alarm(self, key: str, at_ms: int, *, priority: str = "P2", ack_s: float = 0, back_s: float = 0) -> None:
        """An alarm that is acknowledged, and is back and closed, so many seconds after it came."""
        data = {"alarm": key, "priority": priority, "occurrence": f"{key}@{at_ms}", "count": 1}
        self.journal("alarm.activated", key, data, at_ms=at_ms)
        if ack_s:
            self.journal("alarm.acknowledged", key, data | {"by": "post:control"}, at_ms=at_ms + int(1000 * ack_s))
        if back_s:
            for word in ("returned", "closed"):
                self.journal(f"alarm.{word}", key, data, at_ms=at_ms + int(1000 * back_s))

    def tick(self, at_ms: int) -> Entry:
        value = encode_event(id=f"tick/{at_ms}", source="shouwang/tick", type="clock.tick", time_ms=at_ms)
        entry = Entry(keys.LOG, Position(1, 0, len(self.entries)), at_ms, b"", value, ())
        self.entries.append(entry)
        return entry

    def _add(
        self,
        topic: str,
        type_: str,
        subject: str,
        data: dict[str, Any] | None,
        at_ms: int,
        appended_ms: int,
        id_: str,
    ) -> Entry:
        number = len(self.entries)
        value = encode_event(
            id=id_ or f"r{number:06d}",
            source="test",
            type=type_,
            community=self._community,
            subject=subject,
            time_ms=at_ms,
            received_ms=appended_ms,
            data=data,
        )
        entry = Entry(topic, Position(1, 0, number), appended_ms, self._community.encode(), value, ())
        self.entries.append(entry)
        return entry


def renumbered(entries: list[Entry]) -> list[Entry]:
    """The same records as another log would hold them: in this order, at new positions."""
    return [replace(entry, position=Position(1, 0, number)) for number, entry in enumerate(entries)]


def write(engine: sa.Engine, entries: list[Entry], *, site: Site = SITE, batch: int = 0) -> Book:
    """Everything into the book, each topic in batches, then the sums."""
    book = Book(engine, {site.id: site})
    for topic in (keys.LOG, keys.JOURNAL):
        book.positions(topic)
        own = [entry for entry in entries if entry.topic == topic]
        step = batch or len(own) or 1
        for start in range(0, len(own), step):
            book.take(own[start : start + step])
    while settle(engine, {site.id: site}):
        pass
    return book


BESIDE = ("report", "report_file", "report_signature", "reader")
HELD = [held for held in vars(tables).values() if isinstance(held, sa.Table) and held.name not in BESIDE]
"""What records are written to; people, reports and their readers share the schema."""

OF_THE_HOUSE = ("position", "dirty", "kept", "segment", "snapshot", "demo")


def rows(engine: sa.Engine, *names: str) -> dict[str, list[tuple[Any, ...]]]:
    """What history says, table by table, in the order of the keys; all of it, or of some tables."""
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
            for table in HELD
            if table.name not in OF_THE_HOUSE and (not names or table.name in names)
        }


def empty(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for table in HELD:
            connection.execute(table.delete())
