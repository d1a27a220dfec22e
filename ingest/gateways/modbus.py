"""Modbus TCP by pymodbus: dry contacts and registers of plant that has no event of its own.

The points of a device are read together and told as one payload `{"points": {"running": true, "level_cm": 132}}`, when
one of them has changed and every `beat_s`. A device that does not answer is silent, and the rest is read on: it costs
them one time-out every `SILENT_S`. What a device does not tell is said once in the gateway's log.

A contact remembers nothing: while neither log nor spool takes what was read, the points are read on, and each change
waits in its order with the moment at which it was read.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import NamedTuple

import msgspec
from pymodbus import ModbusException
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.constants import ExcCodes
from pymodbus.pdu import ModbusPDU

from ingest.gateways.inlet import Inlet, again
from ingest.ways import Modbus, Point, Slave, Way

log = logging.getLogger("shouwang.modbus")
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)  # a line for each time-out; ours are said once

ANSWER_S = 3.0
SILENT_S = 10.0
"""A device that did not answer is asked again after so long: it costs the others behind a gateway its time-out."""

WAITING = 10_000
"""Changes that wait in memory, some 3 MB. Beyond them nothing is read until there is room: what stands then is told."""

WHY = {
    1: "it does not know this table",
    2: "it has no such address",
    3: "it has no such address",
    4: "it has a fault",
    6: "it is busy",
}
"""By the exception's code."""

Values = dict[str, bool | int | float]


class Change(NamedTuple):
    device: str
    points: bytes
    at_ms: int
    """When it was read, by our clock."""


class Declined(Exception):
    """The device answers with an exception."""


class ModbusGate:
    def __init__(self, way: Modbus, inlet: Inlet) -> None:
        self._way = way
        self._inlet = inlet
        self._up = False
        self._mute: dict[str, str] = {}
        """Devices that do not tell what they should, and why: as it was said in the log."""
        self._changes: asyncio.Queue[Change] = asyncio.Queue(WAITING)
        self._told: dict[str, tuple[Values, float]] = {}
        """What was last told of each device, and when (monotonic)."""

    @property
    def ways(self) -> list[Way]:
        return [self._way]

    def is_up(self, way: Way) -> bool:
        return self._up

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(again(self._once, self._way.id, (ModbusException, OSError)))
            tasks.create_task(self._tell())

    async def _tell(self) -> None:
        """In the order in which they were read; a change that is not durable yet holds those behind it."""
        while True:
            change = await self._changes.get()
            await self._inlet.keep(change.points, device=change.device, received_ms=change.at_ms)

    async def _once(self) -> None:
        """One connection. Raises ModbusException, OSError: the host is not there or the link broke."""
        client = AsyncModbusTcpClient(
            self._way.host, port=self._way.port, timeout=ANSWER_S, retries=0, reconnect_delay=0, name=self._way.id
        )
        client.ctx.max_until_disconnect = len(
            self._way.devices
        )  # so many silent ones in a row are no broken connection
        self._told.clear()  # each tells what it is like now
        silent: dict[str, float] = {}
        """Devices that did not answer, and when they are asked again (monotonic)."""
        try:
            if not await client.connect():
                raise OSError(f"{self._way.host}:{self._way.port} is not there")
            while client.connected:
                for device in self._way.devices:
                    if silent.get(device.device, 0.0) > time.monotonic():
                        continue
                    try:
                        await self._device(client, device)
                    except ModbusException:
                        if not client.connected:
                            raise
                        silent[device.device] = time.monotonic() + SILENT_S
                        self._note(device.device, f"does not answer as unit {device.unit}")
                    else:
                        silent.pop(device.device, None)
                if len(silent) == len(self._way.devices):
                    raise OSError("none of its devices answers")
                self._up = True
                await asyncio.sleep(self._way.every_s)
            raise OSError("the connection broke")
        finally:
            self._up = False
            client.close()

    async def _device(self, client: AsyncModbusTcpClient, device: Slave) -> None:
        values: Values = {}
        for name, point in device.points.items():
            try:
                values[name] = await read(client, device.unit, point)
            except Declined as why:
                return self._note(device.device, f"does not tell {name} ({point.table} {point.address}): {why}")
        self._note(device.device, "")
        before, at_s = self._told.get(device.device, ({}, 0.0))
        beat = time.monotonic() - at_s >= self._way.beat_s and self._changes.empty()
        if values != before or beat:
            read_ms = time.time_ns() // 1_000_000
            await self._changes.put(Change(device.device, msgspec.json.encode({"points": values}), read_ms))
            self._told[device.device] = values, time.monotonic()

    def _note(self, device: str, fault: str) -> None:
        """`fault`: why it does not tell its points; empty: it does."""
        before = self._mute.pop(device, "")
        if fault:
            self._mute[device] = fault
        if fault and fault != before:
            log.warning("%s: %s %s", self._way.id, device, fault)
        elif before and not fault:
            log.info("%s: %s tells its points again", self._way.id, device)


async def read(client: AsyncModbusTcpClient, unit: int, point: Point) -> bool | int | float:
    """Raises Declined; ModbusException when the device does not answer."""
    if point.table in ("coil", "discrete"):
        ask = client.read_coils if point.table == "coil" else client.read_discrete_inputs
        return _heard(await ask(point.address, count=1, device_id=unit)).bits[0] != point.inverted
    kind = "uint16" if point.kind == "bit" else point.kind
    type_ = client.DATATYPE[kind.upper()]
    ask = client.read_holding_registers if point.table == "holding" else client.read_input_registers
    answer = _heard(await ask(point.address, count=type_.value[1], device_id=unit))
    value = client.convert_from_registers(answer.registers, type_)
    if point.kind == "bit":
        return bool(value) != point.inverted
    assert isinstance(value, int | float)
    return value if point.scale == 1.0 else round(value * point.scale, 6)


def _heard(answer: ModbusPDU) -> ModbusPDU:
    if not answer.isError():
        return answer
    if answer.exception_code in (ExcCodes.GATEWAY_PATH_UNAVIABLE, ExcCodes.GATEWAY_NO_RESPONSE):
        raise ModbusException("the gateway has waited in vain")  # the silence of a unit, told by who asked it
    raise Declined(WHY.get(answer.exception_code, f"exception {answer.exception_code}"))
