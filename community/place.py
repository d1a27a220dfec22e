"""What stands in a community: buildings with their homes, devices, zones, facilities; posts, hours, works."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import msgspec

from .clock import local, zone_of
from .numbers import ClockTime


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in the product's two languages."""

    zh: str = ""
    en: str = ""

    def get(self, lang: str) -> str:
        return self.en or self.zh if lang == "en" else self.zh or self.en


SOURCE_PERIOD_S = 10.0
"""A feed that says nothing for three of these is stale, unless its source says otherwise: its devices are unknown."""

SOURCE_BEAT_S = 3.0
"""How often a gateway says that it lives: two beats that are missing are seen within ten seconds."""


THE_LOG = "log"
"""Stands for a feed where something came by none: the log of the community itself."""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A feed: one gateway with its own heartbeat. `safety`: its silence takes the verdict band.

    `beat_s`: how often the gateway beats; it is late when two beats are missing, stale after three of `period_s`.
    """

    id: str
    name: Text
    period_s: float = SOURCE_PERIOD_S
    beat_s: float = SOURCE_BEAT_S
    safety: bool = False
    required: bool = True


class Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One device. `xy` is metres east and north on the plan; `period_s` overrides the system's heartbeat."""

    id: str
    system: str
    kind: str
    source: str
    name: Text = Text()
    building: str = ""
    unit: str = ""
    room: str = ""
    area: str = ""
    xy: tuple[float, float] | None = None
    heading_deg: float | None = None
    tags: tuple[str, ...] = ()
    parent: str = ""
    """What it hangs on: its charger or pile, its switch, its feeder. A parent that is down explains its silence."""
    period_s: float | None = None
    vendor: dict[str, str] = {}
    """Vendor ids by adapter: {"ocpp16": "CP-01/1"}, {"isapi": "44:19:b6:00:00:01/1"}, {"frigate": "front_door"}."""
    player: Annotated[str, msgspec.Meta(pattern=r"^(https?://[^\s]{1,300})?\Z")] = ""
    """Of a camera: the address at which its recorder shows it live. The desk links to it; no page of ours loads it."""


class Home(NamedTuple):
    building: str
    unit: str
    floor: int
    room: str
    """`1203`: the third home of the twelfth floor."""


Positive = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class Building(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`rooms`: homes on each floor of each unit; 0: nobody has said which homes there are. `households`: how many there
    are in all, where the highest floors have fewer."""

    id: str
    units: Positive = 1
    floors: Positive = 1
    rooms: Annotated[int, msgspec.Meta(ge=0, le=99)] = 0
    households: Annotated[int, msgspec.Meta(ge=0)] = 0

    def homes(self) -> list[Home]:
        """By floor, then unit, then room."""
        found = [
            Home(self.id, str(unit), floor, f"{floor}{room:02}")
            for floor in range(1, self.floors + 1)
            for unit in range(1, self.units + 1)
            for room in range(1, self.rooms + 1)
        ]
        return found[: self.households] if self.households else found


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From one time of the local day to another, past midnight where that is earlier; no `days`: on each.
    `00:00` to `00:00` is the whole day."""

    begins: ClockTime = msgspec.field(name="from", default="00:00")
    ends: ClockTime = msgspec.field(name="until", default="00:00")
    days: tuple[Day, ...] = ()


@lru_cache(maxsize=256)
def spans(hours: tuple[Hours, ...], today: date, zone: str) -> tuple[tuple[int, int], ...]:
    """The spans (from ms, until ms) of a local day, the day before it and the one after it, in order; those that touch
    are one."""
    found: list[tuple[int, int]] = []
    for day in (today + timedelta(days=n) for n in (-1, 0, 1)):
        for hour in hours:
            if hour.days and DAYS[day.weekday()] not in hour.days:
                continue
            last = day if hour.ends > hour.begins else day + timedelta(days=1)
            begins, ends = (
                int(datetime.fromisoformat(f"{d}T{clock}").replace(tzinfo=zone_of(zone)).timestamp()) * 1000
                for d, clock in ((day, hour.begins), (last, hour.ends))
            )
            found.append((begins, ends))
    joined: list[tuple[int, int]] = []
    for begins, ends in sorted(found):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ends, joined[-1][1]))
        else:
            joined.append((begins, ends))
    return tuple(joined)


def open_until_ms(hours: tuple[Hours, ...], at_ms: int, zone: str) -> int | None:
    """The end of the span in which the moment lies, or of tomorrow where there is none; None: it lies in no span."""
    today = local(at_ms, zone).date()
    return next((ends for begins, ends in spans(hours, today, zone) if begins <= at_ms < ends), None)


class Zone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the community by its buildings and areas: whom a broadcast reaches. A speaker may also name its zones
    by tags, `zone:north`."""

    id: str
    name: Text
    buildings: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()


class Recording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message that the speakers' server has recorded, by its id there; `text`: what is said in it."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,60}\Z")]
    name: Text
    text: Text = Text()


class Facility(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gate, a shed, a service with opening hours, by its `area`. Its doors may stand open while it is open."""

    id: str
    name: Text
    area: str
    hours: tuple[Hours, ...] = ()


class Post(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Staff appear by their post, never by name. `contact`: a channel, an extension; no `shifts`: always there."""

    id: Annotated[str, msgspec.Meta(pattern=r"^post:[a-z0-9_-]{1,40}\Z")]
    name: Text
    role: Literal["guard", "supervisor", "manager"] = "guard"
    people: Positive = 1
    contact: str = ""
    shifts: tuple[Hours, ...] = ()

    def on_duty(self, at_ms: int, zone: str) -> bool:
        return not self.shifts or open_until_ms(self.shifts, at_ms, zone) is not None


LocalMoment = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?\Z")
]
"""`2026-03-12T22:00` of the community's own clock."""


class Maintenance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Works that were announced: from when until when, on which devices and on all that hangs on them."""

    begins: LocalMoment = msgspec.field(name="from")
    ends: LocalMoment = msgspec.field(name="until")
    devices: tuple[str, ...]
    reason: str = ""


class Works(NamedTuple):
    """One maintenance window as a device has it."""

    from_ms: int
    until_ms: int
    reason: str


def moment_ms(text: str, zone: str) -> int:
    """Raises ValueError for a day that does not exist."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone_of(zone)).timestamp()) * 1000
