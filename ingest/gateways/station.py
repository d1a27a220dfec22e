"""Our end of one charge point's connection, on the `ocpp` package: it answers, and it carries out orders.

The package sees a CALL only after its frame is durable, and never what the device wrote into it: devices break the
schemas, and no answer here depends on the payload.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import msgspec
from ocpp.exceptions import OCPPError
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import (
    Action,
    AuthorizationStatus,
    DataTransferStatus,
    GenericStatus,
    RegistrationStatus,
)
from websockets.asyncio.server import ServerConnection

HEARTBEAT_S = 90
"""DOMAIN.md: a charge point is silent after three of these."""

ANSWER_S = 25.0
"""An order lives 30 s: an answer that comes later is recorded, but nobody waits for it."""

SIMULATED = "Shouwang-Simulated"
"""The request header by which the demo's charge points say that they only stand in for a real one."""

_quiet = logging.getLogger("ocpp.station")
_quiet.setLevel(logging.CRITICAL)  # the package logs each odd frame with its traceback; the frames themselves are kept


def answers(action: Action) -> Any:
    return on(action, skip_schema_validation=True)


class Station(ChargePoint):  # type: ignore[misc]
    def __init__(self, id: str, wire: ServerConnection) -> None:
        super().__init__(id, wire, response_timeout=ANSWER_S, logger=_quiet)
        self._expected: set[str] = set()
        self._transaction_id = 0

    async def answer(self, message_id: Any, action: str, transaction_id: int = 0) -> None:
        """Sends the CALLRESULT, or the CALLERROR of an action that OCPP 1.6 does not know."""
        self._transaction_id = transaction_id
        await self.route_message(msgspec.json.encode([2, message_id, action, {}]).decode())

    async def take_answer(self, frame: list[Any]) -> None:
        """A CALLRESULT or CALLERROR of the charge point; only one that is waited for is passed on."""
        if isinstance(frame[1], str) and frame[1] in self._expected:
            await self.route_message(msgspec.json.encode(frame).decode())

    async def remote_stop(self, message_id: str, transaction_id: int) -> str:
        """Sends the order; returns what the charge point said to it. `Accepted` is a promise, not yet the effect."""
        order = call.RemoteStopTransaction(transaction_id=transaction_id)
        self._expected.add(message_id)
        try:
            said = await self.call(order, unique_id=message_id, suppress=False, skip_schema_validation=True)
            return str(said.status)
        except TimeoutError:
            return "no answer"
        except (OCPPError, TypeError, AttributeError) as error:  # a CALLERROR, or an answer in no known form
            return f"{type(error).__name__}: {error}"
        finally:
            self._expected.discard(message_id)

    # ---- what a charge point may ask. The frame is in the log; the answer is always yes.
    @answers(Action.boot_notification)
    def _boot(self, /, **_: Any) -> Any:
        return call_result.BootNotification(_now(), HEARTBEAT_S, RegistrationStatus.accepted)

    @answers(Action.heartbeat)
    def _heartbeat(self, /, **_: Any) -> Any:
        return call_result.Heartbeat(_now())

    @answers(Action.authorize)
    def _authorize(self, /, **_: Any) -> Any:
        return call_result.Authorize(IdTagInfo(AuthorizationStatus.accepted))

    @answers(Action.start_transaction)
    def _start(self, /, **_: Any) -> Any:
        return call_result.StartTransaction(self._transaction_id, IdTagInfo(AuthorizationStatus.accepted))

    @answers(Action.stop_transaction)
    def _stop(self, /, **_: Any) -> Any:
        return call_result.StopTransaction()

    @answers(Action.meter_values)
    def _meter_values(self, /, **_: Any) -> Any:
        return call_result.MeterValues()

    @answers(Action.status_notification)
    def _status(self, /, **_: Any) -> Any:
        return call_result.StatusNotification()

    @answers(Action.data_transfer)
    def _data_transfer(self, /, **_: Any) -> Any:
        return call_result.DataTransfer(DataTransferStatus.accepted)

    @answers(Action.diagnostics_status_notification)
    def _diagnostics(self, /, **_: Any) -> Any:
        return call_result.DiagnosticsStatusNotification()

    @answers(Action.firmware_status_notification)
    def _firmware(self, /, **_: Any) -> Any:
        return call_result.FirmwareStatusNotification()

    @answers(Action.signed_firmware_status_notification)
    def _signed_firmware(self, /, **_: Any) -> Any:
        return call_result.SignedFirmwareStatusNotification()

    @answers(Action.log_status_notification)
    def _log_status(self, /, **_: Any) -> Any:
        return call_result.LogStatusNotification()

    @answers(Action.security_event_notification)
    def _security_event(self, /, **_: Any) -> Any:
        return call_result.SecurityEventNotification()

    @answers(Action.sign_certificate)
    def _sign_certificate(self, /, **_: Any) -> Any:
        return call_result.SignCertificate(GenericStatus.rejected)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
