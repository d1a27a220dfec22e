"""The day that is being lived, made ahead in a process of its own: what has been said so far, and a file of what will.

Making a day takes seconds of a processor; living it takes a line every few milliseconds. `python -m
ingest.simulation.ahead PARENT` takes what is asked on stdin and answers on stdout; whoever is in a hurry may kill it,
and it ends with the process PARENT.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from community.clock import local
from community.model import SOURCE_HEARTBEAT, BadRecord
from community.site import Site
from community.systems import REDUCERS, SYSTEMS
from community.world.base import Observation, Planned, Plot
from community.world.bikes import said_free
from community.world.day import EPOCH, Day, Sort
from community.world.stream import PLOTS, Wire, mutes, of_scenes, stream
from store.children import end_with

TOLD_IN_FULL = ("order.phase", "patrol.window", "patrol.scan")
"""Of these every word of the day counts, not only the last: open orders, rounds under way."""

LAST_COUNTS = ("care.",)
"""Happenings of which the last one says where things stand: where a resident is."""

AGREED = ("care.consent", "care.absence", "care.reader")
"""What the rest is judged by."""

PASSING = ("access", "intercom")
"""Systems of which yesterday says nothing today."""


LETS_IN, LETS_IN_MS = ("access.pass", "access.lock"), 10_000
"""Whoever steps into the middle of a day must know who was let in just now, else the next door was forced."""


class Asked(msgspec.Struct, frozen=True):
    site: Site
    seed: int
    rate: float
    script: tuple[Planned, ...]
    number: int
    """The day."""
    from_ms: int
    path: str
    quiet: tuple[int, int] = (0, 0)


class Made(msgspec.Struct, frozen=True):
    hello: list[Wire]
    """What to say at once."""
    mutes: dict[str, list[tuple[int, int, bool]]]
    """Device -> when it gives no sign of life."""


async def made(asked: Asked) -> Made:
    """Raises RuntimeError where the process ended otherwise; when cancelled it is killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ingest.simulation.ahead", str(os.getpid()), stdin=PIPE, stdout=PIPE
    )
    try:
        said, _ = await process.communicate(msgspec.json.encode(asked))
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise RuntimeError(f"the day {asked.number} could not be made: exit code {process.returncode}")
    return msgspec.json.decode(said, type=Made)


def make(asked: Asked) -> bytes:
    """Writes the day's wires from `from_ms` on into the file, a line each; returns a `Made` as JSON.

    The file stands under its name only when it is whole.
    """
    number, from_ms = asked.number, asked.from_ms
    kind = {"beats": False, "obeyed": True, "rate": asked.rate, "since_ms": from_ms}
    sort = Sort(asked.site, asked.seed, plots(), script=asked.script, quiet=asked.quiet, **kind)
    hello = {(wire.subject, wire.type, _word(wire)): wire for wire in sorted(_of_yesterday(sort, number, from_ms))}
    full: list[Wire] = []
    part = Path(f"{asked.path}.part")
    encode = msgspec.json.Encoder().encode
    with part.open("wb") as file:
        for wire in stream(sort, number, 1):
            if wire.type == SOURCE_HEARTBEAT:
                continue  # live, the simulator's own pulse speaks for its feeds
            if wire.appended_ms >= from_ms:
                file.write(encode(wire) + b"\n")
            elif wire.type in TOLD_IN_FULL or lets_in(wire, from_ms):
                full.append(wire)
            elif _tells_where_things_stand(wire):
                hello[wire.subject, wire.type, _word(wire)] = wire
    os.replace(part, asked.path)
    # What is a state holds now; what happened, or began, keeps its time.
    said = full + in_order(hello.values())
    hello_now = [
        w if _is_happening(w) or _is_begin(w) or lets_in(w, from_ms) else replace(w, time_ms=from_ms) for w in said
    ]
    return encode(Made(hello_now, mutes(Day(sort, number))))


def lets_in(wire: Wire, from_ms: int) -> bool:
    """It may be why a door opens from `from_ms` on."""
    return wire.type in LETS_IN and from_ms - LETS_IN_MS <= wire.time_ms < from_ms


def in_order(wires: Iterable[Wire]) -> list[Wire]:
    """By time; but of residents what they agreed to first, then the newest. All of it arrives at once, and
    whoever left in the morning and was heard at home at noon has not been out since the morning."""
    theirs, others = [], []
    for wire in wires:
        (theirs if wire.type.startswith(LAST_COUNTS) else others).append(wire)
    theirs.sort(key=lambda wire: (wire.type not in AGREED, -wire.appended_ms, wire.id))
    return sorted(others) + theirs


def plots() -> tuple[Plot, ...]:
    """All but the gateways' own troubles."""
    return tuple(plot for plot in PLOTS if plot.kinds != ("source",))


def _of_yesterday(sort: Sort, number: int, until_ms: int) -> Iterator[Wire]:
    """What was said yesterday of things that still stand: a bike that was plugged in then, a port that a fault left
    free, a battery."""
    day = Day(sort, number - 1)
    for wire in of_scenes(day, lambda truth: None):
        passing = wire.type in REDUCERS and REDUCERS[wire.type][0].id in PASSING
        if wire.appended_ms < until_ms and not passing and _tells_where_things_stand(wire):
            yield wire
    for system in SYSTEMS.values():
        if system.simulate is None or system.id in PASSING:
            continue
        for count, said in enumerate(system.simulate(day)):
            if said.time_ms < until_ms:
                wire = _at_once(said, f"{system.id}-{number - 1}-{count}")
                if _tells_where_things_stand(wire):
                    yield wire
    # Once a day a free port says so, but for those that something befell just then.
    for count, said in enumerate(said_free(Day(sort, number - 2), "ebike_port", "car_connector")):
        yield _at_once(said, f"charging-free-{number - 2}-{count}")


def _at_once(said: Observation, id_: str) -> Wire:
    return Wire(said.time_ms, id_, said.time_ms, said.time_ms, said.type, said.subject, said.data)


def _word(wire: Wire) -> str:
    """An event of a camera, a flag of a meter: one of each is known."""
    return str(wire.data.get("event") or wire.data.get("flag") or "")


def _tells_where_things_stand(wire: Wire) -> bool:
    return wire.type.startswith(LAST_COUNTS) or not _is_happening(wire)


def _is_begin(wire: Wire) -> bool:
    """A session under way began when it began."""
    return wire.type == "charging.session"


def _is_happening(wire: Wire) -> bool:
    reducer = REDUCERS.get(wire.type)
    if reducer is None:
        return False
    try:
        patch = reducer[1].reduce(wire.record("-", 0))
    except BadRecord:
        return True
    return patch.every or patch.pulse


def lines(path: Path) -> Iterator[Wire]:
    decode = msgspec.json.Decoder(Wire).decode
    with path.open("rb") as file:
        for line in file:
            yield decode(line)


def day_of(site: Site, now_ms: int) -> int:
    """Days since 1970-01-01 of the community's own calendar."""
    return (local(now_ms, site.timezone).date() - EPOCH).days


if __name__ == "__main__":
    end_with(int(sys.argv[1]))
    sys.stdout.buffer.write(make(msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)))
