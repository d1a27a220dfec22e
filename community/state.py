"""The live state of one community, and what can be read off it.

Facts and deadlines are stored; status and freshness (freshness.py) are derived when they are read. The structs are
treated as immutable: the fold returns replacements (`Changes`), and `State.apply` is the only place that puts them in.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any, TypeVar

import msgspec

from .agenda import Agenda, Deadline, move_on, next_ms
from .site import Site

RECENT = 20
"""Closed alarms the wall can list; history keeps them all."""

ACTIVATIONS, ACTIVATION_WINDOW_MS = 500, 24 * 3_600_000
"""Markers of the 24-hour ribbon; 500 is far above what a person can tell apart on it."""

GAPS = 24
"""Of a feed that the ribbon shows; a mark an hour is as much as anybody can read."""

ANNUNCIATED = ("unacknowledged", "acknowledged", "returned")

ALARM_STATES = ("unacknowledged", "acknowledged", "returned", "shelved", "suppressed", "out_of_service", "normal")


class DeviceState(msgspec.Struct, omit_defaults=True, gc=False):
    """What one device last said. `values` hold the newest by the device's clock, `stamps` the time of each group.

    Like all that is made afresh for each record it is a tree and can be in no cycle: the collector need not look at it,
    which is a third of the fold's time.
    """

    id: str
    system: str
    kind: str
    source: str
    parent: str = ""
    seen_ms: int = 0
    """Effective time of the newest sample (the device's clock, never ahead of the log's): how old its values are."""
    heard_ms: int = 0
    """When its gateway last heard it: what silence is judged by. A late sample proves life, not freshness."""
    beats: int = 0
    """Times heard since the device was last silent; off conditions such as '2 good beats' read it."""
    silent_ms: int | None = None
    """Judged silent since then: three periods unheard although its feed was fresh."""
    values: dict[str, Any] = {}
    stamps: dict[str, tuple[int, str]] = {}
    """Group, or single value of a meter -> (effective ms, record id): what a newer sample has to beat."""
    skews: tuple[tuple[int, str], ...] = ()
    """(log time, record id) of the last samples whose clock was off by more than two minutes."""
    skew_ms: int | None = None
    """Set while the device's clock is known to be wrong: device minus log, in ms. The log's time rules then."""
    memory: dict[str, dict[str, Any]] = {}
    """What the trackers of its system remember, by their names."""
    wakes: dict[str, int] = {}
    """Tracker -> the moment of the community's clock at which it looks again by itself."""
    pending: dict[str, Any] | None = None
    """An order under way: {"action", "type", "since_ms", "expires_ms", "by"}, of an intercom "call", of a speaker
    "message"; ends with the device's own event."""
    ended: dict[str, Any] | None = None
    """What became of the last order: the same facts, "outcome" confirmed or expired, "at_ms"."""


class SourceState(msgspec.Struct, omit_defaults=True):
    """A feed's own heartbeat. `since_ms`: fresh without a break since then."""

    id: str
    seen_ms: int = 0
    since_ms: int = 0
    spooled: int = 0
    beats: int = 0
    skew_ms: int | None = None
    """Set while the gateway's clock is known to be wrong: gateway minus log (community/feed_clock.py)."""
    off_ms: int | None = None
    """By how much its last heartbeat was off, where that was much; so steadily for `off_beats`."""
    off_beats: int = 0
    off_at_ms: int = 0
    said_ms: int = 0
    """When the gateway made its last heartbeat, by its own stamp set right: one out of its spool was made long ago."""
    gaps: tuple[tuple[int, int], ...] = ()
    """(from, until) of the last 24 hours in which no heartbeat was made: what happened then nobody has told."""


class Alarm(msgspec.Struct, omit_defaults=True):
    """Facts of one alarm (ISA-18.2); `alarm_state()` derives which of the seven states it is in."""

    id: str
    """Catalogue id: `SOS`."""
    device: str
    priority: str
    detail: dict[str, Any] = {}
    condition: bool = False
    pending_ms: int | None = None
    """The condition has held since then; the on-delay runs."""
    lag_ms: int = 0
    """The log heard of the condition so much after its begin: so much longer it listens for the end before it says
    that the on-delay has run. Of a P1 only what its device's clock is behind."""
    clearing_ms: int | None = None
    """The condition has been gone since then; the off-delay runs."""
    operator_ends: bool = False
    """No device will take the condition back: an operator may, although it holds."""
    active: bool = False
    latched: bool = False
    """Returned, but waits for an operator's reset."""
    acknowledged: bool = True
    activated_ms: int = 0
    acknowledged_ms: int | None = None
    acknowledged_by: str = ""
    cleared_ms: int | None = None
    count: int = 0
    """Activations that people were told of since the alarm was last normal, or within the reactivation window."""
    times: tuple[int, ...] = ()
    """Moments of the last activations, those that nobody was told of among them: what chattering is read off."""
    occurrence: str = ""
    shelved_until_ms: int | None = None
    shelved_ms: int | None = None
    shelved_by: str = ""
    shelve_reason: str = ""
    suppressed_by: str = ""
    """Key of the alarm that is the cause of this one: `NET_DOWN/SW-3`."""
    release_ms: int | None = None
    """Its cause is gone: from then on it stands for itself, should it still stand."""
    out_of_service: bool = False
    unseen_ms: int | None = None
    """A P1 that people were told of, and nobody has acknowledged since then."""
    escalated: int = 0
    """How many posts were called for want of an acknowledgement."""
    owner: str = ""
    """The post that has it in hand; `owner_person` the id of the person there, empty until somebody has taken it."""
    owner_person: str = ""
    owner_ms: int | None = None
    work: str = ""
    """How far they are: working, en_route, on_scene; empty: assigned, and nobody has taken it yet."""
    withheld: bool = False
    """It became active while shelved, suppressed or out of service: nobody has been told of this occurrence."""

    @property
    def key(self) -> str:
        return f"{self.id}/{self.device}"


class OutOfService(msgspec.Struct, omit_defaults=True):
    """A device, or one alarm of it, that people took out of service: it is watched on, and nobody is told."""

    by: str
    reason: str
    since_ms: int
    until_ms: int | None = None
    """None: until somebody returns it to service."""


class Lately(msgspec.Struct, array_like=True):
    """What is remembered of an alarm that is normal again."""

    ended_ms: int
    """Its cause was gone."""
    closed_ms: int
    count: int
    times: tuple[int, ...]


class Closed(msgspec.Struct):
    """One line of 最近处理."""

    key: str
    priority: str
    activated_ms: int
    closed_ms: int


class Today(msgspec.Struct):
    """Figures of the community's local day. Sums, so that means stay exact."""

    day: str = ""
    alarms: int = 0
    acknowledged: int = 0
    acknowledge_sum_ms: int = 0
    cleared: int = 0
    clear_sum_ms: int = 0


class Activation(msgspec.Struct, array_like=True):
    """One marker of the 24-hour ribbon."""

    at_ms: int
    priority: str
    key: str


class Past(msgspec.Struct, omit_defaults=True):
    """演示数据: the invented day before the demo's log begins, as far as a wall shows it (community/recall.py)."""

    from_ms: int
    until_ms: int
    quarter: int
    """The newest quarter of an hour of `passes`, counted since the epoch."""
    passes: tuple[int | None, ...]
    """Passes through all doors in it, in the one before, ..; None: the doors were not heard."""


class Entry(msgspec.Struct):
    """A journal entry or an order to a device, on its way out with the state. `id` is derived from the position."""

    topic: str
    id: str
    type: str
    subject: str
    at_ms: int
    data: dict[str, Any]


class Described(msgspec.Struct, gc=False):
    """The description in force: since which record, and its source text (community/description.py)."""

    hash: str
    position: str
    packed: str


class Changes(msgspec.Struct, gc=False):
    """What one record changes. None for an alarm means: normal again, forget it. `due_ms` is the new cache."""

    clock_ms: int
    position: str
    due_ms: int = 0
    agenda: tuple[tuple[str, Deadline], ...] = ()
    """What devices wait for from now on; with `afresh` all that any of them waits for."""
    afresh: bool = False
    asked: tuple[str, ...] = ()
    """Of these all that was due has happened."""
    devices: dict[str, DeviceState] = {}
    alarms: dict[str, Alarm | None] = {}
    sources: dict[str, SourceState] = {}
    closed: tuple[Closed, ...] = ()
    today: Today | None = None
    activations: tuple[Activation, ...] = ()
    entries: tuple[Entry, ...] = ()
    critical_ms: int | None = None
    out_of_service: dict[str, OutOfService | None] = {}
    lately: dict[str, Lately | None] = {}
    past: Past | None = None
    """With it, in `activations` and `closed`, what happened then."""
    site: Site | None = None
    """The description that is in force from this record on; with `described`, and with whom it no longer knows."""
    described: Described | None = None
    forgotten: tuple[str, ...] = ()
    forgotten_sources: tuple[str, ...] = ()


class State:
    """Mutable only by `apply`. Everything in it is derived from the log."""

    __slots__ = (
        "activations",
        "agenda",
        "alarms",
        "clock_ms",
        "critical_ms",
        "described",
        "devices",
        "due_ms",
        "lately",
        "out_of_service",
        "past",
        "position",
        "recent",
        "site",
        "sources",
        "started_ms",
        "today",
        "wakes_ms",
    )

    def __init__(self, site: Site, described: Described | None = None) -> None:
        """`described`: the record that put the site in force; None: the log has not described it yet."""
        self.adopt(site, described)
        self.position = ""
        self.clock_ms = 0
        self.started_ms = 0
        """Clock of the first record: how long the community has been waiting for data."""
        self.devices: dict[str, DeviceState] = {}
        self.alarms: dict[str, Alarm] = {}
        self.sources: dict[str, SourceState] = {}
        self.recent: tuple[Closed, ...] = ()
        self.today = Today()
        self.activations: tuple[Activation, ...] = ()
        self.critical_ms = 0
        """When the last P1 became active (0: never)."""
        self.out_of_service: dict[str, OutOfService] = {}
        """Device id or alarm key -> who took it out of service, why, and until when."""
        self.past: Past | None = None
        self.lately: dict[str, Lately] = {}
        """Alarm key -> what a repeat of it, or a symptom of it, has to know."""
        self.due_ms = 0
        """No deadline of a feed, an alarm or what is out of service falls before this moment (a cache; 0: look)."""

    def glance(self) -> State:
        """The state as it is now, for a reader in another thread: what is applied later does not reach it."""
        seen = copy(self)
        seen.devices, seen.alarms, seen.sources = dict(self.devices), dict(self.alarms), dict(self.sources)
        seen.agenda = None
        seen.out_of_service, seen.lately = dict(self.out_of_service), dict(self.lately)
        return seen

    def adopt(self, site: Site, described: Described | None) -> None:
        """This description is in force."""
        self.site = site
        self.described = described
        self.agenda: Agenda | None = None
        """See agenda.py; None: look at every device."""
        self.wakes_ms = 0
        """No device waits for a moment before this one."""

    def apply(self, changes: Changes) -> None:
        """Puts what the fold decided into the state."""
        self.position = changes.position
        self.clock_ms = changes.clock_ms
        self.due_ms = changes.due_ms
        if changes.afresh:
            self.agenda = {}
        if self.agenda is not None and (changes.asked or changes.agenda):
            move_on(self.agenda, changes.agenda, changes.asked, changes.clock_ms)
            self.wakes_ms = next_ms(self.agenda)
        if not self.started_ms:
            self.started_ms = changes.clock_ms
        if changes.devices:
            self.devices.update(changes.devices)
        if changes.sources:
            self.sources.update(changes.sources)
        if changes.alarms:
            for key, alarm in changes.alarms.items():
                if alarm is None:
                    self.alarms.pop(key, None)
                else:
                    self.alarms[key] = alarm
        if changes.past is not None:
            self.past = changes.past
        if changes.closed:
            closed = [*reversed(changes.closed), *self.recent]
            if changes.past is not None:  # older than what stands there
                closed.sort(key=lambda one: -one.closed_ms)
            self.recent = tuple(closed[:RECENT])
        if changes.today is not None:
            self.today = changes.today
        if changes.activations:
            horizon = changes.clock_ms - ACTIVATION_WINDOW_MS
            kept = [a for a in (*self.activations, *changes.activations) if a.at_ms > horizon]
            if changes.past is not None:
                kept.sort(key=lambda one: one.at_ms)
            self.activations = tuple(kept[-ACTIVATIONS:])
        if changes.critical_ms is not None:
            self.critical_ms = changes.critical_ms
        if changes.out_of_service:
            self.out_of_service = _patched(self.out_of_service, changes.out_of_service)
        if changes.lately:
            self.lately = _patched(self.lately, changes.lately)
        if changes.site is not None:
            self.adopt(changes.site, changes.described)
            for id_ in changes.forgotten:
                self.devices.pop(id_, None)
            for id_ in changes.forgotten_sources:
                self.sources.pop(id_, None)


T = TypeVar("T")


def _patched(held: dict[str, T], changed: dict[str, T | None]) -> dict[str, T]:
    """In the order of the keys, so that equal contents are equal bytes however they came about."""
    merged = {**held, **changed}
    return {key: value for key in sorted(merged) if (value := merged[key]) is not None}


def alarm_state(alarm: Alarm) -> str:
    """Which of the ISA-18.2 states the facts amount to."""
    if alarm.out_of_service:
        return "out_of_service"
    if alarm.suppressed_by:
        return "suppressed"
    if alarm.shelved_until_ms is not None:
        return "shelved"
    if alarm.active or alarm.latched:
        return "acknowledged" if alarm.acknowledged else "unacknowledged"
    return "normal" if alarm.acknowledged else "returned"


def annunciated(alarms: Iterable[Alarm]) -> list[Alarm]:
    """What a wall lists: highest priority first; in it what nobody has seen yet, then what is in hand, then what has
    returned; the oldest first."""
    shown = [(a, ANNUNCIATED.index(state)) for a in alarms if (state := alarm_state(a)) in ANNUNCIATED]
    shown.sort(key=lambda pair: (pair[0].priority, pair[1], pair[0].activated_ms, pair[0].key))
    return [alarm for alarm, _ in shown]
