"""OCPP-J central system: charge points connect to `ws://HOST:OCPP_PORT/<charge point id>` (ocpp1.6, ocpp2.0.1).

Every frame of a charge point is durable in `vendor.ocpp16` or `vendor.ocpp201` before it is answered; when neither log
nor spool takes it there is no answer, and the charge point sends it again. What a frame means is the adapter's affair:
one that is no OCPP at all is recorded too, and the normaliser sets it aside with its reason.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import logging
import ssl
import time
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed, NegotiationError
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from community.site import Device, Site
from ingest.actions import Order
from ingest.adapters.lenient import integer
from ingest.adapters.ocpp16 import LINK
from ingest.gateways.dialects import START, STOP, UNLOCK, Dialect
from ingest.gateways.station import SIMULATED, Station, payload_of
from ingest.intake import Intake
from store import keys

log = logging.getLogger("shouwang.ocpp")

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

PLUG = "connector:"
ID_LENGTH = 64
REPLACED = (4000, "replaced")


class Link(NamedTuple):
    dialect: Dialect
    station: Station
    wire: ServerConnection


class Gateway:
    grace_s = GRACE_S

    def __init__(self, intake: Intake, dialects: Sequence[Dialect], sites: Mapping[str, Site]) -> None:
        """The first of the dialects is meant by whoever names none."""
        self._intake = intake
        self._dialects = {dialect.subprotocol: dialect for dialect in dialects}
        self._by_source = {dialect.source: dialect for dialect in dialects}
        self._first = next(iter(sites))
        self.describe(sites)
        self._links: dict[str, Link] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._real_s: dict[str, float] = {}
        """When (monotonic) a real charge point was last here."""

    @property
    def sources(self) -> list[str]:
        return list(self._by_source)

    def describe(self, sites: Mapping[str, Site]) -> None:
        """Which charge point belongs to whom."""
        self._home: dict[str, str] = {}
        self._described: dict[str, str] = {}
        self._plugs: dict[tuple[str, str], int] = {}
        for site in sites.values():
            for (source, vendor_id), described in site.by_vendor.items():
                if source in self._by_source:
                    device = vendor_id.partition("/")[0]
                    self._home[device], self._described[device] = site.id, source
                    if (plug := plug_of(described)) is not None:
                        self._plugs[source, vendor_id] = plug

    def community_of(self, device: str) -> str:
        """A charge point that no site describes belongs to the first one: kept, and shown by its own name."""
        return self._home.get(device, self._first)

    def connected(self, community: str, source: str) -> int:
        return sum(
            link.dialect.source == source and self.community_of(device) == community
            for device, link in self._links.items()
        )

    # ---- connections
    def admit(
        self, passwords: Mapping[str, str] | None, connection: ServerConnection, request: Request
    ) -> Response | None:
        """`passwords` of charge points (OCPP security profiles 1 and 2); None: this listener asks for none."""
        device = _device(request.path)
        if not device:
            return connection.respond(HTTPStatus.NOT_FOUND, "connect to /<charge point id>\n")
        if passwords is not None and not _is_right(request.headers.get("Authorization", ""), device, passwords):
            log.warning("%s has not the right password", device)
            response = connection.respond(HTTPStatus.UNAUTHORIZED, "the password is not right\n")
            response.headers["WWW-Authenticate"] = 'Basic realm="ocpp"'
            return response
        if len(self._links) >= CONNECTIONS:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many charge points\n")
        return None

    def select(self, connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        """What the site describes it by, else the first that it offers and we speak. A charge point that names none is
        taken for 1.6; one that speaks only others is refused (400)."""
        spoken = [name for name in offered if name.lower() in self._dialects]
        wanted = self._described.get(_device(connection.request.path)) if connection.request is not None else None
        for name in spoken:
            if self._dialects[name.lower()].source == wanted:
                return name
        if spoken:
            return spoken[0]
        if offered:
            raise NegotiationError(f"{', '.join(self._dialects)} are spoken here, not {', '.join(offered)}")
        return None

    async def serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        device = _device(connection.request.path)
        dialect = self._dialects[(connection.subprotocol or next(iter(self._dialects))).lower()]
        station = dialect.station(device, connection)
        before = self._links.get(device)
        if _simulated(connection) and self._real(device):
            # Decided here and not in `admit`: of two that shake hands at the same time only this order counts.
            await connection.close(*REPLACED)
            return
        self._links[device] = Link(dialect, station, connection)
        if before is not None:
            # Not waited for: a dead peer takes its close timeout, the living one is here now.
            closing = asyncio.create_task(before.wire.close(*REPLACED))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        await self._record_link(dialect, device, {"event": "opened"})
        try:
            while True:
                await self._take(dialect, station, device, await connection.recv(decode=False))
        except ConnectionClosed as closed:
            why = closed.sent if closed.sent is not None and not closed.rcvd_then_sent else closed.rcvd
        finally:
            if not _simulated(connection):
                self._real_s[device] = time.monotonic()
            held = self._links.get(device)
            if held is not None and held.station is station:
                del self._links[device]
        ended = {"code": why.code, "reason": why.reason} if why is not None else {}
        await self._record_link(dialect, device, {"event": "closed", **ended})

    def _real(self, device: str) -> bool:
        """A real charge point of this id is here, or was just now."""
        held = self._links.get(device)
        if held is not None and not _simulated(held.wire):
            return True
        gone_s = self._real_s.get(device)
        if gone_s is None or time.monotonic() - gone_s < self.grace_s:
            return gone_s is not None
        del self._real_s[device]
        return False

    async def _record_link(self, dialect: Dialect, device: str, event: dict[str, Any]) -> None:
        """Useful to know, no promise to anybody."""
        try:
            await self._record(dialect, device, msgspec.json.encode(event), action=LINK)
        except OSError:
            log.warning("%s %s, not recorded", device, event["event"])

    # ---- frames
    async def _take(self, dialect: Dialect, station: Station, device: str, raw: bytes) -> None:
        """One frame: durable first, then answered."""
        text, _ = dialect.envelopes.redact(raw)
        try:
            frame = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            await self._keep_unreadable(dialect, device, raw)
            return
        kind = integer(frame[0]) if isinstance(frame, list) and len(frame) >= 2 else None
        record = partial(self._record, dialect, device)
        try:
            if kind == 2 and isinstance(frame, list) and len(frame) >= 3 and isinstance(frame[2], str):
                await dialect.take_call(station, device, raw, frame, record)
                return
            await record(raw)
        except OSError as error:  # IntakeRefused, a full disk
            log.warning("%s gets no answer: %s", device, error)
        if kind in (3, 4):
            await station.take_answer([kind, *frame[1:]])

    async def _keep_unreadable(self, dialect: Dialect, device: str, raw: bytes) -> None:
        """No JSON: recorded as text, so that the normaliser refuses it with a reason. The connection stays."""
        raw, _ = dialect.envelopes.redact(raw)
        try:
            text, facts = raw.decode(), {}
        except UnicodeDecodeError:
            text, facts = base64.b64encode(raw).decode(), {"encoding": "base64"}
        try:
            await self._record(dialect, device, msgspec.json.encode(text), **facts)
        except OSError as error:
            log.warning("%s: an unreadable frame is lost: %s", device, error)

    async def _record(self, dialect: Dialect, device: str, payload: bytes, **facts: Any) -> None:
        now_ms = time.time_ns() // 1_000_000
        value = dialect.envelopes.wrap(device, now_ms, payload, **facts)
        await self._intake.accept(keys.vendor(dialect.source), device, value)

    # ---- orders
    def concerns(self, order: Order) -> bool:
        return order.type in (STOP, START, UNLOCK) and self._place(order) is not None

    def ready(self, order: Order) -> bool:
        """Is the charge point here, and does the transaction run that is to be stopped (or none, to be started)?"""
        return self._meant(order) is not None

    async def carry_out(self, order: Order) -> None:
        """Once, after the claim. The effect is what the charge point reports by itself later."""
        meant = self._meant(order)
        if meant is None:
            log.warning("order %s: %s went away or ended by itself", order.id, order.subject)
            return
        device, link, name, call = meant
        message_id = f"order-{order.id}"[-36:]
        frame = [2, message_id, name, payload_of(call)]
        try:
            await self._record(link.dialect, device, msgspec.json.encode(frame), direction="out", order=order.id)
            said = await link.station.order(message_id, call)
        except (OSError, ConnectionClosed) as error:
            log.warning("order %s to %s: %s", order.id, device, error)
            return
        log.info("order %s to %s: %s", order.id, device, said)

    def _meant(self, order: Order) -> tuple[str, Link, str, Any] | None:
        """Charge point, its link, name and CALL of the order; None: it cannot be sent now."""
        place = self._place(order)
        link = self._links.get(place[1]) if place is not None else None
        if place is None or link is None or link.dialect.source != place[0]:
            return None
        source, device, at = place
        call = link.dialect.call_of(order, device, at, self._plugs.get((source, f"{device}/{at}")))
        return (place[1], link, *call) if call is not None else None

    def _place(self, order: Order) -> tuple[str, str, str] | None:
        """Dialect's source, charge point and connector or EVSE; None when it is not for a charge point."""
        vendor = order.data.get("vendor")
        for source in self._by_source if isinstance(vendor, dict) else ():
            device, _, place = str(vendor.get(source) or "").rpartition("/")
            if device and place.isdigit():
                return source, device, place
        return None


def plug_of(device: Device) -> int | None:
    """Of an EVSE with several plugs the one that the device is: its tag `connector:2`."""
    named = (tag.removeprefix(PLUG) for tag in device.tags if tag.startswith(PLUG))
    return next((int(number) for number in named if number.isdigit() and 0 < int(number) < 100), None)


def _simulated(connection: ServerConnection) -> bool:
    return connection.request is not None and SIMULATED in connection.request.headers


def _device(path: str) -> str:
    """The last part of the path; empty when it cannot be an id."""
    name = unquote(urlsplit(path).path.rstrip("/").rpartition("/")[2]).strip()
    return name if len(name) <= ID_LENGTH and name.isprintable() else ""


def _is_right(authorization: str, device: str, passwords: Mapping[str, str]) -> bool:
    """Basic, by the charge point's own id (OCPP 1.6 security whitepaper, A00.FR.202; 2.0.1, A00.FR.205)."""
    scheme, _, told = authorization.partition(" ")
    try:
        user, _, password = base64.b64decode(told, validate=True).partition(b":")
    except binascii.Error:
        return False
    due = passwords.get(device, "").encode()
    return scheme.lower() == "basic" and user == device.encode() and bool(due) and hmac.compare_digest(password, due)


async def listen(
    gateway: Gateway,
    host: str,
    port: int,
    *,
    passwords: Mapping[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> Server:
    """Raises OSError when the port is taken."""
    return await serve(
        gateway.serve,
        host,
        port,
        select_subprotocol=gateway.select,
        process_request=partial(gateway.admit, passwords),
        ssl=tls,
        compression=None,
        max_size=FRAME_BYTES,
        max_queue=FRAMES_AHEAD,
        ping_interval=PING_S,
        ping_timeout=PING_S,
        close_timeout=2,
        open_timeout=10,
    )
