"""Out of service and back: a whole device, or one alarm of it, while people work on it (ISA-18.2).

The device is watched on, and its alarms live on beneath; nobody is told of them. What is out of service stands in the
state by device id or alarm key, with an end or without, so that it survives a restart and ends by the log's clock.
Works that the site announces do the same to their devices, and to all that hangs on them, from begin to end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import masks
from .catalogue import CATALOGUE
from .place import Works
from .state import Alarm, OutOfService, alarm_state

if TYPE_CHECKING:
    from .draft import Draft

JOURNAL = "community.journal"


def covers(draft: Draft, alarm_id: str, device_id: str, at_ms: int) -> bool:
    """Whether nobody is to be told of this alarm of this device."""
    return _ordered(draft, alarm_id, device_id) or _works_at(draft, device_id, at_ms) is not None


def _ordered(draft: Draft, alarm_id: str, device_id: str) -> bool:
    held = draft.out_of_service()
    return bool(held) and (held.get(f"{alarm_id}/{device_id}") or held.get(device_id)) is not None


def _works_at(draft: Draft, device_id: str, at_ms: int) -> Works | None:
    """The works it is in at that moment, of several those that end last."""
    now = [works for works in draft.state.site.works.get(device_id, ()) if works.from_ms <= at_ms < works.until_ms]
    return max(now, key=lambda works: works.until_ms, default=None)


def due_ms(draft: Draft, alarm: Alarm) -> int | None:
    """When works begin or end to cover the alarm; a moment that is over where the site has changed meanwhile."""
    if alarm.out_of_service:
        if _ordered(draft, alarm.id, alarm.device):
            return None
        works = _works_at(draft, alarm.device, draft.clock_ms)
        return _last_end(draft, alarm) if works is None else works.until_ms
    windows = draft.state.site.works.get(alarm.device)
    if not windows or not masks.standing(alarm) or _unseen(alarm):
        return None
    begins_ms = min((works.from_ms for works in windows if works.until_ms > draft.clock_ms), default=None)
    return None if begins_ms is None else max(begins_ms, alarm.acknowledged_ms or 0)


def _last_end(draft: Draft, alarm: Alarm) -> int:
    """When the works that covered it were over; without any it is now."""
    ended = [works.until_ms for works in draft.state.site.works.get(alarm.device, ())]
    return max((ms for ms in ended if ms <= draft.clock_ms), default=draft.clock_ms)


def follow_works(draft: Draft, key: str, at_ms: int) -> None:
    """Works have begun or ended."""
    alarm = draft.alarm(key)
    due = due_ms(draft, alarm) if alarm is not None else None
    if alarm is None or due is None or due > at_ms:
        return
    if alarm.out_of_service:
        draft.settle(key, alarm, masks.return_to_service(alarm, draft.definition(alarm.id), at_ms))
        return
    works = _works_at(draft, alarm.device, at_ms)
    if works is not None:
        draft.settle(key, alarm, masks.take_out_of_service(alarm, at_ms), "", works.reason)


def take(draft: Draft, subject: str, out: OutOfService) -> None:
    """`subject` is a device id or an alarm key. Where it is out of service already this is the newer word on it."""
    draft.changes.out_of_service[subject] = out
    data = {"by": out.by, "reason": out.reason} | ({"until_ms": out.until_ms} if out.until_ms is not None else {})
    draft.entry(JOURNAL, "device.out_of_service", subject, draft.clock_ms, data)
    for key, alarm in _of(draft, subject):
        draft.settle(key, alarm, masks.take_out_of_service(alarm, draft.clock_ms), out.by, out.reason)
    if out.until_ms is not None:
        draft.near(out.until_ms)


def put_back(draft: Draft, subject: str, by: str, at_ms: int) -> None:
    """By a person, or (`by` empty) by its end."""
    draft.changes.out_of_service[subject] = None
    draft.entry(JOURNAL, "device.returned_to_service", subject, at_ms, {"by": by} if by else {})
    for key, alarm in _of(draft, subject):
        if covers(draft, alarm.id, alarm.device, at_ms):
            draft.look_again(key, alarm)  # works may end sooner than the order would have
        else:
            outcome = masks.return_to_service(alarm, draft.definition(alarm.id), at_ms)
            draft.settle(key, alarm, outcome, by)


def end(draft: Draft, subject: str, due_ms: int) -> None:
    out = draft.out_of_service().get(subject)
    if out is not None and out.until_ms == due_ms:
        put_back(draft, subject, "", due_ms)


def dues(draft: Draft) -> Iterator[tuple[int, str]]:
    """(moment, subject) of what returns to service by itself."""
    for subject, out in draft.out_of_service().items():
        if out is not None and out.until_ms is not None:
            yield out.until_ms, subject


def subject_of(device_id: str, alarm_id: str) -> str:
    return f"{alarm_id}/{device_id}" if alarm_id else device_id


def known(draft: Draft, device_id: str, alarm_id: str) -> bool:
    site = draft.state.site
    there = device_id in site.by_id or device_id in site.source_by_id
    return (there or draft.device(device_id) is not None) and (not alarm_id or alarm_id in CATALOGUE)


def unseen_critical(draft: Draft, subject: str) -> str:
    """Key of a P1 that nobody has acknowledged yet: work on its device does not take it off the wall."""
    return next((alarm.key for _, alarm in _of(draft, subject) if _unseen(alarm)), "")


def _unseen(alarm: Alarm) -> bool:
    return alarm.priority == "P1" and alarm_state(alarm) in ("unacknowledged", "returned")


def _of(draft: Draft, subject: str) -> list[tuple[str, Alarm]]:
    held = draft.all_alarms()
    return [(key, held[key]) for key in sorted(held) if subject in (key, held[key].device)]
