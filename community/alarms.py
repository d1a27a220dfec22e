"""The life of one alarm (ISA-18.2 / IEC 62682): pure functions of (before, observation or command, moment).

Each returns the alarm after it (None: normal, nothing to keep) and the transitions, oldest first. A transition
carries the moment it became due, not the moment somebody looked, so that a replay gives the same journal.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from .catalogue import ESCALATES_TO, Definition
from .numbers import House, ms
from .state import Alarm


class Seen(msgspec.Struct, frozen=True, gc=False):
    """What a rule sees in a device's values."""

    condition: bool
    detail: dict[str, Any] = {}
    priority: str = ""
    """Overrides the catalogue's, by place or time of day."""
    pulse: bool = False
    """The condition is a press, not a level: every one counts, also while the alarm stands."""
    operator_ends: bool = False
    """Nothing that the device says takes the condition back: an operator may reset it."""
    since_ms: int | None = None
    """What is seen began then, where that is not the moment of the look: from there the on-delay runs."""
    forget: bool = False
    """Whoever it is about has withdrawn the consent: what was seen is kept no longer, with the alarm neither."""


CLEAR = Seen(False)
"""Nothing to see: what most rules answer most of the time."""

FORGOTTEN = Seen(False, forget=True)
"""Nobody may look any more. An alarm that stands goes on as one that has returned: somebody may need help, and whoever
goes there says when it is over."""


class Lag(NamedTuple):
    """How much later than it was true the log heard of something."""

    ms: int
    clock_ms: int
    """So much of it is the device's clock: its word before came as late."""


ON_TIME = Lag(0, 0)

TOLD = ("activated", "reactivated")
"""Transitions by which people are told of an alarm; `reactivated` where they were told of it before."""

UNMASKED = ("unshelved", "unsuppressed", "returned_to_service")

KEPT_TIMES = 20
"""Moments of activations kept with an alarm; a site that calls less than 21 chattering can be told so."""


class Transition(NamedTuple):
    type: str
    """activated, reactivated, returned, acknowledged, closed; taken, assigned (handling.py); escalated; withheld
    (active, and nobody was told) and passed (what was withheld is gone); of masks.py shelved, unshelved, suppressed,
    unsuppressed, out_of_service, returned_to_service."""
    at_ms: int
    post: str = ""
    """Who was called (escalated), or got it (assigned)."""


Outcome = tuple[Alarm | None, list[Transition]]


class Refused(ValueError):
    """A command that the alarm's state does not allow; the message is the reason, written to the journal."""


def observe(
    alarm: Alarm | None, definition: Definition, device: str, seen: Seen, at_ms: int, lag: Lag | None = None
) -> Outcome:
    """A rule looked at newer values of the device, true as of `at_ms` (effective device time), that the log heard
    so much after it. What is heard late ends late as well: a door whose clock is a minute behind is not held open
    by every opening. So its on-delay runs from when it was heard, unless its end is known by the device's own time.
    A P1 waits for nothing that may be late; by as much as the device's clock is behind with every word, nothing is."""
    if alarm is not None and seen.forget and alarm.detail:
        alarm = replace(alarm, detail={})
    after, transitions = _observe(alarm, definition, device, seen, at_ms, lag or ON_TIME)
    if after is not None and after.priority == "P1" and (after.shelved_until_ms is not None or after.suppressed_by):
        after, freed = _freed(after, at_ms)  # it waits for its on-delay still, and it will not wait in the dark
        after, told = _unveiled(after, at_ms)
        transitions = [*freed, *told, *transitions]
    if after is not None and after.unseen_ms is not None and after.priority != "P1":
        after = replace(after, unseen_ms=None, escalated=0)  # it has eased
    return after, transitions


def _observe(alarm: Alarm | None, definition: Definition, device: str, seen: Seen, at_ms: int, lag: Lag) -> Outcome:
    if not seen.condition:
        return _gone(alarm, definition, at_ms)
    priority = seen.priority or definition.priority
    if alarm is None:
        alarm = Alarm(definition.id, device, priority)
    elif alarm.condition:
        if seen.pulse and alarm.active:
            return _again(alarm, seen, at_ms)
        if alarm.active and priority < alarm.priority:
            return _again(replace(alarm, priority=priority), seen, at_ms)
        if alarm.operator_ends != seen.operator_ends:
            alarm = replace(alarm, operator_ends=seen.operator_ends)
        if alarm.detail != seen.detail or alarm.priority != priority:
            alarm = replace(alarm, detail=seen.detail, priority=priority)
        if alarm.lag_ms and priority == "P1":
            alarm = replace(alarm, lag_ms=min(alarm.lag_ms, lag.clock_ms))
        if alarm.pending_ms is not None and seen.since_ms is not None and seen.since_ms > alarm.pending_ms:
            # one cause has gone, a younger one is there
            alarm = replace(alarm, pending_ms=seen.since_ms, lag_ms=_listens_ms(priority, definition, lag))
        return alarm, []
    alarm = replace(alarm, operator_ends=seen.operator_ends)
    if alarm.active:  # back within the off-delay: it never went away
        alarm, graver = replace(alarm, condition=True, clearing_ms=None), priority < alarm.priority
        back = replace(alarm, detail=seen.detail, priority=priority)
        return _again(back, seen, at_ms) if graver else (back, [])
    since_ms = at_ms if seen.since_ms is None else min(seen.since_ms, at_ms)
    lag_ms = _listens_ms(priority, definition, lag)
    alarm = replace(alarm, condition=True, clearing_ms=None, pending_ms=since_ms, lag_ms=lag_ms)
    return _run(replace(alarm, detail=seen.detail, priority=priority), definition, at_ms)


def _listens_ms(priority: str, definition: Definition, lag: Lag) -> int:
    if not definition.on_delay_ms:
        return 0
    return lag.clock_ms if priority == "P1" else lag.ms


def _gone(alarm: Alarm | None, definition: Definition, at_ms: int) -> Outcome:
    if alarm is None or not alarm.condition:
        return alarm, []
    if not alarm.active:
        ran_ms = at_ms if alarm.pending_ms is None else alarm.pending_ms + definition.on_delay_ms
        if not alarm.lag_ms or ran_ms > at_ms:  # gone before the on-delay had run: as if it had never been
            return _settled(replace(alarm, condition=False, pending_ms=None, lag_ms=0)), []
        # Begin and end were heard late, and it lasted: people are told of it, and the sweep then ends it.
        active, transitions = _activate(alarm, ran_ms)
        return (None if active is None else replace(active, condition=False, clearing_ms=at_ms)), transitions
    return _run(replace(alarm, condition=False, clearing_ms=at_ms), definition, at_ms)


def _again(alarm: Alarm, seen: Seen, at_ms: int) -> Outcome:
    """Pressed again, or graver than it was. Somebody who was told 'on the way' and presses again must be heard again;
    so must water that somebody has seen at the ankle and that stands at the knee."""
    changed = replace(alarm, detail=seen.detail, operator_ends=seen.operator_ends)
    if alarm.acknowledged:
        changed = replace(
            changed,
            acknowledged=False,
            acknowledged_ms=None,
            acknowledged_by="",
            activated_ms=at_ms,
            occurrence=_occurrence(alarm, at_ms),
            **NOT_IN_HAND,
        )
    return _raised(changed, at_ms)


def due_ms(alarm: Alarm, definition: Definition) -> int | None:
    """When the alarm changes by itself if nothing else happens."""
    moments = (
        _delay_due_ms(alarm, definition),
        alarm.shelved_until_ms,
        alarm.release_ms,
        escalates_ms(alarm, definition),
    )
    return min((moment for moment in moments if moment is not None), default=None)


def _delay_due_ms(alarm: Alarm, definition: Definition) -> int | None:
    if alarm.pending_ms is not None:
        return alarm.pending_ms + definition.on_delay_ms + alarm.lag_ms
    if alarm.clearing_ms is not None:
        return alarm.clearing_ms + definition.off_delay_ms
    return None


def escalates_ms(alarm: Alarm, definition: Definition) -> int | None:
    """When the next post is called, should nobody have acknowledged by then; None: nobody will be."""
    if alarm.unseen_ms is None or alarm.escalated >= len(definition.escalate_ms) or masked(alarm):
        return None
    return alarm.unseen_ms + definition.escalate_ms[alarm.escalated]


def advance(alarm: Alarm, definition: Definition, clock_ms: int) -> Outcome:
    """Lets happen until `clock_ms` what happens by itself, in the order in which it was due; of two things due at one
    moment a mask falls first, so that what becomes active then is told of."""
    after: Alarm | None = alarm
    transitions: list[Transition] = []
    while after is not None and (due := due_ms(after, definition)) is not None and due <= clock_ms:
        if after.shelved_until_ms == due:
            after, steps = uncover(replace(after, **NOT_SHELVED), "unshelved", due)
        elif after.release_ms == due:
            after, steps = uncover(replace(after, **NOT_SUPPRESSED), "unsuppressed", due)
        elif _delay_due_ms(after, definition) == due:
            after, steps = _run(after, definition, due)
        else:
            steps = [Transition("escalated", due, ESCALATES_TO[after.escalated])]
            after = replace(after, escalated=after.escalated + 1)
        transitions += steps
    return after, transitions


def _run(alarm: Alarm, definition: Definition, clock_ms: int) -> Outcome:
    """Lets its delay run until `clock_ms`."""
    due = _delay_due_ms(alarm, definition)
    if due is None or due > clock_ms:
        return alarm, []
    return _activate(alarm, due - alarm.lag_ms) if alarm.pending_ms is not None else _return(alarm, definition, due)


def _activate(alarm: Alarm, at_ms: int) -> Outcome:
    activated = replace(
        alarm,
        pending_ms=None,
        lag_ms=0,
        active=True,
        latched=False,
        acknowledged=False,
        acknowledged_ms=None,
        acknowledged_by="",
        activated_ms=at_ms,
        cleared_ms=None,
        occurrence=_occurrence(alarm, at_ms),
        **NOT_IN_HAND,
    )
    return _raised(activated, at_ms)


NOT_IN_HAND: dict[str, Any] = {"owner": "", "owner_person": "", "owner_ms": None, "work": ""}
"""A new occurrence is nobody's yet."""
NOT_SHELVED: dict[str, Any] = {"shelved_until_ms": None, "shelved_ms": None, "shelved_by": "", "shelve_reason": ""}
NOT_SUPPRESSED: dict[str, Any] = {"suppressed_by": "", "release_ms": None}


def masked(alarm: Alarm) -> bool:
    """Nobody is told of it: it is shelved, suppressed by its cause, or out of service."""
    return alarm.shelved_until_ms is not None or bool(alarm.suppressed_by) or alarm.out_of_service


def _raised(alarm: Alarm, at_ms: int) -> Outcome:
    """It became active, again, or graver: people are told, unless a mask is on it."""
    alarm, freed = _freed(alarm, at_ms) if alarm.priority == "P1" else (alarm, [])
    alarm = replace(alarm, times=(*alarm.times, at_ms)[-KEPT_TIMES:])
    if masked(alarm):
        return replace(alarm, withheld=True), [*freed, Transition("withheld", at_ms)]
    told, transitions = _told(alarm, at_ms)
    return told, [*freed, *transitions]


def _freed(alarm: Alarm, at_ms: int) -> tuple[Alarm, list[Transition]]:
    """A P1 is neither shelved nor suppressed: what becomes one throws off both."""
    freed: list[Transition] = []
    if alarm.shelved_until_ms is not None:
        alarm, freed = replace(alarm, **NOT_SHELVED), [Transition("unshelved", at_ms)]
    if alarm.suppressed_by:
        alarm, freed = replace(alarm, **NOT_SUPPRESSED), [*freed, Transition("unsuppressed", at_ms)]
    return alarm, freed


def _told(alarm: Alarm, at_ms: int) -> tuple[Alarm, list[Transition]]:
    type_ = "reactivated" if alarm.count else "activated"
    told = _unseen(replace(alarm, count=alarm.count + 1, withheld=False), at_ms)
    return told, [Transition(type_, at_ms)]


def _unseen(alarm: Alarm, at_ms: int) -> Alarm:
    """A P1 that is to be seen: from now on its escalation runs, unless it runs already."""
    if alarm.priority != "P1" or alarm.acknowledged:
        return replace(alarm, unseen_ms=None, escalated=0)
    return alarm if alarm.unseen_ms is not None else replace(alarm, unseen_ms=at_ms, escalated=0)


def withhold(alarm: Alarm, transitions: list[Transition], type_: str = "withheld") -> Outcome:
    """People were about to be told of `alarm`, and a mask that has just been found keeps it from them."""
    last = Transition(type_, transitions[-1].at_ms)
    hidden = replace(alarm, count=alarm.count - 1, withheld=True, unseen_ms=None, escalated=0)
    return hidden, [*transitions[:-1], last]


def uncover(alarm: Alarm, type_: str, at_ms: int) -> Outcome:
    """A mask has been taken off: what stands and was withheld is told of now, as of now."""
    told: list[Transition] = []
    if alarm.withheld:
        alarm, told = _unveiled(alarm, at_ms)
    elif not masked(alarm) and alarm.unseen_ms is not None:
        alarm = replace(alarm, unseen_ms=at_ms, escalated=0)  # back before people's eyes: they have their time again
    return _closed(alarm, [Transition(type_, at_ms), *told], at_ms)


def _unveiled(alarm: Alarm, at_ms: int) -> tuple[Alarm, list[Transition]]:
    """What was withheld, and stands or is latched, is told of where no mask is left on it."""
    if not alarm.withheld or masked(alarm) or not (alarm.active or alarm.latched):
        return alarm, []
    return _told(replace(alarm, activated_ms=at_ms, occurrence=_occurrence(alarm, at_ms)), at_ms)


def _closed(alarm: Alarm, transitions: list[Transition], at_ms: int) -> Outcome:
    """The alarm, or its end where nothing is out of the ordinary any more; of what nobody was told nobody is told."""
    settled = _settled(alarm)
    if settled is None and alarm.count:
        transitions = [*transitions, Transition("closed", at_ms)]
    return settled, transitions


def _return(alarm: Alarm, definition: Definition, at_ms: int) -> Outcome:
    returned = replace(
        alarm, clearing_ms=None, active=False, condition=False, cleared_ms=at_ms, latched=definition.latched
    )
    transitions = [Transition("passed" if alarm.withheld else "returned", at_ms)]
    if alarm.suppressed_by:  # its cause spoke for it: nobody has to look at it any more
        returned = replace(returned, acknowledged=True, latched=False, withheld=False, **NOT_SUPPRESSED)
        transitions.insert(0, Transition("unsuppressed", at_ms))
    elif alarm.withheld and not returned.latched:
        returned = replace(returned, acknowledged=True, withheld=False)
    return _closed(returned, transitions, at_ms)


def standing_told(alarm: Alarm) -> bool:
    """People were told of it, and it is not over for them: it stands, or waits to be acknowledged or reset."""
    stands = alarm.active or alarm.latched or not alarm.acknowledged
    return stands and not alarm.withheld and bool(alarm.occurrence)


def acknowledge(alarm: Alarm | None, occurrence: str, by: str, at_ms: int) -> Outcome:
    """A person has seen it. Raises Refused when there is nothing to acknowledge."""
    if alarm is None or alarm.acknowledged or alarm.withheld or not alarm.occurrence:
        raise Refused("nothing to acknowledge: the alarm is not standing or was acknowledged before")
    if occurrence and occurrence != alarm.occurrence:
        raise Refused(f"the alarm has come again since ({alarm.occurrence}); look at it first")
    seen = replace(alarm, acknowledged=True, acknowledged_ms=at_ms, acknowledged_by=by, unseen_ms=None, escalated=0)
    return _closed(seen, [Transition("acknowledged", at_ms)], at_ms)


def reset(alarm: Alarm | None, definition: Definition, at_ms: int) -> Outcome:
    """An operator ends a latched alarm. Raises Refused where the order see - acknowledge - reset is not kept."""
    if alarm is None or not (alarm.active or alarm.latched):
        raise Refused("nothing to reset")
    if not definition.latched:
        raise Refused("this alarm ends by itself when its cause is gone")
    if not alarm.acknowledged:
        raise Refused("acknowledge it first")
    if alarm.condition and not (definition.operator_clears or alarm.operator_ends):
        raise Refused("its cause is still there")
    return None, [*([Transition("returned", at_ms)] if alarm.active else []), Transition("closed", at_ms)]


def chattering(alarm: Alarm, house: House) -> bool:
    """DOMAIN.md: 3 or more activations in 60 s, in any such window that is remembered of it."""
    n, times = house.chattering_activations, alarm.times
    return any(
        last - first <= ms(house.chattering_window_s) for first, last in zip(times, times[n - 1 :], strict=False)
    )


def _settled(alarm: Alarm) -> Alarm | None:
    """None once nothing about the alarm is out of the ordinary."""
    idle = not (alarm.condition or alarm.active or alarm.latched or alarm.pending_ms is not None)
    return None if idle and alarm.acknowledged and alarm.shelved_until_ms is None else alarm


def _occurrence(alarm: Alarm, at_ms: int) -> str:
    return f"{alarm.key}@{at_ms}"
