"""Orders to devices: what each kind may be told, by whom, how long it lives, and by which word of its own it is
done. A command asks, the fold decides, the gateway that holds the device is told once (ingest/actions.py).

An action is a row of ACTIONS. Nothing is ever taken for done because it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from .agenda import ORDER
from .audit import HOUSE
from .draft import ACTIONS as TOPIC
from .draft import JOURNAL, Draft
from .model import COMMAND
from .numbers import ms
from .place import Device
from .roles import OF_DESK, Role
from .state import DeviceState
from .systems import intercom, lifts, opening, parking
from .systems.base import typed

STOPPED = frozenset(("Available", "Finishing", "Faulted", "Unavailable"))
STARTABLE = frozenset(("Available", "Preparing", "Finishing", "SuspendedEVSE"))

FOR_LEADS = "leads-only"
"""The tag of a device that a supervisor alone may operate: the place's own rule."""

LEADS_KINDS = frozenset(("plant_door",))
"""Behind these are pumps and switchgear: nobody lets others in there alone."""

Pending = Mapping[str, Any]


class Order(msgspec.Struct):
    """`role`: as what the person acts. `call`: the intercom's call that is meant."""

    by: str
    reason: str = ""
    expires_ms: int | None = None
    role: str = ""
    call: str = ""


class Action(msgspec.Struct, frozen=True):
    system: str
    hinders: Callable[[DeviceState, Order], str]
    """Why it cannot be done now; empty: nothing stands in its way."""
    done: Callable[[DeviceState, Pending, str, int], bool]
    """Whether the newest word (of that group, said at or after that moment) is the effect of the pending order."""
    kinds: frozenset[str] = frozenset()
    """Empty: every kind of its system."""
    carries: tuple[str, ...] = ()
    """Values of the device that the order names."""
    leaves: tuple[str, ...] = ()
    """Values of the device, there once it is done, that the journal keeps with it."""
    quick: bool = False
    """Somebody stands in front of it: it lives `quick_order_life_s`."""
    replaces: frozenset[str] = frozenset()
    """Orders under way that it takes the place of."""
    any_role: bool = False


def _newer(device: DeviceState, group: str, from_ms: int) -> bool:
    return group in device.stamps and device.stamps[group][0] > from_ms


# ---- charging
def _running(device: DeviceState, order: Order) -> str:
    return "" if device.values.get("charging") else "no session is running"


def _stopped(device: DeviceState, pending: Pending, group: str, from_ms: int) -> bool:
    if group == "session":
        return not device.values.get("charging")
    return group == "status" and _newer(device, group, from_ms) and device.values.get("status") in STOPPED


def _startable(device: DeviceState, order: Order) -> str:
    if device.values.get("charging"):
        return "a session is running"
    status = device.values.get("status")
    return "" if status in STARTABLE else f"the port is {status or 'unknown'}"


def _started(device: DeviceState, pending: Pending, group: str, from_ms: int) -> bool:
    return group == "session" and bool(device.values.get("charging")) and _newer(device, group, from_ms)


def _unlockable(device: DeviceState, order: Order) -> str:
    return "a session is running: stop it first" if device.values.get("charging") else ""


def _free(device: DeviceState, pending: Pending, group: str, from_ms: int) -> bool:
    return group == "status" and _newer(device, group, from_ms) and device.values.get("status") == "Available"


# ---- doors and barriers
def _shut(device: DeviceState, order: Order) -> str:
    if device.values.get("state") in opening.OPEN:
        return "it is open already"
    return "it is not locked" if device.values.get("lock") == "free" else ""


def _let_go(device: DeviceState, pending: Pending, group: str, from_ms: int) -> bool:
    if not _newer(device, group, from_ms):
        return False
    values = device.values
    if group == "pass":
        return values.get("method") == "remote" and values.get("result") == "granted"
    if group == "lock":
        return values.get("lock") in ("unlocked", "free")
    return group == "contact" and values.get("state") in opening.OPEN


def _down(device: DeviceState, order: Order) -> str:
    return "it is open already" if device.values.get("barrier") in parking.RISING else ""


def _raised(device: DeviceState, pending: Pending, group: str, from_ms: int) -> bool:
    return group == "barrier" and _newer(device, group, from_ms) and device.values.get("barrier") in parking.RISING


# ---- intercom
def _live_call(device: DeviceState, order: Order) -> str:
    call = intercom.current(device)
    if call is None:
        return "nobody is calling"
    return "" if order.call in ("", call["call"]) else "that call is over"


def _ringing(device: DeviceState, order: Order) -> str:
    hinders = _live_call(device, order)
    call = intercom.current(device)
    return hinders or ("" if call is not None and call["phase"] == "ringing" else "it has been answered")


def _phase(*phases: str) -> Callable[[DeviceState, Pending, str, int], bool]:
    def reached(device: DeviceState, pending: Pending, group: str, from_ms: int) -> bool:
        call = intercom.call_of(device, pending["call"])
        return call is not None and call["phase"] in phases

    return reached


def _rings_home(device: DeviceState, pending: Pending, group: str, from_ms: int) -> bool:
    call = intercom.call_of(device, pending["call"])
    return call is not None and call["phase"] == "ringing" and call["guard_ms"] is None


# ---- lifts
def _runs(device: DeviceState, order: Order) -> str:
    status = device.values.get("status")
    if status == lifts.HELD:
        return "it is held already"
    return "" if status == "running" else f"the lift is {status or 'unknown'}"


def _is_held(device: DeviceState, order: Order) -> str:
    return "" if device.values.get("status") == lifts.HELD else "it is not held"


def _status(wanted: str) -> Callable[[DeviceState, Pending, str, int], bool]:
    return lambda device, pending, group, from_ms: (
        group == "status" and _newer(device, group, from_ms) and device.values.get("status") == wanted
    )


# ---- speakers and cameras
def _nothing(device: DeviceState, order: Order) -> str:
    return ""


def _acknowledged(device: DeviceState, pending: Pending, group: str, from_ms: int) -> bool:
    answers: Mapping[str, str] = device.memory.get("answered", {}).get("answers", {})
    return answers.get(pending["message"]) == "ok"


def _pictured(device: DeviceState, pending: Pending, group: str, from_ms: int) -> bool:
    return group == "picture" and _newer(device, group, from_ms)


PLUGS = frozenset(("car_connector", "ebike_port"))

ACTIONS: Mapping[str, Action] = {
    "access.open": Action("access", _shut, _let_go, quick=True),
    "parking.open": Action("parking", _down, _raised, quick=True),
    "intercom.answer": Action("intercom", _ringing, _phase("answered", "opened"), quick=True),
    "intercom.open": Action(
        "intercom", _live_call, _phase("opened"), quick=True, replaces=frozenset(("intercom.answer",))
    ),
    "intercom.forward": Action("intercom", _live_call, _rings_home, quick=True),
    "intercom.end": Action(
        "intercom", _live_call, _phase("ended", "missed"), quick=True, replaces=frozenset(("intercom.answer",))
    ),
    "lift.hold": Action("lifts", _runs, _status(lifts.HELD)),
    "lift.release": Action("lifts", _is_held, _status("running")),
    "charging.remote_stop": Action("charging", _running, _stopped, carries=("session", "transaction"), any_role=True),
    "charging.remote_start": Action("charging", _startable, _started, kinds=PLUGS),
    "charging.unlock": Action("charging", _unlockable, _free, kinds=frozenset(("car_connector",))),
    "camera.snapshot": Action(
        "cameras", _nothing, _pictured, kinds=frozenset(("camera",)), leaves=("picture",), quick=True
    ),
    "broadcast.play": Action("broadcast", _nothing, _acknowledged, replaces=frozenset(("broadcast.play",))),
}
"""`broadcast.play` is given to zones and not to a speaker: community/broadcasting.py."""


def offered(device: Device) -> list[str]:
    """What may be told to a device of this kind."""
    own = {type_: action for type_, action in ACTIONS.items() if action.system == device.system}
    return [type_ for type_, action in own.items() if not action.kinds or device.kind in action.kinds]


def least_role(device: Device | None) -> Role:
    if device is not None and (device.kind in LEADS_KINDS or FOR_LEADS in device.tags):
        return "supervisor"
    return "guard"


def hindrance(state_of: DeviceState, described: Device | None, type_: str, order: Order, out_of_service: bool) -> str:
    """Why this order cannot be given now, by this role, in words of the journal; empty: it can."""
    action = ACTIONS[type_]
    least = least_role(described)
    if order.role not in OF_DESK[OF_DESK.index(least) :] and not action.any_role:
        return f"this is for a {least}, not for a {order.role or '?'}"
    if out_of_service:
        return "it is out of service"
    if state_of.pending is not None and state_of.pending["type"] not in action.replaces:
        return "an order is under way"
    return action.hinders(state_of, order)


def expiry_ms(draft: Draft, asked_ms: int | None, quick: bool) -> int:
    """Bounded by the house, however late the command says that it expires."""
    house = draft.state.site.house
    life_ms = ms(house.quick_order_life_s if quick else house.order_life_s)
    if asked_ms is not None:
        life_ms = asked_ms - draft.clock_ms
    return draft.clock_ms + min(life_ms, ms(house.order_life_max_s))


def command(draft: Draft) -> None:
    """An order of one device, by a person."""
    said: Order = typed(Order, draft.record.data)
    type_ = draft.record.type.removeprefix(COMMAND)
    action = ACTIONS[type_]
    described = draft.state.site.by_id.get(draft.record.subject)
    device = draft.device(draft.record.subject)
    if device is None or device.system != action.system or (action.kinds and device.kind not in action.kinds):
        return draft.refuse(said.by, f"no device here that {type_} could be told to")
    expires_ms = expiry_ms(draft, said.expires_ms, action.quick)
    if expires_ms <= draft.clock_ms:
        return draft.refuse(said.by, "the order had expired before it arrived")
    why = hindrance(device, described, type_, said, draft.out_of_service().get(device.id) is not None)
    if why:
        return draft.refuse(said.by, why)
    more: dict[str, Any] = {}
    if action.system == "intercom":
        call = intercom.current(device)
        assert call is not None  # nothing hindered it
        more["call"] = call["call"]
    give(draft, device, type_, said.by, said.reason, draft.clock_ms, expires_ms, more)
    return None


def order_stop(draft: Draft, device: DeviceState, reason: str, at_ms: int) -> DeviceState:
    """The house's own order: a full battery is cut off. Nothing where no session runs or an order is under way."""
    if device.pending is not None or not device.values.get("charging"):
        return device
    expires_ms = draft.clock_ms + ms(draft.state.site.house.order_life_s)
    return give(draft, device, "charging.remote_stop", HOUSE, reason, at_ms, expires_ms, {})


def give(
    draft: Draft,
    device: DeviceState,
    type_: str,
    by: str,
    reason: str,
    at_ms: int,
    expires_ms: int,
    more: Mapping[str, Any],
    *,
    told: bool = True,
) -> DeviceState:
    """The order goes out, and the device has it under way. `told`: the journal has a line for this device alone."""
    described = draft.state.site.by_id.get(device.id)
    if device.pending is not None:
        device = _end(draft, device, "action.expired", draft.clock_ms, {"reason": "another order took its place"})
    data = {
        "by": by,
        "reason": reason,
        **{name: device.values.get(name) for name in ACTIONS[type_].carries},
        **more,
        "vendor": dict(sorted(described.vendor.items())) if described is not None else {device.source: device.id},
        "expires_ms": expires_ms,
    }
    action = draft.entry(TOPIC, type_, device.id, at_ms, data)
    if told:
        draft.entry(JOURNAL, "action.ordered", device.id, at_ms, {"action": action, "type": type_, **data})
    pending: dict[str, Any] = {"action": action, "type": type_, "by": by}
    pending |= {name: more[name] for name in ("call", "message") if name in more}
    pending |= {"since_ms": at_ms, "expires_ms": expires_ms}
    device = replace(device, pending=pending)
    draft.put_device(device)
    draft.wait(expires_ms, ORDER, device.id)
    return device


def confirm(draft: Draft, device_id: str, group: str) -> None:
    """The device's own word since the order ends it, where that word is its effect."""
    device = draft.device(device_id)
    pending = device.pending if device is not None else None
    if device is None or pending is None:
        return
    from_ms = pending["since_ms"] - ms(draft.state.site.house.answer_skew_s)
    action = ACTIONS[pending["type"]]
    if action.done(device, pending, group, from_ms):
        left = {name: device.values[name] for name in action.leaves if name in device.values}
        _end(draft, device, "action.confirmed", draft.clock_ms, left)


def expire(draft: Draft, device: DeviceState, due: int) -> None:
    pending = device.pending
    if pending is not None and pending["expires_ms"] == due:
        _end(draft, device, "action.expired", due, {})


def _end(draft: Draft, device: DeviceState, outcome: str, at_ms: int, more: Mapping[str, Any]) -> DeviceState:
    pending = device.pending
    assert pending is not None
    kept = ("action", "type", "by", "call", "message")
    about: dict[str, Any] = {name: pending[name] for name in kept if name in pending}
    draft.entry(JOURNAL, outcome, device.id, at_ms, {**about, **more})
    ended = {**about, "outcome": outcome.removeprefix("action."), "since_ms": pending["since_ms"], "at_ms": at_ms}
    device = replace(device, pending=None, ended=ended)
    draft.put_device(device)
    return device
