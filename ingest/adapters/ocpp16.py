"""OCPP 1.6J: what a charge point says. Frames `[2, id, action, payload]`, bare request bodies, and the answers.

`idTag` is a person's card and never leaves this file.
"""

from __future__ import annotations

from typing import Any

from community.model import DEVICE_HEARTBEAT, to_rfc3339
from community.site import Site

from .base import Canonical, Ignored, Names, Payload, Refused, decode_json, numbered, when, zone_of
from .lenient import filled, free_text, integer, moment_ms, plain, text
from .ocpp16_meter import doubts, energy_wh, reading
from .ocpp16_sessions import Context, Session, transaction_id
from .ocpp16_words import ERRORS, OTHER_ACTIONS, REASONS, STATUSES, guess_action, known

NAME = "ocpp16"

LINK = "Link"
"""What the gateway itself writes down when a charge point connects or goes: no word of the charge point."""

_READINGS_LIMIT = 500
"""Readings kept of one payload, the newest: a day at three minutes, as StopTransaction brings them."""


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
        if payload.action == LINK:
            return Ignored(f"{NAME}.link", text(body.get("event")))
        action = payload.action or guess_action(body)
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
            action = self.context.answered(station, message_id, frame[2] if len(frame) > 2 else None)
            return Ignored(f"{NAME}.CALLRESULT of {action or 'an unknown call'}")
        if kind == 4 and len(frame) >= 2:
            self.context.answered(station, message_id)
            return Ignored("ocpp16.CALLERROR")
        raise Refused("not an OCPP-J frame: [2, id, action, {..}], [3, id, {..}] or [4, id, code, text, {..}] is due")

    def _request(
        self, action: str, body: dict[str, Any], payload: Payload, station: str, message_id: str
    ) -> list[Canonical] | Ignored:
        if not action:
            raise Refused("no action: neither said nor to be told from the fields")
        handler = self._handlers.get(plain(action))
        if handler is None:
            other = OTHER_ACTIONS.get(plain(action), "")
            self.context.asked(station, message_id, other)
            return Ignored(f"{NAME}.{other}") if other else Ignored(f"{NAME}.unknown_action", action)
        if not station:
            raise Refused(f"{action} of nobody: the envelope names no device")
        notes: list[str] = []
        records = handler(body, payload, station, message_id, notes)
        if not records:
            return Ignored(f"{NAME}.MeterValues without a reading")
        return numbered(records)

    # ---- what a charge point says

    def _boot(
        self, body: dict[str, Any], payload: Payload, station: str, message_id: str, notes: list[str]
    ) -> list[Canonical]:
        self.context.asked(station, message_id, "BootNotification")
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
        self.context.asked(station, message_id, "Heartbeat")
        time_ms = when(None, payload, self._zone, notes, due=False)
        data = filled(message_id=message_id, notes=notes)
        return [Canonical(DEVICE_HEARTBEAT, self._subject(station, 0), time_ms, data)]

    def _status(
        self, body: dict[str, Any], payload: Payload, station: str, message_id: str, notes: list[str]
    ) -> list[Canonical]:
        self.context.asked(station, message_id, "StatusNotification")
        status, error = text(body.get("status")), text(body.get("errorCode"))
        if not status and not error:
            raise Refused("StatusNotification with neither status nor errorCode")
        connector = self._connector(body, notes)
        status = known(status or "Unknown", STATUSES, "unknown_status", notes)
        error = known(error, ERRORS, "unknown_error_code", notes) if error else ""
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
        self.context.asked(station, message_id, "MeterValues")
        connector = self._connector(body, notes)
        at_ms, _ = moment_ms(_first_timestamp(body.get("meterValue")), self._zone)
        session = self.context.session(station, body.get("transactionId"), connector, at_ms)
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
        self.context.started(station, connector, session)
        answer = payload.response if isinstance(payload.response, dict) else body
        transaction = self.context.bind(station, answer.get("transactionId"), session)
        self.context.asked(station, message_id, "StartTransaction", None if transaction else session)
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
        self.context.asked(station, message_id, "StopTransaction")
        transaction = transaction_id(body.get("transactionId"))
        time_ms = when(body.get("timestamp"), payload, self._zone, notes)
        session = self.context.session(station, transaction, None, time_ms) or self.context.unnamed(
            station, time_ms, message_id
        )
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
            reason=known(reason, REASONS, "unknown_reason", notes),
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
        cut = ["readings_cut"] if len(entries) > _READINGS_LIMIT else []
        records = []
        for entry in entries[-_READINGS_LIMIT:]:
            if not isinstance(entry, dict):
                continue
            own = notes + cut
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


def _first_timestamp(values: object) -> object:
    entry = values[0] if isinstance(values, list) and values else values
    return entry.get("timestamp") if isinstance(entry, dict) else None
