"""Days of the simulated place in one go: as JSON lines for `replay`, or through the log as `replay` would send them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from community.model import to_ms
from community.site import SITES, Site, SiteError, parse_site
from community.world.base import Planned, Truth
from community.world.day import EPOCH, Sort
from community.world.site import by_log
from community.world.stream import PLOTS, Wire, stream
from ingest.replay import Interrupt, Line, Replay, Told
from store.log import LogMisconfigured, LogUnavailable
from store.log.open import open_writer
from store.settings import Settings, SettingsError


class ScriptLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    plot: str
    device: str
    at: Annotated[datetime, msgspec.Meta(tz=True)]


LOT = 10_000
"""Lines written at once."""


class Batch(NamedTuple):
    site: Site
    seed: int
    days: int
    first: date
    plots: str
    """`life`, `none`, or how often each in each of its stretches."""
    coarse: bool
    out: str
    truth: str
    site_out: str
    speed: float | None
    script: tuple[Planned, ...]


def load_site(name: str) -> Site:
    """A shipped site by its id, or a file. Raises SettingsError."""
    path = Path(name) if Path(name).suffix or "/" in name else SITES / f"{name}.json"
    try:
        return parse_site(path.read_bytes(), str(path))
    except OSError as error:
        raise SettingsError(f"--site {name}: cannot read {path}: {error.strerror}") from error
    except SiteError as error:
        raise SettingsError(f"--site {name}: {error}") from error


def load_script(name: str, site: Site) -> tuple[Planned, ...]:
    """JSON lines {"plot", "device", "at"}; `at` is RFC 3339. Raises SettingsError naming the line."""
    found: list[Planned] = []
    try:
        lines = Path(name).read_bytes().splitlines()
    except OSError as error:
        raise SettingsError(f"--script {name}: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            said = msgspec.json.decode(line, type=ScriptLine)
        except msgspec.DecodeError as error:
            raise SettingsError(f"{name}:{number}: {error}") from error
        plot = next((plot for plot in PLOTS if plot.name == said.plot), None)
        device = site.by_id.get(said.device)
        kind = device.kind if device is not None else "source" if said.device in site.source_by_id else ""
        if plot is None:
            raise SettingsError(f"{name}:{number}: there is no plot {said.plot!r}")
        if kind not in plot.kinds:
            raise SettingsError(f"{name}:{number}: {said.plot} befalls {', '.join(plot.kinds)}, not {said.device!r}")
        found.append(Planned(said.plot, said.device, to_ms(said.at)))
    return tuple(found)


def sort_of(batch: Batch) -> Sort:
    each = int(batch.plots) if batch.plots.isdigit() else 0
    site = by_log(batch.site, fine=not batch.coarse)
    return Sort(site, batch.seed, PLOTS, each, not batch.coarse, calm=batch.plots == "none", script=batch.script)


def run(batch: Batch, settings: Settings) -> int:
    sort = sort_of(batch)
    if batch.site_out:
        Path(batch.site_out).write_bytes(msgspec.json.format(msgspec.json.encode(sort.site), indent=1))
    if batch.coarse:
        print(
            "coarse: left out are heartbeats (a device that is watched has one a day, a feed two), power "
            "samples, statuses, contacts and crossings of an ordinary day; give the worker the site of --site-out",
            file=sys.stderr,
        )
    first = (batch.first - EPOCH).days
    truths: list[Truth] = []
    wires = stream(sort, first, batch.days, truths.append)
    started_s = time.monotonic()
    try:
        code, count = _write(batch, sort.site, wires) if batch.out else _send(batch, sort.site, wires, settings)
    except OSError as error:
        print(f"{error.filename or batch.out}: {error.strerror}", file=sys.stderr)
        return 2
    if batch.truth:
        lines = b"".join(msgspec.json.encode(truth) + b"\n" for truth in sorted(truths, key=lambda t: t.from_ms))
        Path(batch.truth).write_bytes(lines)
    incidents = sum(truth.is_incident for truth in truths)
    print(
        f"{count} records of {batch.days} days in {time.monotonic() - started_s:.1f} s; "
        f"{incidents} incidents, {sum(not truth.by_ms for truth in truths)} near misses",
        file=sys.stderr,
    )
    return code


def _write(batch: Batch, site: Site, wires: Iterator[Wire]) -> tuple[int, int]:
    file = sys.stdout.buffer if batch.out == "-" else Path(batch.out).open("wb")
    count, lot = 0, bytearray()
    try:
        for wire in wires:
            lot += wire.encode(site.id) + b"\n"
            count += 1
            if count % LOT == 0:
                file.write(lot)
                lot.clear()
        file.write(lot)
        file.flush()
    except BrokenPipeError:
        return 1, count
    finally:
        if file is not sys.stdout.buffer:
            file.close()
    return 0, count


def _send(batch: Batch, site: Site, wires: Iterable[Wire], settings: Settings) -> tuple[int, int]:
    """Through the log, with a tick for every second, on a site whose clock is the log's records."""
    served = settings.load_sites()
    if site.id not in served or served[site.id].clock != "log":
        print(
            f"days that are not today can only go into a community with clock: log, and SITE has no such {site.id!r}; "
            "write one with --site-out FILE and start with SITE=FILE, or write the records with --out FILE",
            file=sys.stderr,
        )
        return 2, 0
    try:
        writer = open_writer(settings)
    except LogUnavailable as error:
        print(f"the log is not to be had: {error}", file=sys.stderr)
        return 1, 0
    except LogMisconfigured as error:
        print(error, file=sys.stderr)
        return 2, 0
    interrupt = Interrupt().listen()
    work = Replay(writer, served, batch.speed, interrupt.stop)
    code = 0
    try:
        try:
            for number, wire in enumerate(wires, 1):
                if interrupt.stop.is_set():
                    break
                work.send(Line(number, wire.encode(site.id), wire.record(site.id, number)))
        except Told:
            pass  # what was sent before is waited for all the same
        work.settle()
        code = 130 if interrupt.stop.is_set() else 0
    except LogUnavailable as error:
        print(f"the log went away: {error}", file=sys.stderr)
        code = 1
    finally:
        writer.close()
    return code, work.records
