"""/api/v1: the live state as JSON, and commands on their way to the log."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Callable, Iterator
from functools import reduce
from operator import or_
from typing import Annotated, Any, ClassVar, Literal, Self

import msgspec
from redis.exceptions import ResponseError

from community.alarms import chattering
from community.board import Lens, board
from community.board.privacy import SYSTEM as CARE_SYSTEM
from community.board.privacy import care_document, is_care, key_of
from community.care_flow import Result
from community.catalogue import CATALOGUE
from community.freshness import freshness, source_freshness
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
    encode_event,
    to_rfc3339,
)
from community.order_book import desk_of
from community.site import place
from community.state import Alarm, State, alarm_state, annunciated
from community.words import Lang
from store import keys
from store.log import LogUnavailable, LogWriter

from .fields import Post, Reason, Role
from .orders import DEVICE_ORDERS, DeviceOrder, Play

COMMAND_S = 5.0
"""A person waits for the answer: the log has five seconds to take the record."""

_NUMBERS = re.compile(
    r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|1[3-9][0-9]{9}|[0-9]{7,8}(?![0-9]))|[一-龥][A-Z][·• ]?[A-Z0-9]{5,6}"
)


def without_numbers(text: str) -> str:
    """A telephone, an identity card or a plate that somebody has typed is not the log's business."""
    return _NUMBERS.sub("***", text)


class NotCertain(LogUnavailable):
    """The record was handed over and no answer came: it may be in the log, or come to it yet."""


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
        """What the command names and the state does not have; empty: all is there."""
        return "" if key_of(state, self.alarm) else f"no alarm {self.alarm!r} stands"

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
        return "" if self.device in known else f"no device {self.device!r} here"


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
        return "" if desk_of(state, self.order) else f"no order {self.order!r} here"

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


def state_document(state: State, lang: Lang) -> dict[str, Any]:
    """The whole live state, a function of the state alone: equal states give equal bytes."""
    shown = board(state, lang, Lens(state.site))
    return {
        "community": state.site.id,
        "name": state.site.name.get(lang),
        "revision": state.position,
        "clock_ms": state.clock_ms,
        "clock": to_rfc3339(state.clock_ms),
        "on_duty": [
            {"post": post.id, "name": post.name.get(lang), "role": post.role, "contact": post.contact}
            for post in state.site.posts
            if post.on_duty(state.clock_ms, state.site.timezone)
        ],
        "verdict": shown["verdict"],
        "counts": shown["counts"],
        "tiles": list(shown["tiles"].values()),
        "today": shown["today"],
        "alarms": sorted(_alarms(state), key=lambda alarm: str(alarm["key"])),
        "out_of_service": {
            key: msgspec.to_builtins(out) for key, out in state.out_of_service.items() if not _of_resident(state, key)
        },
        "sources": [_source(state, id_) for id_ in sorted({*state.sources, *state.site.source_by_id})],
        "devices": [_device(state, id_, lang) for id_ in sorted(_shown(state))],
    }


def state_json(state: State, lang: Lang) -> bytes:
    return msgspec.json.encode(state_document(state, lang))


def _shown(state: State) -> set[str]:
    """All but the residents in care: where they live, what group they are of and how their heart beats is nobody's
    business before people sign in."""
    systems = {device.id: device.system for device in state.site.devices}
    systems |= {id_: device.system for id_, device in state.devices.items()}
    return {id_ for id_, system in systems.items() if system != CARE_SYSTEM}


def _device(state: State, device_id: str, lang: Lang) -> dict[str, Any]:
    described = state.site.by_id.get(device_id)
    said = state.devices.get(device_id)
    where = place(described, lang, site=state.site) if described is not None else ""
    if said is None:
        assert described is not None
        head = {"id": device_id, "system": described.system, "kind": described.kind, "source": described.source}
        unsaid = {"status": None, "freshness": "unknown", "seen": None, "values": {}, "said": {}}
        return head | {"place": where} | unsaid
    return {
        "id": device_id,
        "system": said.system,
        "kind": said.kind,
        "source": said.source,
        "place": where,
        "status": said.values.get("status"),
        "freshness": freshness(state, said),
        "seen": to_rfc3339(said.seen_ms) if said.seen_ms else None,
        "silent_since": to_rfc3339(said.silent_ms) if said.silent_ms is not None else None,
        "clock_skew_ms": said.skew_ms,
        "pending": said.pending,
        "values": {name: said.values[name] for name in sorted(said.values)},
        # of each group of values, and of each single value of a meter: a power of an hour ago is no power of now
        "said": {name: to_rfc3339(said.stamps[name][0]) for name in sorted(said.stamps)},
    }


def _alarms(state: State) -> Iterator[dict[str, Any]]:
    """Of a person's alarm only where people were told of one, that it is one, and the unit."""
    for key, alarm in state.alarms.items():
        if not is_care(state, alarm):
            yield _alarm(state, key)
        elif annunciated((alarm,)):
            yield care_document(state, alarm)


def _of_resident(state: State, key: str) -> bool:
    """`key`: a device, or an alarm of one."""
    alarm_id, _, device_id = key.rpartition("/")
    return is_care(state, Alarm(alarm_id, device_id, "P4"))


def _alarm(state: State, key: str) -> dict[str, Any]:
    alarm = state.alarms[key]
    facts = msgspec.to_builtins(alarm)
    return {"key": key, "state": alarm_state(alarm), "id": alarm.id, "device": alarm.device} | {
        "priority": alarm.priority,
        "name": msgspec.to_builtins(CATALOGUE[alarm.id].name),
        "steps": [msgspec.to_builtins(step) for step in CATALOGUE[alarm.id].steps],
        "chattering": chattering(alarm, state.site.house),
        "facts": {name: facts[name] for name in sorted(facts) if name not in ("id", "device", "priority")},
    }


def _source(state: State, source_id: str) -> dict[str, Any]:
    heard = state.sources.get(source_id)
    return {
        "id": source_id,
        "freshness": source_freshness(state, source_id),
        "seen": to_rfc3339(heard.seen_ms) if heard is not None and heard.seen_ms else None,
        "spooled": heard.spooled if heard is not None else 0,
        "clock_skew_ms": heard.skew_ms if heard is not None else None,
    }


class Commands:
    """Writes commands to the log from a thread; the log is opened at the first one and again after it failed."""

    def __init__(self, open_writer: Callable[[float], LogWriter], origin: str = "web") -> None:
        """`open_writer` is given the seconds that it may take. `origin`: which program it is that writes."""
        self._origin = origin
        self._open = open_writer
        self._writer: LogWriter | None = None
        self._lock = asyncio.Lock()

    async def send(self, community: str, command: Command, person: str) -> str:
        """The record's id once the log has it. Raises NotCertain, or LogUnavailable: it is not there and never will.
        `person`: who gave it, by an id that only the register can name."""
        said = command.data | {"person": person}
        data = {
            name: without_numbers(value) if name in ("reason", "text") and isinstance(value, str) else value
            for name, value in said.items()
            if value
        }
        return await self.write(community, command.record_type, command.subject, data)

    async def write(self, community: str, type_: str, subject: str, data: Any) -> str:
        """As `send`, for what is no command."""
        record_id = f"{self._origin}-{uuid.uuid4().hex}"
        record = encode_event(
            id=record_id,
            source=f"shouwang/{self._origin}",
            type=type_,
            community=community,
            subject=subject,
            time_ms=time.time_ns() // 1_000_000,
            data=msgspec.to_builtins(data),
        )
        async with self._lock:
            try:
                async with asyncio.timeout(COMMAND_S + 1):
                    await asyncio.to_thread(self._append, community, record)
            except TimeoutError as error:
                raise NotCertain("the log did not answer") from error
        return record_id

    def _append(self, community: str, record: bytes) -> None:
        try:
            if self._writer is None:
                self._writer = self._open(COMMAND_S)
            appended = self._writer.append(keys.LOG, community, record)
        except LogUnavailable:
            self.close()
            raise
        try:
            appended.result(COMMAND_S)
        except LogUnavailable as error:
            self.close()
            if _refused(error):
                raise
            raise NotCertain(str(error)) from error

    def close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()


def _refused(error: BaseException | None) -> bool:
    """Nothing was sent (no connection came about), or the log itself said no: a lost answer is neither."""
    while error is not None:
        if isinstance(error, ConnectionRefusedError | ResponseError):
            return True
        error = error.__cause__ or error.__context__
    return False
