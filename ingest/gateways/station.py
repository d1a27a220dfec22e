"""Our end of one charge point's connection, on the `ocpp` package: it answers, and it carries out orders.

The package sees a CALL only after its frame is durable, and never what the device wrote into it: devices break the
schemas, and no answer here depends on the payload. What each version answers: `station16.py`, `station201.py`.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import msgspec
from ocpp.charge_point import ChargePoint, snake_to_camel_case
from ocpp.exceptions import OCPPError
from ocpp.routing import on
from websockets.asyncio.server import ServerConnection

HEARTBEAT_S = 90
"""DOMAIN.md: a charge point is silent after three of these."""

ANSWER_S = 25.0
"""An order lives 30 s: an answer that comes later is recorded, but nobody waits for it."""

SIMULATED = "Shouwang-Simulated"
"""The request header by which the demo's charge points say that they only stand in for a real one."""

_quiet = logging.getLogger("ocpp.station")
_quiet.setLevel(logging.CRITICAL)  # the package logs each odd frame with its traceback; the frames themselves are kept


def answers(action: str) -> Any:
    return on(action, skip_schema_validation=True)


class Station(ChargePoint):  # type: ignore[misc]
    def __init__(self, id: str, wire: ServerConnection) -> None:
        super().__init__(id, wire, response_timeout=ANSWER_S, logger=_quiet)
        self._expected: set[str] = set()

    async def answer(self, message_id: Any, action: str) -> None:
        """Sends the CALLRESULT, or the CALLERROR of an action that this version does not know."""
        await self.route_message(msgspec.json.encode([2, message_id, action, {}]).decode())

    async def take_answer(self, frame: list[Any]) -> None:
        """A CALLRESULT or CALLERROR of the charge point; only one that is waited for is passed on."""
        if isinstance(frame[1], str) and frame[1] in self._expected:
            await self.route_message(msgspec.json.encode(frame).decode())

    async def order(self, message_id: str, call: Any) -> str:
        """Sends it; returns what the charge point said to it. `Accepted` is a promise, not yet the effect."""
        self._expected.add(message_id)
        try:
            said = await self.call(call, unique_id=message_id, suppress=False, skip_schema_validation=True)
            return str(said.status)
        except TimeoutError:
            return "no answer"
        except (OCPPError, TypeError, AttributeError) as error:  # a CALLERROR, or an answer in no known form
            return f"{type(error).__name__}: {error}"
        finally:
            self._expected.discard(message_id)


def payload_of(call: Any) -> dict[str, Any]:
    """What `Station.order` sends of a CALL: names as OCPP writes them, nothing that is not said."""
    return dict(snake_to_camel_case({name: value for name, value in asdict(call).items() if value is not None}))


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
