"""The numbers by which a community judges, as data of its site: {"numbers": {"house": {...}, "charging": {...}}}.

Each system declares its own as a frozen struct (`SystemNumbers`), here are those of the house. Every field has a unit
in its name, a default, and in the struct's docstring the source of that default. A site names only what it changes;
an unknown name, a wrong type and an impossible value are refused with their line (`site.faults_of`).
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=0)]
Lasting = Annotated[float, msgspec.Meta(gt=0)]
"""Seconds that must not be none: a period, a window."""
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Amount = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Hours = Annotated[float, msgspec.Meta(gt=0)]
ClockTime = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
"""`22:00` of the community's own clock."""
Priority = Literal["P1", "P2", "P3", "P4"]


class Numbers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A section of them. `__post_init__` raises ValueError, beginning with the field, for values that contradict."""

    section: ClassVar[str] = ""


class SystemNumbers(Numbers, frozen=True):
    """Of one system; `heartbeat_s`: how often its devices speak (DOMAIN.md) that have no period of their own."""

    heartbeat_s: Lasting = 60


class House(Numbers, frozen=True):
    """What holds for every system and every alarm.

    Time and silence. `max_skew_s`, `skew_samples` in `skew_window_s`, `good_skew_s`: alarms.csv CLOCK_SKEW; samples
    that came sooner than `skew_apart_s` after each other were kept by a device without a network and count as one. A
    gateway's own clock is wrong after `feed_skew_beats` heartbeats that are off by the same: half a minute, before a
    device behind it can look silent. From beat to beat a wrong clock differs by the way of one message, less than
    `feed_skew_steady_s` (a device's too); a queue by the whole ten seconds of a beat. Beats that came sooner than
    `feed_skew_apart_s` after each other came out of one queue and say nothing of a clock. Late and stale after so many
    periods, back after `good_beats`: DOMAIN.md ('60 s x 3', '2 good beats'). A device is judged silent
    `silence_grace_s` later: two beats lost and the third on its way is no silence, and every message is a moment on its
    way. `slept_s`: a tick a second goes to every partition, so that a log without one for so long slept, or the whole
    house did.

    Orders. `order_life_s`: what a charge point has not carried out by then is reported as failed; `order_life_max_s`:
    however late an order says it expires, who gave it ten minutes ago does not expect it any more.
    `quick_order_life_s`: a door that opens later opens for somebody else. `answer_skew_s`: a
    charge point's clock may be this much behind the log's without its answer looking like an older word.

    Alarms (DOMAIN.md, ISA-18.2). Chattering: 3 activations in 60 s. Grouping by cause: within 120 s. Flood: more than
    10 in 10 minutes. An unacknowledged P1 goes to the supervisor at 60 s, to the manager at 120 s. Shelving ends by
    itself: P3 and P4 by a guard within 8 h, P2 by a supervisor within 1 h; P1 never, which no number changes. A repeat
    within `reactivation_window_s` raises the count of its row; ten minutes, the window of a flood. The KPIs are per
    operator position; their own limits are the standard's and no site's (community/kpi.py).
    """

    section: ClassVar[str] = "house"

    max_skew_s: Lasting = 120
    good_skew_s: Lasting = 30
    skew_samples: Count = 5
    skew_window_s: Lasting = 600
    skew_apart_s: Seconds = 5
    feed_skew_beats: Count = 3
    feed_skew_steady_s: Lasting = 5
    feed_skew_apart_s: Lasting = 5
    late_periods: Annotated[float, msgspec.Meta(ge=1)] = 2
    stale_periods: Annotated[float, msgspec.Meta(ge=1)] = 3
    silence_grace_s: Seconds = 2
    good_beats: Count = 2
    slept_s: Lasting = 20

    order_life_s: Lasting = 30
    order_life_max_s: Lasting = 600
    quick_order_life_s: Lasting = 15
    answer_skew_s: Seconds = 5

    chattering_activations: Count = 3
    chattering_window_s: Lasting = 60
    group_window_s: Lasting = 120
    flood_alarms: Count = 10
    flood_window_s: Lasting = 600
    escalate_supervisor_s: Lasting = 60
    escalate_manager_s: Lasting = 120
    shelve_guard_max_s: Lasting = 28_800
    shelve_supervisor_max_s: Lasting = 3_600
    reactivation_window_s: Seconds = 600
    operator_positions: Count = 1

    def __post_init__(self) -> None:
        below(self, "good_skew_s", "max_skew_s")
        below(self, "late_periods", "stale_periods")
        below(self, "escalate_supervisor_s", "escalate_manager_s")
        at_most(self, "quick_order_life_s", "order_life_s")
        at_most(self, "order_life_s", "order_life_max_s")


def below(numbers: Numbers, lower: str, upper: str) -> None:
    """Raises ValueError where the one is not below the other: a deadband that is none would never end its alarm."""
    if not getattr(numbers, lower) < getattr(numbers, upper):
        raise ValueError(f"{lower} {getattr(numbers, lower):g} must be below {upper} {getattr(numbers, upper):g}")


def at_most(numbers: Numbers, lower: str, upper: str) -> None:
    if not getattr(numbers, lower) <= getattr(numbers, upper):
        raise ValueError(f"{lower} {getattr(numbers, lower):g} must be at most {upper} {getattr(numbers, upper):g}")


def ms(seconds: float) -> int:
    return round(1000 * seconds)


def hour_and_minute(clock: str) -> tuple[int, int]:
    hour, _, minute = clock.partition(":")
    return int(hour), int(minute)


_AT = re.compile(r" - at `\$\.?([^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")


def fault_of(shape: type[Numbers], said: object) -> tuple[str, str] | None:
    """(field or '', what is wrong) of a section as the site says it; None: it can be used."""
    try:
        msgspec.convert(said, shape)
    except msgspec.ValidationError as error:
        text = str(error)
        at, unknown = _AT.search(text), _UNKNOWN.search(text)
        what = _AT.sub("", text)
        if unknown is not None:
            return unknown[1], f"there is no number {unknown[1]!r}; there are {', '.join(shape.__struct_fields__)}"
        if at is not None and at[1]:
            return at[1], what
        first = what.partition(" ")[0]
        return first if first in shape.__struct_fields__ else "", what
    return None
