"""OCPP 1.6J: what a charge point says. Frames `[2, id, action, payload]`, bare request bodies, and the answers.

A session is `charge point/connector@start time`: transaction ids come only with the answer, are reused across
chargers, and start again at 1 after some reboots. The context ties them to sessions: StopTransaction and many
MeterValues name nothing else. `idTag` is a person's card and never leaves this file.
"""

from __future__ import annotations

from typing import Any

import msgspec

from community.model import DEVICE_HEARTBEAT, to_rfc3339
from community.site import Site

from .base import Canonical, Ignored, Names, Payload, Refused, decode_json, numbered, when, zone_of
from .lenient import by_plain, filled, free_text, integer, moment_ms, plain, text
from .ocpp16_meter import doubts, energy_wh, reading

NAME = "ocpp16"

_STATUSES = by_plain(
    "Available Preparing Charging SuspendedEV SuspendedEVSE Finishing Reserved Unavailable Faulted".split()
)
_ERRORS = by_plain(
    "NoError ConnectorLockFailure EVCommunicationError GroundFailure HighTemperature InternalError LocalListConflict "
    "OtherError OverCurrentFailure OverVoltage PowerMeterFailure PowerSwitchFailure ReaderFailure ResetFailure "
    "UnderVoltage WeakSignal".split()
)
_REASONS = by_plain(
    "DeAuthorized EmergencyStop EVDisconnected HardReset Local Other PowerLoss Reboot Remote SoftReset "
    "UnlockCommand".split()
)
_OTHER_ACTIONS = by_plain(
    "Authorize CancelReservation CertificateSigned ChangeAvailability ChangeConfiguration ClearCache "
    "ClearChargingProfile DataTransfer DeleteCertificate DiagnosticsStatusNotification ExtendedTriggerMessage "
    "FirmwareStatusNotification GetCompositeSchedule GetConfiguration GetDiagnostics GetInstalledCertificateIds "
    "GetLocalListVersion GetLog InstallCertificate LogStatusNotification RemoteStartTransaction RemoteStopTransaction "
    "ReserveNow Reset SecurityEventNotification SendLocalList SetChargingProfile SignCertificate "
    "SignedFirmwareStatusNotification SignedUpdateFirmware TriggerMessage UnlockConnector UpdateFirmware".split()
)
"""Authorize carries a card number only; the rest are house-keeping, or orders of the central system in a log."""

_CONTEXT_LIMIT = 4096
"""Calls and sessions remembered of all charge points of one gateway; the oldest go first."""

_READINGS_LIMIT = 500
"""Readings of one payload: a day at three minutes, as StopTransaction brings them after a long session."""


class Session(msgspec.Struct, omit_defaults=True):
    """A charging session as StartTransaction announced it, or as far as later messages tell."""

    id: str
    subject: str
    meter_start_wh: float | int | None = None
    began_ms: int | None = None
    ended: bool = False


class Context(msgspec.Struct):
    """What earlier payloads said and later ones need. Plain data: a caller may keep it over a restart."""

    calls: dict[str, tuple[str, Session | None]] = {}
    """Charge point and message id -> action asked, and the session it started."""
    sessions: dict[str, Session] = {}
    """Charge point and transaction id -> session."""
    unbound: dict[str, Session] = {}
    """Charge point and connector -> the session whose transaction id nobody has told yet."""


class Ocpp16:
    name = NAME

    def __init__(self, site: Site | None = None, context: Context | None = None) -> None:
        self.context = context if context is not None else Context()
        self._names = Names(NAME, site)
        self._zone = zone_of(site)
        self._handlers = {
            "bootnotification": self._boot,
            "heartbeat": self._heartbeat,
            "statusnotification": self._status,
            "metervalues": self._meter_values,
            "starttransaction": self._start,
            "stoptransaction": self._stop,
        }

    def adapt(self, payload: Payload) -> list[Canonical] | Ignored:
        body = decode_json(payload.body) if isinstance(payload.body, str) else payload.body
        station = payload.device or payload.fallback
        if isinstance(body, list):
            return self._frame(body, payload, station)
        if not isinstance(body, dict):
            raise Refused(f"neither an OCPP frame nor a request: {type(body).__name__}")
        action = payload.action or _guess(body)
        return self._request(action, body, payload, station, payload.message_id)

    def _frame(self, frame: list[Any], payload: Payload, station: str) -> list[Canonical] | Ignored:
        kind = integer(frame[0]) if frame else None
        message_id = text(frame[1]) if len(frame) > 1 else ""
        if kind == 2 and len(frame) >= 3:
            body = frame[3] if len(frame) > 3 and frame[3] is not None else {}
            if not isinstance(body, dict):
                raise Refused(f"the payload of {text(frame[2]) or 'the CALL'} is not an object")
            return self._request(text(frame[2]), body, payload, station, message_id)
        if kind == 3 and len(frame) >= 2:
            return self._answer(station, message_id, frame[2] if len(frame) > 2 else None)
        if kind == 4 and len(frame) >= 2:
            self.context.calls.pop(_key(station, message_id), None)
            return Ignored("ocpp16.CALLERROR")
        raise Refused("not an OCPP-J frame: [2, id, action, {..}], [3, id, {..}] or [4, id, code, text, {..}] is due")

    def _request(
        self, action: str, body: dict[str, Any], payload: Payload, station: str, message_id: str
    ) -> list[Canonical] | Ignored:
        if not action:
            raise Refused("no action: neither said nor to be told from the fields")
        handler = self._handlers.get(plain(action))
        if handler is None:
            known = _OTHER_ACTIONS.get(plain(action), "")
            self._remember_call(station, message_id, known, None)
            return Ignored(f"{NAME}.{known}") if known else Ignored(f"{NAME}.unknown_action", action)
        if not station:
            raise Refused(f"{action} of nobody: the envelope names no device")
        notes: list[str] = []
        records = handler(body, payload, station, message_id, notes)
        if not records:
            return Ignored(f"{NAME}.MeterValues without a reading")
        return numbered(records)

    def _answer(self, station: str, message_id: str, body: Any) -> Ignored:
        action, session = self.context.calls.pop(_key(station, message_id), ("", None))
        if session is not None and isinstance(body, dict):
            self._bind(station, body.get("transactionId"), session)
        return Ignored(f"{NAME}.CALLRESULT of {action or 'an unknown call'}")

    # ---- what a charge point says

    def _boot(
        self, body: dict[str, Any], payload: Payload, station: str, message_id: str, notes: list[str]
    ) -> list[Canonical]:
        self._remember_call(station, message_id, "BootNotification", None)
        time_ms = when(None, payload, self._zone, notes, due=False)
        data = filled(
            vendor=text(body.get("chargePointVendor")),
            model=text(body.get("chargePointModel")),
            serial=text(body.get("chargePointSerialNumber")) or text(body.get("chargeBoxSerialNumber")),
            firmware=text(body.get("firmwareVersion")),
            message_id=message_id,
            notes=notes,
        )
        return [Canonical("charging.boot", self._subject(station, 0), time_ms, data)]

    def _heartbeat(
        self, body: dict[str, Any], payload: Payload, station: str, message_id: str, notes: list[str]
    ) -> list[Canonical]:
        self._remember_call(station, message_id, "Heartbeat", None)
        time_ms = when(None, payload, self._zone, notes, due=False)
        data = filled(message_id=message_id, notes=notes)
        return [Canonical(DEVICE_HEARTBEAT, self._subject(station, 0), time_ms, data)]

    def _status(
        self, body: dict[str, Any], payload: Payload, station: str, message_id: str, notes: list[str]
    ) -> list[Canonical]:
        self._remember_call(station, message_id, "StatusNotification", None)
        status, error = text(body.get("status")), text(body.get("errorCode"))
        if not status and not error:
            raise Refused("StatusNotification with neither status nor errorCode")
        connector = self._connector(body, notes)
        status = _known(status or "Unknown", _STATUSES, "unknown_status", notes)
        error = _known(error, _ERRORS, "unknown_error_code", notes) if error else ""
        if status == "Faulted" and error in ("", "NoError"):
            notes.append("faulted_without_error")
        time_ms = when(body.get("timestamp"), payload, self._zone, notes)
        data = filled(
            status=status,
            error_code=error,
            info=free_text(body.get("info")),
            vendor_error_code=free_text(body.get("vendorErrorCode")),
            message_id=message_id,
            notes=notes,
        )
        return [Canonical("charging.status", self._subject(station, connector), time_ms, data)]

    def _meter_values(
        self, body: dict[str, Any], payload: Payload, station: str, message_id: str, notes: list[str]
    ) -> list[Canonical]:
        self._remember_call(station, message_id, "MeterValues", None)
        connector = self._connector(body, notes)
        at_ms, _ = moment_ms(_first_timestamp(body.get("meterValue")), self._zone)
        session = self._session(station, body.get("transactionId"), connector, at_ms)
        subject = self._subject(station, connector)
        if session is not None and not session.subject:
            session.subject = subject
        return self._readings(body.get("meterValue"), payload, subject, session, message_id, notes)

    def _start(
        self, body: dict[str, Any], payload: Payload, station: str, message_id: str, notes: list[str]
    ) -> list[Canonical]:
        connector = self._connector(body, notes)
        subject = self._subject(station, connector)
        time_ms = when(body.get("timestamp"), payload, self._zone, notes)
        meter_start_wh = energy_wh(body.get("meterStart"))
        if meter_start_wh is None:
            notes.append("meter_start_unreadable" if body.get("meterStart") is not None else "meter_start_missing")
        elif isinstance(meter_start_wh, float):
            notes.append("meter_start_fraction")  # whole Wh are due: a fraction is often kWh without saying so
        began = to_rfc3339(time_ms) if time_ms is not None else message_id or "unknown"
        session = Session(f"{station}/{connector}@{began}", subject, meter_start_wh, time_ms)
        _remember(self.context.unbound, _key(station, str(connector)), session)
        self._remember_call(station, message_id, "StartTransaction", session)
        answer = payload.response if isinstance(payload.response, dict) else body
        transaction = self._bind(station, answer.get("transactionId"), session)
        data = filled(
            session=session.id,
            phase="started",
            meter_start_wh=meter_start_wh,
            transaction=transaction,
            message_id=message_id,
            notes=notes,
        )
        return [Canonical("charging.session", subject, time_ms, data)]

    def _stop(
        self, body: dict[str, Any], payload: Payload, station: str, message_id: str, notes: list[str]
    ) -> list[Canonical]:
        self._remember_call(station, message_id, "StopTransaction", None)
        transaction = _transaction(body.get("transactionId"))
        time_ms = when(body.get("timestamp"), payload, self._zone, notes)
        session = self._session(station, transaction, None, time_ms) or self._unnamed(station, time_ms, message_id)
        session.ended = True
        subject = session.subject or self._subject(station, 0)
        if not transaction:
            notes.append("transaction_missing")
        if not session.subject:
            notes.append("connector_unknown")
        stop_wh, taken_wh = energy_wh(body.get("meterStop")), None
        if stop_wh is None:
            notes.append("meter_stop_missing")
        else:
            notes.extend(doubts(stop_wh, session.meter_start_wh))
            if session.meter_start_wh is not None and stop_wh >= session.meter_start_wh:
                taken_wh = energy_wh(stop_wh - session.meter_start_wh)
        reason = text(body.get("reason")) or "Local"  # left out means Local (OCPP 1.6, 6.47)
        data = filled(
            session=session.id,
            phase="ended",
            meter_start_wh=session.meter_start_wh,
            meter_stop_wh=stop_wh,
            energy_wh=taken_wh,
            reason=_known(reason, _REASONS, "unknown_reason", notes),
            transaction=transaction,
            message_id=message_id,
            notes=notes,
        )
        samples = self._readings(body.get("transactionData"), payload, subject, session, message_id, [])
        return [*samples, Canonical("charging.session", subject, time_ms, data)]

    # ---- parts

    def _readings(
        self, values: object, payload: Payload, subject: str, session: Session | None, message_id: str, notes: list[str]
    ) -> list[Canonical]:
        """One record for each moment with at least one readable value."""
        entries = values if isinstance(values, list) else [values]
        if len(entries) > _READINGS_LIMIT:
            raise Refused(f"{len(entries)} meter readings in one message, more than {_READINGS_LIMIT}")
        records = []
        for entry in entries:
            if not isinstance(entry, dict):
                continue
            own = list(notes)
            fields = reading(entry.get("sampledValue"), own)
            if not fields:
                continue
            if "energy_wh" in fields and session is not None:
                own.extend(doubts(fields["energy_wh"], session.meter_start_wh))
            time_ms = when(entry.get("timestamp"), payload, self._zone, own)
            about = filled(
                session=session.id if session is not None else "", message_id=message_id, notes=list(dict.fromkeys(own))
            )
            records.append(Canonical("charging.meter", subject, time_ms, fields | about))
        return records

    def _connector(self, body: dict[str, Any], notes: list[str]) -> int:
        """0 is the charge point as a whole."""
        said = body.get("connectorId")
        if said is None or said == "":
            notes.append("connector_missing")
            return 0
        connector = integer(said)
        if connector is None or not 0 <= connector < 1000:
            raise Refused(f"connectorId {text(said)!r} is not a connector number")
        return connector

    def _subject(self, station: str, connector: int) -> str:
        return self._names.subject(f"{station}/{connector}")

    def _remember_call(self, station: str, message_id: str, action: str, session: Session | None) -> None:
        if message_id:
            _remember(self.context.calls, _key(station, message_id), (action, session))

    def _bind(self, station: str, transaction: object, session: Session) -> str:
        """Ties a transaction id to its session; the id as text, empty when there is none."""
        said = _transaction(transaction)
        if said:
            _remember(self.context.sessions, _key(station, said), session)
            self._told(session)
        return said

    def _told(self, session: Session) -> None:
        for connector, waiting in list(self.context.unbound.items()):
            if waiting.id == session.id:
                del self.context.unbound[connector]

    def _session(self, station: str, transaction: object, connector: int | None, at_ms: int | None) -> Session | None:
        """The session a transaction id belongs to. One that began out of our sight gets a name without a start."""
        said = _transaction(transaction)
        if not said:
            return None
        known = self.context.sessions.get(_key(station, said))
        if known is not None and not known.ended:
            return known
        # An id used again, or a start whose answer was not recorded.
        session = self._waiting(station, connector, at_ms) or known or Session(f"{station}#{said}", "")
        self._bind(station, said, session)
        return session

    def _waiting(self, station: str, connector: int | None, at_ms: int | None) -> Session | None:
        """The session without a transaction id that a message of that moment can only mean; None when it is not one."""
        found = [
            session
            for key, session in self.context.unbound.items()
            if key.startswith(_key(station, ""))
            and (connector is None or key == _key(station, str(connector)))
            and (at_ms is None or session.began_ms is None or at_ms >= session.began_ms)
        ]
        return found[0] if len(found) == 1 else None

    def _unnamed(self, station: str, at_ms: int | None, message_id: str) -> Session:
        """What a StopTransaction without a transaction id ends (an offline start has none on some chargers)."""
        session = self._waiting(station, None, at_ms)
        if session is None:
            return Session(f"{station}#{to_rfc3339(at_ms) if at_ms is not None else message_id or 'unknown'}", "")
        self._told(session)
        return session


def _transaction(said: object) -> str:
    """A transaction id as text; chargers write -1 where they have none."""
    word = text(said)
    return "" if word.startswith("-") else word


def _first_timestamp(values: object) -> object:
    entry = values[0] if isinstance(values, list) and values else values
    return entry.get("timestamp") if isinstance(entry, dict) else None


def _guess(body: dict[str, Any]) -> str:
    """The action of a bare request, told from the field only that action has."""
    for field, action in _TELLING:
        if field in body:
            return action
    return ""


_TELLING = (
    ("meterValue", "MeterValues"),
    ("meterStart", "StartTransaction"),
    ("meterStop", "StopTransaction"),
    ("chargePointModel", "BootNotification"),
    ("chargePointVendor", "BootNotification"),
    ("errorCode", "StatusNotification"),
)


def _known(said: str, words: Any, note: str, notes: list[str]) -> str:
    """The standard's spelling of a word; an unknown one stays as said and is noted."""
    known = words.get(plain(said))
    if known is None:
        notes.append(note)
    return str(known or said)


def _key(station: str, part: str) -> str:
    return f"{station}\n{part}"


def _remember(where: dict[str, Any], key: str, value: Any) -> None:
    """Newest last; beyond the limit the oldest goes."""
    where.pop(key, None)
    where[key] = value
    if len(where) > _CONTEXT_LIMIT:
        del where[next(iter(where))]
