"""`python -m ingest kpi FILE ...`: alarm KPIs of a list of alarms (CSV) or of a journal (JSON lines); needs no server.

CSV: columns `Begin Date`, `Begin Time`, `Alarm Tag`, `Alarm Id`, and where there are any `End Date`, `End Time`,
`Alarm Priority`; a row is one alarm, dates are day first (7/12/2016) or ISO. JSON lines: `alarm.*` entries as the fold
writes them, a table for each community; a line that stands there twice counts once.

Exit code 0: all was read; 1: some lines were refused, each with file:line and reason, the figures are of the others;
2: called wrongly, or a file that cannot be used.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TextIO

import msgspec

from community.kpi import ALARMS, FLOOD, TOP, Figures, Kpis, Noted, most_in_any, of_journal
from community.model import BadRecord, Position, decode, to_ms, to_rfc3339
from community.repeats import Repeats

NEEDED = ("Begin Date", "Begin Time", "Alarm Tag", "Alarm Id")
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{1,2})-(\d{1,2})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?")


class Unusable(ValueError):
    """The file is neither of the two; the message is one sentence."""


class Alarm(NamedTuple):
    """One row of a list: its moments in ms; `end_ms` None: it stands."""

    at_ms: int
    end_ms: int | None
    alarm: str
    priority: str


class Table:
    """The figures of one list or community."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kpis = Kpis(kept_days=None)
        self.repeats = Repeats()
        self._times: list[int] = []

    def note(self, said: Noted) -> None:
        self.kpis.note(said)
        if said.type in ALARMS:
            self._times.append(said.at_ms)

    def lines(self) -> list[str]:
        figures = self.kpis.figures(self.kpis.last_ms)
        return [f"{self.name}:", *(f"  {what:<26} {value}" for what, value in self._rows(figures))]

    def _rows(self, f: Figures) -> Iterator[tuple[str, str]]:
        yield "alarms", f"{f.alarms}" + (f", {f.repeats} of them repeats" if f.repeats else "")
        first, last = (to_rfc3339(ms).replace(".000Z", "Z") for ms in (f.from_ms, f.to_ms))
        yield "span", f"{first} to {last}, {timedelta(milliseconds=f.to_ms - f.from_ms)}"
        yield "most in a window of 10 min", str(f.most_in_10_minutes)
        yield "most in any 10 min", str(most_in_any(sorted(self._times)))
        yield f"windows over {FLOOD}", f"{f.windows_over_10} of {f.windows} ({_percent(f.flood_share)})"
        yield f"top-{TOP} share", _percent(f.top_10_share)
        for rank in f.top_10:
            yield "", f"{rank.alarms:>5}  {_percent(rank.share):>6}  {rank.alarm}"
        yield "alarms per 10 min", _number(f.alarms_per_10_minutes)
        yield "alarms per day", _number(f.alarms_per_day)
        yield "chattering alarms", str(f.chattering)
        yield "stale (> 24 h)", f"{f.stale} standing, {f.stale_ended} ended"
        shares = (f"{name or '—'} {_percent(share)}" for name, share in f.priority_shares.items())
        yield "priorities", ", ".join(shares) or "—"
        yield "MTTA", _times(f.mtta_s, f.mtta_s_by_priority)
        yield "MTTR", _times(f.mttr_s, f.mttr_s_by_priority)
        yield "by", f.edition + ("; indicative: less than 30 days" if f.indicative else "")


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{100 * share:.1f} %"


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.1f}"


def _times(mean_s: float | None, by_priority: dict[str, float]) -> str:
    if mean_s is None:
        return "—"
    parts = ", ".join(f"{name or '—'} {seconds:.1f} s" for name, seconds in by_priority.items())
    return f"{mean_s:.1f} s ({parts})"


class Reading:
    """One file: what was read of it and how many lines were refused."""

    def __init__(self, path: Path, errors: TextIO) -> None:
        self.refused = 0
        self._path = path
        self._errors = errors

    def tables(self) -> list[Table]:
        """Raises OSError, Unusable."""
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                first = next((line for line in file if line.strip()), "")
                file.seek(0)
                found = self._journal(file) if first.lstrip().startswith("{") else self._list(file)
        except UnicodeDecodeError as error:
            raise Unusable(f"not UTF-8 text: {error}") from error
        except csv.Error as error:
            raise Unusable(f"not CSV: {error}") from error
        if not any(table.kpis.last_ms for table in found):
            raise Unusable("no alarm in it")
        return found

    def _refuse(self, line: int, reason: object) -> None:
        self.refused += 1
        print(f"{self._path}:{line}: {reason}", file=self._errors)

    def _list(self, file: TextIO) -> list[Table]:
        rows = csv.DictReader(file)
        missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
        if missing:
            raise Unusable(f"neither a journal (JSON lines) nor a list of alarms: no column {', '.join(missing)}")
        alarms: list[Alarm] = []
        for row in rows:
            try:
                alarms.append(read_alarm({name: (value or "").strip() for name, value in row.items() if name}))
            except ValueError as error:
                self._refuse(rows.line_num, error)
        table = Table(str(self._path))
        for _, said in sorted(_noted(alarms), key=lambda pair: pair[0]):
            table.note(said)
        return [table]

    def _journal(self, file: TextIO) -> list[Table]:
        tables: dict[str, Table] = {}
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = decode(line.strip().encode(), position=Position(0, 0, number), appended_ms=-1)
                if record.time_ms < 0:
                    raise ValueError("no time")
                said = of_journal(record.type, record.subject, record.time_ms, record.data)
                table = tables.setdefault(record.community, Table(f"{self._path}, {record.community}"))
                if said is not None and table.repeats.first(record.id):
                    table.note(said)
            except (BadRecord, ValueError) as error:
                self._refuse(number, error)
        return list(tables.values())


def read_alarm(row: dict[str, str]) -> Alarm:
    """Raises ValueError with what is wrong."""
    at_ms = moment_ms(row["Begin Date"], row["Begin Time"])
    tag, id_ = row["Alarm Tag"], row["Alarm Id"]
    if not tag and not id_:
        raise ValueError("neither Alarm Tag nor Alarm Id")
    end_ms = None
    if row.get("End Date") or row.get("End Time"):
        end_ms = moment_ms(row.get("End Date") or row["Begin Date"], row.get("End Time", ""))
        if end_ms < at_ms:
            raise ValueError("it ends before it begins")
    priority = row.get("Alarm Priority", "")
    return Alarm(at_ms, end_ms, f"{tag}/{id_}" if id_ else tag, "" if priority.upper() in ("N/A", "-") else priority)


def moment_ms(day: str, clock: str) -> int:
    """A list names no zone: its clock is taken as it stands. Raises ValueError."""
    date, time = _DATE.fullmatch(day), _TIME.fullmatch(clock)
    if date is None:
        raise ValueError(f"date {day!r} is not day/month/year")
    if time is None:
        raise ValueError(f"time {clock!r} is not hours:minutes:seconds")
    d, m, y = (int(part) for part in (date[1], date[2], date[3])) if date[1] else (int(date[n]) for n in (6, 5, 4))
    micros = int((time[4] or "0").ljust(6, "0"))
    try:
        return to_ms(datetime(y, m, d, int(time[1]), int(time[2]), int(time[3] or 0), micros, tzinfo=UTC))
    except ValueError as error:
        raise ValueError(f"{day} {clock}: {error}") from error


def _noted(alarms: list[Alarm]) -> Iterator[tuple[tuple[int, int], Noted]]:
    """A list as transitions, each with its order: at one moment what ends comes first."""
    for alarm in alarms:
        yield (alarm.at_ms, 1), Noted("activated", alarm.at_ms, alarm.alarm, alarm.priority)
        if alarm.end_ms is not None:
            order = (alarm.end_ms, 0 if alarm.end_ms > alarm.at_ms else 2)
            yield order, Noted("returned", alarm.end_ms, alarm.alarm, alarm.priority, alarm.at_ms)
            yield order, Noted("closed", alarm.end_ms, alarm.alarm, alarm.priority, alarm.at_ms)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ingest kpi", description="alarm KPIs by ISA-18.2 of a file")
    parser.add_argument("file", type=Path, nargs="+", metavar="FILE", help="CSV of alarms, or a journal")
    parser.add_argument("--json", action="store_true", help="one JSON line for each table instead")
    options = parser.parse_args(argv)
    code = 0
    for path in options.file:
        reading = Reading(path, sys.stderr)
        try:
            tables = reading.tables()
        except OSError as error:
            print(f"{path}: {os.strerror(error.errno) if error.errno else error}", file=sys.stderr)
            return 2
        except Unusable as error:
            print(f"{path}: {error}", file=sys.stderr)
            return 2
        for table in tables:
            if options.json:
                figures = table.kpis.figures(table.kpis.last_ms)
                print(msgspec.json.encode({"name": table.name, **msgspec.to_builtins(figures)}).decode())
            else:
                print("\n".join(table.lines()))
        if reading.refused:
            code = 1
    return code
