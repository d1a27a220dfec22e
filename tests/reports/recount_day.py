"""The raw records of a day as pandas has them, and what every recount counts with."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from community.site import Site
from store.log import Entry

MINUTE, HOUR, DAY_MS = 60_000, 3_600_000, 86_400_000


def frame(entries: Iterable[Entry]) -> pd.DataFrame:
    """A row a record: topic, type, subject, at, and its data."""
    rows = []
    seen = set()
    for entry in entries:
        said = json.loads(entry.value)
        if said["id"] in seen:
            continue  # the same record sent again
        seen.add(said["id"])
        at = pd.Timestamp(said["time"])
        heard = pd.Timestamp(said["receivedtime"]) if "receivedtime" in said else None
        rows.append(
            {
                "topic": entry.topic,
                "id": said["id"],
                "type": said["type"],
                "subject": said.get("subject", ""),
                "at": at.value // 1_000_000,
                "appended": entry.appended_ms,
                "heard": heard.value // 1_000_000 if heard is not None else entry.appended_ms,
                "data": said.get("data") or {},
            }
        )
    return pd.DataFrame(rows)


def rank(values: pd.Series, percent: int) -> Any:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * percent / 100) - 1] if ordered else None


def share(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


class RecountDay:
    def __init__(self, entries: Iterable[Entry], site: Site, day: str) -> None:
        self.site, self.zone = site, ZoneInfo(site.timezone)
        first = datetime.fromisoformat(day).replace(tzinfo=self.zone)
        self.day = day
        self.a = int(first.timestamp() * 1000)
        self.b = int((first + timedelta(days=1)).timestamp() * 1000)
        self.all = frame(entries)
        self.kind = {device.id: device.kind for device in site.devices}
        self.parent = {device.id: device.parent for device in site.devices if device.parent}
        log, journal = (self.all[self.all.topic == topic] for topic in ("community.log", "community.journal"))
        self.log, self.journal = log, journal
        self.now = int(log.appended.max()) // MINUTE * MINUTE + MINUTE

    def within(self, rows: pd.DataFrame, column: str = "at") -> pd.DataFrame:
        return rows[(rows[column] >= self.a) & (rows[column] < self.b)]

    def hour(self, ms: int) -> int:
        return ms - ms % HOUR  # the zone of the test has whole hours
