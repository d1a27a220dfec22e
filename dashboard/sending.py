"""Commands on their way to the log: what may not go there is covered; whoever pressed is told if it was recorded."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
from redis.exceptions import ResponseError

from community.model import (
    encode_event,
)
from community.veil import without_numbers
from store import keys
from store.log import LogUnavailable, LogWriter

from .commands import Command

COMMAND_S = 5.0
"""A person waits for the answer: the log has five seconds to take the record."""


class NotCertain(LogUnavailable):
    """The record was handed over and no answer came: it may be in the log, or come to it yet."""


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
