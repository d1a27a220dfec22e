"""What the scenes play with: devices of the site that speak through the durable intake; and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, cast

import msgspec
import redis

from community.history.days import DAY_MS
from community.model import encode_event
from community.site import Device, Site, place
from community.state import Alarm, DeviceState
from ingest.intake import Intake
from store import keys

BY = "post:control"


class Stage:
    def __init__(self, site: Site, intake: Intake, client: redis.Redis) -> None:
        self.site = site
        self._intake = intake
        self._redis = client
        self._run = f"tour/{time.time_ns() // 1_000_000}"
        self._number = 0
        self.unsettled: list[Future[None]] = []
        self._decode_device = msgspec.json.Decoder(DeviceState).decode
        self._decode_alarm = msgspec.json.Decoder(Alarm).decode

    # ---- devices of the site
    def find(self, fits: Callable[[Device], bool]) -> Device | None:
        return next((device for device in self.site.devices if fits(device)), None)

    def children(self, parent: str) -> list[Device]:
        return [device for device in self.site.devices if device.parent == parent]

    def where(self, device: Device) -> tuple[str, str]:
        """Its place in both languages."""
        zh, en = place(device, "zh"), place(device, "en", site=self.site)
        return zh or device.name.zh or device.id, en or device.name.en or device.id

    # ---- what is said
    def say(self, device: Device, type_: str, ago_s: float = 0.0, **data: Any) -> str:
        """A record as the device's gateway would give it; returns its id."""
        return self._put(device.source, type_, device.id, data, ago_s)

    def order(self, type_: str, subject: str, **data: Any) -> None:
        """A command as a person gives it."""
        self._put("shouwang/tour", type_, subject, {"by": BY, **data}, 0.0)

    def _put(self, source: str, type_: str, subject: str, data: dict[str, Any], ago_s: float) -> str:
        self._number += 1
        id_ = f"{self._run}/{self._number}"
        now_ms = time.time_ns() // 1_000_000
        value = encode_event(
            id=id_,
            source=source,
            type=type_,
            community=self.site.id,
            subject=subject,
            time_ms=now_ms - int(1000 * ago_s),
            received_ms=now_ms,
            data=data,
        )
        self.unsettled.append(self._intake.submit(keys.LOG, self.site.id, value))
        return id_

    # ---- what came of it
    def device(self, id_: str) -> DeviceState | None:
        stored = cast("bytes | None", self._redis.hget(keys.devices(self.site.id), id_))
        return self._decode_device(stored) if stored else None

    def alarm(self, key: str) -> Alarm | None:
        stored = cast("bytes | None", self._redis.hget(keys.alarms(self.site.id), key))
        return self._decode_alarm(stored) if stored else None

    def alarms(self) -> list[Alarm]:
        stored = cast("list[bytes]", self._redis.hvals(keys.alarms(self.site.id)))
        return [self._decode_alarm(value) for value in stored]

    def remembers(self) -> bool:
        """The wall has a day to show: the invented one, or its own."""
        past, started_ms = cast(
            "list[bytes | None]", self._redis.hmget(keys.meta(self.site.id), ["past", "started_ms"])
        )
        return past is not None or (started_ms is not None and int(started_ms) < time.time() * 1000 - DAY_MS)

    def cut(self, seconds: float) -> None:
        """Nothing can be written for so long: to log, state and screens the data has gone. It ends by itself."""
        self._redis.execute_command("CLIENT", "PAUSE", int(1000 * seconds), "WRITE")
