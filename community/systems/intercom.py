"""可视对讲 intercom: calls of visitors, couriers and takeaway at a panel, and what became of them.

A panel holds one call at a time. Each call has an id and says its phases; in whatever order they come, each counts at
its own time: a call that ended and was never answered was missed, and so was one after which another began.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any, ClassVar

import msgspec

from ..alarms import CLEAR, Seen
from ..model import BadRecord, Record
from ..numbers import Lasting, SystemNumbers, ms
from ..site import Text
from ..state import DeviceState
from ..world import visits
from .base import Look, Moment, Patch, Reducer, Rule, Step, System, Tracker, present, typed
from .tile import Cases, Tile

CALLS = 8
"""The last calls of a panel."""

PHASES = ("ringing", "answered", "opened", "missed", "ended")
"""In the order of a call; clocks of whole seconds give two of them the same time. Other words are kept, not judged."""

ANSWERED = ("answered", "opened")


class Numbers(SystemNumbers, frozen=True):
    """No intercom rings longer than `ring_max_s` (most end by themselves after 30 to 120 s): the word of its end has
    been lost. A panel that nobody uses is silent; `heartbeat_s` is a day.
    """

    section: ClassVar[str] = "intercom"

    heartbeat_s: Lasting = 86_400
    ring_max_s: Lasting = 180


class Call(msgspec.Struct, omit_defaults=True):
    call: str | int
    phase: str
    caller: str | None = None
    """visitor / courier / takeaway; other words are kept."""
    rings: str | None = None
    """Where it rings: home / guard."""
    answered_by: str | None = None
    opened_by: str | None = None
    """resident / guard / speaker (a resident's voice at the smart speaker) / ..: a post or a way, never a person."""


def reduce_call(record: Record) -> Patch:
    said = present(typed(Call, record.data))
    said["call"] = str(said["call"])
    for name in ("call", "phase"):
        if not said[name]:
            raise BadRecord(f"data: {name} must not be empty")
    return Patch("call", said, every=True, clears=("caller", "rings", "answered_by", "opened_by"))


def step(moment: Moment) -> Step:
    """The last calls, oldest first: {ms, call, caller, outcome, by, heard_ms, phase, guard_ms}.

    `outcome` is ringing, missed, answered or opened; `guard_ms` since when it rings at the guard without a break.
    """
    calls: list[dict[str, Any]] = list(moment.memory.get("calls", []))
    if moment.group == "call" and moment.said["phase"] in PHASES:
        name = moment.said["call"]
        call = next((call for call in calls if call["call"] == name), {"ms": moment.said_ms, "call": name})
        others = [other for other in calls if other is not call]
        calls = sorted([*others, _hear(call, moment.said, moment.said_ms)], key=_ORDER)[-CALLS:]
    wake_ms = None
    for n, call in enumerate(calls):
        if call["phase"] != "ringing":
            continue
        due_ms = call["heard_ms"] + ms(moment.look.site.numbers_of(Numbers).ring_max_s)
        if call is not calls[-1] or due_ms <= moment.at_ms:
            calls[n] = {**call, "outcome": _outcome(call, "missed"), "guard_ms": None}
        else:
            wake_ms = due_ms
    return Step({"calls": calls} if calls else {}, wake_ms)


_ORDER = itemgetter("ms", "call")


def _hear(held: dict[str, Any], said: Any, said_ms: int) -> dict[str, Any]:
    """The call with what one record says of it; its newest phase is what the call is in now."""
    call = dict(held)
    phase, at_guard = said["phase"], said["phase"] == "ringing" and said.get("rings") == "guard"
    call["ms"] = min(call["ms"], said_ms)
    for name, own in (("caller", "caller"), ("answered_by", "by"), ("opened_by", "by")):
        if name in said:
            call[own] = said[name]
    if "phase" not in call or (said_ms, PHASES.index(phase)) > (call["heard_ms"], PHASES.index(call["phase"])):
        since_ms = call.get("guard_ms")
        call["guard_ms"] = (said_ms if since_ms is None else since_ms) if at_guard else None
        call["heard_ms"], call["phase"] = said_ms, phase
    call["outcome"] = _outcome(call, phase)
    return call


def _outcome(call: dict[str, Any], phase: str) -> str:
    """The best that is known of it: who was let in was answered too, and who was answered did not call in vain."""
    order = ("ringing", "missed", "answered", "opened")
    so_far: str = call.get("outcome", "ringing")
    return max(so_far, "missed" if phase == "ended" else phase, key=order.index)


def current(device: DeviceState) -> dict[str, Any] | None:
    """The call that the guard has, or could answer, now. What rings at somebody's home is theirs."""
    calls = device.memory.get(TRACKER.name, {}).get("calls", [])
    if not calls or calls[-1]["outcome"] == "missed":
        return None
    call: dict[str, Any] = calls[-1]
    answered = call["phase"] in ANSWERED and call.get("by") == "guard"
    return call if answered or call["guard_ms"] is not None else None


def call_of(device: DeviceState, call_id: str) -> dict[str, Any] | None:
    """One of the last calls, as far as it is remembered."""
    calls = device.memory.get(TRACKER.name, {}).get("calls", [])
    return next((call for call in reversed(calls) if call["call"] == call_id), None)


def unanswered(look: Look) -> Seen | None:
    """Ringing at the guard; a call that goes on to the guard begins its 30 s there, and so does the next call."""
    calls = look.device.memory.get(TRACKER.name, {}).get("calls", [])
    if not calls or calls[-1]["guard_ms"] is None:
        return CLEAR
    detail = {"caller": calls[-1]["caller"]} if "caller" in calls[-1] else {}
    return Seen(True, detail, since_ms=calls[-1]["guard_ms"])


TRACKER = Tracker("calls", frozenset(("call",)), step)

TILE = Tile(
    id="intercom",
    name=Text("可视对讲", "Intercom"),
    icon="intercom",
    quiet=True,
    cases=Cases(frozenset(("CALL_UNANSWERED",)), Text("未接", "missed"), beside="total"),
)

SYSTEM = System(
    id="intercom",
    name=Text("可视对讲", "Intercom"),
    numbers=Numbers,
    reducers={"intercom.call": Reducer(reduce_call, "panel")},
    rules=(Rule("CALL_UNANSWERED", frozenset((TRACKER.group,)), unanswered),),
    trackers=(TRACKER,),
    tiles=(TILE,),
    simulate=visits.simulate,
    plots=visits.PLOTS,
)
