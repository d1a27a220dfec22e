"""Alarm KPIs of one community (or one operator's list), from alarm transitions in the order of their journal.

The load figures follow ANSI/ISA-18.2-2009 and EEMUA 191: every annunciation counts, a repeat too, although the wall
shows it as a count on one row. The 2016 edition of ISA-18.2 dropped the limits per day, so the edition is named
wherever a figure is shown. MTTA and MTTR stand in neither; their definitions are at their fields in `Figures`.

Streaming, and bounded: of each local day a `Day` of sums is kept, of each alarm its last two activations. Sums do not
depend on the order of what is noted, and a transition counts in the day and window of its own moment, however late
the journal has it.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import msgspec

from .clock import local_day, zone_of

EDITION = "ANSI/ISA-18.2-2009, EEMUA 191"

WINDOW_MS = 600_000
FLOOD = 10
"""More alarms than this in ten minutes are a flood."""

DAY_MS = 86_400_000
STALE_MS = DAY_MS
CHATTERING, CHATTERING_MS = 3, 60_000
TOP = 10

INDICATIVE_MS = 30 * DAY_MS
"""Under 30 days the standard's figures say little: they are 'indicative'."""

KEPT_DAYS = 31
"""Today and the 30 whole days before it."""

ALARMS = frozenset(("activated", "reactivated"))
"""What people are told of: an activation under a mask is journalled as `withheld` and is no alarm."""
MASKED = frozenset(("shelved", "suppressed", "out_of_service"))
UNMASKED = frozenset(("unshelved", "unsuppressed", "returned_to_service"))
NOTED = ALARMS | MASKED | UNMASKED | {"acknowledged", "returned", "closed"}


class Noted(NamedTuple):
    """One transition of an alarm."""

    type: str
    """One of NOTED."""
    at_ms: int
    alarm: str
    """Which alarm of which device: `SOS/SOS-035`."""
    priority: str = ""
    since_ms: int | None = None
    """When the occurrence began that is acknowledged or returned; None: not known, it enters no mean."""


def of_journal(type_: str, subject: str, at_ms: int, data: Mapping[str, Any]) -> Noted | None:
    """A journal entry as the fold writes it; None: it is no alarm's transition. Raises ValueError."""
    kind = type_.removeprefix("alarm.")
    if kind == type_ or kind not in NOTED or (kind in UNMASKED and "state" in data):
        return None  # of two masks one is left, or beneath it the alarm has become normal
    occurrence, priority = data.get("occurrence", ""), data.get("priority", "")
    if not subject or not isinstance(occurrence, str) or not isinstance(priority, str):
        raise ValueError(f"{type_} without an alarm, or with an occurrence or priority that is no text")
    began = occurrence.rpartition("@")[2]
    if occurrence and not (began.isascii() and began.isdigit()):
        raise ValueError(f"occurrence {occurrence!r} does not end with its moment")
    told = data.get("count", 1) != 0  # of what nobody was told nobody waits for the end
    return Noted(kind, at_ms, subject, priority, int(began) if began and told else None)


class Mean(msgspec.Struct, array_like=True, gc=False):
    count: int = 0
    sum_ms: int = 0

    def add(self, ms: int) -> None:
        self.count += 1
        self.sum_ms += ms

    def plus(self, other: Mean) -> Mean:
        return Mean(self.count + other.count, self.sum_ms + other.sum_ms)

    @property
    def seconds(self) -> float | None:
        return self.sum_ms / self.count / 1000 if self.count else None


class Day(msgspec.Struct, omit_defaults=True):
    """Sums of one local day."""

    windows: dict[int, int] = {}
    """Ten-minute window (number since the epoch) -> alarms; only those with any."""
    alarms: dict[str, int] = {}
    """Alarm -> activations, repeats included."""
    priorities: dict[str, int] = {}
    repeats: int = 0
    chattering: dict[str, int] = {}
    """Alarm -> activations that were at least the third within 60 s."""
    acknowledged: dict[str, Mean] = {}
    """By priority."""
    returned: dict[str, Mean] = {}
    stale: int = 0
    """Alarms that ended after standing for more than 24 h."""


class Rank(msgspec.Struct):
    alarm: str
    alarms: int
    share: float


class Figures(msgspec.Struct):
    """Rates and floods are per operator position: positions share the alarms alike. None: there is nothing that the
    figure could be of."""

    from_ms: int
    to_ms: int
    indicative: bool
    """Less than 30 days."""
    positions: int
    alarms: int
    """Annunciations: activations and repeats."""
    repeats: int
    """Of them those that raised a count on a row that stood."""
    alarms_per_day: float | None
    """Mean; None under a day. About 150 are acceptable, 300 the most that can be managed (2009 edition)."""
    alarms_per_10_minutes: float | None
    """Mean over all windows. About 1 is acceptable, 2 the most that can be managed."""
    most_in_10_minutes: int
    """In one window."""
    windows: int
    """Ten-minute windows of the clock from the first to the last moment, the empty ones included."""
    windows_over_10: int
    flood_share: float | None
    """Windows with more than 10 alarms, of all. Target: under 0.01."""
    stale: int
    """Alarms on the list for more than 24 h now: activated, not yet normal, under no mask. Target: under 5."""
    stale_ended: int
    """Alarms that left the list in this time after more than 24 h."""
    chattering: int
    """Alarms with 3 activations or more within 60 s. Target: 0."""
    top_10: list[Rank]
    top_10_share: float | None
    """The ten most frequent alarms' part of all. Target: under 0.05."""
    priorities: dict[str, int]
    priority_shares: dict[str, float]
    """Target: about 0.80 low, 0.15 medium, 0.05 high."""
    mtta_s: float | None
    """Mean time to acknowledge: from the activation that nobody had seen to its acknowledgement, of the
    acknowledgements in this time. No standard's; P1 is due within 30 s, P2 within 60 s."""
    mtta_s_by_priority: dict[str, float]
    mttr_s: float | None
    """Mean time to return: from activation until the cause was gone (or an operator's reset took its place), of the
    returns in this time. No standard's."""
    mttr_s_by_priority: dict[str, float]
    edition: str = EDITION


class Kpis(msgspec.Struct, omit_defaults=True):
    """Takes transitions one by one; `figures` may be asked for at any time."""

    timezone: str = "UTC"
    kept_days: int | None = KEPT_DAYS
    """None: all of them, for a file."""
    days: dict[str, Day] = {}
    """Local day -> its sums."""
    recent: dict[str, list[int]] = {}
    """Alarm -> its last two activations."""
    standing: dict[str, int] = {}
    """Alarm -> since when it is on the list."""
    masked: dict[str, int] = {}
    """The same of those that a mask has taken off it, and that it may give back."""
    first_ms: int | None = None
    last_ms: int = 0

    def note(self, said: Noted) -> str | None:
        """Counts one transition. Returns the day that it changed; None where it is older than what is kept."""
        at_ms = said.at_ms
        self.last_ms = max(self.last_ms, at_ms)
        day_name = local_day(at_ms, self.timezone)
        stood_ms = self._stand(said)
        if self._too_old(day_name, self.last_ms):
            return None
        self.first_ms = at_ms if self.first_ms is None else min(self.first_ms, at_ms)
        day = self.days.get(day_name)
        if day is None:
            day = self.days[day_name] = Day()
            self._forget()
        if said.type in ALARMS:
            self._count(day, said)
        elif said.type == "closed":
            day.stale += stood_ms > STALE_MS
        elif said.type in ("acknowledged", "returned") and said.since_ms is not None:
            means = day.acknowledged if said.type == "acknowledged" else day.returned
            means.setdefault(said.priority, Mean()).add(max(0, at_ms - said.since_ms))
        return day_name

    def _count(self, day: Day, said: Noted) -> None:
        alarm, at_ms = said.alarm, said.at_ms
        window = at_ms // WINDOW_MS
        day.windows[window] = day.windows.get(window, 0) + 1
        day.alarms[alarm] = day.alarms.get(alarm, 0) + 1
        day.priorities[said.priority] = day.priorities.get(said.priority, 0) + 1
        day.repeats += said.type == "reactivated"
        times = self.recent.setdefault(alarm, [])
        insort(times, at_ms)
        if len(times) == CHATTERING:
            if times[-1] - times[0] <= CHATTERING_MS:
                day.chattering[alarm] = day.chattering.get(alarm, 0) + 1
            del times[0]

    def _stand(self, said: Noted) -> int:
        """Puts an alarm on the list or takes it off; how long one had been there that has ended."""
        alarm, type_ = said.alarm, said.type
        if type_ == "closed":
            self.masked.pop(alarm, None)
            return said.at_ms - self.standing.pop(alarm, said.at_ms)
        if type_ in ALARMS:
            since_ms = self.masked.pop(alarm, said.at_ms)
            self.standing.setdefault(alarm, since_ms)
        elif type_ in MASKED and alarm in self.standing:
            self.masked[alarm] = self.standing.pop(alarm)
        elif type_ in UNMASKED and alarm in self.masked:
            self.standing[alarm] = self.masked.pop(alarm)
        return 0

    def _too_old(self, day: str, now_ms: int) -> bool:
        return self.kept_days is not None and day < self._oldest(now_ms).isoformat()

    def _oldest(self, now_ms: int) -> date:
        return date.fromisoformat(local_day(now_ms, self.timezone)) - timedelta(days=(self.kept_days or 1) - 1)

    def _forget(self) -> None:
        for name in [name for name in self.days if self._too_old(name, self.last_ms)]:
            del self.days[name]
        self.quiet(self.last_ms)

    def quiet(self, now_ms: int) -> None:
        """Forgets last activations that no other can make chatter any more."""
        for alarm in [alarm for alarm, times in self.recent.items() if times[-1] < now_ms - DAY_MS]:
            del self.recent[alarm]

    def figures(self, now_ms: int, since_ms: int | None = None, positions: int = 1, unrecorded_ms: int = 0) -> Figures:
        """As of `now_ms`. `since_ms`: since when there is a journal, so that the time before its first entry counts.
        `unrecorded_ms`: of that time what nobody recorded, which is no time without alarms."""
        starts = [ms for ms in (self.first_ms, since_ms) if ms is not None]
        from_ms = min([*starts, now_ms])
        days = list(self.days.values())
        if self.kept_days is not None:
            oldest = self._oldest(now_ms)
            midnight = datetime.combine(oldest, time(), zone_of(self.timezone))
            from_ms = max(from_ms, int(midnight.timestamp()) * 1000)
            days = [day for name, day in self.days.items() if name >= oldest.isoformat()]
        alarms = _sum(day.alarms for day in days)
        priorities = _sum(day.priorities for day in days)
        counts = _sum(day.windows for day in days).values()
        total, span_ms = alarms.total(), now_ms - from_ms - unrecorded_ms
        windows = max(1, now_ms // WINDOW_MS - from_ms // WINDOW_MS + 1 - unrecorded_ms // WINDOW_MS)
        over = sum(count > FLOOD * positions for count in counts)
        top = sorted(alarms.items(), key=lambda item: (-item[1], item[0]))[:TOP]
        mtta, mttr = _means([day.acknowledged for day in days]), _means([day.returned for day in days])
        return Figures(
            from_ms=from_ms,
            to_ms=now_ms,
            indicative=span_ms < INDICATIVE_MS,
            positions=positions,
            alarms=total,
            repeats=sum(day.repeats for day in days),
            alarms_per_day=total / (span_ms / DAY_MS) / positions if span_ms >= DAY_MS else None,
            alarms_per_10_minutes=total / windows / positions if starts else None,
            most_in_10_minutes=max(counts, default=0),
            windows=windows if starts else 0,
            windows_over_10=over,
            flood_share=over / windows if starts else None,
            stale=sum(now_ms - since > STALE_MS for since in self.standing.values()),
            stale_ended=sum(day.stale for day in days),
            chattering=len({alarm for day in days for alarm in day.chattering}),
            top_10=[Rank(alarm, count, count / total) for alarm, count in top],
            top_10_share=sum(count for _, count in top) / total if total else None,
            priorities=dict(sorted(priorities.items())),
            priority_shares={name: count / total for name, count in sorted(priorities.items())},
            mtta_s=_all(mtta).seconds,
            mtta_s_by_priority=_seconds(mtta),
            mttr_s=_all(mttr).seconds,
            mttr_s_by_priority=_seconds(mttr),
        )


def most_in_any(times_ms: Sequence[int], within_ms: int = WINDOW_MS) -> int:
    """The most of these moments (in order) in any stretch of that length, wherever it begins."""
    most = first = 0
    for last, at_ms in enumerate(times_ms):
        while at_ms - times_ms[first] >= within_ms:
            first += 1
        most = max(most, last - first + 1)
    return most


def _sum(parts: Iterable[Mapping[Any, int]]) -> Counter[Any]:
    total: Counter[Any] = Counter()
    for part in parts:
        total.update(part)
    return total


def _means(parts: Sequence[Mapping[str, Mean]]) -> dict[str, Mean]:
    total: dict[str, Mean] = {}
    for part in parts:
        for priority, mean in part.items():
            total[priority] = total.get(priority, Mean()).plus(mean)
    return total


def _all(means: Mapping[str, Mean]) -> Mean:
    whole = Mean()
    for mean in means.values():
        whole = whole.plus(mean)
    return whole


def _seconds(means: Mapping[str, Mean]) -> dict[str, float]:
    return {name: seconds for name, mean in sorted(means.items()) if (seconds := mean.seconds) is not None}
