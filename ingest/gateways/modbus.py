"""Modbus TCP by pymodbus: dry contacts and registers of plant that has no event of its own.

The points of a device are read together and told as one payload `{"points": {"running": true, "level_cm": 132}}`, when
one of them has changed and every `beat_s`; a device that does not answer is silent, and the rest is read on.
"""

from __future__ import annotations

import asyncio
import logging
import time

import msgspec
from pymodbus import ModbusException
from pymodbus.client import AsyncModbusTcpClient

from ingest.connections import Modbus, Point, Slave, Way
from ingest.gateways.inlet import Inlet, again

log = logging.getLogger("shouwang.modbus")

ANSWER_S = 3.0
Values = dict[str, bool | int | float]


class ModbusGate:
    def __init__(self, way: Modbus, inlet: Inlet) -> None:
        self._way = way
        self._inlet = inlet
        self._connected = False

    @property
    def ways(self) -> list[Way]:
        return [self._way]

    def is_up(self, way: Way) -> bool:
        return self._connected

    async def run(self) -> None:
        await again(self._once, self._way.id, (ModbusException, OSError))

    async def _once(self) -> None:
        """One connection. Raises ModbusException, OSError: the host is not there or the link broke."""
        client = AsyncModbusTcpClient(
            self._way.host, port=self._way.port, timeout=ANSWER_S, retries=0, reconnect_delay=0, name=self._way.id
        )
        told: dict[str, tuple[Values, float]] = {}
        try:
            if not await client.connect():
                raise OSError(f"{self._way.host}:{self._way.port} is not there")
            self._connected = True
            while client.connected:
                for device in self._way.devices:
                    await self._device(client, device, told)
                await asyncio.sleep(self._way.every_s)
            raise OSError("the connection broke")
        finally:
            self._connected = False
            client.close()

    async def _device(self, client: AsyncModbusTcpClient, device: Slave, told: dict[str, tuple[Values, float]]) -> None:
        """`told`: what was last told of each device, and when (monotonic)."""
        values: Values = {}
        for name, point in device.points.items():
            value = await read(client, device.unit, point)
            if value is None:
                log.debug("%s: %s does not tell %s", self._way.id, device.device, name)
                return
            values[name] = value
        before, at_s = told.get(device.device, ({}, 0.0))
        if values != before or time.monotonic() - at_s >= self._way.beat_s:
            await self._inlet.keep(msgspec.json.encode({"points": values}), device=device.device)
            told[device.device] = values, time.monotonic()


async def read(client: AsyncModbusTcpClient, unit: int, point: Point) -> bool | int | float | None:
    """None: the device answers with an exception. Raises ModbusException when it does not answer at all."""
    if point.table in ("coil", "discrete"):
        ask = client.read_coils if point.table == "coil" else client.read_discrete_inputs
        answer = await ask(point.address, count=1, device_id=unit)
        return None if answer.isError() else answer.bits[0] != point.inverted
    kind = "uint16" if point.kind == "bit" else point.kind
    type_ = client.DATATYPE[kind.upper()]
    ask = client.read_holding_registers if point.table == "holding" else client.read_input_registers
    answer = await ask(point.address, count=type_.value[1], device_id=unit)
    if answer.isError():
        return None
    value = client.convert_from_registers(answer.registers, type_)
    if point.kind == "bit":
        return bool(value) != point.inverted
    assert isinstance(value, int | float)
    return value if point.scale == 1.0 else round(value * point.scale, 6)
