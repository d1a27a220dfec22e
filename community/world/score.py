"""How right the alarms are: worlds folded, what was raised held against what was true.

An incident is found when its alarm is raised on its device between its begin and `by_ms`. What is raised where nothing
was wrong is false, whether a near miss lies there or not. What is raised again while an incident lasts is neither.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from statistics import quantiles
from typing import NamedTuple

import msgspec

from ..fold import fold
from ..model import TICK, Record
from ..state import State
from .base import Truth
from .day import TURN_MS, Day, Sort
from .disorder import Touched
from .obey import Obedience
from .stream import Wire, stream

EARLY_MS = 2_000
"""Clocks of whole seconds."""

LINGER_MS = 120_000
"""An alarm may still be raised shortly after its cause has gone; then it is late, not false."""

TICK_MS = 1000
"""As the house's own ticker does; a coarser one is quicker, and knows of what falls due a little later."""

Disturb = Callable[[Iterator[Wire]], Iterator[Wire]]


class Raised(NamedTuple):
    at_ms: int
    """When the house knew it: its clock, not the moment that the alarm was due."""
    alarm: str
    device: str


class Loss(NamedTuple):
    """An incident that was not found, or an alarm that was false."""

    alarm: str
    device: str
    at_ms: int
    false: bool
    reason: str


class Tally(msgspec.Struct):
    """Of one alarm. Counts add up over worlds."""

    incidents: int = 0
    found: int = 0
    false: int = 0
    near_misses: int = 0
    delays_s: list[float] = []
    losses: list[Loss] = []

    @property
    def recall(self) -> float | None:
        return self.found / self.incidents if self.incidents else None

    @property
    def precision(self) -> float | None:
        return self.found / (self.found + self.false) if self.found + self.false else None

    def delay_s(self) -> tuple[float, float] | None:
        """(median, 95th percentile) from the cause to the alarm."""
        if not self.delays_s:
            return None
        if len(self.delays_s) == 1:
            return self.delays_s[0], self.delays_s[0]
        cuts = quantiles(self.delays_s, n=20, method="inclusive")
        return cuts[9], cuts[18]


def live_through(sort: Sort, wires: Iterable[Wire], step_ms: int = TICK_MS) -> Iterator[Raised]:
    """Folds what arrives, with a tick every so often, and lets the piles do what the house orders."""
    state, house, offset = State(sort.site), Obedience(), 0
    answers: list[Wire] = []
    tick_ms = 0

    def told(record: Record) -> Iterator[Raised]:
        changes = fold(state, record)
        state.apply(changes)
        for entry in changes.entries:
            if entry.type in ("alarm.activated", "alarm.reactivated"):
                alarm, _, device = entry.subject.partition("/")
                yield Raised(changes.clock_ms, alarm, device)
            elif entry.type == "charging.remote_stop":
                session = str(state.devices[entry.subject].values.get("session", ""))
                for answer in house.stop(entry.subject, session, changes.clock_ms):
                    heapq.heappush(answers, answer)

    for wire in wires:
        tick_ms = tick_ms or wire.appended_ms // step_ms * step_ms
        while tick_ms + step_ms <= wire.appended_ms:
            tick_ms += step_ms
            while answers and answers[0].appended_ms <= tick_ms:
                offset += 1
                yield from told(heapq.heappop(answers).record(sort.site.id, offset))
            offset += 1
            yield from told(
                Wire(tick_ms, f"tick-{tick_ms}", tick_ms, tick_ms, TICK, "", {}).record(sort.site.id, offset)
            )
        if house.heard(wire):
            offset += 1
            yield from told(wire.record(sort.site.id, offset))


def score(
    sort: Sort, first: int, days: int, disturb: Disturb = lambda wires: wires, step_ms: int = TICK_MS
) -> dict[str, Tally]:
    truths: list[Truth] = []
    raised = list(live_through(sort, disturb(stream(sort, first, days, truths.append)), step_ms))
    # Before 03:00 of the first day scenes may go on of which nobody has heard the begin.
    from_ms = Day(sort, first).start_ms + TURN_MS
    return judge(truths, raised, from_ms, Day(sort, first + days).start_ms)


def judge(truths: Iterable[Truth], raised: Iterable[Raised], from_ms: int, until_ms: int) -> dict[str, Tally]:
    """By alarm. Incidents that began before `from_ms`, or that need not be said before `until_ms`, do not count; nor
    does what is raised after it: what was still on its way arrives, and no feed lives any more."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    about: dict[tuple[str, str], list[Truth]] = defaultdict(list)
    for truth in truths:
        about[truth.alarm, truth.device].append(truth)
    by_key: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at_ms, alarm, device in raised:
        by_key[alarm, device].append(at_ms)
    for key, told in about.items():
        tally, times = tallies[key[0]], by_key.get(key, [])
        for truth in told:
            if not truth.by_ms:
                tally.near_misses += truth.from_ms >= from_ms
            elif truth.is_incident and truth.from_ms >= from_ms and truth.by_ms < until_ms:
                _found(tally, truth, times)
    for key, times in by_key.items():
        for at_ms in times:
            here = about.get(key, ())
            if not from_ms <= at_ms < until_ms or any(
                t.by_ms and t.from_ms - EARLY_MS <= at_ms <= _last_ms(t) for t in here
            ):
                continue
            if any(t.from_ms < from_ms and at_ms <= _last_ms(t) for t in here):
                continue  # of what began before the run nobody has told the house how
            near = [t.cause for t in here if not t.by_ms and t.from_ms <= at_ms <= t.until_ms + LINGER_MS]
            tallies[key[0]].false += 1
            tallies[key[0]].losses.append(Loss(*key, at_ms, True, near[0] if near else "ordinary life"))
    return dict(sorted(tallies.items()))


def _last_ms(truth: Truth) -> int:
    return max(truth.by_ms, truth.until_ms) + LINGER_MS


def _found(tally: Tally, truth: Truth, times: Iterable[int]) -> None:
    tally.incidents += 1
    said = [at_ms for at_ms in times if truth.from_ms - EARLY_MS <= at_ms <= _last_ms(truth)]
    if said and min(said) <= truth.by_ms:
        tally.found += 1
        tally.delays_s.append(max(0, min(said) - truth.from_ms) / 1000)
        return
    late = f"{truth.cause}: {(min(said) - truth.by_ms) / 1000:.0f} s late" if said else f"{truth.cause}: never said"
    tally.losses.append(Loss(truth.alarm, truth.device, truth.from_ms, False, late))


def explained(tallies: dict[str, Tally], touched: Touched) -> dict[str, Tally]:
    """Each loss with what befell its device around it: `wedged: never said [late]`; with nothing, it was heard well."""
    for tally in tallies.values():
        for n, loss in enumerate(tally.losses):
            if kinds := touched.kinds(loss.device, loss.at_ms):
                tally.losses[n] = loss._replace(reason=f"{loss.reason} [{', '.join(kinds)}]")
    return tallies


def added(scores: Iterable[dict[str, Tally]]) -> dict[str, Tally]:
    total: dict[str, Tally] = defaultdict(Tally)
    for one in scores:
        for alarm, tally in one.items():
            total[alarm].incidents += tally.incidents
            total[alarm].found += tally.found
            total[alarm].false += tally.false
            total[alarm].near_misses += tally.near_misses
            total[alarm].delays_s += tally.delays_s
            total[alarm].losses += tally.losses
    return dict(sorted(total.items()))


def reasons(tally: Tally) -> Counter[str]:
    """Why incidents were lost, and what false alarms were about."""
    return Counter(("false: " if loss.false else "") + loss.reason for loss in tally.losses)
