"""The life of one alarm (ISA-18.2 / IEC 62682): pure functions of (before, observation or command, moment).

Each returns the alarm after it (None: normal, nothing to keep) and the transitions, oldest first. A transition
carries the moment it became due, not the moment somebody looked, so that a replay gives the same journal.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from .catalogue import Definition
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


CLEAR = Seen(False)
"""Nothing to see: what most rules answer most of the time."""


class Transition(NamedTuple):
    type: str
    """activated, reactivated, returned, acknowledged, closed."""
    at_ms: int


Outcome = tuple[Alarm | None, list[Transition]]


class Refused(ValueError):
    """A command that the alarm's state does not allow; the message is the reason, written to the journal."""


def observe(alarm: Alarm | None, definition: Definition, device: str, seen: Seen, at_ms: int) -> Outcome:
    """A rule looked at newer values of the device, true as of `at_ms` (effective device time)."""
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
        if alarm.pending_ms is not None and seen.since_ms is not None and seen.since_ms > alarm.pending_ms:
            alarm = replace(alarm, pending_ms=seen.since_ms)  # one cause has gone, a younger one is there
        return alarm, []
    alarm = replace(alarm, operator_ends=seen.operator_ends)
    if alarm.active:  # back within the off-delay: it never went away
        return replace(alarm, condition=True, clearing_ms=None, detail=seen.detail, priority=priority), []
    since_ms = at_ms if seen.since_ms is None else min(seen.since_ms, at_ms)
    alarm = replace(alarm, condition=True, clearing_ms=None, pending_ms=since_ms, detail=seen.detail, priority=priority)
    return advance(alarm, definition, at_ms)


def _gone(alarm: Alarm | None, definition: Definition, at_ms: int) -> Outcome:
    if alarm is None or not alarm.condition:
        return alarm, []
    if not alarm.active:  # gone before the on-delay had run: as if it had never been
        return _settled(replace(alarm, condition=False, pending_ms=None)), []
    return advance(replace(alarm, condition=False, clearing_ms=at_ms), definition, at_ms)


def _again(alarm: Alarm, seen: Seen, at_ms: int) -> Outcome:
    """Pressed again, or graver than it was. Somebody who was told 'on the way' and presses again must be heard again;
    so must water that somebody has seen at the ankle and that stands at the knee."""
    changed = replace(alarm, count=alarm.count + 1, detail=seen.detail, operator_ends=seen.operator_ends)
    if alarm.acknowledged:
        changed = replace(
            changed,
            acknowledged=False,
            acknowledged_ms=None,
            acknowledged_by="",
            activated_ms=at_ms,
            occurrence=_occurrence(alarm, at_ms),
        )
    return changed, [Transition("reactivated", at_ms)]


def due_ms(alarm: Alarm, definition: Definition) -> int | None:
    """When the alarm changes by itself if nothing else happens."""
    if alarm.pending_ms is not None:
        return alarm.pending_ms + definition.on_delay_ms
    if alarm.clearing_ms is not None:
        return alarm.clearing_ms + definition.off_delay_ms
    return None


def advance(alarm: Alarm, definition: Definition, clock_ms: int) -> Outcome:
    """Lets the delays run until `clock_ms`."""
    due = due_ms(alarm, definition)
    if due is None or due > clock_ms:
        return alarm, []
    return _activate(alarm, due) if alarm.pending_ms is not None else _return(alarm, definition, due)


def _activate(alarm: Alarm, at_ms: int) -> Outcome:
    repeated = alarm.count > 0
    activated = replace(
        alarm,
        pending_ms=None,
        active=True,
        latched=False,
        acknowledged=False,
        acknowledged_ms=None,
        acknowledged_by="",
        activated_ms=at_ms,
        cleared_ms=None,
        count=alarm.count + 1,
        occurrence=_occurrence(alarm, at_ms),
    )
    return activated, [Transition("reactivated" if repeated else "activated", at_ms)]


def _return(alarm: Alarm, definition: Definition, at_ms: int) -> Outcome:
    returned = replace(
        alarm, clearing_ms=None, active=False, condition=False, cleared_ms=at_ms, latched=definition.latched
    )
    settled = _settled(returned)
    transitions = [Transition("returned", at_ms)]
    if settled is None:
        transitions.append(Transition("closed", at_ms))
    return settled, transitions


def acknowledge(alarm: Alarm | None, occurrence: str, by: str, at_ms: int) -> Outcome:
    """A person has seen it. Raises Refused when there is nothing to acknowledge."""
    if alarm is None or alarm.acknowledged or not alarm.occurrence:
        raise Refused("nothing to acknowledge: the alarm is not standing or was acknowledged before")
    if occurrence and occurrence != alarm.occurrence:
        raise Refused(f"the alarm has come again since ({alarm.occurrence}); look at it first")
    seen = replace(alarm, acknowledged=True, acknowledged_ms=at_ms, acknowledged_by=by)
    settled = _settled(seen)
    transitions = [Transition("acknowledged", at_ms)]
    if settled is None:
        transitions.append(Transition("closed", at_ms))
    return settled, transitions


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


def _settled(alarm: Alarm) -> Alarm | None:
    """None once nothing about the alarm is out of the ordinary."""
    idle = not (alarm.condition or alarm.active or alarm.latched or alarm.pending_ms is not None)
    plain = alarm.shelved_until_ms is None and not alarm.suppressed_by and not alarm.out_of_service
    return None if idle and alarm.acknowledged and plain else alarm


def _occurrence(alarm: Alarm, at_ms: int) -> str:
    return f"{alarm.key}@{at_ms}"
