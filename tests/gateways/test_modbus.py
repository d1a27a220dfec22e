"""Modbus TCP against pymodbus' own server: contacts and registers, told when they change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async
from tests.gateways.house import House

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
    - {{device: GONE, unit: 1, points: {{running: {{table: coil, address: 900}}}}}}
"""


@asynccontextmanager
async def plant(port: int) -> AsyncIterator[ModbusTcpServer]:
    coils = [SimData(0, values=[False, True, False], datatype=DataType.BITS)]
    discrete = [SimData(0, values=[True, False], datatype=DataType.BITS)]
    holding = [SimData(10, values=[72, 0, 65533], datatype=DataType.REGISTERS)]
    inputs = [SimData(20, values=132.5, datatype=DataType.FLOAT32)]
    server = ModbusTcpServer(SimDevice(1, (coils, discrete, holding, inputs)), address=("127.0.0.1", port))
    await server.listen()
    try:
        yield server
    finally:
        await server.shutdown()


def test_contacts_and_registers(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
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
            assert gate.is_up(gate.ways[0]) and not told("GONE"), "what does not answer is silent"
        async with plant(port):
            count = len(told("PUMP-1"))
            async with house.open(POINTS.format(port=port), {}):
                await wait_until_async(lambda: len(told("PUMP-1")) > count, 20, "connected again")

    asyncio.run(run())
