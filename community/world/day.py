"""One day of a community: its weather, its people, and the scenes planted in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from ..site import Device, Site
from .base import Planned, Plot, Scene
from .chance import chance, poisson
from .outings import Outing, outings_of
from .place import Place, place_of
from .visits import Visit, visits_of
from .weather import Weather, weather_of

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
TURN_MS = 3 * HOUR_MS
"""The day of plots turns at 03:00, when least goes on: so no scene of yesterday reaches into today's."""

STRETCHES = (28, 4, 1)
"""Days for which plots are planted at once, the longest first: later ones keep out of their way."""

HOUSEHOLDS = 2000
"""Of the community that `Plot.per_year` speaks of."""

EPOCH = date(1970, 1, 1)


class Sort(msgspec.Struct, frozen=True, eq=False):
    """What kind of world it is. Two of the same fields are the same world; as a key it stands for itself."""

    site: Site
    seed: int
    plots: tuple[Plot, ...] = ()
    each: int = 0
    """Every plot so often in each of its stretches, whatever is usual; 0: as often as in life."""
    fine: bool = True
    """False: only what an archive keeps (passes, sessions, calls, orders, meter days); no samples, no signs of life."""
    since_ms: int = 0
    """Power samples before this moment are not told: whoever begins to live in the middle of a day needs none."""
    beats: bool = True
    """Signs of life are told; False: whoever lives the day sees to them by `stream.beating` and `stream.mutes`."""
    obeyed: bool = False
    """The piles' firmware leaves it to the house to stop a full session; else it stops by itself."""
    calm: bool = False
    """Nothing is planted but what the script says."""
    rate: float = 1.0
    """So many times as often as in life."""
    script: tuple[Planned, ...] = ()
    quiet: tuple[int, int] = (0, 0)
    """Between these moments (ms) nothing begins but what the script says."""


class Day:
    def __init__(self, sort: Sort, number: int) -> None:
        """`number`: days since 1970-01-01 in the community's own calendar."""
        self.sort = sort
        self.site = sort.site
        self.fine = sort.fine
        self.number = number
        self.date = EPOCH + timedelta(days=number)
        self.start_ms = start_ms(sort.site.timezone, number)
        self.end_ms = start_ms(sort.site.timezone, number + 1)
        self.weekday = self.date.weekday()

    # ---- facts
    @cached_property
    def place(self) -> Place:
        return place_of(self.site, self.sort.seed)

    @cached_property
    def weather(self) -> Weather:
        return weather_of(self.sort.seed, self.number, self.date.timetuple().tm_yday)

    @cached_property
    def outings(self) -> Sequence[Outing]:
        """Of all residents: who leaves when, and when they are back."""
        of_today = self.sort.seed, self.number, self.start_ms, self.weekday, self.weather
        return [outing for home in self.place.homes for outing in outings_of(*of_today, home)]

    @cached_property
    def visits(self) -> Sequence[Visit]:
        """Who rings at the panels, and whether the door opens."""
        return list(visits_of(self))

    def of_kind(self, *kinds: str) -> tuple[Device, ...]:
        return self.place.of_kind(*kinds)

    def dice(self, *names: object) -> Random:
        """The dice of an actor on this day."""
        return chance(self.sort.seed, self.number, *names)

    def at(self, hour: float) -> int:
        return self.start_ms + int(hour * HOUR_MS)

    def hour_of(self, at_ms: int) -> float:
        """Local hour; above 24 on the day after."""
        return (at_ms - self.start_ms) / HOUR_MS

    # ---- scenes
    @cached_property
    def begun(self) -> Sequence[Scene]:
        """Scenes that begin in this day of plots, 03:00 to 03:00."""
        first, last = self.start_ms + TURN_MS, self.end_ms + TURN_MS
        return [scene for scene in self._planted(self.number) if first <= scene.from_ms < last]

    @cached_property
    def scenes(self) -> Sequence[Scene]:
        """Everything planted that can touch this day or the night after it."""
        near = [scene for number in (self.number - 1, self.number, self.number + 1) for scene in self._planted(number)]
        return list({id(scene): scene for scene in near}.values())

    @cached_property
    def _taken(self) -> Mapping[str, list[tuple[int, int]]]:
        taken: dict[str, list[tuple[int, int]]] = {}
        for scene in self.scenes:
            for id_ in _ids(self.place, scene.plot, scene.device):
                taken.setdefault(id_, []).append((scene.from_ms, scene.until_ms))
        return taken

    def free(self, device: str, from_ms: int, until_ms: int) -> bool:
        """No scene has the device then: what is ordinary may happen there."""
        spans = self._taken.get(device)
        return spans is None or all(until_ms <= first or last <= from_ms for first, last in spans)

    def _planted(self, number: int) -> Iterable[Scene]:
        return (scene for days in STRETCHES for scene in _stretch(self.sort, days, number // days))


def start_ms(zone: str, number: int) -> int:
    """Midnight at which that local day begins."""
    midnight = datetime.combine(EPOCH + timedelta(days=number), datetime.min.time(), ZoneInfo(zone))
    return int(midnight.timestamp()) * 1000


def _ids(place: Place, plot: Plot, device: Device) -> tuple[str, ...]:
    return place.behind.get(device.id, (device.id,)) if plot.mutes else (device.id,)


@lru_cache(maxsize=64)
def _stretch(sort: Sort, days: int, index: int) -> tuple[Scene, ...]:
    """Scenes of one stretch of so many days. No two have one device at one time, whatever their stretches are."""
    first_day = index * days
    taken: dict[str, list[tuple[int, int]]] = {}
    place = place_of(sort.site, sort.seed)
    for longer in STRETCHES[: STRETCHES.index(days)]:
        for scene in _stretch(sort, longer, first_day // longer):
            _take(taken, place, scene)
    planted: list[Scene] = list(_scripted(sort, place, days, first_day))
    for scene in planted:
        _take(taken, place, scene)
    for plot in sort.plots:
        if plot.days == days and not sort.calm:
            for scene in _plant(sort, place, plot, first_day, taken):
                if sort.quiet[0] <= scene.from_ms < sort.quiet[1]:
                    continue
                _take(taken, place, scene)
                planted.append(scene)
    return tuple(planted)


def _scripted(sort: Sort, place: Place, days: int, first_day: int) -> Iterator[Scene]:
    """What the script plants in this stretch. Raises ValueError for a plot or a device that there is not."""
    opens_ms, closes_ms = (start_ms(sort.site.timezone, n) + TURN_MS for n in (first_day, first_day + days))
    for number, line in enumerate(sort.script):
        plot = next((plot for plot in sort.plots if plot.name == line.plot), None)
        if plot is None:
            raise ValueError(f"script: there is no plot {line.plot!r}")
        device = next((device for device in _devices(sort.site, place, plot) if device.id == line.device), None)
        if device is None:
            raise ValueError(f"script: {line.plot} befalls {', '.join(plot.kinds)}; {line.device!r} is none")
        if plot.days == days and opens_ms <= line.at_ms < closes_ms:
            until_ms = line.at_ms + int(1000 * plot.lasts_s[1])
            yield Scene(plot, device, line.at_ms, until_ms, chance(sort.seed, "script", plot.name, number, line.at_ms))


def _take(taken: dict[str, list[tuple[int, int]]], place: Place, scene: Scene) -> None:
    span = (scene.from_ms, scene.until_ms + int(1000 * scene.plot.rest_s))
    for id_ in _ids(place, scene.plot, scene.device):
        taken.setdefault(id_, []).append(span)


def _plant(
    sort: Sort, place: Place, plot: Plot, first_day: int, taken: Mapping[str, list[tuple[int, int]]]
) -> Iterator[Scene]:
    devices = _befalls(sort)[plot.name]
    if not devices:
        return
    dice = chance(sort.seed, "plot", plot.name, first_day)
    size = max(1, len(place.homes)) / HOUSEHOLDS
    times = sort.each or poisson(dice, plot.per_year * sort.rate * plot.days / 365 * size)
    opens_ms, closes_ms = (start_ms(sort.site.timezone, n) + TURN_MS for n in (first_day, first_day + plot.days))
    for number in range(times):
        for _ in range(12):  # finds no room: then it does not happen
            device = dice.choice(devices)
            day = first_day + (dice.randrange(plot.days) if plot.days == 4 else 0)
            from_ms = start_ms(sort.site.timezone, day) + int(HOUR_MS * dice.uniform(*plot.hours))
            until_ms = from_ms + int(1000 * dice.uniform(*plot.lasts_s))
            rest_ms = until_ms + int(1000 * plot.rest_s)
            spans = [span for id_ in _ids(place, plot, device) for span in taken.get(id_, ())]
            inside = from_ms >= opens_ms and rest_ms <= closes_ms
            if inside and all(rest_ms <= first or last <= from_ms for first, last in spans):
                yield Scene(plot, device, from_ms, until_ms, chance(sort.seed, "scene", plot.name, first_day, number))
                break


@lru_cache(maxsize=8)
def _befalls(sort: Sort) -> Mapping[str, Sequence[Device]]:
    """Plot -> whom it can befall."""
    place = place_of(sort.site, sort.seed)
    return {
        plot.name: [device for device in _devices(sort.site, place, plot) if plot.suits(device)] for plot in sort.plots
    }


def _devices(site: Site, place: Place, plot: Plot) -> Iterator[Device]:
    for kind in plot.kinds:
        if kind == "source":
            yield from (Device(source.id, "common", "source", source.id) for source in site.sources)
        elif kind == "any":
            yield from site.devices
        else:
            yield from place.by_kind.get(kind, ())
