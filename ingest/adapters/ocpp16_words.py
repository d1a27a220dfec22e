"""The words of OCPP 1.6, compared without case and spaces; an unknown one stays as said and is noted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .lenient import by_plain, plain

STATUSES = by_plain(
    "Available Preparing Charging SuspendedEV SuspendedEVSE Finishing Reserved Unavailable Faulted".split()
)
ERRORS = by_plain(
    "NoError ConnectorLockFailure EVCommunicationError GroundFailure HighTemperature InternalError LocalListConflict "
    "OtherError OverCurrentFailure OverVoltage PowerMeterFailure PowerSwitchFailure ReaderFailure ResetFailure "
    "UnderVoltage WeakSignal".split()
)
REASONS = by_plain(
    "DeAuthorized EmergencyStop EVDisconnected HardReset Local Other PowerLoss Reboot Remote SoftReset "
    "UnlockCommand".split()
)
OTHER_ACTIONS = by_plain(
    "Authorize CancelReservation CertificateSigned ChangeAvailability ChangeConfiguration ClearCache "
    "ClearChargingProfile DataTransfer DeleteCertificate DiagnosticsStatusNotification ExtendedTriggerMessage "
    "FirmwareStatusNotification GetCompositeSchedule GetConfiguration GetDiagnostics GetInstalledCertificateIds "
    "GetLocalListVersion GetLog InstallCertificate LogStatusNotification RemoteStartTransaction RemoteStopTransaction "
    "ReserveNow Reset SecurityEventNotification SendLocalList SetChargingProfile SignCertificate "
    "SignedFirmwareStatusNotification SignedUpdateFirmware TriggerMessage UnlockConnector UpdateFirmware".split()
)
"""Authorize carries a card number only; the rest are house-keeping, or orders of the central system in a log."""

_TELLING = (
    ("meterValue", "MeterValues"),
    ("meterStart", "StartTransaction"),
    ("meterStop", "StopTransaction"),
    ("chargePointModel", "BootNotification"),
    ("chargePointVendor", "BootNotification"),
    ("errorCode", "StatusNotification"),
)


def known(said: str, words: Mapping[str, str], note: str, notes: list[str]) -> str:
    """The standard's spelling of a word; an unknown one stays as said and is noted."""
    word = words.get(plain(said))
    if word is None:
        notes.append(note)
        return said
    return word


def guess_action(body: Mapping[str, Any]) -> str:
    """The action of a bare request, told from the field only that action has; empty when none tells."""
    return next((action for field, action in _TELLING if field in body), "")
