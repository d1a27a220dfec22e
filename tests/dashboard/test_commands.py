"""Commands by HTTP against a real Redis: each a record of the log, or refused, or said that nobody knows."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import msgspec
import redis

from store import keys
from store.children import end
from tests.dashboard.serve import Web, visit
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until_async
from tests.layouts.scenes import incident
from tests.layouts.stage import Stage


def order(**changes: object) -> bytes:
    command = {"type": "alarm.acknowledge", "alarm": "SOS/SOS-021", "by": "post:control"}
    return msgspec.json.encode({**command, **changes})


def stop(**changes: object) -> bytes:
    command = {"type": "charging.remote_stop", "device": "EV-12-1", "by": "post:control"}
    return msgspec.json.encode({**command, **changes})


JSON = {"content-type": "application/json"}


def test_an_acknowledgement_becomes_a_record_of_the_log(redis_url: str, stage: Stage, var: Path) -> None:
    async def look(web: Web) -> None:
        answer = await web.client.post("/api/v1/commands", content=order(occurrence="o"), headers=JSON)
        assert answer.status_code == 202
        assert answer.json()["state"] == "pending"
        client = redis.Redis.from_url(redis_url)
        ((_, fields),) = client.xrange(keys.LOG)
        client.close()
        record = json.loads(fields[b"v"])
        assert fields[b"k"] == b"lanting"
        assert (record["type"], record["subject"]) == ("command.alarm.acknowledge", "SOS/SOS-021")
        assert record["data"] == {"by": "post:control", "occurrence": "o", "person": "demo:visitor"}
        assert record["id"] == answer.json()["id"]

    visit(redis_url, var, look)


def test_an_order_to_a_charger_becomes_a_record_of_the_log(redis_url: str, stage: Stage, var: Path) -> None:
    async def look(web: Web) -> None:
        answer = await web.client.post("/api/v1/commands", content=stop(reason="smoke"), headers=JSON)
        assert answer.status_code == 202
        client = redis.Redis.from_url(redis_url)
        ((_, fields),) = client.xrange(keys.LOG)
        client.close()
        record = json.loads(fields[b"v"])
        assert (record["type"], record["subject"]) == ("command.charging.remote_stop", "EV-12-1")
        assert record["data"] == {"by": "post:control", "role": "guard", "reason": "smoke", "person": "demo:visitor"}
        assert record["id"] == answer.json()["id"]

    visit(redis_url, var, look)


OF_MASKS = [
    ("alarm.shelve", {"alarm": "SOS/SOS-021"}, {"reason": "cleaning", "until_ms": 1_773_400_000_000}),
    ("alarm.unshelve", {"alarm": "SOS/SOS-021"}, {}),
    ("device.out_of_service", {"device": "C-001"}, {"reason": "new lens", "alarm": "CAM_BLACK", "until_ms": 9}),
    ("device.return_to_service", {"device": "C-001"}, {"alarm": "CAM_BLACK"}),
]


def commands(redis_url: str) -> list[dict[str, Any]]:
    """Those in the log; facts for the audit stand beside them."""
    with redis.Redis.from_url(redis_url) as client:
        records = [json.loads(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
    return [record for record in records if record["type"].startswith("command.")]


def test_what_masks_an_alarm_becomes_a_record_of_the_log(redis_url: str, stage: Stage, var: Path) -> None:
    async def look(web: Web) -> None:
        await web.act_as("supervisor")
        for type_, subject, data in OF_MASKS:
            role = {} if type_ == "alarm.unshelve" else {"role": "supervisor"}
            body = msgspec.json.encode({"type": type_, "by": "post:control", **subject, **role, **data})
            answer = await web.client.post("/api/v1/commands", content=body, headers=JSON)
            assert answer.status_code == 202
            record = commands(redis_url)[-1]
            assert (record["type"], [record["subject"]]) == (f"command.{type_}", list(subject.values()))
            assert record["data"] == {"by": "post:control", **role, **data, "person": "demo:supervisor"}
        assert len(commands(redis_url)) == len(OF_MASKS)

    visit(redis_url, var, look)


REFUSED = [
    (order(type="alarm.shelve", role="guard", reason="r"), JSON, 400),
    (order(type="alarm.shelve", role="supervisor", reason="r", until_ms=9), JSON, 403),
    (order(by="post:manager"), JSON, 403),
    (order(type="alarm.shelve", role="auditor", reason="r", until_ms=9), JSON, 400),
    (order(type="alarm.shelve", role="guard", until_ms=9, alarm="SOS/SOS-001"), JSON, 404),
    (stop(type="device.out_of_service", role="manager"), JSON, 403),
    (b"not json", JSON, 400),
    (order(type="door.open"), JSON, 400),
    (order(by="Wang Xiaoming"), JSON, 400),
    (order(more=1), JSON, 400),
    (order(alarm="SOS/SOS-001"), JSON, 404),
    (order(alarm="SOS/" + "x" * 396), JSON, 404),
    (order(alarm="SOS/" + "x" * 397), JSON, 400),
    (stop(device="EV-99-9"), JSON, 404),
    (stop(alarm="SOS/SOS-021"), JSON, 400),
    (stop(by="Wang Xiaoming"), JSON, 400),
    (order(community="nowhere"), JSON, 404),
    (order(), {"content-type": "text/plain"}, 415),
    (order(reason="x" * 9000), JSON, 413),
    (order(), JSON | {"origin": "http://evil.example"}, 403),
    (order(), JSON | {"sec-fetch-site": "cross-site"}, 403),
]


def test_commands_that_are_refused(redis_url: str, stage: Stage, var: Path) -> None:
    async def look(web: Web) -> None:
        for body, headers, status in REFUSED:
            answer = await web.client.post("/api/v1/commands", content=body, headers=headers)
            assert answer.status_code == status, (body[:80], headers)
            assert answer.json()["error"]
        assert commands(redis_url) == []

    visit(redis_url, var, look)


def test_a_log_that_is_away_says_so_at_once(redis_server: RedisServer, var: Path) -> None:
    redis_server.wipe()
    Stage(redis_server.url, incident()).close()

    async def look(web: Web) -> None:
        redis_server.kill()
        answer = await web.client.post("/api/v1/commands", content=order(), headers=JSON)
        assert answer.status_code == 503
        assert "请用对讲机" in answer.json()["error"]
        redis_server.start()
        answer = await web.client.post("/api/v1/commands", content=order(), headers=JSON)
        assert answer.status_code == 202

    visit(redis_server.url, var, look)


def test_a_log_that_takes_too_long_may_have_it_and_that_is_said(redis_server: RedisServer, var: Path) -> None:
    redis_server.wipe()
    Stage(redis_server.url, incident()).close()

    async def look(web: Web) -> None:
        assert (await web.client.post("/api/v1/commands", content=order(), headers=JSON)).status_code == 202
        assert redis_server.process is not None
        end(redis_server.process, signal.SIGSTOP)
        answer = await web.client.post("/api/v1/commands", content=order(), headers=JSON)
        end(redis_server.process, signal.SIGCONT)
        assert answer.status_code == 503
        assert answer.json()["recorded"] == "unknown"
        assert answer.json()["error"].startswith("不确定是否已记下，请看列表: ")
        with redis.Redis.from_url(redis_server.url) as client:
            await wait_until_async(lambda: client.xlen(keys.LOG) == 2, 5, "the record arrived after all")

    visit(redis_server.url, var, look)
