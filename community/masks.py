"""What keeps an alarm from people, as ISA-18.2 has it: shelving, suppression by its cause, out of service.

Pure functions of (before, order, moment) beside those of alarms.py. A mask changes nothing of what the alarm is: it
goes on beneath, and what became active there is told of when the mask falls (`withheld`, `alarms.uncover`). More than
one mask may lie on an alarm. A P1 is never shelved and never suppressed.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from .alarms import NOT_SHELVED, Outcome, Refused, Transition, uncover
from .catalogue import Definition
from .numbers import House, ms
from .state import Alarm, alarm_state

GUARD, SUPERVISOR, MANAGER = "guard", "supervisor", "manager"

SHELVED_BY = {"P2": (SUPERVISOR, MANAGER), "P3": (GUARD, SUPERVISOR, MANAGER), "P4": (GUARD, SUPERVISOR, MANAGER)}
"""DOMAIN.md: 'P3/P4 by a guard up to 8 h, P2 by a supervisor up to 1 h'. P1 is not in it."""

OUT_OF_SERVICE_BY = (SUPERVISOR, MANAGER)
"""ISA-18.2 asks for an authorisation; nobody takes a device off the wall whose shift it disturbs."""


class Shelf(NamedTuple):
    by: str
    role: str
    reason: str
    until_ms: int


def standing(alarm: Alarm | None) -> bool:
    """Something about it waits for a person or for its cause to go: neither normal nor in its on-delay."""
    return alarm is not None and (alarm.active or alarm.latched or not alarm.acknowledged)


def shelve(alarm: Alarm | None, shelf: Shelf, house: House, at_ms: int) -> Outcome:
    """Out of sight until `shelf.until_ms`, or with another end where it is shelved already. Raises Refused."""
    if alarm is None or not (standing(alarm) or alarm.shelved_until_ms is not None):
        raise Refused("nothing to shelve: the alarm is not standing")
    if alarm.priority not in SHELVED_BY:
        raise Refused(f"{alarm.priority} is never shelved")
    if alarm.suppressed_by or alarm.out_of_service:
        raise Refused(f"it is {alarm_state(alarm).replace('_', ' ')} already")
    if not shelf.reason.strip():
        raise Refused("shelving needs a reason")
    if shelf.role not in SHELVED_BY[alarm.priority]:
        raise Refused(f"{alarm.priority} is shelved by a {SHELVED_BY[alarm.priority][0]}, not by a {shelf.role or '?'}")
    most_s = house.shelve_supervisor_max_s if alarm.priority == "P2" else house.shelve_guard_max_s
    if shelf.until_ms <= at_ms:
        raise Refused("the end of the shelving is over already")
    if shelf.until_ms - at_ms > ms(most_s):
        asked_h, most_h = (shelf.until_ms - at_ms) / 3_600_000, most_s / 3600
        raise Refused(f"{alarm.priority} is shelved for at most {most_h:g} h, not {asked_h:.3g} h")
    shelved = replace(
        alarm,
        shelved_until_ms=shelf.until_ms,
        shelved_ms=at_ms,
        shelved_by=shelf.by,
        shelve_reason=shelf.reason,
    )
    return shelved, [Transition("shelved", at_ms)]


def unshelve(alarm: Alarm | None, at_ms: int) -> Outcome:
    """Back before its end, by a person. Raises Refused."""
    if alarm is None or alarm.shelved_until_ms is None:
        raise Refused("the alarm is not shelved")
    return uncover(replace(alarm, **NOT_SHELVED), "unshelved", at_ms)


def take_out_of_service(alarm: Alarm, at_ms: int) -> Outcome:
    """Its device was taken out of service. Where nothing stands there is nothing to tell."""
    if alarm.out_of_service:
        return alarm, []
    out = replace(alarm, out_of_service=True)
    return out, [Transition("out_of_service", at_ms)] if standing(alarm) else []


def return_to_service(alarm: Alarm, definition: Definition, at_ms: int) -> Outcome:
    """What stands is told of now. What people set off while they worked on the device and no device can take back (a
    press, a latch) is dropped with the work; what stood before they began stands again."""
    if not alarm.out_of_service:
        return alarm, []
    back = replace(alarm, out_of_service=False)
    if not standing(back):
        return back, []
    ends_with_the_work = not back.active or definition.operator_clears or back.operator_ends
    if back.withheld and ends_with_the_work:
        ended = [Transition("returned_to_service", at_ms), Transition("passed", at_ms)]
        return None, [*ended, Transition("closed", at_ms)] if back.count else ended
    return uncover(back, "returned_to_service", at_ms)


def suppress(alarm: Alarm, cause: str, at_ms: int) -> Outcome:
    """`cause`, the key of a parent's alarm, explains it. An alarm that is a P1 stays as it is."""
    if alarm.priority == "P1" or (alarm.suppressed_by == cause and alarm.release_ms is None):
        return alarm, []
    known = alarm.suppressed_by == cause
    suppressed = replace(alarm, suppressed_by=cause, release_ms=None)
    return suppressed, [] if known or not standing(alarm) else [Transition("suppressed", at_ms)]
