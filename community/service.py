"""Out of service and back: a whole device, or one alarm of it, while people work on it (ISA-18.2).

The device is watched on, and its alarms live on beneath; nobody is told of them. What is out of service stands in the
state by device id or alarm key, with an end or without, so that it survives a restart and ends by the log's clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import masks
from .catalogue import CATALOGUE
from .state import Alarm, OutOfService, alarm_state

if TYPE_CHECKING:
    from .draft import Draft

JOURNAL = "community.journal"


def covers(draft: Draft, alarm_id: str, device_id: str) -> bool:
    """Whether nobody is to be told of this alarm of this device."""
    held = draft.out_of_service()
    return bool(held) and (held.get(f"{alarm_id}/{device_id}") or held.get(device_id)) is not None


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
        if not covers(draft, alarm.id, alarm.device):
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
    alarms = (alarm for _, alarm in _of(draft, subject))
    return next((a.key for a in alarms if a.priority == "P1" and alarm_state(a) in ("unacknowledged", "returned")), "")


def _of(draft: Draft, subject: str) -> list[tuple[str, Alarm]]:
    held = draft.all_alarms()
    return [(key, held[key]) for key in sorted(held) if subject in (key, held[key].device)]
