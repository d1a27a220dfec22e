"""TLS towards those who have signed their own certificate: trusted by its file, and by nothing else."""

from __future__ import annotations

import asyncio
import gc
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ingest.tasks import ended
from store.children import Children
from tests.engines.mosquitto import Mosquitto, mosquitto
from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async
from tests.gateways.device import PASSWORD, USER, Device, Request, stream
from tests.gateways.house import House
from tests.gateways.test_mqtt import SECRETS, Publisher, connection
from tests.gateways.test_ocpp201 import certificate
from tests.gateways.test_recorders import isapi_part


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    folder = tmp_path / "tls"
    folder.mkdir()
    certificate(folder)
    return folder


@pytest.fixture
def broker(signed: Path, tmp_path: Path, children: Children) -> Iterator[tuple[Mosquitto, str]]:
    if mosquitto() is None:
        pytest.skip("no Mosquitto here: apt-get install mosquitto")
    broker = Mosquitto(tmp_path / "mosquitto", children)
    url = broker.serve_tls(signed / "cert.pem", signed / "key.pem")
    broker.start()
    yield broker, url
    broker.kill()


async def refused(house: House, text: str, secrets: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    """Whom nobody vouches for is not spoken to."""

    async def once() -> None:
        async with house.open(text, secrets):
            raise AssertionError("it cannot be up")

    opening = asyncio.ensure_future(once())
    await wait_until_async(lambda: "CERTIFICATE_VERIFY_FAILED" in caplog.text, 20, "it says so")
    await ended([opening])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # paho leaves its socket to be collected
def test_a_broker_with_a_certificate_of_its_own(
    house: House, broker: tuple[Mosquitto, str], signed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mosquitto_, url = broker
    untrusted = connection(mosquitto_).replace(mosquitto_.url, url)
    trusted = f"{untrusted}  ca: {signed / 'cert.pem'}\n"

    async def run() -> None:
        await refused(house, untrusted, SECRETS, caplog)
        async with house.open(trusted, SECRETS):
            publisher = Publisher(mosquitto_)
            publisher.say("zigbee2mqtt/door-7", {"contact": False})
            publisher.close()
            (said,) = await house.heard("zigbee2mqtt", 1)
            assert said["payload"] == {"contact": False}

    asyncio.run(run())
    gc.collect()  # here, where it is expected


def test_a_recorder_with_a_certificate_of_its_own(house: House, signed: Path, caplog: pytest.LogCaptureFixture) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(signed / "cert.pem", signed / "key.pem")
    device = Device(free_port(), tls=context)

    async def events(request: Request, writer: asyncio.StreamWriter) -> None:
        async def one() -> AsyncIterator[bytes]:
            yield b"\r\n" + isapi_part(1)
            await asyncio.Event().wait()

        await stream(writer, "boundary", one())

    device.answers["/ISAPI/Event"] = events
    untrusted = (
        f'- {{way: isapi, id: nvr, url: "{device.url}", user: {USER}, password: {{env: NVR}}, device: nvr-1, poll_s: 0'
    )
    secrets = {"NVR": PASSWORD}

    async def run() -> None:
        async with device.here():
            await refused(house, untrusted + "}\n", secrets, caplog)
            assert not device.requests, "the password has not left the house"
            async with house.open(f"{untrusted}, ca: {signed / 'cert.pem'}}}\n", secrets):
                (said,) = await house.heard("isapi", 1)
                assert "<eventId>1</eventId>" in said["payload"]

    asyncio.run(run())
