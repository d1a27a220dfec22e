"""OCPP 2.0.1: what a charging station says. An EVSE is the place where one car charges: it is the device.

`idToken` is a person's card and never leaves this file. What has to be remembered is where a transaction takes place: a
station need say so only once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from community.model import DEVICE_HEARTBEAT
from community.site import Site
from ingest.mapping.personal import Personal

from .base import Canonical, Ignored, Names, Payload, Refused, decode_json, numbered, when, zone_of
from .lenient import branch, by_plain, filled, flag, free_text, integer, number, plain, text
from .ocpp16_meter import ENERGY, reading
from .ocpp16_words import ERRORS, known

NAME = "ocpp201"

PERSONAL = Personal(pseudonym=frozenset(("idToken",)))
"""The card: `{"idToken": {"idToken": "04E2..", "type": "ISO14443"}}`, in groups and lists too."""

STATUSES = by_plain("Available Occupied Reserved Unavailable Faulted".split())
CHARGING = by_plain("Charging EVConnected SuspendedEV SuspendedEVSE Idle".split())
REASONS = by_plain(
    "DeAuthorized EmergencyStop EnergyLimitReached EVDisconnected GroundFault ImmediateReset Local LocalOutOfCredit "
    "MasterPass Other OvercurrentFault PowerLoss PowerQuality Reboot Remote SOCLimitReached StoppedByEV "
    "TimeLimitReached Timeout".split()
)
_OF_16 = {"Occupied": "Preparing", "EVConnected": "Preparing", "Idle": "Finishing"}
"""Words of 2.0.1 -> those of 1.6, which a connector counts by. Occupied: a car is there, which need not charge."""

_PHASES = {"started": "started", "updated": "", "ended": "ended"}
_READINGS_LIMIT = 500
_EVENTS_LIMIT = 100

PLACES_KEPT = 5_000
"""Transactions whose place is remembered: more than run at once, so that what is forgotten is over."""

ENDED_KEPT = 256
"""An hour of a large site."""

Handler = Callable[[dict[str, Any], Payload, str, list[str]], list[Canonical]]


class Context(msgspec.Struct):
    """What outlasts a payload: `station#transaction` -> its device, the newest last."""

    places: dict[str, str] = {}
    ended: dict[str, str] = {}
    """Of those that are over, for a queue that is sent once more."""


class Ocpp201:
    name = NAME

    def __init__(self, site: Site | None = None, context: Context | None = None) -> None:
        self.context = context if context is not None else Context()
        self._names = Names(NAME, site)
        self._zone = zone_of(site)
        self._handlers: dict[str, Handler] = {
            "bootnotification": self._boot,
            "heartbeat": self._heartbeat,
            "statusnotification": self._status,
            "transactionevent": self._transaction,
            "metervalues": self._meter_values,
            "notifyevent": self._events,
        }

    def adapt(self, payload: Payload) -> list[Canonical] | Ignored:
        body = decode_json(payload.body) if isinstance(payload.body, str) else payload.body
        action, message_id = payload.action, payload.message_id
        if isinstance(body, list):
            kind = integer(body[0]) if body else None
            if kind in (3, 4) and len(body) >= 2:
                return Ignored(f"{NAME}.{'CALLRESULT' if kind == 3 else 'CALLERROR'}")
            if kind != 2 or len(body) < 3:
                raise Refused(
                    "not an OCPP-J frame: [2, id, action, {..}], [3, id, {..}] or [4, id, code, text, {..}] is due"
                )
            message_id, action = text(body[1]), text(body[2])
            body = body[3] if len(body) > 3 and body[3] is not None else {}
        if not isinstance(body, dict):
            raise Refused(f"the payload of {action or 'the CALL'} is not an object")
        if not action:
            raise Refused("no action: neither a frame nor named by the envelope")
        station = payload.device or payload.fallback
        handler = self._handlers.get(plain(action))
        if handler is None:
            return Ignored(f"{NAME}.other action", action)
        if not station:
            raise Refused(f"{action} of nobody: the envelope names no device")
        notes: list[str] = []
        records = handler(body, payload, station, notes)
        if not records:
            return Ignored(f"{NAME}.{action} without news")
        for record in records:
            record.data |= filled(message_id=message_id)
        return numbered(records)

    def _boot(self, body: dict[str, Any], payload: Payload, station: str, notes: list[str]) -> list[Canonical]:
        said = branch(body.get("chargingStation"))
        data = filled(
            vendor=text(said.get("vendorName")),
            model=text(said.get("model")),
            serial=text(said.get("serialNumber")),
            firmware=text(said.get("firmwareVersion")),
        )
        time_ms = when(None, payload, self._zone, notes, due=False)
        return [Canonical("charging.boot", self._subject(station, 0), time_ms, data | filled(notes=notes))]

    def _heartbeat(self, body: dict[str, Any], payload: Payload, station: str, notes: list[str]) -> list[Canonical]:
        time_ms = when(None, payload, self._zone, notes, due=False)
        return [Canonical(DEVICE_HEARTBEAT, self._subject(station, 0), time_ms, filled(notes=notes))]

    def _status(self, body: dict[str, Any], payload: Payload, station: str, notes: list[str]) -> list[Canonical]:
        status = text(body.get("connectorStatus"))
        if not status:
            raise Refused("StatusNotification without connectorStatus")
        status = known(status, STATUSES, "unknown_status", notes)
        subject = self._subject(station, body.get("evseId"), body.get("connectorId"))
        time_ms = when(body.get("timestamp"), payload, self._zone, notes)
        data = filled(status=_OF_16.get(status, status), notes=notes)
        return [Canonical("charging.status", subject, time_ms, data)]

    def _transaction(self, body: dict[str, Any], payload: Payload, station: str, notes: list[str]) -> list[Canonical]:
        info = branch(body.get("transactionInfo"))
        transaction = text(info.get("transactionId"))
        if not transaction:
            raise Refused("TransactionEvent without a transactionId")
        phase = _PHASES.get(plain(text(body.get("eventType"))))
        if phase is None:
            raise Refused(f"TransactionEvent of the unknown type {text(body.get('eventType'))!r}")
        session = f"{station}#{transaction}"
        subject = self._place(session, branch(body.get("evse")), station, phase == "ended", notes)
        time_ms = when(body.get("timestamp"), payload, self._zone, notes)
        if flag(body.get("offline")):
            notes.append("offline")
        records = self._readings(body.get("meterValue"), payload, subject, session)
        if state := text(info.get("chargingState")):
            word = known(state, CHARGING, "unknown_status", notes)
            data = filled(status=_OF_16.get(word, word), notes=list(notes))
            records.append(Canonical("charging.status", subject, time_ms, data))
        if phase:
            registers = _registers(body.get("meterValue"))
            start_wh, stop_wh = registers.get("transaction.begin"), registers.get("transaction.end")
            taken_wh = stop_wh - start_wh if start_wh is not None and stop_wh is not None else None
            reason = text(info.get("stoppedReason")) or "Local"  # left out means Local (OCPP 2.0.1, 3.73)
            data = filled(
                session=session,
                phase=phase,
                meter_start_wh=start_wh,
                meter_stop_wh=stop_wh,
                energy_wh=taken_wh if taken_wh is not None and taken_wh >= 0 else None,
                reason=known(reason, REASONS, "unknown_reason", notes) if phase == "ended" else "",
                transaction=transaction,
                notes=notes,
            )
            records.append(Canonical("charging.session", subject, time_ms, data))
        return records

    def _place(self, session: str, evse: dict[str, Any], station: str, ended: bool, notes: list[str]) -> str:
        """Where a transaction takes place: as it says, or as it said before."""
        places, over = self.context.places, self.context.ended
        place = places.get(session, "") or over.get(session, "")
        if evse:
            place = self._subject(station, evse.get("id"), evse.get("connectorId"))
        if not place:
            notes.append("evse_unknown")
            return self._subject(station, 0)
        if ended:
            places.pop(session, None)
            over.pop(session, None)
            over[session] = place
            if len(over) > ENDED_KEPT:
                del over[next(iter(over))]
        elif session not in over:
            if evse:
                places.pop(session, None)
            if session not in places:
                places[session] = place
                if len(places) > PLACES_KEPT:
                    del places[next(iter(places))]
        return place

    def _meter_values(self, body: dict[str, Any], payload: Payload, station: str, notes: list[str]) -> list[Canonical]:
        return self._readings(body.get("meterValue"), payload, self._subject(station, body.get("evseId")), "")

    def _events(self, body: dict[str, Any], payload: Payload, station: str, notes: list[str]) -> list[Canonical]:
        """A component that has a problem. That it is over says the next StatusNotification."""
        records = []
        events = body.get("eventData")
        for event in (events if isinstance(events, list) else [])[:_EVENTS_LIMIT]:
            event = branch(event)
            variable = plain(text(branch(event.get("variable")).get("name")))
            if variable != "problem" or not flag(event.get("actualValue")) or flag(event.get("cleared")):
                continue
            own = list(notes)
            evse = branch(branch(event.get("component")).get("evse"))
            code = text(event.get("techCode"))
            data = filled(
                status="Faulted",
                error_code=ERRORS.get(plain(code), "OtherError"),
                info=free_text(event.get("techInfo")),
                vendor_error_code=free_text(code),
            )
            time_ms = when(event.get("timestamp") or body.get("generatedAt"), payload, self._zone, own)
            subject = self._subject(station, evse.get("id"), evse.get("connectorId"))
            records.append(Canonical("charging.status", subject, time_ms, data | filled(notes=own)))
        return records

    def _readings(self, values: object, payload: Payload, subject: str, session: str) -> list[Canonical]:
        """One record for each moment with at least one readable value."""
        records = []
        for entry in (values if isinstance(values, list) else [])[-_READINGS_LIMIT:]:
            own: list[str] = []
            fields = reading([_as_16(sample) for sample in _samples(entry)], own)
            if not fields:
                continue
            time_ms = when(entry.get("timestamp"), payload, self._zone, own)
            about = filled(session=session, notes=list(dict.fromkeys(own)))
            records.append(Canonical("charging.meter", subject, time_ms, fields | about))
        return records

    def _subject(self, station: str, evse: object, connector: object = None) -> str:
        """`station/evse`; 0 is the station as a whole."""
        number_ = integer(evse) if evse is not None else 0
        if number_ is None or not 0 <= number_ < 1000:
            raise Refused(f"evse {text(evse)!r} is not the number of an EVSE")
        place = f"{station}/{number_}"
        return self._names.subject(place, f"{place}/{text(connector)}" if text(connector) else "")


def _samples(entry: object) -> list[dict[str, Any]]:
    values = branch(entry).get("sampledValue")
    return [value for value in (values if isinstance(values, list) else [values]) if isinstance(value, dict)]


def _as_16(sample: dict[str, Any]) -> dict[str, Any]:
    """A sampled value as 1.6 writes it: the unit beside the number, the power of ten worked in."""
    unit = branch(sample.get("unitOfMeasure"))
    value, power = number(sample.get("value")), integer(unit.get("multiplier"))
    if value is not None and power is not None and -12 <= power <= 12:
        value *= 10.0**power
    said = {name: sample.get(name) for name in ("measurand", "phase", "location", "context")}
    return said | {"value": value, "unit": text(unit.get("unit"))}


def _registers(values: object) -> dict[str, float]:
    """Context in small letters (`transaction.begin`) -> Wh of the register."""
    found: dict[str, float] = {}
    for entry in values if isinstance(values, list) else []:
        for sample in _samples(entry):
            measurand = text(sample.get("measurand")) or ENERGY
            fields = reading([_as_16(sample)], []) if plain(measurand) == plain(ENERGY) else {}
            if "energy_wh" in fields and not text(sample.get("phase")):
                found[text(sample.get("context")).lower()] = fields["energy_wh"]
    return found
