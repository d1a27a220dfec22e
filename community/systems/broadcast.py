"""云广播 broadcast: a message is offered to the loudspeakers of its zones, and each acknowledges for itself.

One alarm for each speaker that does not answer, not one for each message: a dead speaker stands once however often it
is spoken to. The acknowledgement of a younger message ends what an older one left open, as the speaker works again.
What is said in a message never enters the log.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any, ClassVar

import msgspec

from ..alarms import CLEAR, Seen
from ..model import BadRecord, Record
from ..numbers import SystemNumbers
from ..site import Text
from ..world import loudspeakers
from .base import Look, Moment, Patch, Reducer, Rule, Step, System, Tracker, present, typed
from .tile import Note, Tile

EVERYWHERE = "all"

KEPT_MESSAGES = 32
"""A speaker is spoken to a few times an hour; what is older than this many messages can not come twice any more."""

RESULTS = ("ok", "busy", "failed")


class Numbers(SystemNumbers, frozen=True):
    """`heartbeat_s`: DOMAIN.md."""

    section: ClassVar[str] = "broadcast"


class Offer(msgspec.Struct, omit_defaults=True):
    message: str
    zones: tuple[str, ...] = ()
    """Empty: exactly this speaker was meant."""
    withdrawn: bool = False


class Acknowledgement(msgspec.Struct, omit_defaults=True):
    message: str
    result: str = "ok"


def reduce_offer(record: Record) -> Patch:
    offer: Offer = typed(Offer, record.data)
    if not offer.message:
        raise BadRecord("data: message must not be empty")
    present(offer)
    values = offered(offer.message, list(offer.zones), record.time_ms, withdrawn=offer.withdrawn)
    return Patch("offer", values, every=True)


def offered(message: str, zones: list[str], at_ms: int, *, withdrawn: bool = False) -> dict[str, Any]:
    """What a speaker holds of a message that it was offered."""
    return {"message": message, "zones": zones, "withdrawn": withdrawn, "offered_ms": at_ms}


def reduce_ack(record: Record) -> Patch:
    """A speaker that answers 'busy' has been reached and has not played: that is no acknowledgement."""
    ack: Acknowledgement = typed(Acknowledgement, record.data)
    if not ack.message:
        raise BadRecord("data: message must not be empty")
    if ack.result not in RESULTS:
        raise BadRecord(f"data: result {ack.result!r} is none of {', '.join(RESULTS)}")
    return Patch("ack", {"answered_message": ack.message, "result": ack.result}, every=True)


def meant(own: Set[str], zones: list[str]) -> bool:
    """Whether a message to these zones is one to a speaker in its `own`. One in none was addressed by name."""
    return not zones or not own or EVERYWHERE in zones or not own.isdisjoint(zones)


def answered(moment: Moment) -> Step:
    """Memory: `messages` {id: [offered ms, heard ms, owed]}, by the time of their offers, `answers` {id: result}.

    The ten seconds run from when the log heard the offer: offers and answers that waited in a spool come together.
    """
    if not moment.said:
        return Step(dict(moment.memory))
    messages: dict[str, Any] = dict(moment.memory.get("messages", {}))
    answers: dict[str, str] = dict(moment.memory.get("answers", {}))
    if moment.group == "offer":
        message = moment.said["message"]
        offered_ms, heard_ms, owed = messages.get(message, (moment.said_ms, moment.at_ms, True))
        zones = moment.look.site.zones_of.get(moment.look.device.id, frozenset())
        owed = owed and not moment.said["withdrawn"] and meant(zones, moment.said["zones"])
        messages[message] = [min(offered_ms, moment.said_ms), heard_ms, owed]
    elif answers.get(moment.said["answered_message"]) != "ok":
        answers[moment.said["answered_message"]] = moment.said["result"]
    # What is acknowledged goes with all that was offered before it.
    reached_ms = max((messages[m][0] for m, result in answers.items() if result == "ok" and m in messages), default=-1)
    kept = sorted(messages.items(), key=lambda item: (item[1][0], item[0]))[-KEPT_MESSAGES:]
    messages = {m: [offered, heard, owed and offered > reached_ms] for m, (offered, heard, owed) in kept}
    answers = dict(list(answers.items())[-KEPT_MESSAGES:])
    return Step({"messages": messages, "answers": answers})


def failed(look: Look) -> Seen | None:
    memory = look.device.memory.get(ANSWERED.name, {})
    owed = [(heard, m) for m, (_, heard, owes) in memory.get("messages", {}).items() if owes]
    if not owed:
        return CLEAR
    heard_ms, message = min(owed)
    detail: dict[str, Any] = {"message": message, "messages": len(owed)}
    result = memory["answers"].get(message)
    return Seen(True, detail | ({"result": result} if result else {}), since_ms=heard_ms)


ANSWERED = Tracker("answered", frozenset(("offer", "ack")), answered)

TILE = Tile(
    id="broadcast",
    name=Text("云广播", "Broadcast"),
    icon="horn",
    words=Text("待机", "idle"),
    ill=frozenset(("BCAST_FAIL",)),
    notes=(Note(Text("{}无应答", "{} silent"), alarms=frozenset(("BCAST_FAIL",))),),
)

SYSTEM = System(
    id="broadcast",
    name=Text("云广播", "Broadcast"),
    numbers=Numbers,
    reducers={
        "broadcast.offer": Reducer(reduce_offer, "speaker"),
        "broadcast.ack": Reducer(reduce_ack, "speaker"),
    },
    rules=(Rule("BCAST_FAIL", frozenset((ANSWERED.group,)), failed),),
    trackers=(ANSWERED,),
    tiles=(TILE,),
    simulate=loudspeakers.simulate,
    plots=loudspeakers.PLOTS,
)
