"""Chargers for cars as real OCPP 1.6J clients of our own central system: what the world says of them, in OCPP's words.

A real charger takes the place of a simulated one: each of ours says by a header that it only stands in, and the gateway
closes it (4000) when another comes with its id, or has it already. It then asks again every ten minutes.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import deque
from typing import Any

from ocpp.exceptions import OCPPError
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import Action, RemoteStartStopStatus
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from community.model import DEVICE_HEARTBEAT, to_rfc3339
from community.site import Device
from community.world.bikes import METER, SESSION, STATUS
from community.world.obey import Obedience
from community.world.stream import Wire
from ingest.gateways.station import SIMULATED
from ingest.simulation.demo import Demo
from ingest.tasks import ended

log = logging.getLogger("shouwang.simulate.cars")

STEP_ASIDE_S = 600.0
REPLACED = 4000
RETRY_S = (1.0, 2.0, 5.0, 10.0, 30.0)

UNITS = {"power_w": ("Power.Active.Import", "W"), "energy_wh": ("Energy.Active.Import.Register", "Wh")} | {
    "current_a": ("Current.Import", "A"),
    "voltage_v": ("Voltage", "V"),
    "temperature_c": ("Temperature", "Celsius"),
}

_quiet = logging.getLogger("ocpp.simulated")
_quiet.setLevel(logging.CRITICAL)


class Plug:
    """One connector, as the world last told of it. `number` counts from 1."""

    def __init__(self, device: Device, number: int) -> None:
        self.device = device
        self.number = number
        self.status, self.error = "Available", "NoError"
        self.begun: Wire | None = None
        """The begin of the session under way."""
        self.register_wh = 0.0


class Station:
    """One charger for ever: what it has to say waits here while it is not connected."""

    def __init__(self, demo: Demo, charger: Device) -> None:
        self.demo = demo
        self.charger = charger
        children = [device for device in demo.site.devices if device.parent == charger.id]
        self.plugs = {device.id: Plug(device, number) for number, device in enumerate(children, start=1)}
        self.waiting: deque[Wire] = deque()
        self.wake = asyncio.Event()
        self.connected = False
        self._house = Obedience()

    def hear(self, wire: Wire) -> None:
        """The world's word on this charger or one of its plugs."""
        if self._house.heard(wire):
            self._take(wire)

    def _take(self, wire: Wire) -> None:
        plug = self.plugs.get(wire.subject)
        if plug is not None and wire.type == STATUS:
            plug.status, plug.error = wire.data["status"], wire.data.get("error_code", "NoError")
        elif plug is not None and wire.type == METER:
            plug.register_wh = wire.data.get("energy_wh", plug.register_wh)
        elif plug is not None and wire.type == SESSION:
            plug.begun = wire if wire.data["phase"] == "started" else None
            plug.register_wh = wire.data.get("meter_stop_wh", wire.data.get("meter_start_wh", plug.register_wh))
        # A charger without its central system keeps begins and ends of sessions, and nothing else.
        if self.connected or wire.type == SESSION:
            self.waiting.append(wire)
            self.wake.set()

    def stop(self, plug: Plug) -> None:
        """As the central system has ordered."""
        if plug.begun is not None:
            said = self._house.stop(plug.device.id, plug.begun.data["session"], time.time_ns() // 1_000_000)
            for wire in said:
                self._take(wire)

    def transaction(self, session: str) -> int | None:
        return self.demo.memory.transactions.get(session)

    def left_over(self) -> list[str]:
        """Sessions that the central system believes in and that are over: they ended while nobody simulated."""
        under_way = {plug.begun.data["session"] for plug in self.plugs.values() if plug.begun is not None}
        waiting = {wire.data["session"] for wire in self.waiting if wire.type == SESSION}
        mine = tuple(f"{self.charger.id}/{plug.number}@" for plug in self.plugs.values())
        return [s for s in self.demo.memory.transactions if s.startswith(mine) and s not in under_way | waiting]


class Charger(ChargePoint):  # type: ignore[misc]
    """One connection of one charger."""

    def __init__(self, id: str, connection: ClientConnection, station: Station) -> None:
        super().__init__(id, connection, response_timeout=30, logger=_quiet)
        self._station = station

    async def live(self) -> None:
        """Until the connection ends (ConnectionClosed) or the central system stays silent (TimeoutError)."""
        station = self._station
        boot = call.BootNotification(
            charge_point_model="EVC-7K",
            charge_point_vendor="Shouwang Demo",
            charge_point_serial_number=f"DEMO-{self.id}",
            firmware_version="1.4.2",
        )
        await self._ask(boot)
        await self._ask(self._status(0, "Available", "NoError"))
        station.connected = True
        for plug in station.plugs.values():
            await self._ask(self._status(plug.number, plug.status, plug.error))
        for session in station.left_over():
            await self._end(session, 0.0, "PowerLoss")
        while True:
            while station.waiting:
                await self._say(station.waiting[0])
                station.waiting.popleft()
            station.wake.clear()
            await station.wake.wait()

    # ---- the world's words in OCPP's
    async def _say(self, wire: Wire) -> None:
        plug, data = self._station.plugs.get(wire.subject), wire.data
        if wire.type == DEVICE_HEARTBEAT and plug is None:
            await self._ask(call.Heartbeat())
        elif plug is None:
            return
        elif wire.type == STATUS:
            await self._ask(self._status(plug.number, data["status"], data.get("error_code", "NoError")))
        elif wire.type == METER:
            await self._ask(self._meter(plug, wire))
        elif wire.type == SESSION and data["phase"] == "started":
            await self._begin(plug, wire)
        elif wire.type == SESSION:
            await self._end(data["session"], data.get("meter_stop_wh", plug.register_wh), data.get("reason", "Local"))

    async def _begin(self, plug: Plug, wire: Wire) -> None:
        session, memory = wire.data["session"], self._station.demo.memory
        if session in memory.transactions:
            return  # told before a restart
        card = f"{random.getrandbits(56):014X}"
        await self._ask(call.Authorize(id_tag=card))
        start = call.StartTransaction(
            connector_id=plug.number,
            id_tag=card,
            meter_start=round(wire.data.get("meter_start_wh", 0)),
            timestamp=to_rfc3339(wire.time_ms),
        )
        memory.transactions[session] = (await self._ask(start)).transaction_id
        self._station.demo.remember()

    async def _end(self, session: str, meter_stop_wh: float, reason: str) -> None:
        demo = self._station.demo
        transaction = demo.memory.transactions.get(session)
        if transaction is None:
            return
        stop = call.StopTransaction(
            meter_stop=round(meter_stop_wh),
            timestamp=to_rfc3339(time.time_ns() // 1_000_000),
            transaction_id=transaction,
            reason=reason,
        )
        await self._ask(stop)
        del demo.memory.transactions[session]
        demo.remember()

    def _status(self, number: int, status: str, error: str) -> Any:
        at = to_rfc3339(time.time_ns() // 1_000_000)
        return call.StatusNotification(connector_id=number, error_code=error, status=status, timestamp=at)

    def _meter(self, plug: Plug, wire: Wire) -> Any:
        samples = [
            {"value": str(wire.data[name]), "measurand": measurand, "unit": unit}
            for name, (measurand, unit) in UNITS.items()
            if name in wire.data
        ]
        session = plug.begun.data["session"] if plug.begun is not None else ""
        return call.MeterValues(
            connector_id=plug.number,
            meter_value=[{"timestamp": to_rfc3339(wire.time_ms), "sampledValue": samples}],
            transaction_id=self._station.transaction(session),
        )

    # ---- what it is told
    @on(Action.remote_stop_transaction, skip_schema_validation=True)
    def _remote_stop(self, /, transaction_id: Any = None, **_: Any) -> Any:
        station = self._station
        for plug in station.plugs.values():
            session = plug.begun.data["session"] if plug.begun is not None else ""
            if transaction_id is not None and station.transaction(session) == transaction_id:
                asyncio.get_running_loop().call_later(1.0, station.stop, plug)  # a relay takes its time
                return call_result.RemoteStopTransaction(RemoteStartStopStatus.accepted)
        return call_result.RemoteStopTransaction(RemoteStartStopStatus.rejected)

    async def _ask(self, question: Any) -> Any:
        return await self.call(question, suppress=False, skip_schema_validation=True)


async def drive(station: Station, index: int) -> None:
    """One charger for ever: connects, lives, connects again. Cancelled from outside."""
    demo, charger = station.demo, station.charger
    vendor_id = charger.vendor.get("ocpp16", charger.id).partition("/")[0]
    failures = 0
    await asyncio.sleep(0.2 + 0.25 * index)
    while True:
        began_s = time.monotonic()
        pause_s = RETRY_S[min(failures, len(RETRY_S) - 1)] * random.uniform(0.7, 1.3)
        try:
            await _connect(demo, vendor_id, station)
        except ConnectionClosed as error:
            if error.rcvd is not None and error.rcvd.code == REPLACED:
                log.info("%s: somebody else has this place, asking again in ten minutes", charger.id)
                pause_s = STEP_ASIDE_S
                demo.leave([charger.id, *station.plugs])
        except (OSError, InvalidHandshake, OCPPError, TimeoutError) as error:
            log.debug("%s: %s", charger.id, error)
        finally:
            station.connected = False
        failures = 0 if time.monotonic() - began_s > 60 else failures + 1
        await asyncio.sleep(pause_s)


async def _connect(demo: Demo, vendor_id: str, station: Station) -> None:
    async with connect(
        f"{demo.url}/{vendor_id}",
        subprotocols=[Subprotocol("ocpp1.6")],
        additional_headers={SIMULATED: "1"},
        compression=None,
        ping_interval=None,
        close_timeout=1,
    ) as connection:
        charger = Charger(vendor_id, connection, station)
        # Reading and living end together: whichever fails first says why.
        reading, living = asyncio.ensure_future(charger.start()), asyncio.ensure_future(charger.live())
        try:
            await asyncio.wait([reading, living], return_when=asyncio.FIRST_COMPLETED)
            for task in (reading, living):
                if task.done():
                    await task
        finally:
            await ended((reading, living))
            await asyncio.gather(reading, living, return_exceptions=True)
