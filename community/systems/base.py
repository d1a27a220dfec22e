"""What every system is made of. A system is one file with one `SYSTEM` in it; `__init__` lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any, NamedTuple, Protocol

import msgspec
from msgspec.structs import force_setattr

from ..alarms import Seen
from ..catalogue import Definition
from ..model import BadRecord, Record
from ..numbers import SystemNumbers
from ..site import Device, Site, Text
from ..state import DeviceState
from ..world.base import Plot, Simulate
from .tile import Tile

Values = dict[str, Any]
Stamps = dict[str, tuple[int, str]]
Kept = Callable[["Patch", Values, Stamps], tuple[Values, Stamps]]


class Patch(msgspec.Struct, gc=False):
    """What a record says of its device: a group of values, taken together by the newest sample."""

    group: str
    values: dict[str, Any]
    each: bool = False
    """Every value has an age of its own: a meter sends power now and temperature a minute later."""
    pulse: bool = False
    """A press, not a level: it happened, whatever the device's clock says of when."""
    every: bool = False
    """A happening of which each one counts, however late it comes: the trackers of its group are told it in any case,
    by `Moment.said`, and know by what it says whether they have had it before. Values: the newest, as ever."""
    pulse_by: Callable[[Site], bool] | None = None
    """Where a number of the site decides whether it is a pulse: a reducer knows no site."""
    clears: tuple[str, ...] = ()
    """Values that the patch before it may have set and that do not outlive it: the error of an older status."""
    kept: Kept | None = None
    """What may be kept of the device's values with this patch."""
    telling: Telling | None = None
    """What it says beyond its own system."""


class Fact(NamedTuple):
    said_ms: int
    values: Mapping[str, Any]


class Telling(msgspec.Struct, frozen=True, gc=False):
    """Facts that a device says of the home or the person around it, in words of no system: `water_used`."""

    name: str
    facts: Callable[[], Iterable[Fact]]
    """Of two thousand meters a few dozen are heard: worked out for those."""
    to: str = ""
    """Id of whom they are about; empty: everybody in the device's home who hears them."""


class Door(Protocol):
    """What a rule may ask of other systems (community/door.py). Answers come in the order of ids."""

    clock_ms: int
    """The log's clock."""

    def standing_near(self, device_id: str, ids: Iterable[str]) -> list[str]:
        """Keys of those alarms that stand in the device's place, its own left out."""

    def in_place(self, device_id: str, system: str) -> list[DeviceState]:
        """Devices of a system in the device's place that have said anything."""

    def unheard(self, device_id: str, kind: str) -> bool:
        """Whether a device of that kind in the same unit was heard once and cannot be heard now."""


Reduce = Callable[[Record], Patch]
"""Pure function of the record alone, so that samples may arrive in any order. Raises BadRecord."""


class Reducer(msgspec.Struct, frozen=True):
    reduce: Reduce
    kind: str
    """Kind of a device that nobody has described: it is kept and named, never dropped."""


class Look(msgspec.Struct, gc=False):
    """What a rule may look at: one device, before and after its newest sample; other systems only through the door."""

    device: DeviceState
    before: DeviceState | None
    described: Device | None
    site: Site
    door: Door
    standing: bool
    """The rule's condition held at its last look."""
    active: bool = False
    """The alarm itself stands, its on-delay over: from then on, and not before, a deadband decides when it ends."""
    priority: str = ""
    """The alarm's own, as it was last judged; empty: there is none."""
    own: bool = False
    """The device's memory and wakes were copied for this record: its next tracker may write into them."""


class Moment(msgspec.Struct, gc=False):
    """What a tracker may look at."""

    look: Look
    memory: Mapping[str, Any]
    """What it answered last time; empty at first."""
    at_ms: int
    """Effective time of the sample, or the moment at which it asked to be woken."""
    fed: Callable[[DeviceState], int | None]
    """Asks for `fed_since_ms`; most steps need not know."""
    group: str = ""
    """Of a happening (`Patch.every`): its group, what it says, and its own time. `at_ms` is then the moment at which
    the log heard it, so that what was decided meanwhile stays decided."""
    said: Mapping[str, Any] = {}
    said_ms: int = 0

    @property
    def fed_since_ms(self) -> int | None:
        """Since when the device's feed is fresh and the device (or its pile) heard; 0: the feed has no heartbeat of its
        own; None: it cannot be heard now, so that its silence says nothing."""
        return self.fed(self.look.device)


LOOK_AGAIN_MS = 60_000


def look_again_ms(moment: Moment) -> int:
    """When to look again because nobody can be heard now. Of the minutes that have passed already only the last: while
    the log slept for a night nothing could change, and six hundred ports would look six hundred times each."""
    passed = (moment.look.door.clock_ms - moment.at_ms) // LOOK_AGAIN_MS
    return moment.at_ms + LOOK_AGAIN_MS * max(1, passed)


class Step(msgspec.Struct, frozen=True, gc=False):
    memory: Mapping[str, Any]
    """What to remember: `Moment.memory` itself where nothing has changed."""
    wake_ms: int | None = None
    """Look again at this moment of the community's clock, though nothing has been said."""
    order: str = ""
    """Why the device's session has to be stopped now; empty: it has not."""


NOTHING = Step({})
"""Nothing to remember and no moment to wait for: what most trackers answer most of the time."""


class Tracker(msgspec.Struct, frozen=True):
    """What a rule has to remember between samples: `step` is a pure function of the moment.

    It runs before the rules whenever a group it names has changed or the moment has come that it asked for. A rule that
    names the group `track:<name>` looks after it, and finds the memory in `look.device.memory[name]`.
    """

    name: str
    groups: frozenset[str]
    step: Callable[[Moment], Step]
    kinds: frozenset[str] = frozenset()
    """Kinds of device that it looks after; empty: every kind of its system."""
    only_while: str = ""
    """A value of the device: while it is not true and nothing is remembered, `step` has nothing to look at."""
    heeds: Callable[[Mapping[str, Any]], bool] | None = None
    """Of a happening, by its values: whether it changes anything for it. Every pass of a door asks."""
    unread: frozenset[str] = frozenset()
    """Of what it remembers that which no rule reads: where nothing else has changed no rule looks again."""
    group: str = ""

    def __post_init__(self) -> None:
        force_setattr(self, "group", f"track:{self.name}")


class Rule(msgspec.Struct, frozen=True):
    """`test` looks at the device whenever a group it names has changed; None means: these values say nothing."""

    alarm: str
    groups: frozenset[str]
    test: Callable[[Look], Seen | None]
    kinds: frozenset[str] = frozenset()
    """Kinds of device that it looks at; empty: every kind of its system."""
    heeds: frozenset[str] = frozenset()
    """Alarms of any system: when one begins or ends in the device's place, the rule looks again."""


def by_catalogue(described: Device | None, site: Site) -> str:
    """No priority of its own: the catalogue's, or what the site makes of it."""
    return ""


class Silence(NamedTuple):
    """The alarm of a device that stopped talking, for the kinds that talk by themselves."""

    alarm: str
    kinds: frozenset[str]
    priority: Callable[[Device | None, Site], str] = by_catalogue
    waited: bool = False
    """Three periods of silence are longer than the alarm's on-delay, which has therefore run already."""
    good_beats: int = 0
    """How often it must be heard again before it is back, where that is less than the house's number: what reports
    once a day is back with one report."""


class System(msgspec.Struct, frozen=True):
    id: str
    name: Text
    reducers: Mapping[str, Reducer]
    rules: tuple[Rule, ...]
    alarms: tuple[Definition, ...] = ()
    """Alarms that catalogue.csv does not have: they join the catalogue."""
    silence: Silence | None = None
    kinds: frozenset[str] = frozenset()
    """Kinds of its devices that only its own code tells apart: no reducer, rule, tracker or silence names them."""
    trackers: tuple[Tracker, ...] = ()
    hears: Mapping[str, Callable[[Fact], Patch]] = {}
    """Facts of other systems that its devices are told of, by name: as the happening it is to them (`every`)."""
    tiles: tuple[Tile, ...] = ()
    numbers: type[SystemNumbers] = SystemNumbers
    """What a site may change of it: `site.numbers_of(Numbers)` in rules and trackers. Reducers know no site."""
    simulate: Simulate | None = None
    """What its devices observe of an ordinary day of the simulated place; None: its devices are only heard to live."""
    plots: tuple[Plot, ...] = ()
    """What can befall them there: incidents and near misses of its alarms."""


def typed(shape: type[msgspec.Struct], data: Mapping[str, Any]) -> Any:
    """Record data -> struct; numbers sent as text are taken, a wrong type is refused by the field's name."""
    try:
        return msgspec.convert(data, shape, strict=False)
    except msgspec.ValidationError as error:
        raise BadRecord(f"data: {error}") from error


def present(data: msgspec.Struct) -> dict[str, Any]:
    """The fields that were said; None is 'not said', never 'no'. Raises BadRecord for a number that is none."""
    said: dict[str, Any] = msgspec.to_builtins(data)  # the shapes omit their defaults
    for value in said.values():
        if type(value) is float and not isfinite(value):
            raise BadRecord(f"data: {_named(said, value)} is {value}")
    return said


def _named(said: Mapping[str, Any], value: Any) -> str:
    return next(name for name, one in said.items() if one is value)
