"""`python -m ingest adapt SOURCE FILE [--site PATH] [--community ID]`: vendor payloads in, canonical JSON lines out.

Needs no server. Records go to stdout, everything said about them to stderr. Exit code 0: all fine; 1: something was
refused (each with file:line and reason); 2: called wrongly.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import msgspec

from community.site import Site, SiteError, parse_site
from ingest import adapters
from ingest.adapters import ADAPTERS
from ingest.adapters.base import Adapter, Canonical, Ignored, Refused, content_id, encode, record_id, unwrap, zone_of
from ingest.adapters.files import Found, files_of, payloads_of
from ingest.mapping.columns import Columns, NoColumn, renamed
from store import keys
from store.settings import SettingsError, read_settings

MOMENTS = 100_000
"""Times of devices remembered, to number what a device says at one time."""


class Usage(ValueError):
    """The command cannot run as it was called; the message is one sentence."""


class Tally(msgspec.Struct):
    """Payloads in = mapped + ignored by a named rule + refused."""

    mapped: int = 0
    records: int = 0
    ignored: Counter[str] = msgspec.field(default_factory=Counter)
    refused: int = 0
    notes: Counter[str] = msgspec.field(default_factory=Counter)
    """What the records say of themselves: mended, unreadable, out of range."""
    lacking: Counter[str] = msgspec.field(default_factory=Counter)
    """Columns that a mapping uses where there are any -> rows without."""

    def sentence(self) -> str:
        ignored = self.ignored.total()
        rules = "".join(f", {rule} {count}" for rule, count in sorted(self.ignored.items()))
        return (
            f"{self.mapped + ignored + self.refused} payloads: {self.mapped} mapped to {self.records} records, "
            f"{ignored} ignored{' (' + rules[2:] + ')' if rules else ''}, {self.refused} refused"
        )

    def noted(self) -> str:
        return ", ".join(f"{note} {count}" for note, count in sorted(self.notes.items()))


class Ordinals:
    """How many different records of a device at one time came before: a record sent again counts as the first time."""

    def __init__(self) -> None:
        self._moments: OrderedDict[tuple[str, int | None], dict[str, int]] = OrderedDict()

    def of(self, subject: str, at_ms: int | None, id: str) -> int:
        key = (subject, at_ms)
        known = self._moments.setdefault(key, {})
        self._moments.move_to_end(key)
        if len(self._moments) > MOMENTS:
            self._moments.popitem(last=False)
        return known.setdefault(id, len(known))


def _place(value: Any) -> tuple[int, int] | None:
    """Where a line stood in its vendor's topic, as `mapping recorded` says it."""
    match value:
        case {"place": [int(partition), int(offset)]}:
            return partition, offset
    return None


class Conversion:
    """One run: the adapter with its context, the community its records belong to, and what became of the payloads."""

    def __init__(
        self,
        adapter: Adapter,
        site: Site | None,
        community: str,
        errors: TextIO,
        columns: Mapping[str, str] | None = None,
    ) -> None:
        """`columns`: our name of a table's column -> its own."""
        self._columns = columns or {}
        mapping = getattr(adapter, "mapping", None)
        self._known: Columns = mapping.columns if mapping is not None else Columns()
        self._no_column: Counter[str] = Counter()
        self.tally = Tally()
        self._adapter = adapter
        self._zone = zone_of(site)
        self._community = community
        self._errors = errors
        self._seen: Counter[str] = Counter()
        self._ordinals = Ordinals()

    def lines(self, files: list[Path]) -> Iterator[bytes]:
        for path in files:
            try:
                for found in payloads_of(path, frames=self._adapter.name.startswith("ocpp")):
                    yield from self._convert(found)
            except OSError as error:
                self._refuse(str(path), f"cannot be read: {error.strerror}")
            for missing, rows in self._no_column.items():
                if rows > 1:
                    print(f"{path}: no column {missing} in {rows - 1} more rows", file=self._errors)
            self._no_column.clear()

    def _convert(self, found: Found) -> list[bytes]:
        if found.refused:
            self._refuse(found.place, found.refused)
            return []
        try:
            if self._columns:
                found.value["payload"] = renamed(found.value.get("payload"), self._columns, self._known)
            payload = unwrap(found.value, self._zone, fallback=found.path.stem)
            outcome = self._adapter.adapt(payload)
            if isinstance(outcome, Ignored):
                self.tally.ignored[outcome.rule + (f" {outcome.detail}" if outcome.detail else "")] += 1
                return []
            lines = [
                encode(
                    canonical,
                    id=self._id(canonical, payload.received_ms, _place(found.value)),
                    source=self._adapter.name,
                    community=self._community,
                    received_ms=payload.received_ms,
                )
                for canonical in outcome
            ]
        except NoColumn as error:
            self._lacks(found.place, error)
            return []
        except Refused as error:
            self._refuse(found.place, str(error))
            return []
        self.tally.mapped += 1
        self.tally.lacking.update(self._known.noted(payload.body))
        for canonical in outcome:
            self.tally.notes.update(canonical.data.get("notes", ()))
        self.tally.records += len(lines)
        return lines

    def _id(self, canonical: Canonical, received_ms: int | None, place: tuple[int, int] | None) -> str:
        if place is not None:
            return record_id(self._adapter.name, keys.vendor(self._adapter.name), *place, canonical.n)
        id, occurrence = content_id(self._adapter.name, canonical), 0
        if canonical.time_ms is None:
            self._seen[id] += 1
            occurrence = self._seen[id]
            id = content_id(self._adapter.name, canonical, occurrence)
        at_ms = canonical.time_ms if canonical.time_ms is not None else received_ms
        ordinal = self._ordinals.of(canonical.subject, at_ms, id)
        return content_id(self._adapter.name, canonical, occurrence, ordinal) if ordinal else id

    def _lacks(self, place: str, error: NoColumn) -> None:
        """Every row of the file lacks it: said with the first, and at the file's end of how many more."""
        self._no_column[error.missing] += 1
        if self._no_column[error.missing] > 1:
            self.tally.refused += 1
            return
        ours = error.group[0]
        known = {name for group in self._known.needed for name in group}
        wanted = "" if ours not in known else f"; --columns {ours}=ITS_NAME says what the table calls it"
        self._refuse(place, f"{error}{wanted}")

    def _refuse(self, place: str, reason: str) -> None:
        self.tally.refused += 1
        print(f"{place}: {reason}", file=self._errors)


def _columns(text: str) -> dict[str, str]:
    pairs = dict(part.partition("=")[::2] for part in text.split(",") if part)
    if not all(ours and theirs for ours, theirs in pairs.items()):
        raise Usage(f"--columns {text!r}: write session=id,station=charger,..")
    return pairs


def main(argv: list[str]) -> int:
    try:
        adapters.own(read_settings().mappings)
    except SettingsError as error:
        print(f"adapt: {error}", file=sys.stderr)
        return 2
    parser = argparse.ArgumentParser(prog="python -m ingest adapt", description=__doc__)
    parser.add_argument("source", metavar="SOURCE", choices=sorted(ADAPTERS), help=", ".join(sorted(ADAPTERS)))
    parser.add_argument("file", metavar="FILE", type=Path, help="JSON lines, one JSON value, XML, CSV, ..")
    parser.add_argument("--site", metavar="PATH", type=Path, help="the community's description: device ids and zone")
    parser.add_argument("--community", metavar="ID", default="", help="whose records these are (default: the site's)")
    parser.add_argument(
        "--columns", metavar="OURS=THEIRS,..", default="", help="of a table: what it calls the columns of the source"
    )
    args = parser.parse_args(argv)
    try:
        site, community = _site_and_community(args.site, args.community.strip())
        conversion = Conversion(ADAPTERS[args.source](site), site, community, sys.stderr, _columns(args.columns))
        files, left_aside = files_of(args.file)
        for path in files[:1]:
            path.stat()
    except OSError as error:
        print(f"adapt: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except (Usage, SiteError, SettingsError, ValueError) as error:
        print(f"adapt: {error}", file=sys.stderr)
        return 2
    for path in left_aside:
        print(f"{path}: left aside, not a file of payloads", file=sys.stderr)
    try:
        for line in conversion.lines(files):
            sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # the reader has enough (`| head`): no fault of the input
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if noted := conversion.tally.noted():
        print(f"noted in records: {noted}", file=sys.stderr)
    for missing, rows in conversion.tally.lacking.items():
        print(f"no column {missing}: {rows} rows are read without it", file=sys.stderr)
    print(conversion.tally.sentence(), file=sys.stderr)
    return 1 if conversion.tally.refused else 0


def _site_and_community(path: Path | None, community: str) -> tuple[Site | None, str]:
    """The site whose device ids are used, and the community of the records.

    A community that is not the configured site's has other devices: without --site its vendor ids stay as they are.
    """
    if path is not None:
        site = parse_site(path.read_bytes(), str(path))
        return site, community or site.id
    sites = read_settings().load_sites()
    if community:
        return sites.get(community), community
    if not sites:
        raise Usage("no community: give --community ID or --site PATH")
    first = next(iter(sites.values()))
    return first, first.id


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
