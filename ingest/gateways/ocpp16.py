"""OCPP 1.6J central system: charge points connect to `ws://HOST:OCPP_PORT/<charge point id>` (subprotocol ocpp1.6).

Every frame of a charge point is durable in `vendor.ocpp16` before it is answered; when neither log nor spool takes
it there is no answer, and the charge point sends it again. What a frame means is the adapter's affair: one that is
no OCPP at all is recorded too, and the normaliser sets it aside with its reason.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from ocpp.v16.enums import Action
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed, NegotiationError
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from community.site import Site
from ingest.actions import Order
from ingest.adapters.lenient import by_plain, integer, plain
from ingest.adapters.ocpp16 import LINK
from ingest.envelope import Envelopes
from ingest.gateways.station import SIMULATED, Station
from ingest.gateways.transactions import Ledger
from ingest.intake import Intake
from store import keys

log = logging.getLogger("shouwang.ocpp16")

SOURCE = "ocpp16"
TOPIC = keys.vendor(SOURCE)

FRAME_BYTES = 256 * 1024
"""A frame is 0.1 to 2 kB, transactionData of a session tens of kB; what is larger closes the connection (1009)."""

CONNECTIONS = 2000
"""Four times the largest site; each may hold FRAMES_AHEAD frames in memory."""

FRAMES_AHEAD = 4

PING_S = 60
"""Mobile links drop silently; a charge point that answers no ping within another 60 s is gone."""

GRACE_S = 600.0
"""So long a real charge point that has just gone keeps its place against its simulated twin: mobile links drop, and
what the twin says meanwhile would stand on the wall as if the real one had said it."""

ID_LENGTH = 64
REPLACED = (4000, "replaced")

_ACTIONS = by_plain(action.value for action in Action)


class Gateway:
    grace_s = GRACE_S

    def __init__(self, intake: Intake, envelopes: Envelopes, ledger: Ledger, sites: Mapping[str, Site]) -> None:
        self._intake = intake
        self._envelopes = envelopes
        self._ledger = ledger
        self._first = next(iter(sites))
        self.describe(sites)
        self._links: dict[str, tuple[Station, ServerConnection]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._real_s: dict[str, float] = {}
        """When (monotonic) a real charge point was last here."""

    def describe(self, sites: Mapping[str, Site]) -> None:
        """Which charge point belongs to whom."""
        self._home = {
            vendor_id.partition("/")[0]: site.id
            for site in sites.values()
            for adapter, vendor_id in site.by_vendor
            if adapter == SOURCE
        }

    def community_of(self, device: str) -> str:
        """A charge point that no site describes belongs to the first one: kept, and shown by its own name."""
        return self._home.get(device, self._first)

    def connected(self, community: str) -> int:
        return sum(self.community_of(device) == community for device in self._links)

    # ---- connections
    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if not _device(request.path):
            return connection.respond(HTTPStatus.NOT_FOUND, "connect to /<charge point id>\n")
        if len(self._links) >= CONNECTIONS:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many charge points\n")
        return None

    async def serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        device = _device(connection.request.path)
        station = Station(device, connection)
        before = self._links.get(device)
        if _simulated(connection) and self._real(device):
            # Decided here and not in `admit`: of two that shake hands at the same time only this order counts.
            await connection.close(*REPLACED)
            return
        self._links[device] = (station, connection)
        if before is not None:
            # Not waited for: a dead peer takes its close timeout, the living one is here now.
            closing = asyncio.create_task(before[1].close(*REPLACED))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        await self._record_link(device, {"event": "opened"})
        try:
            while True:
                await self._take(station, device, await connection.recv(decode=False))
        except ConnectionClosed as closed:
            why = closed.sent if closed.sent is not None and not closed.rcvd_then_sent else closed.rcvd
        finally:
            if not _simulated(connection):
                self._real_s[device] = time.monotonic()
            if self._links.get(device, (None,))[0] is station:
                del self._links[device]
        ended = {"code": why.code, "reason": why.reason} if why is not None else {}
        await self._record_link(device, {"event": "closed", **ended})

    def _real(self, device: str) -> bool:
        """A real charge point of this id is here, or was just now."""
        held = self._links.get(device)
        if held is not None and not _simulated(held[1]):
            return True
        gone_s = self._real_s.get(device)
        if gone_s is None or time.monotonic() - gone_s < self.grace_s:
            return gone_s is not None
        del self._real_s[device]
        return False

    async def _record_link(self, device: str, event: dict[str, Any]) -> None:
        """Useful to know, no promise to anybody."""
        try:
            await self._record(device, msgspec.json.encode(event), action=LINK)
        except OSError:
            log.warning("%s %s, not recorded", device, event["event"])

    # ---- frames
    async def _take(self, station: Station, device: str, raw: bytes) -> None:
        """One frame: durable first, then answered."""
        text, _ = self._envelopes.redact(raw)
        try:
            frame = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            await self._keep_unreadable(device, raw)
            return
        kind = integer(frame[0]) if isinstance(frame, list) and len(frame) >= 2 else None
        try:
            if kind == 2 and isinstance(frame, list) and len(frame) >= 3 and isinstance(frame[2], str):
                await self._take_call(station, device, raw, frame)
                return
            await self._record(device, raw)
        except OSError as error:  # IntakeRefused, a full disk
            log.warning("%s gets no answer: %s", device, error)
        if kind in (3, 4):
            await station.take_answer([kind, *frame[1:]])

    async def _take_call(self, station: Station, device: str, raw: bytes, frame: list[Any]) -> None:
        """Raises OSError (IntakeRefused, a full disk): then there is no answer."""
        action = _ACTIONS.get(plain(frame[2]), frame[2])
        request = frame[3] if len(frame) > 3 and isinstance(frame[3], dict) else {}
        connector = integer(request.get("connectorId")) or 0
        named = integer(request.get("transactionId"))
        if action == Action.start_transaction:
            transaction_id = self._ledger.begin(device, connector, request, str(frame[1]))
            # The answer stands in the same record as the question: one cannot be durable without the other.
            await self._record(device, raw, response={"transactionId": transaction_id})
            await station.answer(frame[1], action, transaction_id)
            return
        await self._record(device, raw)
        if action == Action.meter_values and named:
            self._ledger.seen(device, connector, named)
        elif action == Action.stop_transaction and named is not None:
            self._ledger.end(device, named)
        await station.answer(frame[1], action)

    async def _keep_unreadable(self, device: str, raw: bytes) -> None:
        """No JSON: recorded as text, so that the normaliser refuses it with a reason. The connection stays."""
        raw, _ = self._envelopes.redact(raw)
        try:
            text, facts = raw.decode(), {}
        except UnicodeDecodeError:
            text, facts = base64.b64encode(raw).decode(), {"encoding": "base64"}
        try:
            await self._record(device, msgspec.json.encode(text), **facts)
        except OSError as error:
            log.warning("%s: an unreadable frame is lost: %s", device, error)

    async def _record(self, device: str, payload: bytes, **facts: Any) -> None:
        now_ms = time.time_ns() // 1_000_000
        await self._intake.accept(TOPIC, device, self._envelopes.wrap(device, now_ms, payload, **facts))

    # ---- orders
    def ready(self, order: Order) -> bool:
        """Is the charge point here, and does the transaction run that is to be stopped?"""
        place = self._place(order)
        return place is not None and place[0] in self._links and self._meant(order, *place) is not None

    async def carry_out(self, order: Order) -> None:
        """Once, after the claim. The effect is what the charge point reports by itself later."""
        place = self._place(order)
        assert place is not None
        device, connector = place
        transaction_id, link = self._meant(order, device, connector), self._links.get(device)
        if transaction_id is None or link is None:
            log.warning("order %s: %s went away or ended by itself", order.id, device)
            return
        message_id = f"order-{order.id}"[-36:]
        frame = [2, message_id, "RemoteStopTransaction", {"transactionId": transaction_id}]
        try:
            await self._record(device, msgspec.json.encode(frame), direction="out", order=order.id)
            said = await link[0].remote_stop(message_id, transaction_id)
        except (OSError, ConnectionClosed) as error:
            log.warning("order %s to %s: %s", order.id, device, error)
            return
        log.info("order %s to %s: %s", order.id, device, said)

    def _meant(self, order: Order, device: str, connector: int) -> int | None:
        """The connector's transaction if it is the one the order names: the next car must not be stopped in its place.

        An order that names none means whichever runs.
        """
        running, named = self._ledger.running(device, connector), order.data.get("transaction")
        return running if named in (None, "") or integer(named) == running else None

    def _place(self, order: Order) -> tuple[str, int] | None:
        """Charge point and connector of an order; None when it is not for a charge point."""
        vendor = order.data.get("vendor")
        vendor_id = vendor.get(SOURCE) if isinstance(vendor, dict) else None
        if not isinstance(vendor_id, str):
            return None
        device, _, connector = vendor_id.rpartition("/")
        return (device, int(connector)) if device and connector.isdigit() else None

    def concerns(self, order: Order) -> bool:
        return order.type == "charging.remote_stop" and self._place(order) is not None


def _simulated(connection: ServerConnection) -> bool:
    return connection.request is not None and SIMULATED in connection.request.headers


def _device(path: str) -> str:
    """The last part of the path; empty when it cannot be an id."""
    name = unquote(urlsplit(path).path.rstrip("/").rpartition("/")[2]).strip()
    return name if len(name) <= ID_LENGTH and name.isprintable() else ""


async def listen(gateway: Gateway, host: str, port: int) -> Server:
    """Raises OSError when the port is taken."""
    return await serve(
        gateway.serve,
        host,
        port,
        select_subprotocol=_subprotocol,
        process_request=gateway.admit,
        compression=None,
        max_size=FRAME_BYTES,
        max_queue=FRAMES_AHEAD,
        ping_interval=PING_S,
        ping_timeout=PING_S,
        close_timeout=2,
        open_timeout=10,
    )


def _subprotocol(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """A charge point that names no subprotocol is taken for 1.6; one that speaks only others is refused (400)."""
    for name in offered:
        if name.lower() == "ocpp1.6":
            return name
    if offered:
        raise NegotiationError(f"only ocpp1.6 is spoken here, not {', '.join(offered)}")
    return None
