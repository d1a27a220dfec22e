"""Real charge point clients: the `ocpp` package's own, and the connection tester of PyPI."""

from __future__ import annotations

import asyncio
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ocpp.v16 import call
from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus, Reason, RegistrationStatus
from test_ocpp.client import check_connection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from ingest.envelope import Envelopes
from ingest.gateways.dialects import Dialect16
from ingest.gateways.ocpp import Gateway, listen
from ingest.gateways.station import SIMULATED
from ingest.gateways.transactions import Ledger
from tests.engines.ports import free_port
from tests.engines.wait import wait_until
from tests.gateways.client import Raw, charge_point, raw
from tests.gateways.rig import Rig
from tests.ingest.yard import LANTING

CARD = "04E2B91A6F5C80"


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


async def a_session(rig: Rig) -> int:
    async with charge_point(rig.url, "EV-03") as point:
        boot = await point.call(call.BootNotification(charge_point_model="M", charge_point_vendor="V"))
        assert boot.status == RegistrationStatus.accepted and boot.interval == 90
        assert abs(datetime.fromisoformat(boot.current_time) - datetime.now(UTC)) < timedelta(seconds=5)
        beat = await point.call(call.Heartbeat())
        assert datetime.fromisoformat(beat.current_time).tzinfo is not None
        preparing, charging = ChargePointStatus.preparing, ChargePointStatus.charging
        fine = ChargePointErrorCode.no_error
        await point.call(call.StatusNotification(connector_id=1, error_code=fine, status=preparing))
        authorized = await point.call(call.Authorize(id_tag=CARD))
        assert authorized.id_tag_info["status"] == "Accepted"
        started = await point.call(
            call.StartTransaction(connector_id=1, id_tag=CARD, meter_start=1200, timestamp=now())
        )
        await point.call(call.StatusNotification(connector_id=1, error_code=fine, status=charging))
        sampled = [{"value": "6900", "measurand": "Power.Active.Import", "unit": "W"}]
        values = [{"timestamp": now(), "sampledValue": sampled}]
        await point.call(call.MeterValues(connector_id=1, meter_value=values, transaction_id=started.transaction_id))
        await point.call(
            call.StopTransaction(
                meter_stop=5200, timestamp=now(), transaction_id=started.transaction_id, reason=Reason.local
            )
        )
        hot = ChargePointErrorCode.high_temperature
        faulted = ChargePointStatus.faulted
        await point.call(call.StatusNotification(connector_id=1, error_code=hot, status=faulted, info="85C"))
        return int(started.transaction_id)


def test_a_session_of_the_ocpp_packages_own_client(rig: Rig) -> None:
    transaction_id = asyncio.run(a_session(rig))
    frames = rig.frames("EV-03")
    assert [frame[2] for frame in frames] == [
        "BootNotification",
        "Heartbeat",
        "StatusNotification",
        "Authorize",
        "StartTransaction",
        "StatusNotification",
        "MeterValues",
        "StopTransaction",
        "StatusNotification",
    ]
    start = next(e for e in rig.entries() if "response" in e)
    assert start["response"] == {"transactionId": transaction_id}
    assert start["payload"][3]["meterStart"] == 1200
    assert start["redacted"] == ["idTag"]
    pseudonym = start["payload"][3]["idTag"]
    assert pseudonym.startswith("t-") and frames[3][3]["idTag"] == pseudonym
    wait_until(lambda: [link["event"] for link in rig.links("EV-03")] == ["opened", "closed"], 5, "both links")


def test_no_card_number_reaches_disk(rig: Rig) -> None:
    asyncio.run(a_session(rig))
    for folder in (rig.var, rig.server.directory):
        for path in (p for p in folder.rglob("*") if p.is_file()):
            assert CARD.encode() not in path.read_bytes(), path


def test_the_connection_tester_of_pypi(rig: Rig) -> None:
    result = asyncio.run(check_connection(rig.url, "CP-UNKNOWN"))
    assert result.subprotocol == "ocpp1.6"
    assert result.boot_notification["status"] == "Accepted"
    assert [frame[2] for frame in rig.frames("CP-UNKNOWN")] == ["BootNotification", "Heartbeat"]


def test_a_second_connection_replaces_the_first(rig: Rig) -> None:
    async def twice() -> None:
        async with raw(rig.url, "EV-01") as first:
            await first.ask([2, "1", "Heartbeat", {}])
            async with raw(rig.url, "EV-01") as second:
                assert (await second.ask([2, "2", "Heartbeat", {}]))[1] == "2"
                with pytest.raises(ConnectionClosed) as closed:
                    await first.receive()
                assert closed.value.rcvd is not None
                assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4000, "replaced")
                assert (await second.ask([2, "3", "Heartbeat", {}]))[1] == "3"

    asyncio.run(twice())
    assert [frame[1] for frame in rig.frames("EV-01")] == ["1", "2", "3"]


def test_a_simulated_charge_point_never_takes_the_place_of_a_real_one(rig: Rig) -> None:
    simulated = {"additional_headers": {SIMULATED: "1"}}

    async def gives_way(twin: Raw) -> None:
        with pytest.raises(ConnectionClosed) as closed:
            await twin.receive()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4000

    async def meet() -> None:
        async with raw(rig.url, "EV-01", **simulated) as twin:
            assert (await twin.ask([2, "twin", "Heartbeat", {}]))[1] == "twin"
            async with raw(rig.url, "EV-01") as real:
                assert (await real.ask([2, "real", "Heartbeat", {}]))[1] == "real"
                await gives_way(twin)
                for _ in range(2):
                    async with raw(rig.url, "EV-01", **simulated) as again:
                        await gives_way(again)
                assert (await real.ask([2, "still", "Heartbeat", {}]))[1] == "still"

    async def alone() -> None:
        async with raw(rig.url, "EV-02", **simulated) as twin:
            assert (await twin.ask([2, "free", "Heartbeat", {}]))[1] == "free"
        async with raw(rig.url, "EV-01", **simulated) as twin:  # the real one has only just gone
            await gives_way(twin)
        async with raw(rig.url, "EV-01") as real:
            assert (await real.ask([2, "back", "Heartbeat", {}]))[1] == "back"

    asyncio.run(meet())
    events = ["opened", "opened", "closed", "closed"]
    wait_until(lambda: sorted(link["event"] for link in rig.links("EV-01")) == sorted(events), 5, "the real one went")
    asyncio.run(alone())
    assert [frame[1] for frame in rig.frames("EV-01")] == ["twin", "real", "still", "back"]


def test_after_the_grace_the_twin_may_stand_in_again(tmp_path: Path) -> None:
    """Ten minutes, here half a second; a restarted gateway has forgotten who was here."""

    async def life() -> None:
        intake = Accepting()
        ledger = Ledger(tmp_path / "transactions.jsonl")
        gateway = Gateway(intake, [Dialect16(Envelopes(tmp_path), ledger)], {"lanting": LANTING})  # type: ignore[arg-type]
        gateway.grace_s = 0.5
        port, simulated = free_port(), {"additional_headers": {SIMULATED: "1"}}
        async with await listen(gateway, "127.0.0.1", port):
            url = f"ws://127.0.0.1:{port}"
            async with raw(url, "EV-01") as real:
                await real.ask([2, "1", "Heartbeat", {}])
            went_s, refused = time.monotonic(), 0
            while True:
                async with raw(url, "EV-01", **simulated) as twin:
                    try:
                        await twin.ask([2, "2", "Heartbeat", {}])
                    except ConnectionClosed:
                        refused += 1
                        continue
                break
            assert refused > 0 and time.monotonic() - went_s >= 0.5
        ledger.close()

    asyncio.run(life())


class Accepting:
    """An intake whose log takes everything."""

    async def accept(self, *_: object) -> None:
        return


def test_subprotocols_and_addresses_without_an_id(rig: Rig) -> None:
    async def attempts() -> None:
        async with raw(rig.url, "ocpp/site/A%2F1", subprotocols=None) as silent:
            assert (await silent.ask([2, "1", "Heartbeat", {}]))[0] == 3
        names = [Subprotocol("ocpp2.0.1"), Subprotocol("ocpp1.6")]
        async with raw(rig.url, "B", subprotocols=names) as both:
            assert both.connection.subprotocol == "ocpp2.0.1"
        async with raw(rig.url, "EV-01", subprotocols=names) as described:
            assert described.connection.subprotocol == "ocpp1.6", "as the site knows it"
        with pytest.raises(InvalidStatus) as refused:
            async with raw(rig.url, "C", subprotocols=[Subprotocol("ocpp1.5")]):
                pass
        assert refused.value.response.status_code == 400
        for path in ("", "%20", "x" * 65, "a%00b"):
            with pytest.raises(InvalidStatus) as refused:
                async with raw(rig.url, path):
                    pass
            assert refused.value.response.status_code == 404, path

    asyncio.run(attempts())
    assert rig.frames("A/1")


def test_a_terminated_gateway_ends_at_once_and_cleanly(rig: Rig) -> None:
    async def until_it_ends() -> None:
        async with raw(rig.url, "EV-01") as point:
            await point.ask([2, "1", "Heartbeat", {}])
            assert await asyncio.to_thread(rig.terminate) == -signal.SIGTERM, "0 says that nothing is left to do"

    asyncio.run(until_it_ends())
    assert [link["event"] for link in rig.links("EV-01")] == ["opened", "closed"]


def test_two_gateways_on_one_folder_say_so(rig: Rig) -> None:
    again = Rig(rig.server, rig.var, rig._children)
    with pytest.raises(AssertionError, match="ended"):
        again.start()
    assert again.process is not None and again.process.wait(5) == 1
    again.kill()
