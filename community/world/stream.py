"""Days in a row as the records they leave behind, in order of arrival, and the truth beside them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

import msgspec

from ..freshness import ON_LOOP, SPOKEN_FOR
from ..model import DEVICE_HEARTBEAT, SOURCE_HEARTBEAT, Record, encode_event
from ..site import Site
from ..systems import SYSTEMS
from .base import Observation, Plot, Truth
from .chance import chance
from .day import STRETCHES, Day, Sort

SOURCE = "world"
NETWORK_MS = (20, 300)
"""From a device to the log by way of its gateway, in a network of one's own."""

PLOTS: tuple[Plot, ...] = tuple(plot for system in SYSTEMS.values() for plot in system.plots)
"""All that can happen, of every system, in the order of their files."""

OFTEN_MS = 600_000
"""Who speaks at least so often has a heartbeat of its own; others are heard when they have something to say."""


REPORTS_DAILY = ("water_meter", "power_meter", "bulk_meter")
"""Their report of the day is a sign of life; where the day is coarse it is the only one."""


class Wire(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """A record on its way, ordered by its arrival in the log."""

    appended_ms: int
    id: str
    time_ms: int
    received_ms: int
    """When its gateway had it; what waits in a spool comes to the log later."""
    type: str
    subject: str
    data: dict[str, Any]

    def encode(self, community: str) -> bytes:
        return encode_event(
            id=self.id,
            source=SOURCE,
            type=self.type,
            community=community,
            subject=self.subject,
            time_ms=self.time_ms,
            received_ms=self.received_ms,
            data=self.data,
        )

    def record(self, community: str, offset: int, log: str = "0001.0000") -> Record:
        """As if it had come from the log at that offset; `log`: its epoch and partition, as a token of a position
        says them."""
        position = f"{log}.{offset:020d}"
        return Record(
            self.id,
            SOURCE,
            self.type,
            community,
            self.subject,
            self.time_ms,
            self.appended_ms,
            self.received_ms,
            position,
            self.data,
        )


_ORDER, _ARRIVAL = attrgetter("appended_ms", "id"), attrgetter("appended_ms")

Tell = Callable[[Truth], None]


def stream(sort: Sort, first: int, days: int, tell: Tell = lambda truth: None) -> Iterator[Wire]:
    """All that arrives in these days. What began before them is told as far as it reaches in; `tell` hears the truth
    of every scene that can be seen here, those that began before `first` included (their begin lies before it)."""
    waiting: list[Wire] = []
    begin_ms = Day(sort, first).start_ms
    for number in range(first - max(STRETCHES), first):
        day = Day(sort, number)
        last = number == first - 1
        wires = of_scenes(day, lambda truth: tell(truth) if truth.until_ms > begin_ms else None, 1 if last else 2)
        if last:
            wires += _ordinary(day)
        waiting += [wire for wire in wires if wire.appended_ms >= begin_ms]
    for number in range(first, first + days):
        day = Day(sort, number)
        waiting += of_scenes(day, tell)
        waiting += _ordinary(day)
        waiting.sort(key=_ORDER)
        cut = bisect_left(waiting, day.end_ms, key=_ARRIVAL)
        yield from waiting[:cut]
        del waiting[:cut]


def of_scenes(day: Day, tell: Tell, least_days: int = 1) -> list[Wire]:
    """`least_days` 2: only those that can last longer than their day."""
    found: list[Wire] = []
    for number, scene in enumerate(day.begun):
        if scene.plot.days < least_days:
            continue
        name = f"{scene.plot.name}-{day.sort.seed}-{day.number}-{number}"
        count = 0
        for said in scene.plot.play(scene, day):
            if isinstance(said, Truth):
                tell(said)
            else:
                found.append(_wire(said, f"{name}-{count}", scene.dice.randrange(*NETWORK_MS)))
                count += 1
    return found


def _wire(said: Observation, id_: str, latency_ms: int, kept_ms: int = 0) -> Wire:
    received_ms = said.received_ms or said.time_ms + latency_ms
    return Wire(max(received_ms, kept_ms), id_, said.time_ms, received_ms, said.type, said.subject, said.data)


def mutes(day: Day) -> dict[str, list[tuple[int, int, bool]]]:
    """Device or feed -> (from ms, until ms, it is kept and told later): when it is silent because of a scene."""
    found: dict[str, list[tuple[int, int, bool]]] = {}
    for scene in day.scenes:
        if scene.plot.mutes:
            for id_ in day.place.behind.get(scene.device.id, (scene.device.id,)):
                found.setdefault(id_, []).append((scene.from_ms, scene.until_ms, scene.plot.spools))
    return found


def _ordinary(day: Day) -> list[Wire]:
    found: list[Wire] = []
    silent = mutes(day)
    low, high = NETWORK_MS
    for system in (*SYSTEMS.values(), None):
        simulate = heartbeats if system is None else system.simulate
        if simulate is None or (system is None and not day.sort.beats):
            continue
        name = f"{'beat' if system is None else system.id}-{day.sort.seed}-{day.number}-"
        roll = chance(day.sort.seed, day.number, "network", name).random
        for number, said in enumerate(simulate(day)):
            latency_ms = low + int(roll() * (high - low))
            if said.subject in silent and (kept := _muted(silent[said.subject], said.time_ms)) is not None:
                if kept:  # out of the spool, in order, within half a minute
                    found.append(_wire(said, f"{name}{number}", latency_ms, kept + latency_ms * 30))
                continue
            found.append(_wire(said, f"{name}{number}", latency_ms))
    return found


def _muted(spans: list[tuple[int, int, bool]], at_ms: int) -> int | None:
    """None: it can be heard. Else when what is said then arrives; 0: never."""
    for from_ms, until_ms, spools in spans:
        if from_ms <= at_ms < until_ms:
            return until_ms if spools else 0
    return None


def period_ms(site: Site, device_id: str, system: str) -> int:
    described = site.by_id.get(device_id)
    if described is not None and described.period_s:
        return int(1000 * described.period_s)
    return site.heartbeat_ms.get(system, 60_000)


def heartbeats(day: Day) -> Iterator[Observation]:
    """Signs of life: of every feed, and of every device that has no other device to prove it."""
    for source in day.site.sources:
        step = int(1000 * source.period_s)
        for at_ms in range(day.start_ms + chance("beat", source.id).randrange(step), day.end_ms, step):
            yield Observation(at_ms, SOURCE_HEARTBEAT, source.id, {}, at_ms + 5)
    for device_id, phase, step in beating(day.site, day.fine):
        for at_ms in range(day.start_ms + phase, day.end_ms, step):
            yield Observation(at_ms, DEVICE_HEARTBEAT, device_id, {})


def beating(site: Site, fine: bool = True) -> Iterator[tuple[str, int, int]]:
    """(device, phase, period in ms) of those that say that they live; a port's pile says it for the port."""
    for device in site.devices:
        step = period_ms(site, device.id, device.system)
        silence = SYSTEMS[device.system].silence
        listened = silence is not None and device.kind in silence.kinds
        if device.kind in REPORTS_DAILY and not fine:
            continue
        proved = bool(device.parent) and device.kind in SPOKEN_FOR | ON_LOOP
        if listened or (step <= OFTEN_MS and fine and not proved):
            yield device.id, chance("beat", device.id).randrange(step), step
