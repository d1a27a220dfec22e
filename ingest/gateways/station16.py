"""What the central system answers in OCPP 1.6: always yes."""

from __future__ import annotations

from typing import Any

from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import Action, AuthorizationStatus, DataTransferStatus, GenericStatus, RegistrationStatus
from websockets.asyncio.server import ServerConnection

from ingest.gateways.station import HEARTBEAT_S, Station, answers, now


class Station16(Station, ChargePoint):  # type: ignore[misc]
    def __init__(self, id: str, wire: ServerConnection) -> None:
        super().__init__(id, wire)
        self._transaction_id = 0

    async def begin(self, message_id: Any, transaction_id: int) -> None:
        """Answers a StartTransaction."""
        self._transaction_id = transaction_id
        await self.answer(message_id, Action.start_transaction)

    # ---- what a charge point may ask. The frame is in the log; the answer is always yes.
    @answers(Action.boot_notification)
    def _boot(self, /, **_: Any) -> Any:
        return call_result.BootNotification(now(), HEARTBEAT_S, RegistrationStatus.accepted)

    @answers(Action.heartbeat)
    def _heartbeat(self, /, **_: Any) -> Any:
        return call_result.Heartbeat(now())

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
