"""Orders by HTTP as vendors want them: logins, bodies and certificates, against a served peer that checks them."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from urllib.parse import parse_qs
from xml.etree.ElementTree import fromstring

import pytest

from ingest.connections import ConnectionsError
from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async
from tests.gateways.device import PASSWORD, USER, Device, Request, plain
from tests.gateways.house import House
from tests.gateways.test_ocpp201 import certificate
from tests.gateways.test_outlet import STOP, carrying_out, order, out

SECRETS = {"SECRET": "t", "CLOUD": PASSWORD}
ODD = 'full "now" & <5 %'
LOGIN = f"user: {USER}, password: {{env: CLOUD}}"


def cloud_of(device: Device, more: str) -> str:
    return f"""
- way: http
  id: cloud
  source: ebike_pile
  listen: 127.0.0.1:{free_port()}
  token: {{env: SECRET}}
  orders:
    {STOP}: {{url: "{device.url}/piles/{{device}}/{{place}}", {more}}}
"""


def ordered(house: House, device: Device, more: str) -> list[Request]:
    """What the peer has heard, once the order is answered for."""

    async def stop(request: Request, writer: asyncio.StreamWriter) -> None:
        await plain(writer, b"{}", status="202 Accepted")

    async def run() -> None:
        device.answers["/piles"] = stop
        async with device.here(), house.open(cloud_of(device, more), SECRETS) as gate, carrying_out(house, gate):
            order(house, "order/1", {"ebike_pile": "P1/2"}, reason=ODD)
            await wait_until_async(lambda: len(out(house)) == 2, 20, "it is sent")

    asyncio.run(run())
    return device.requests


def said(house: House) -> str:
    return next(str(payload["said"]) for payload in out(house) if isinstance(payload, dict) and "said" in payload)


@pytest.mark.parametrize("basic", [False, True], ids=["digest", "basic"])
def test_a_login(house: House, basic: bool) -> None:
    device = Device(free_port(), basic=basic)
    (request,) = ordered(house, device, f'payload: {{why: "{{reason}}"}}, method: PUT, {LOGIN}')
    assert (request.method, request.path, said(house)) == ("PUT", "/piles/P1/2", "answered 202")
    assert request.headers["authorization"].startswith("Basic" if basic else "Digest") and device.refused == 1
    assert PASSWORD not in str(house.envelopes("ebike_pile"))


def test_a_wrong_password_is_said_and_nothing_is_done(house: House) -> None:
    device = Device(free_port())
    assert ordered(house, device, "user: guest, password: {env: CLOUD}") == []
    assert said(house) == "not sent: answered 401"


def test_a_form(house: House) -> None:
    (request,) = ordered(
        house, Device(free_port(), digest=False), 'form: {port: "{place}", why: "{reason}", cmd: "关 off"}'
    )
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.body.decode()) == {"port": ["2"], "why": [ODD], "cmd": ["关 off"]}
    assert out(house)[0] == {"port": "2", "why": ODD, "cmd": "关 off"}


def test_a_document(house: House) -> None:
    (request,) = ordered(
        house, Device(free_port(), digest=False), "xml: '<Stop port=\"{place}\"><why>{reason}</why><中/></Stop>'"
    )
    assert request.headers["content-type"].startswith("application/xml")
    told = fromstring(request.body)
    assert (told.attrib, told.findtext("why")) == ({"port": "2"}, ODD), "what is filled in stays text"
    assert isinstance(out(house)[0], str) and ODD in out(house)[0]


@pytest.mark.parametrize("known", [True, False])
def test_a_certificate_of_its_own(house: House, tmp_path: Path, known: bool) -> None:
    certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    device = Device(free_port(), tls=context)
    requests = ordered(house, device, LOGIN + (", ca: cert.pem" if known else ""))
    assert len(requests) == known
    assert said(house) == "answered 202" if known else "CERTIFICATE_VERIFY_FAILED" in said(house)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("form: {a: b}, xml: <a/>", "one body"),
        (f"token: {{env: SECRET}}, {LOGIN}", "a token or a user"),
        ("user: guard", "a user has a password"),
        ("ca: nowhere.pem", "the certificates of ca cannot be used: No such file"),
        ("form: {a: '{colour}'}", "an order has no 'colour'"),
        ("xml: '<a>{colour}</a>'", "an order has no 'colour'"),
    ],
)
def test_what_cannot_be_sent_is_said_with_its_line(house: House, more: str, why: str) -> None:
    with pytest.raises(ConnectionsError, match=rf"yaml:[78]: .*{why}"):
        house.connections(cloud_of(Device(1), more), SECRETS)
