"""What people order: commands are records like any other, and the fold alone decides what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from . import actions, alarms, audit, broadcasting, handling, masks, notice_log, service
from .draft import Draft
from .model import (
    COMMAND,
    COMMAND_ACKNOWLEDGE,
    COMMAND_ASSIGN,
    COMMAND_CLOSE,
    COMMAND_COMMENT,
    COMMAND_OUT_OF_SERVICE,
    COMMAND_RESET,
    COMMAND_RETURN_TO_SERVICE,
    COMMAND_SHELVE,
    COMMAND_TAKE,
    COMMAND_UNSHELVE,
)
from .state import Alarm, OutOfService
from .systems.base import typed


class AlarmCommand(msgspec.Struct):
    by: str
    occurrence: str = ""
    reason: str = ""


class Shelving(AlarmCommand):
    """`role`: guard, supervisor or manager; what each may do stands in masks.py."""

    role: str = ""
    until_ms: int | None = None


class Service(msgspec.Struct):
    """`alarm`: the catalogue's id, where only that alarm of the device is meant."""

    by: str
    role: str = ""
    reason: str = ""
    alarm: str = ""
    until_ms: int | None = None


def acknowledge(draft: Draft) -> None:
    said: AlarmCommand = typed(AlarmCommand, draft.record.data)
    _on_alarm(draft, said, lambda alarm: alarms.acknowledge(alarm, said.occurrence, said.by, draft.clock_ms))


def reset(draft: Draft) -> None:
    said: AlarmCommand = typed(AlarmCommand, draft.record.data)
    alarm_id = draft.record.subject.partition("/")[0]

    def end(alarm: Alarm | None) -> alarms.Outcome:
        if alarm is None:
            raise alarms.Refused("nothing to reset")
        return alarms.reset(alarm, draft.definition(alarm_id), draft.clock_ms)

    _on_alarm(draft, said, end)


def shelve(draft: Draft) -> None:
    said: Shelving = typed(Shelving, draft.record.data)

    def put(alarm: Alarm | None) -> alarms.Outcome:
        if said.until_ms is None:
            raise alarms.Refused("shelving needs an end")
        shelf = masks.Shelf(said.by, said.role, said.reason, said.until_ms)
        return masks.shelve(alarm, shelf, draft.state.site.house, draft.clock_ms)

    _on_alarm(draft, said, put)


def unshelve(draft: Draft) -> None:
    said: AlarmCommand = typed(AlarmCommand, draft.record.data)
    _on_alarm(draft, said, lambda alarm: masks.unshelve(alarm, draft.clock_ms))


def out_of_service(draft: Draft) -> None:
    said: Service = typed(Service, draft.record.data)
    device = draft.record.subject
    subject = service.subject_of(device, said.alarm)
    if not service.known(draft, device, said.alarm):
        return draft.refuse(said.by, "no such device" if not said.alarm else "no such device, or no such alarm")
    if said.role not in masks.OUT_OF_SERVICE_BY:
        return draft.refuse(said.by, f"out of service is ordered by a supervisor, not by a {said.role or '?'}")
    if not said.reason.strip():
        return draft.refuse(said.by, "out of service needs a reason")
    if said.until_ms is not None and said.until_ms <= draft.clock_ms:
        return draft.refuse(said.by, "the end is over already")
    unseen = service.unseen_critical(draft, subject)
    if unseen:
        return draft.refuse(said.by, f"acknowledge {unseen} first")
    service.take(draft, subject, OutOfService(said.by, said.reason, draft.clock_ms, said.until_ms))
    return None


def return_to_service(draft: Draft) -> None:
    said: Service = typed(Service, draft.record.data)
    subject = service.subject_of(draft.record.subject, said.alarm)
    if draft.out_of_service().get(subject) is None:
        return draft.refuse(said.by, "it is not out of service")
    service.put_back(draft, subject, said.by, draft.clock_ms)
    return None


def _on_alarm(draft: Draft, said: AlarmCommand, act: Callable[[Alarm | None], alarms.Outcome]) -> None:
    key = draft.record.subject
    alarm = draft.alarm(key)
    try:
        outcome = act(alarm)
    except alarms.Refused as refusal:
        draft.refuse(said.by, str(refusal))
        return
    draft.settle(key, alarm, outcome, said.by, said.reason)


COMMANDS: Mapping[str, Callable[[Draft], None]] = {
    COMMAND_ACKNOWLEDGE: acknowledge,
    COMMAND_RESET: reset,
    COMMAND_SHELVE: shelve,
    COMMAND_UNSHELVE: unshelve,
    COMMAND_OUT_OF_SERVICE: out_of_service,
    COMMAND_RETURN_TO_SERVICE: return_to_service,
    COMMAND_TAKE: handling.take,
    COMMAND_ASSIGN: handling.assign,
    COMMAND_COMMENT: handling.comment,
    COMMAND_CLOSE: handling.close,
    **{COMMAND + type_: actions.command for type_ in actions.ACTIONS},
    COMMAND + broadcasting.PLAY: broadcasting.play,
    audit.FACT: audit.note,
    notice_log.DELIVERY: notice_log.delivered,
}
