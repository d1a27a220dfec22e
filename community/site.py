"""A community as data: buildings, devices, sources, thresholds, tiles, language, zone.

Everything a site may say stands in these structs; an unknown field or a wrong type is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

SITES = Path(__file__).parent / "sites"


class SiteError(ValueError):
    """The description of a community cannot be used. Permanent; the message says where and why."""


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in the product's two languages."""

    zh: str = ""
    en: str = ""

    def get(self, lang: str) -> str:
        return self.en or self.zh if lang == "en" else self.zh or self.en


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A feed: one gateway with its own heartbeat. `safety`: its silence takes the verdict band."""

    id: str
    name: Text
    period_s: float = 10
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
    period_s: float | None = None
    vendor: dict[str, str] = {}
    """Vendor ids by adapter: {"ocpp16": "CP-01/1"}, {"isapi": "44:19:b6:00:00:01/1"}, {"frigate": "front_door"}."""


class Building(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    units: int = 1
    floors: int = 1
    households: int = 0


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a site changes of one catalogue entry (alarms.csv)."""

    priority: str | None = None
    on_delay_s: float | None = None
    off_delay_s: float | None = None


class Wall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The screen. `show_room`: the room of an unacknowledged P1 may be shown."""

    show_room: bool = True
    screen_pitch_mm: float = 0.634
    viewing_distance_m: float = 4.0


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    id: str
    name: Text
    timezone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    clock: Literal["live", "log"] = "live"
    plan: str = ""
    """GeoJSON beside the site file, in metres."""
    sources: tuple[Source, ...] = ()
    buildings: tuple[Building, ...] = ()
    devices: tuple[Device, ...] = ()
    tiles: tuple[str, ...] = ()
    """Twelve tile ids, in the order of the wall."""
    duty: Text = Text()
    fallback: tuple[Text, ...] = ()
    """What people do while the wall is down, a line each."""
    thresholds: dict[str, Threshold] = {}
    wall: Wall = Wall()

    @cached_property
    def by_id(self) -> Mapping[str, Device]:
        return {device.id: device for device in self.devices}

    @cached_property
    def source_by_id(self) -> Mapping[str, Source]:
        return {source.id: source for source in self.sources}

    @cached_property
    def by_vendor(self) -> Mapping[tuple[str, str], Device]:
        """(adapter, vendor id) -> device."""
        return {(a, v): d for d in self.devices for a, v in d.vendor.items()}


def parse_site(text: bytes, origin: str = "site") -> Site:
    """JSON -> Site. Raises SiteError naming file, field and, for broken JSON, the line."""
    try:
        site = msgspec.json.decode(text, type=Site)
    except msgspec.ValidationError as error:
        raise SiteError(f"{origin}: {error}") from error
    except msgspec.DecodeError as error:
        raise SiteError(f"{origin}: not JSON: {error}") from error
    seen: set[str] = set()
    for device in site.devices:
        if device.id in seen:
            raise SiteError(f"{origin}: device {device.id!r} is described twice")
        seen.add(device.id)
        if device.source not in site.source_by_id:
            raise SiteError(f"{origin}: device {device.id!r} names source {device.source!r}, which is not described")
    _check_numbers(site, origin)
    return site


def _check_numbers(site: Site, origin: str) -> None:
    """What the types cannot say. A typo here would otherwise stand in every alarm's way."""
    from .catalogue import CATALOGUE  # the catalogue knows sites

    try:
        ZoneInfo(site.timezone)
    except (KeyError, ValueError, OSError) as error:
        raise SiteError(f"{origin}: timezone {site.timezone!r} does not exist") from error
    for alarm_id, changed in site.thresholds.items():
        where = f"{origin}: thresholds.{alarm_id}"
        if alarm_id not in CATALOGUE:
            raise SiteError(f"{where}: there is no such alarm")
        if changed.priority is not None and changed.priority not in ("P1", "P2", "P3", "P4"):
            raise SiteError(f"{where}: priority {changed.priority!r} is not P1, P2, P3 or P4")
        if any(delay is not None and delay < 0 for delay in (changed.on_delay_s, changed.off_delay_s)):
            raise SiteError(f"{where}: a delay must not be negative")
    periods = [(d.id, d.period_s) for d in site.devices] + [(s.id, s.period_s) for s in site.sources]
    for id_, period_s in periods:
        if period_s is not None and period_s <= 0:
            raise SiteError(f"{origin}: {id_!r}: period_s must be above 0")


def place(device: Device, lang: str, *, room: bool = False) -> str:
    """`7号楼2单元 1203室` / `Bldg 7 · Unit 2 · 1203`; the room only when asked for (privacy: DOMAIN.md)."""
    parts: list[str] = []
    if lang == "en":
        if device.building:
            parts.append(f"Bldg {device.building}")
        if device.unit:
            parts.append(f"Unit {device.unit}")
        if room and device.room:
            parts.append(device.room)
        if device.area:
            parts.append(device.area)
        return " · ".join(parts)
    head = (f"{device.building}号楼" if device.building else "") + (f"{device.unit}单元" if device.unit else "")
    tail = f"{device.room}室" if room and device.room else device.area
    return f"{head} {tail}".strip()
