"""What a button sends: each command as a shape, what of it the log gets, and whether what it names is there."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Annotated, Any, ClassVar, Literal, Self

import msgspec

from community.board.privacy import key_of
from community.care_flow import Result
from community.handling import Verdict, Work
from community.model import (
    COMMAND_ACKNOWLEDGE,
    COMMAND_ASSIGN,
    COMMAND_CLOSE,
    COMMAND_COMMENT,
    COMMAND_MOVE_ORDER,
    COMMAND_OUT_OF_SERVICE,
    COMMAND_RESET,
    COMMAND_RETURN_TO_SERVICE,
    COMMAND_SHELVE,
    COMMAND_TAKE,
    COMMAND_UNSHELVE,
)
from community.order_book import desk_of
from community.state import State

from .fields import Post, Reason, Role
from .orders import DEVICE_ORDERS, DeviceOrder, Play


class AlarmCommand(msgspec.Struct, forbid_unknown_fields=True):
    """Fields that every command of an alarm has."""

    alarm: Annotated[str, msgspec.Meta(min_length=3, max_length=400)]
    by: Post = ""
    community: str = ""
    occurrence: Annotated[str, msgspec.Meta(max_length=500)] = ""
    reason: Reason = ""

    @property
    def subject(self) -> str:
        return self.alarm

    @property
    def data(self) -> dict[str, Any]:
        return {"by": self.by, "occurrence": self.occurrence, "reason": self.reason}

    def missing(self, state: State) -> str:
        """What the command names and the state does not have, by its row of NOT_SENT; empty: all is there."""
        return "" if key_of(state, self.alarm) else "alarm"

    def resolved(self, state: State) -> Self:
        """With the keys of the log in the place of those that were shown."""
        key = key_of(state, self.alarm)
        if key in ("", self.alarm):
            return self
        return msgspec.structs.replace(self, alarm=key, occurrence=self.occurrence.replace(self.alarm, key, 1))


class Acknowledge(AlarmCommand, tag="alarm.acknowledge"):
    record_type: ClassVar[str] = COMMAND_ACKNOWLEDGE


class Reset(AlarmCommand, tag="alarm.reset"):
    record_type: ClassVar[str] = COMMAND_RESET


class Shelve(AlarmCommand, kw_only=True, tag="alarm.shelve"):
    """Out of sight until `until_ms` (Unix milliseconds). Whether the role may is decided where the record is folded."""

    record_type: ClassVar[str] = COMMAND_SHELVE

    role: Role = ""
    until_ms: int

    @property
    def data(self) -> dict[str, Any]:
        return {"by": self.by, "role": self.role, "reason": self.reason, "until_ms": self.until_ms}


class Unshelve(AlarmCommand, tag="alarm.unshelve"):
    record_type: ClassVar[str] = COMMAND_UNSHELVE


class Take(AlarmCommand, tag="alarm.take"):
    """Acknowledges it where nobody has, and says that the person is on it, how far, and from whom it is taken."""

    record_type: ClassVar[str] = COMMAND_TAKE

    work: Work = "working"
    instead_of: Post = ""

    @property
    def data(self) -> dict[str, Any]:
        return super().data | {"work": self.work, "instead_of": self.instead_of}


class Assign(AlarmCommand, kw_only=True, tag="alarm.assign"):
    record_type: ClassVar[str] = COMMAND_ASSIGN

    to: Post
    instead_of: Post = ""

    @property
    def data(self) -> dict[str, Any]:
        return super().data | {"to": self.to, "instead_of": self.instead_of}


class _Afterwards(AlarmCommand):
    """What may be said of an alarm that has just closed by itself, too."""

    def missing(self, state: State) -> str:
        return "" if any(closed.key == self.alarm for closed in state.recent) else super().missing(state)


class Comment(_Afterwards, kw_only=True, tag="alarm.comment"):
    """Numbers that look like a telephone, an identity card or a plate do not go into the log."""

    record_type: ClassVar[str] = COMMAND_COMMENT

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    picture: Annotated[str, msgspec.Meta(pattern="^(sha256:[0-9a-f]{64})?$")] = ""
    step: Literal["", "phone", "visit"] = ""
    """Of a resident in care: whom somebody has phoned, or that somebody went, and what came of it."""
    whom: Annotated[str, msgspec.Meta(pattern="^(self|c-[0-9a-f]{8})?$")] = ""
    result: Result = ""

    @property
    def data(self) -> dict[str, Any]:
        said = {"by": self.by, "occurrence": self.occurrence, "text": self.text, "picture": self.picture}
        return said | {"step": self.step, "whom": self.whom, "result": self.result}


class Close(_Afterwards, kw_only=True, tag="alarm.close"):
    record_type: ClassVar[str] = COMMAND_CLOSE

    verdict: Verdict

    @property
    def data(self) -> dict[str, Any]:
        return super().data | {"verdict": self.verdict, "reason": self.reason}


class ServiceCommand(msgspec.Struct, forbid_unknown_fields=True):
    """Of a whole device or feed, or of one alarm of it (`alarm`, the catalogue's id)."""

    device: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    by: Post = ""
    role: Role = ""
    community: str = ""
    alarm: Annotated[str, msgspec.Meta(max_length=40)] = ""
    reason: Reason = ""

    @property
    def subject(self) -> str:
        return self.device

    @property
    def data(self) -> dict[str, Any]:
        return {"by": self.by, "role": self.role, "alarm": self.alarm, "reason": self.reason}

    def missing(self, state: State) -> str:
        known = {*state.devices, *state.site.by_id, *state.site.source_by_id}
        return "" if self.device in known else "device"


class OutOfService(ServiceCommand, tag="device.out_of_service"):
    record_type: ClassVar[str] = COMMAND_OUT_OF_SERVICE

    until_ms: int | None = None

    @property
    def data(self) -> dict[str, Any]:
        return super().data | {"until_ms": self.until_ms}


class ReturnToService(ServiceCommand, tag="device.return_to_service"):
    record_type: ClassVar[str] = COMMAND_RETURN_TO_SERVICE


class MoveOrder(msgspec.Struct, forbid_unknown_fields=True, tag="order.move"):
    """A resident's order goes on: taken (by `to`, else by who says so), in_progress, done, cancelled, duplicate,
    reopened. `was`: the phase that was shown, so that of two who move it at once the second is told."""

    record_type: ClassVar[str] = COMMAND_MOVE_ORDER

    order: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    phase: Literal["taken", "in_progress", "done", "cancelled", "duplicate", "reopened"]
    was: Annotated[str, msgspec.Meta(max_length=40)] = ""
    instead_of: Post = ""
    to: Post = ""
    by: Post = ""
    community: str = ""
    reason: Reason = ""
    desk: Annotated[str, msgspec.Meta(max_length=200)] = ""

    @property
    def subject(self) -> str:
        return self.desk

    @property
    def data(self) -> dict[str, Any]:
        said = {"by": self.by, "order": self.order, "phase": self.phase, "was": self.was, "to": self.to}
        return said | {"instead_of": self.instead_of, "reason": self.reason}

    def missing(self, state: State) -> str:
        return "" if desk_of(state, self.order) else "order"

    def resolved(self, state: State) -> Self:
        """With the desk that has it."""
        return msgspec.structs.replace(self, desk=desk_of(state, self.order))


Said = (
    Acknowledge
    | Reset
    | Take
    | Assign
    | Comment
    | Close
    | Shelve
    | Unshelve
    | OutOfService
    | ReturnToService
    | Play
    | MoveOrder
)
Command = Said | DeviceOrder
"""What a button sends; `type` says which. Of orders each row of community/actions.py is a shape of its own."""

COMMANDS: Any = reduce(or_, DEVICE_ORDERS, Said)
_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(COMMANDS)
decode_command = _commands.decode


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What a visitor wants of the demo's tour."""

    do: Literal["start", "next", "skip", "again"]


decode_wish = msgspec.json.Decoder(Wish).decode
