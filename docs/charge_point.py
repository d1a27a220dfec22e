"""A charge point of your own in twenty lines, on the `ocpp` package: it boots, charges for a minute and faults.

.venv/bin/python docs/charge_point.py [ws://127.0.0.1:9000/EV-12]
"""

import asyncio
import sys
from datetime import UTC, datetime

from ocpp.v16 import ChargePoint, call
from websockets.asyncio.client import connect


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


async def live(point: ChargePoint, seconds: int = 60) -> None:
    await point.call(call.BootNotification("LF 22", "Ladefix"))
    await point.call(call.StatusNotification(1, "NoError", "Preparing", timestamp=now()))
    started = await point.call(call.StartTransaction(1, "CARD-1", 1000, now()))
    await point.call(call.StatusNotification(1, "NoError", "Charging", timestamp=now()))
    for second in range(0, seconds, 5):
        power = {"value": str(6900 - second), "measurand": "Power.Active.Import", "unit": "W"}
        await point.call(call.MeterValues(1, [{"timestamp": now(), "sampledValue": [power]}], started.transaction_id))
        await asyncio.sleep(5)
    await point.call(call.StopTransaction(1100, now(), started.transaction_id))
    await point.call(call.StatusNotification(1, "HighTemperature", "Faulted", timestamp=now()))


async def main(url: str) -> None:
    async with connect(url, subprotocols=["ocpp1.6"]) as link:
        point = ChargePoint(url.rpartition("/")[2], link)
        reading = asyncio.create_task(point.start())
        await live(point)
        reading.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:9000/EV-12"))
