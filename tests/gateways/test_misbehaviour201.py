"""A charging station of OCPP 2.0.1, by the `ocpp` package's own client, that does all that it should not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from ocpp.v201 import call

from community.site import SITES, Site, parse_site
from ingest.normalise import Normaliser
from store import keys
from store.blobs import Blobs
from store.live import LiveWriter
from store.log.streams import StreamsReader, StreamsWriter
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until
from tests.gateways.rig import Rig
from tests.gateways.test_ocpp201 import TOPIC, Station, station, wait_for_stops
from tests.ingest.yard import Yard

ID = "CS-BURST"


def described() -> Site:
    """Lanting, with that station and its first EVSE."""
    site = parse_site((SITES / "lanting.json").read_bytes())
    connector = next(device for device in site.devices if device.id == "EV-02-2")
    ours = replace(connector, id=f"{ID}-1", vendor={"ocpp201": f"{ID}/1"}, parent="")
    return replace(site, devices=(*site.devices, ours))


@pytest.fixture
def yard(rig: Rig, redis_server: RedisServer, tmp_path: Path) -> Iterator[Yard]:
    url = redis_server.url
    yard = Yard(url, StreamsWriter(url), StreamsReader(url, keys.LOG, "live"), {"lanting": described()})
    yield yard
    yard.close()


def said(kind: str, number: int, transaction: str, at: datetime, **more: Any) -> call.TransactionEvent:
    return call.TransactionEvent(
        event_type=kind,
        timestamp=at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        trigger_reason="Trigger",
        seq_no=number,
        transaction_info={"transactionId": transaction, **more.pop("info", {})},
        **more,
    )


def register(at: datetime, context: str, wh: float) -> list[dict[str, Any]]:
    value = {"value": wh, "context": context, "measurand": "Energy.Active.Import.Register"}
    stamp = at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return [{"timestamp": stamp, "sampledValue": [value]}]


@pytest.mark.parametrize("off_h", [-6, 6])
def test_bursts_wrong_ids_everything_twice_and_a_clock_six_hours_off(
    rig: Rig, yard: Yard, tmp_path: Path, off_h: int
) -> None:
    """What becomes of it: one session at its own EVSE with the energy that was drawn, and stops that mean who runs."""
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=off_h)
    evse = {"id": 1, "connectorId": 1}

    async def burst(left_open: AsyncExitStack) -> Station:
        """It never closes what it opens."""
        for _ in range(20):
            point = await left_open.enter_async_context(station(rig.url, ID))
            boot = call.BootNotification(charging_station={"model": "M", "vendorName": "V"}, reason="Watchdog")
            assert (await point.ask(boot)).status == "Accepted"
        return point

    async def misbehave() -> None:
        async with AsyncExitStack() as left_open:
            point = await burst(left_open)
            begin = said("Started", 0, "T-1", at, evse=evse, meter_value=register(at, "Transaction.Begin", 1000))
            end_at = at + timedelta(seconds=40)
            meter = register(at, "Transaction.Begin", 1000) + register(end_at, "Transaction.End", 4500)
            info = {"stoppedReason": "Local"}
            end = said("Ended", 2, "T-1", end_at, meter_value=meter, info=info)
            update = said("Updated", 1, "T-1", at + timedelta(seconds=20), info={"chargingState": "Charging"})
            for event in (begin, begin, update):
                await point.ask(event)
            await point.ask(said("Ended", 9, "T-NEVER", at))  # of whom nobody has heard
            point = await burst(left_open)
            for event in (end, end, update, begin):  # its queue once more, in any order
                await point.ask(event)
            # the next car, and the old queue again
            await point.ask(said("Started", 0, "T-2", at + timedelta(seconds=60), evse=evse))
            await point.ask(update)
            rig.order("stop", f"{ID}/1", vendor={"ocpp201": f"{ID}/1"})
            await wait_for_stops(point, 1)
            assert point.asked_to_stop == ["T-2"], "who charges now, not who was there before"
            await point.ask(said("Ended", 1, "T-2", at + timedelta(seconds=90), info=info))

    asyncio.run(misbehave())
    blobs, url = Blobs(tmp_path / "blobs"), rig.server.url
    reader, writer = StreamsReader(url, TOPIC, "normalise"), StreamsWriter(url)
    normaliser = Normaliser("ocpp201", yard.sites, reader, writer, yard.redis, blobs)
    while normaliser.step(50):
        continue
    normaliser.close()
    records = [e for e in rig.entries(keys.LOG) if e["source"] == "ocpp201" and e["type"] == "charging.session"]
    ours = [(r["subject"], r["data"]) for r in records if r["data"]["transaction"] == "T-1"]
    assert {subject for subject, _ in ours} == {f"{ID}-1"}, "also what says no EVSE, and what comes after its end"
    assert {data["session"] for _, data in ours} == {f"{ID}#T-1"}
    assert {data["energy_wh"] for _, data in ours if data["phase"] == "ended"} == {3500}
    assert yard.redis.xlen(keys.DEADLETTER) == 0

    def folded() -> bool:
        yard.worker.step(50)
        return LiveWriter(yard.redis).load(yard.sites["lanting"]).devices.get(f"{ID}-1") is not None

    wait_until(folded, 20, "the worker has it")
    while yard.worker.step(50):
        continue
    assert yard.redis.xlen(keys.DEADLETTER) == 0, "nothing of it is refused by the fold"
    state = LiveWriter(yard.redis).load(yard.sites["lanting"]).devices[f"{ID}-1"]
    assert (state.values["session"], state.values["charging"]) == (f"{ID}#T-2", False), "the last car has gone"
    assert abs(state.heard_ms - datetime.now(UTC).timestamp() * 1000) < 120_000, "heard now, whatever its clock says"
