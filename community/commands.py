"""What people order: commands are records like any other, and the fold alone decides what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from . import alarms, audit, handling, masks, service
from .agenda import ORDER
from .audit import HOUSE
from .draft import ACTIONS, JOURNAL, Draft
from .model import (
    COMMAND_ACKNOWLEDGE,
    COMMAND_ASSIGN,
    COMMAND_CLOSE,
    COMMAND_COMMENT,
    COMMAND_OUT_OF_SERVICE,
    COMMAND_REMOTE_STOP,
    COMMAND_RESET,
    COMMAND_RETURN_TO_SERVICE,
    COMMAND_SHELVE,
    COMMAND_TAKE,
    COMMAND_UNSHELVE,
)
from .numbers import ms
from .state import Alarm, DeviceState, OutOfService
from .systems.base import typed

STOPPED = frozenset(("Available", "Finishing", "Faulted", "Unavailable"))


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


class Order(msgspec.Struct):
    by: str
    reason: str = ""
    expires_ms: int | None = None


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


def remote_stop(draft: Draft) -> None:
    """Stops the session of a connector or port. Done only when the device itself reports it."""
    said: Order = typed(Order, draft.record.data)
    device = draft.device(draft.record.subject)
    house = draft.state.site.house
    life_ms = ms(house.order_life_s) if said.expires_ms is None else said.expires_ms - draft.clock_ms
    expires_ms = draft.clock_ms + min(life_ms, ms(house.order_life_max_s))
    if device is None or device.system != "charging":
        return draft.refuse(said.by, "no such connector")
    if expires_ms <= draft.clock_ms:
        return draft.refuse(said.by, "the order had expired before it arrived")
    if device.pending is not None:
        return draft.refuse(said.by, "an order is under way")
    if not device.values.get("charging"):
        return draft.refuse(said.by, "no session is running")
    _order_stop(draft, device, said.by, said.reason, draft.clock_ms, expires_ms)
    return None


def order_stop(draft: Draft, device: DeviceState, reason: str, at_ms: int) -> DeviceState:
    """The house's own order: a full battery is cut off. Nothing where no session runs or an order is under way."""
    if device.pending is not None or not device.values.get("charging"):
        return device
    return _order_stop(draft, device, HOUSE, reason, at_ms, draft.clock_ms + ms(draft.state.site.house.order_life_s))


def _order_stop(draft: Draft, device: DeviceState, by: str, reason: str, at_ms: int, expires_ms: int) -> DeviceState:
    described = draft.state.site.by_id.get(device.id)
    data = {
        "by": by,
        "reason": reason,
        "session": device.values.get("session"),
        "transaction": device.values.get("transaction"),
        "vendor": described.vendor if described is not None else {device.source: device.id},
        "expires_ms": expires_ms,
    }
    action = draft.entry(ACTIONS, "charging.remote_stop", device.id, at_ms, data)
    draft.entry(JOURNAL, "action.ordered", device.id, at_ms, {"action": action, **data})
    pending: dict[str, Any] = {"action": action, "type": "charging.remote_stop", "by": by}
    pending |= {"since_ms": at_ms, "expires_ms": expires_ms}
    device = replace(device, pending=pending)
    draft.put_device(device)
    draft.wait(expires_ms, ORDER, device.id)
    return device


def confirm(draft: Draft, device_id: str, group: str) -> None:
    """The device's own newer word on its session, or on its status since the order, ends its pending order."""
    device = draft.device(device_id)
    pending = device.pending if device is not None else None
    if device is None or pending is None:
        return
    stopped = group == "session" and not device.values.get("charging")
    answer_skew_ms = ms(draft.state.site.house.answer_skew_s)
    if group == "status" and device.stamps["status"][0] > pending["since_ms"] - answer_skew_ms:
        stopped = device.values.get("status") in STOPPED
    if stopped:
        data = {"action": pending["action"], "type": pending["type"], "by": pending["by"]}
        draft.entry(JOURNAL, "action.confirmed", device.id, draft.clock_ms, data)
        draft.put_device(replace(device, pending=None))


def expire(draft: Draft, device: DeviceState, due: int) -> None:
    pending = device.pending
    if pending is None or pending["expires_ms"] != due:
        return
    data = {"action": pending["action"], "type": pending["type"], "by": pending["by"]}
    draft.entry(JOURNAL, "action.expired", device.id, due, data)
    draft.put_device(replace(device, pending=None))


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
    COMMAND_REMOTE_STOP: remote_stop,
    audit.FACT: audit.note,
}
