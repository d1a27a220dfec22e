"""Modbus TCP against pymodbus' own server: contacts and registers, told when they change."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from ingest.gateways.gates import gates_of
from ingest.gateways.inlet import Inlet, kept
from ingest.tasks import ended
from tests.engines.ports import free_port
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until_async
from tests.gateways.house import House

EDGES, READ_COILS = 20, 1

POINTS = """
- way: modbus
  id: plant
  host: 127.0.0.1
  port: {port}
  every_s: 0.1
  beat_s: 1
  devices:
    - device: PUMP-1
      unit: 1
      points:
        running: {{table: discrete, address: 0}}
        pump_fault: {{table: coil, address: 1, inverted: true}}
        current_a: {{table: holding, address: 10, as: uint16, scale: 0.1}}
    - device: LVL-1
      unit: 1
      points:
        level_cm: {{table: input, address: 20, as: float32}}
        below: {{table: holding, address: 12, as: int16}}
    - {{device: MISTYPED, unit: 1, points: {{running: {{table: coil, address: 900}}}}}}
"""


def line(port: int, units: range) -> str:
    """A serial line behind a gateway: a pump on each unit."""
    point = "points: {running: {table: discrete, address: 0}}"
    pumps = "\n".join(f"    - {{device: PUMP-{unit}, unit: {unit}, {point}}}" for unit in units)
    head = {"way": "modbus", "id": "line", "host": "127.0.0.1", "port": port, "every_s": 0.1, "beat_s": 1}
    return "- " + "\n  ".join(f"{name}: {value}" for name, value in head.items()) + f"\n  devices:\n{pumps}\n"


@asynccontextmanager
async def plant(
    port: int, *units: int, asked: Callable[[int], None] = lambda function: None
) -> AsyncIterator[ModbusTcpServer]:
    """Other units than these are silent, as they are behind a gateway; without any named none is. `asked`: told of each
    question, by its function."""
    coils = [SimData(0, values=[False, True, False], datatype=DataType.BITS)]
    discrete = [SimData(0, values=[True, False], datatype=DataType.BITS)]
    holding = [SimData(10, values=[72, 0, 65533], datatype=DataType.REGISTERS)]
    inputs = [SimData(20, values=132.5, datatype=DataType.FLOAT32)]
    everyone = SimDevice(0, (coils, discrete, holding, inputs))

    def trace(sending: bool, packet: bytes) -> bytes:
        if not sending:
            asked(packet[7])
        return b"" if sending and units and packet[6] not in units else packet  # the unit stands behind 6 bytes

    server = ModbusTcpServer(everyone, address=("127.0.0.1", port), trace_packet=trace)
    await server.listen()
    try:
        yield server
    finally:
        await server.shutdown()


def test_contacts_and_registers(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ingest.gateways.inlet.AGAIN_S", (0.05,))
    port = free_port()

    def told(device: str) -> list[dict[str, Any]]:
        return [e["payload"]["points"] for e in house.envelopes("modbus") if e["device"] == device]

    async def run() -> None:
        async with plant(port), house.open(POINTS.format(port=port), {}) as gate:
            await wait_until_async(lambda: told("PUMP-1") and told("LVL-1"), 20, "both are told")
            assert told("PUMP-1")[0] == {"running": True, "pump_fault": False, "current_a": 7.2}
            assert told("LVL-1")[0] == {"level_cm": 132.5, "below": -3}
            await wait_until_async(lambda: len(told("PUMP-1")) > 1, 20, "a sign of life")
            assert gate.is_up(gate.ways[0]) and not told("MISTYPED"), "what cannot be read is not told"
            said = [r for r in caplog.records if r.levelno == logging.WARNING and "MISTYPED" in r.getMessage()]
            assert [r.getMessage() for r in said] == [
                "plant: MISTYPED does not tell running (coil 900): it has no such address"
            ], "once"
        async with plant(port):
            count = len(told("PUMP-1"))
            async with house.open(POINTS.format(port=port), {}):
                await wait_until_async(lambda: len(told("PUMP-1")) > count, 20, "connected again")

    asyncio.run(run())


def test_units_that_stay_silent_cost_their_own_time_out_and_are_heard_when_they_have_power_again(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ingest.gateways.modbus.ANSWER_S", 0.2)
    monkeypatch.setattr("ingest.gateways.modbus.SILENT_S", 0.5)
    monkeypatch.setattr("ingest.gateways.inlet.AGAIN_S", (0.05,))
    caplog.set_level(logging.INFO)
    port = free_port()

    def told(unit: int) -> int:
        return sum(e["device"] == f"PUMP-{unit}" for e in house.envelopes("modbus"))

    def said(words: str) -> list[str]:
        return [r.getMessage() for r in caplog.records if words in r.getMessage()]

    async def run() -> None:
        async with AsyncExitStack() as powered:
            await powered.enter_async_context(plant(port, 1, 10))
            async with house.open(line(port, range(1, 11)), {}) as gate:
                await wait_until_async(
                    lambda: told(1) > 2 and told(10) > 2, 20, "first and last of the line are read on"
                )
                assert gate.is_up(gate.ways[0]) and not any(map(told, range(2, 10)))
                assert said("does not answer") == [f"line: PUMP-{n} does not answer as unit {n}" for n in range(2, 10)]
                assert not said("broke") and not said("is not there"), "the connection was kept"
                await powered.aclose()
                async with plant(port, *range(1, 11)):
                    await wait_until_async(lambda: all(map(told, range(1, 11))), 20, "all have power")
                assert len(said("tells its points again")) == 8

    asyncio.run(run())


def test_no_edge_of_a_contact_is_lost_while_neither_log_nor_spool_takes_it(
    redis_server: RedisServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A contact remembers nothing: who does not look at it meanwhile never knows."""
    redis_server.wipe()
    house = House(redis_server, tmp_path, limit_bytes=1000)
    port, reads = free_port(), Counter[int]()
    text = f"""
- {{way: modbus, id: plant, host: 127.0.0.1, port: {port}, every_s: 0.1, beat_s: 3600, devices: [
   {{device: PUMP-1, points: {{pump_fault: {{table: coil, address: 1}}}}}}]}}
"""

    def told() -> list[tuple[bool, str]]:
        return [(e["payload"]["points"]["pump_fault"], e["received"]) for e in house.envelopes("modbus")]

    async def run() -> None:
        async with plant(port, asked=lambda function: reads.update([function])), house.open(text):
            writer = AsyncModbusTcpClient("127.0.0.1", port=port)
            await writer.connect()

            async def switch(closed: bool) -> None:
                """Until the gateway has seen it."""
                await writer.write_coil(1, closed, device_id=1)
                seen = reads[READ_COILS]
                await wait_until_async(lambda: reads[READ_COILS] >= seen + 2, 20, "it has looked")

            await wait_until_async(lambda: len(told()) == 1, 20, "it is told")
            house.server.kill()
            for number in range(EDGES):
                await switch(number % 2 == 1)
            assert " waits: " in caplog.text, "neither log nor spool takes it"
            house.server.restart()
            await wait_until_async(lambda: len(told()) > EDGES, 30, "all are there")
            writer.close()

    try:
        asyncio.run(run())
        values, moments = zip(*told(), strict=True)
        assert list(values) == [n % 2 == 0 for n in range(EDGES + 1)], "each edge once, in order"
        assert list(moments) == sorted(set(moments)), "each with the moment at which it was read"
    finally:
        house.intake.close()
        redis_server.wipe()


def test_a_line_of_which_nothing_answers_is_no_feed_that_is_up(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ingest.gateways.modbus.ANSWER_S", 0.1)
    monkeypatch.setattr("ingest.gateways.inlet.AGAIN_S", (0.05,))
    port = free_port()

    async def run() -> None:
        ways = house.connections(line(port, range(2, 4)))
        (gate,) = gates_of(ways, lambda way: Inlet(way, house.intake, house.folder), house.folder)
        async with plant(port, 1):
            running = asyncio.ensure_future(kept(gate))
            await wait_until_async(lambda: "none of its devices answers" in caplog.text, 20, "it is called anew")
            assert not gate.is_up(gate.ways[0])
            await ended([running])

    asyncio.run(run())
