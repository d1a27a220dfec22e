"""What the central system answers in OCPP 2.0.1: always yes."""

from __future__ import annotations

from typing import Any

from ocpp.v201 import ChargePoint, call_result
from ocpp.v201.datatypes import IdTokenInfoType
from ocpp.v201.enums import (
    Action,
    AuthorizationStatusEnumType,
    DataTransferStatusEnumType,
    GenericStatusEnumType,
    NotifyEVChargingNeedsStatusEnumType,
    RegistrationStatusEnumType,
)

from ingest.gateways.station import HEARTBEAT_S, Station, answers, now

WITHOUT_WORDS = {
    Action.cleared_charging_limit: call_result.ClearedChargingLimit,
    Action.firmware_status_notification: call_result.FirmwareStatusNotification,
    Action.log_status_notification: call_result.LogStatusNotification,
    Action.meter_values: call_result.MeterValues,
    Action.notify_charging_limit: call_result.NotifyChargingLimit,
    Action.notify_customer_information: call_result.NotifyCustomerInformation,
    Action.notify_display_messages: call_result.NotifyDisplayMessages,
    Action.notify_event: call_result.NotifyEvent,
    Action.notify_monitoring_report: call_result.NotifyMonitoringReport,
    Action.notify_report: call_result.NotifyReport,
    Action.publish_firmware_status_notification: call_result.PublishFirmwareStatusNotification,
    Action.report_charging_profiles: call_result.ReportChargingProfiles,
    Action.reservation_status_update: call_result.ReservationStatusUpdate,
    Action.security_event_notification: call_result.SecurityEventNotification,
    Action.status_notification: call_result.StatusNotification,
}
"""What is told and needs no more than to be heard."""


class Station201(Station, ChargePoint):  # type: ignore[misc]
    token_shown = False
    """The TransactionEvent that is answered now names a card: only then it is accepted (2.0.1, E01)."""

    @answers(Action.boot_notification)
    def _boot(self, /, **_: Any) -> Any:
        return call_result.BootNotification(now(), HEARTBEAT_S, RegistrationStatusEnumType.accepted)

    @answers(Action.heartbeat)
    def _heartbeat(self, /, **_: Any) -> Any:
        return call_result.Heartbeat(now())

    @answers(Action.authorize)
    def _authorize(self, /, **_: Any) -> Any:
        return call_result.Authorize(IdTokenInfoType(AuthorizationStatusEnumType.accepted))

    @answers(Action.transaction_event)
    def _transaction(self, /, **_: Any) -> Any:
        accepted = IdTokenInfoType(AuthorizationStatusEnumType.accepted)
        return call_result.TransactionEvent(id_token_info=accepted if self.token_shown else None)

    @answers(Action.data_transfer)
    def _data_transfer(self, /, **_: Any) -> Any:
        return call_result.DataTransfer(DataTransferStatusEnumType.accepted)

    @answers(Action.notify_ev_charging_needs)
    def _charging_needs(self, /, **_: Any) -> Any:
        return call_result.NotifyEVChargingNeeds(NotifyEVChargingNeedsStatusEnumType.rejected)

    @answers(Action.notify_ev_charging_schedule)
    def _charging_schedule(self, /, **_: Any) -> Any:
        return call_result.NotifyEVChargingSchedule(GenericStatusEnumType.accepted)

    @answers(Action.sign_certificate)
    def _sign_certificate(self, /, **_: Any) -> Any:
        return call_result.SignCertificate(GenericStatusEnumType.rejected)


def _heard(name: str, result: Any) -> Any:
    def handler(self: Station201, /, **_: Any) -> Any:
        return result()

    handler.__name__ = name  # the package finds its routes by it
    return handler


for _action, _result in WITHOUT_WORDS.items():
    setattr(Station201, f"_on_{_action.name}", answers(_action)(_heard(f"_on_{_action.name}", _result)))
