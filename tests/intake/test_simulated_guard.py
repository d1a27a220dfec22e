"""The demo's guard: what it does about which alarm, and when."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis

from community.site import SITES, parse_site
from community.state import Alarm
from ingest.simulation.demo import Demo
from ingest.simulation.guard import ON_SITE_S, PATIENCE_S, Guard, orders
from store import keys

LONGEST_JITTER_S = 45


def alarm(id_: str, priority: str, **facts: Any) -> Alarm:
    base: dict[str, Any] = {"condition": True, "active": True, "acknowledged": False, "occurrence": f"{id_}/D@0"}
    return Alarm(id_, "D", priority, **(base | facts))


SEEN = {"acknowledged": True, "acknowledged_ms": 0}


@pytest.mark.parametrize(
    "why, standing, at_s, given",
    [
        ("a visitor has a minute", alarm("SOS", "P1"), 60, []),
        ("then the guard acknowledges", alarm("SOS", "P1"), PATIENCE_S["P1"] + LONGEST_JITTER_S, ["acknowledge"]),
        ("and is on the way for a while", alarm("SOS", "P1", **SEEN), 200, []),
        ("and ends what only a person ends", alarm("SOS", "P1", **SEEN), ON_SITE_S + LONGEST_JITTER_S, ["reset"]),
        ("what ends by itself is left to do so", alarm("CAM_BLIND", "P2", **SEEN), 9999, []),
        ("latched and still hot is left alone", alarm("CP_OVERTEMP", "P1", **SEEN), 9999, []),
        (
            "latched and cooled is ended",
            alarm("CP_OVERTEMP", "P1", active=False, condition=False, latched=True, **SEEN),
            9999,
            ["reset"],
        ),
        ("returned and unseen is acknowledged", alarm("CAM_BLIND", "P2", active=False), 9999, ["acknowledge"]),
        (
            "what is only pending is nobody's business",
            alarm("CAM_BLIND", "P2", active=False, acknowledged=True),
            9999,
            [],
        ),
    ],
)
def test_what_the_guard_does(why: str, standing: Alarm, at_s: int, given: list[str]) -> None:
    assert [order.type.rsplit(".", 1)[-1] for order in orders([standing], at_s * 1000)] == given, why


def test_a_real_devices_alarm_is_left_to_real_people(redis_url: str, tmp_path: Path) -> None:
    site = parse_site((SITES / "lanting.json").read_bytes())
    given: list[bytes] = []

    class Way:
        """Takes what is put on the way to the log."""

        def submit(self, topic: str, key: str, value: bytes) -> Future[None]:
            given.append(value)
            done: Future[None] = Future()
            done.set_result(None)
            return done

    demo = Demo(site, Way(), tmp_path, started_ms=0)  # type: ignore[arg-type]
    client = redis.Redis.from_url(redis_url)
    for device in ("EV-11-1", "EV-12-1", "HAND-1"):
        standing = Alarm("CP_FAULT", device, "P4", condition=True, active=True, acknowledged=False, occurrence=device)
        client.hset(keys.alarms(site.id), standing.key, msgspec.json.encode(standing))
    demo.leave(["EV-12", "EV-12-1", "EV-12-2"])
    Guard(demo, redis_url).look(10_000_000)
    restarted = Demo(site, Way(), tmp_path, started_ms=0)  # type: ignore[arg-type]
    Guard(restarted, redis_url).look(10_000_000)
    assert [msgspec.json.decode(value)["subject"] for value in given] == 2 * ["CP_FAULT/EV-11-1"]
