"""OCPP 2.0.1 by the `ocpp` package's own charging station; passwords and TLS for both versions."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ocpp.routing import on
from ocpp.v201 import ChargePoint, call, call_result
from ocpp.v201.enums import Action, RequestStartStopStatusEnumType, UnlockStatusEnumType
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from ingest.adapters import ADAPTERS
from ingest.adapters.base import unwrap, zone_of
from store import keys
from tests.engines.ports import free_port
from tests.engines.wait import wait_until, wait_until_async
from tests.gateways.client import raw
from tests.gateways.rig import Rig

TOPIC = keys.vendor("ocpp201")
AT = "2026-03-12T13:14:36Z"


class Station(ChargePoint):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args, response_timeout=10)
        self.asked_to_stop: list[str] = []
        self.asked_to_unlock: list[tuple[int, int]] = []
        """(EVSE, connector)."""
        self.asked = asyncio.Event()

    async def ask(self, question: Any) -> Any:
        """Raises for a CALLERROR."""
        return await self.call(question, suppress=False)

    @on(Action.request_stop_transaction)
    def _stop(self, transaction_id: str, **_: Any) -> Any:
        self.asked_to_stop.append(transaction_id)
        self.asked.set()
        return call_result.RequestStopTransaction(RequestStartStopStatusEnumType.accepted)

    @on(Action.unlock_connector)
    def _unlock(self, evse_id: int, connector_id: int, **_: Any) -> Any:
        self.asked_to_unlock.append((evse_id, connector_id))
        return call_result.UnlockConnector(UnlockStatusEnumType.unlocked)


@asynccontextmanager
async def station(url: str, id: str, **options: Any) -> AsyncIterator[Station]:
    async with connect(f"{url}/{id}", subprotocols=[Subprotocol("ocpp2.0.1")], **options) as wire:
        client = Station(id, wire)
        reading = asyncio.create_task(client.start())
        try:
            yield client
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


def event(kind: str, number: int, transaction: str = "T-1", **more: Any) -> call.TransactionEvent:
    return call.TransactionEvent(
        event_type=kind,
        timestamp=AT,
        trigger_reason="Authorized",
        seq_no=number,
        transaction_info={"transactionId": transaction},
        **more,
    )


def test_a_station_lives_a_session_and_is_told_to_stop(rig: Rig) -> None:
    """The package checks our answers against the standard's schemas."""

    async def run() -> None:
        async with station(rig.url, "CS-1") as point:
            boot = await point.ask(
                call.BootNotification(charging_station={"model": "M", "vendorName": "V"}, reason="PowerUp")
            )
            assert (boot.status, boot.interval) == ("Accepted", 90)
            await point.ask(
                call.StatusNotification(timestamp=AT, connector_status="Occupied", evse_id=1, connector_id=1)
            )
            token = {"idToken": "04E2B91A6F5C80", "type": "ISO14443"}
            assert (await point.ask(call.Authorize(id_token=token))).id_token_info["status"] == "Accepted"
            begun = await point.ask(event("Started", 0, evse={"id": 1, "connectorId": 1}, id_token=token))
            assert begun.id_token_info["status"] == "Accepted"
            assert (await point.ask(event("Updated", 1))).id_token_info is None
            security = call.SecurityEventNotification(type="StartupOfTheDevice", timestamp=AT)
            assert await point.ask(security) is not None
            rig.order("order/1", "CS-1/1", vendor={"ocpp201": "CS-1/1"})
            await asyncio.wait_for(point.asked.wait(), 10)
            rig.order("order/2", "CS-1/1", vendor={"ocpp201": "CS-1/1"}, transaction="T-9")
            await point.ask(event("Ended", 2))
            rig.order("late", "CS-1/1", vendor={"ocpp201": "CS-1/1"}, life_s=1.0)
            await wait_for_stops(point, 2)
            assert point.asked_to_stop == ["T-1", "T-9"], "what runs at the EVSE, or what the order names"

    asyncio.run(run())
    told = [e for e in rig.entries(TOPIC) if "payload" in e]
    assert "04E2B91A6F5C80" not in json.dumps(told)
    assert [e["order"] for e in told if e.get("direction") == "out"] == ["order/1", "order/2"]
    adapter = ADAPTERS["ocpp201"](None)
    outcomes = [adapter.adapt(unwrap(e, zone_of(None))) for e in told]
    kinds = [record.type for outcome in outcomes if isinstance(outcome, list) for record in outcome]
    assert kinds == ["charging.boot", "charging.status", "charging.session", "charging.session"]


def test_the_plug_that_is_unlocked_is_the_one_in_use_else_the_one_described(rig: Rig) -> None:
    rig.terminate()
    devices = [
        {"id": "EV-1", "vendor": {"ocpp201": "CS-1/1"}},
        {"id": "EV-2", "vendor": {"ocpp201": "CS-1/2"}, "tags": ["connector:2"]},
        {"id": "EV-3", "vendor": {"ocpp201": "CS-1/3"}, "tags": ["connector:2"]},
    ]
    of_all = {"system": "charging", "kind": "car_connector", "source": "ocpp201"}
    site = {
        "id": "lanting",
        "name": {"zh": "澜庭"},
        "sources": [{"id": "ocpp201", "name": {"zh": "桩"}}],
        "devices": [of_all | device for device in devices],
    }
    path = rig.var / "site.json"
    path.write_text(json.dumps(site), "utf-8")
    rig.env["SITE"] = str(path)
    rig.start()

    async def run() -> None:
        async with station(rig.url, "CS-1") as point:
            await point.ask(event("Started", 0, evse={"id": 3, "connectorId": 1}))
            for number in (1, 2, 3):
                at = f"CS-1/{number}"
                rig.order(f"order/{number}", at, vendor={"ocpp201": at}, type_="charging.unlock")
            await wait_until_async(lambda: len(point.asked_to_unlock) == 3, 20, "it is asked thrice")
            assert sorted(point.asked_to_unlock) == [(1, 1), (2, 2), (3, 1)]

    asyncio.run(run())
    said = [e["payload"][3] for e in rig.entries(TOPIC) if e.get("direction") == "out"]
    assert {"evseId": 2, "connectorId": 2} in said


async def wait_for_stops(point: Station, count: int) -> None:
    async with asyncio.timeout(10):
        while len(point.asked_to_stop) < count:
            point.asked.clear()
            await point.asked.wait()


# ---- passwords and TLS
def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def basic(user: str, password: str) -> dict[str, Any]:
    told = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"additional_headers": {"Authorization": f"Basic {told}"}}


def test_a_charge_point_with_its_password_over_tls_and_nobody_else(rig: Rig) -> None:
    rig.terminate()
    folder, port = rig.var / "secrets", free_port()
    folder.mkdir(parents=True)
    certificate(folder)
    (folder / "passwords.yaml").write_text("EV-01: right-horse\nCS-1: other\n")
    (folder / "c.yaml").write_text(
        f'- {{way: ocpp, id: field, listen: "127.0.0.1:{port}", passwords: {{file: passwords.yaml}},'
        " certificate: cert.pem, key: key.pem}\n"
    )
    rig.env["CONNECTIONS"] = str(folder / "c.yaml")
    rig.start()
    url = f"wss://localhost:{port}"
    tls = {"ssl": ssl.create_default_context(cafile=str(folder / "cert.pem"))}

    async def attempts() -> None:
        async with raw(url, "EV-01", **tls, **basic("EV-01", "right-horse")) as point:
            assert (await point.ask([2, "1", "Heartbeat", {}]))[0] == 3
        async with station(url, "CS-1", **tls, **basic("CS-1", "other")) as point2:
            assert (await point2.ask(call.Heartbeat())).current_time
        for wrong in ({}, basic("EV-01", "guessed"), basic("CS-1", "other"), basic("EV-01", "")):
            with pytest.raises(InvalidStatus) as refused:
                async with raw(url, "EV-01", **tls, **wrong):
                    raise AssertionError("it is let in")
            assert refused.value.response.status_code == 401
        async with raw(rig.url, "EV-01") as local:
            assert (await local.ask([2, "2", "Heartbeat", {}]))[0] == 3, "on this machine as before"

    asyncio.run(attempts())
    wait_until(lambda: len(rig.frames("EV-01")) == 2, 10, "two frames")
