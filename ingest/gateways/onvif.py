"""ONVIF PullPoint: a camera keeps our events, and we fetch them. SOAP 1.2 with a UsernameToken digest (WS-Security).

The long question ends after PULL_S also when nothing happened: an empty answer proves that the camera lives.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit, urlunsplit
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

import httpx

from ingest.actions import Handler
from ingest.adapters.base import Refused
from ingest.adapters.markup import local, root_of
from ingest.gateways.caller import AWAY, client_of
from ingest.gateways.inlet import Inlet, again
from ingest.gateways.snapshots import Snapshots
from ingest.ways import Onvif, Way

log = logging.getLogger("shouwang.onvif")

PULL_S = 20
"""A camera is late after two minutes without a word; three empty answers are in one of its periods."""

SUBSCRIBED = "PT10M"
"""The camera forgets us so long after the last pull, most renew it at each; a new subscription is made when it did."""

MESSAGES = 50

_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing">'
    "<s:Header><a:Action>{action}</a:Action><a:To>{to}</a:To>{security}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
)
_SECURITY = (
    '<w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" '
    'xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" s:mustUnderstand="1">'
    "<w:UsernameToken><w:Username>{user}</w:Username>"
    '<w:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest">'
    "{digest}</w:Password>"
    '<w:Nonce EncodingType="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary">'
    "{nonce}</w:Nonce><u:Created>{created}</u:Created></w:UsernameToken></w:Security>"
)
_EVENTS = "http://www.onvif.org/ver10/events/wsdl"


class OnvifGate:
    def __init__(self, way: Onvif, inlet: Inlet) -> None:
        self._way = way
        self._inlet = inlet
        self._subscribed = False

    @property
    def ways(self) -> list[Way]:
        return [self._way]

    def is_up(self, way: Way) -> bool:
        return self._subscribed

    def outlets(self) -> list[Handler]:
        return [Snapshots(self._way, self._inlet)]

    async def run(self) -> None:
        async with client_of(self._way) as client:
            await again(lambda: self._once(client), self._way.id, AWAY)

    async def _once(self, client: httpx.AsyncClient) -> None:
        """One subscription, until it is lost. Raises httpx.HTTPError, OSError."""
        offset = await self._offset(client)
        events = self._way.url + self._way.path
        create = f'<e:CreatePullPointSubscription xmlns:e="{_EVENTS}"><e:InitialTerminationTime>{SUBSCRIBED}'
        create += "</e:InitialTerminationTime></e:CreatePullPointSubscription>"
        made = await self._call(
            client, events, f"{_EVENTS}/EventPortType/CreatePullPointSubscriptionRequest", create, offset
        )
        point = self._point(made)
        pull = f'<e:PullMessages xmlns:e="{_EVENTS}"><e:Timeout>PT{PULL_S}S</e:Timeout>'
        pull += f"<e:MessageLimit>{MESSAGES}</e:MessageLimit></e:PullMessages>"
        self._subscribed = True
        log.info("%s: subscribed", self._way.id)
        try:
            while True:
                told = await self._call(
                    client, point, f"{_EVENTS}/PullPointSubscription/PullMessagesRequest", pull, offset
                )
                await self._inlet.keep(told, device=self._way.device)
        finally:
            self._subscribed = False

    async def _call(self, client: httpx.AsyncClient, to: str, action: str, body: str, offset_s: float) -> bytes:
        security = security_of(self._way, datetime.now(UTC).timestamp() + offset_s) if self._way.user else ""
        text = _ENVELOPE.format(action=action, to=escape(to), security=security, body=body)
        response = await client.post(
            to,
            content=text.encode(),
            headers={"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'},
            timeout=PULL_S + 20.0,
        )
        response.raise_for_status()
        return response.content

    async def _offset(self, client: httpx.AsyncClient) -> float:
        """Seconds that the camera's clock is ahead of ours: by its own it refuses tokens that are minutes old."""
        action = "http://www.onvif.org/ver10/device/wsdl/GetSystemDateAndTime"
        body = '<d:GetSystemDateAndTime xmlns:d="http://www.onvif.org/ver10/device/wsdl"/>'
        text = _ENVELOPE.format(action=action, to=escape(self._way.url), security="", body=body)
        response = await client.post(
            self._way.url + "/onvif/device_service",
            content=text.encode(),
            headers={"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'},
        )
        said = clock_of(response.content) if response.is_success else None
        return said - datetime.now(UTC).timestamp() if said is not None else 0.0

    def _point(self, made: bytes) -> str:
        """Where to pull: the camera's own address for it, on the host by which we know the camera (behind NAT it names
        another). Raises OSError."""
        address = next((e.text for e in _every(made, "Address") if e.text), None)
        if address is None:
            raise OSError("the camera names no address to pull from")
        ours, theirs = urlsplit(self._way.url), urlsplit(urljoin(self._way.url, address.strip()))
        return urlunsplit((ours.scheme, ours.netloc, theirs.path, theirs.query, ""))


def security_of(way: Onvif, now_s: float) -> str:
    nonce = secrets.token_bytes(16)
    created = datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    password = way.password.value if way.password is not None else ""
    digest = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest()
    return _SECURITY.format(
        user=escape(way.user),
        digest=base64.b64encode(digest).decode(),
        nonce=base64.b64encode(nonce).decode(),
        created=created,
    )


def clock_of(answer: bytes) -> float | None:
    """The camera's UTC clock, in seconds."""
    utc = next(iter(_every(answer, "UTCDateTime")), None)
    if utc is None:
        return None
    told = {local(element.tag): (element.text or "").strip() for element in utc.iter()}
    try:
        numbers = [int(told[name]) for name in ("Year", "Month", "Day", "Hour", "Minute", "Second")]
        return datetime(*numbers, tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]  # six numbers
    except (KeyError, ValueError):
        return None


def _every(markup: bytes, name: str) -> list[Element]:
    try:
        root = root_of(markup.decode("utf-8", "replace"))
    except Refused as error:
        raise OSError(f"the camera's answer: {error}") from error
    return [element for element in root.iter() if local(element.tag) == name]
