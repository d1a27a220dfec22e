"""The versions of OCPP that are spoken here: what a CALL needs before its answer, and what an order is called."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ocpp.v16 import call as call16
from ocpp.v16.enums import Action as Action16
from ocpp.v201 import call as call201
from ocpp.v201.enums import Action as Action201
from websockets.asyncio.server import ServerConnection

from ingest.actions import Order
from ingest.adapters import personal_of
from ingest.adapters.lenient import branch, by_plain, integer, plain, text
from ingest.envelope import Envelopes
from ingest.gateways.station import Station
from ingest.gateways.station16 import Station16
from ingest.gateways.station201 import Station201
from ingest.gateways.transactions import Ledger

Record = Callable[..., Awaitable[None]]
"""`record(raw, response=..)`: durable when it returns; raises OSError."""

STOP, START, UNLOCK = "charging.remote_stop", "charging.remote_start", "charging.unlock"
TAG = "SHOUWANG"
"""The card by which a session begins that the desk has started: nobody's."""

RUNNING = 10_000
"""Transactions of 2.0.1 remembered; a charge point that was forgotten names its own again with the next event."""


class Dialect(Protocol):
    source: str
    subprotocol: str
    envelopes: Envelopes

    def station(self, device: str, wire: ServerConnection) -> Station: ...

    async def take_call(self, station: Any, device: str, raw: bytes, frame: list[Any], record: Record) -> None:
        """`[2, id, action, ..]`: durable, then answered. Raises OSError: then there is no answer."""
        ...

    def call_of(self, order: Order, device: str, place: str, connector: int | None) -> tuple[str, Any] | None:
        """The name and the CALL that the order means; None: not now (the transaction is another, or over). `connector`:
        the plug of an EVSE that the site describes."""
        ...


class Dialect16:
    source, subprotocol = "ocpp16", "ocpp1.6"
    _actions = by_plain(action.value for action in Action16)

    def __init__(self, envelopes: Envelopes, ledger: Ledger) -> None:
        self.envelopes = envelopes
        self._ledger = ledger

    def station(self, device: str, wire: ServerConnection) -> Station:
        return Station16(device, wire)

    async def take_call(self, station: Station16, device: str, raw: bytes, frame: list[Any], record: Record) -> None:
        action = self._actions.get(plain(frame[2]), frame[2])
        request = frame[3] if len(frame) > 3 and isinstance(frame[3], dict) else {}
        connector = integer(request.get("connectorId")) or 0
        named = integer(request.get("transactionId"))
        if action == Action16.start_transaction:
            transaction_id = self._ledger.begin(device, connector, request, str(frame[1]))
            # The answer stands in the same record as the question: one cannot be durable without the other.
            await record(raw, response={"transactionId": transaction_id})
            await station.begin(frame[1], transaction_id)
            return
        await record(raw)
        if action == Action16.meter_values and named:
            self._ledger.seen(device, connector, named)
        elif action == Action16.stop_transaction and named is not None:
            self._ledger.end(device, named)
        await station.answer(frame[1], action)

    def call_of(self, order: Order, device: str, place: str, connector: int | None) -> tuple[str, Any] | None:
        if not place.isdigit():
            return None
        if order.type == UNLOCK:
            return "UnlockConnector", call16.UnlockConnector(connector_id=int(place))
        if order.type == START:
            if self._ledger.running(device, int(place)) is not None:
                return None
            return "RemoteStartTransaction", call16.RemoteStartTransaction(id_tag=TAG, connector_id=int(place))
        return self._stop_of(order, device, place)

    def _stop_of(self, order: Order, device: str, place: str) -> tuple[str, Any] | None:
        """The connector's transaction if it is the one the order names: the next car must not be stopped in its place.

        An order that names none means whichever runs.
        """
        running, named = self._ledger.running(device, int(place)), order.data.get("transaction")
        if running is None or (named not in (None, "") and integer(named) != running):
            return None
        return "RemoteStopTransaction", call16.RemoteStopTransaction(transaction_id=running)


class Run(NamedTuple):
    evse: str
    """Empty where it has not been said."""
    connector: int | None
    since: str
    """What its first event said of the time: of one charge point's clock, be it right or wrong."""


class Dialect201:
    source, subprotocol = "ocpp201", "ocpp2.0.1"
    _actions = by_plain(action.value for action in Action201)

    def __init__(self, envelopes: Envelopes) -> None:
        self.envelopes = envelopes
        self._running: OrderedDict[tuple[str, str], Run] = OrderedDict()
        """(charge point, transaction) -> where, and since when."""
        self._over: OrderedDict[tuple[str, str], None] = OrderedDict()
        """A queue that is sent once more, or late, does not bring them back."""

    def station(self, device: str, wire: ServerConnection) -> Station:
        return Station201(device, wire)

    async def take_call(self, station: Station201, device: str, raw: bytes, frame: list[Any], record: Record) -> None:
        action = self._actions.get(plain(frame[2]), frame[2])
        request = frame[3] if len(frame) > 3 and isinstance(frame[3], dict) else {}
        await record(raw)
        if action == Action201.transaction_event:
            station.token_shown = isinstance(request.get("idToken"), dict)
            self._follow(device, request)
        await station.answer(frame[1], action)

    def _follow(self, device: str, request: Mapping[str, Any]) -> None:
        key = device, text(branch(request.get("transactionInfo")).get("transactionId"))
        if not key[1] or key in self._over:
            return
        known = self._running.pop(key, Run("", None, text(request.get("timestamp"))))
        if plain(text(request.get("eventType"))) == "ended":
            self._end(key)
            return
        told = branch(request.get("evse"))
        evse, connector = text(told.get("id")) or known.evse, integer(told.get("connectorId")) or known.connector
        self._running[key] = Run(evse, connector, known.since)
        while len(self._running) > RUNNING:
            self._running.popitem(last=False)
        # An EVSE charges one car: of two the later one runs, and the end of the other was never heard.
        at_it = [other for other, run in self._running.items() if evse and (other[0], run.evse) == (device, evse)]
        newest = max(at_it, key=lambda other: self._running[other].since, default=key)
        for other in at_it:
            if other != newest:
                del self._running[other]
                self._end(other)

    def _end(self, key: tuple[str, str]) -> None:
        self._over[key] = None
        while len(self._over) > RUNNING:
            self._over.popitem(last=False)

    def call_of(self, order: Order, device: str, place: str, connector: int | None) -> tuple[str, Any] | None:
        running = next((run for (known, _), run in self._running.items() if (known, run.evse) == (device, place)), None)
        if order.type == UNLOCK:
            # The plug that a car hangs on now is what is held; else the one that the site describes. Most have one.
            plug = (running.connector if running is not None else None) or connector or 1
            return "UnlockConnector", call201.UnlockConnector(evse_id=int(place), connector_id=plug)
        if order.type == START:
            if running is not None:
                return None
            token = {"id_token": TAG, "type": "Central"}
            start_id = zlib.crc32(order.id.encode()) >> 1  # an int32 that names this order
            return "RequestStartTransaction", call201.RequestStartTransaction(
                id_token=token, remote_start_id=start_id, evse_id=int(place)
            )
        return self._stop_of(order, device, place)

    def _stop_of(self, order: Order, device: str, place: str) -> tuple[str, Any] | None:
        """The transaction that the order names; else the one that runs at its EVSE, as far as it was heard of here."""
        transaction = text(order.data.get("transaction")) or next(
            (id for (known, id), run in self._running.items() if (known, run.evse) == (device, place)), ""
        )
        if not transaction:
            return None
        return "RequestStopTransaction", call201.RequestStopTransaction(transaction_id=transaction)


def dialects_of(var: Path, ledger: Ledger) -> list[Dialect]:
    """Of an installation, the one that is meant by a charge point that names none first."""
    return [
        Dialect16(Envelopes(var, personal_of(Dialect16.source)), ledger),
        Dialect201(Envelopes(var, personal_of(Dialect201.source))),
    ]
