"""Pages, headers and API of the running application against a real Redis."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import msgspec
import redis

from community.model import to_rfc3339
from community.state import Alarm, Changes, SourceState
from dashboard.state_json import state_document
from store import keys
from store.blobs import Blobs
from tests.community.story import T0_MS, Story
from tests.dashboard.serve import Web, serving, visit
from tests.dashboard.test_commands import JSON, order
from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async
from tests.layouts.scenes import normal
from tests.layouts.stage import Stage


def test_pages_and_their_headers(redis_url: str, stage: Stage, var: Path) -> None:
    async def look(web: Web) -> None:
        assets = ("/assets/wall/wall.css", "/vendor/leaflet/leaflet.js")
        for path in ("/", "/map", "/api/v1/state", "/_dash-layout", *assets):
            answer = await web.client.get(path)
            assert answer.status_code == 200, path
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "same-origin"
            policy = answer.headers["content-security-policy"]
            assert "default-src 'self'" in policy and "unsafe-eval" not in policy
            assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
            assert answer.headers["content-encoding"] == "gzip", path
        english = await web.client.get("/", headers={"accept-language": "en-GB"})
        assert '<html lang="en" data-community="lanting" data-lang="en" data-build="' in english.text
        assert "Lanting Garden" in english.text
        chinese = await web.client.get("/?lang=zh", headers={"accept-language": "en-GB"})
        assert '<html lang="zh-CN"' in chinese.text

    visit(redis_url, var, look)


def test_what_is_not_there_is_404(redis_url: str, stage: Stage, var: Path) -> None:
    async def look(web: Web) -> None:
        for path in ("/?community=nowhere", "/live?community=nowhere", "/api/v1/state?community=nowhere", "/nothing"):
            answer = await web.client.get(path)
            assert answer.status_code == 404, path
            assert answer.json()["error"]
        for path in ("/vendor/leaflet/../../secret", "/fonts/none.woff2", "/vendor/leaflet/leaflet-src.js"):
            assert (await web.client.get(path)).status_code == 404, path

    visit(redis_url, var, look)


def test_the_state_is_the_same_bytes_for_the_same_state(redis_url: str, stage: Stage, var: Path) -> None:
    seen: list[bytes] = []

    async def look(web: Web) -> None:
        answer = await web.client.get("/api/v1/state?lang=zh")
        assert answer.headers["content-type"] == "application/json"
        seen.append(answer.content)

    visit(redis_url, var, look)
    visit(redis_url, var, look)
    assert seen[0] == seen[1]
    state = json.loads(seen[0])
    assert [d["id"] for d in state["devices"]] == sorted(d["id"] for d in state["devices"])
    assert [a["key"] for a in state["alarms"]] == sorted(a["key"] for a in state["alarms"])
    assert [(post["post"], post["contact"]) for post in state["on_duty"]][3:] == [("post:supervisor-night", "8002")]
    described = stage.state.site.devices
    residents = {device.id for device in described if device.system == "care"}
    assert residents
    assert {d["id"] for d in state["devices"]} == {device.id for device in described} - residents
    camera = next(d for d in state["devices"] if d["id"] == "C-010")
    assert (camera["system"], camera["freshness"], camera["status"]) == ("cameras", "stale", "online")
    assert camera["seen"] == "2026-03-12T13:08:06.000Z"
    sos = next(a for a in state["alarms"] if a["id"] == "SOS")
    assert (sos["state"], sos["priority"], sos["facts"]["activated_ms"]) == ("unacknowledged", "P1", 1773321234000)
    counted = {"W-1203", "E-1203"}  # meters are numbered, not named after their rooms
    named = [d for d in state["devices"] if d["id"] not in counted]
    assert "1203" not in json.dumps(named), "a room is shown for an unacknowledged P1 only"


def test_a_state_that_somebody_has_is_not_told_again(redis_url: str, stage: Stage, var: Path) -> None:
    async def look(web: Web) -> None:
        have = (await web.client.get("/api/v1/state?lang=zh")).headers["etag"]
        for known in (have, f'"another", {have}', "*"):
            answer = await web.client.get("/api/v1/state?lang=zh", headers={"if-none-match": known})
            assert (answer.status_code, answer.content) == (304, b""), known
            assert have.endswith(answer.headers["etag"]) and stage.state.position in have
        for path in ("/api/v1/state?lang=en", "/api/v1/state?lang=zh"):
            assert (await web.client.get(path, headers={"if-none-match": have})).status_code == (
                200 if path.endswith("en") else 304
            )
        stage.tick()
        await wait_until_async(lambda: web.hub.channels["lanting"].revision == stage.state.position, 10, "it is here")
        assert (await web.client.get("/api/v1/state?lang=zh", headers={"if-none-match": have})).status_code == 200

    visit(redis_url, var, look)


def test_whoever_opens_doors_sees_what_stands(redis_url: str, stage: Stage, var: Path) -> None:
    """The bar of /operate has the counts of the wall, and says how many critical ones nobody has acknowledged."""

    async def look(web: Web) -> None:
        said = (await web.client.get("/api/v1/operate?lang=zh")).json()
        assert [count["n"] for count in said["counts"]] == [1, 2, 1, 1] and said["p1_unacknowledged"] == 1
        assert "left_out" in said

    visit(redis_url, var, look)


def test_a_feed_that_the_site_does_not_describe_is_listed(redis_url: str, stage: Stage, var: Path) -> None:
    seen_ms = stage.state.clock_ms - 1000
    stage.change(
        Changes(
            stage.state.clock_ms,
            stage.next_position(),
            sources={**stage.state.sources, "drone": SourceState("drone", seen_ms, seen_ms)},
        )
    )

    async def look(web: Web) -> None:
        sources = (await web.client.get("/api/v1/state")).json()["sources"]
        assert [s["id"] for s in sources] == sorted({*stage.state.site.source_by_id, "drone"})
        drone = next(s for s in sources if s["id"] == "drone")
        assert (drone["freshness"], drone["seen"]) == ("fresh", "2026-03-12T13:14:35.000Z")

    visit(redis_url, var, look)


def test_each_value_says_when_it_was_said() -> None:
    """A connector that is free now still has the power of its last sample: a reader must see how old that is."""
    story = Story()
    story.tell("charging.meter", "EV-1-1", {"power_w": 6940.0}, at_s=0)
    story.tell("charging.status", "EV-1-1", {"status": "Available"}, at_s=60)
    shown = next(device for device in state_document(story.state, "zh")["devices"] if device["id"] == "EV-1-1")
    assert shown["values"] == {"power_w": 6940.0, "status": "Available"}
    assert shown["said"] == {"power_w": to_rfc3339(T0_MS), "status": to_rfc3339(T0_MS + 60_000)}


def test_health_and_metrics(redis_url: str, stage: Stage, var: Path) -> None:
    client = redis.Redis.from_url(redis_url)
    client.hset(keys.COUNTERS, "deadletter:community.log:undecodable", 3)
    client.hset(keys.COUNTERS, "removed:community.deadletter", 4)
    client.hset(keys.COUNTERS, "deadletter:replay:/home/wang/a:b.jsonl:undecodable", 4)
    client.hset(keys.COUNTERS, "deadletter:replay:/home/wang/c.jsonl:undecodable", 5)
    client.close()

    async def look(web: Web) -> None:
        assert (await web.client.get("/healthz")).json() == {"alive": True}
        ready = await web.client.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"ready": True, "reasons": []})
        text = (await web.client.get("/metrics")).text
        assert 'shouwang_dead_letters_total{topic="community.log",reason="undecodable"} 3' in text
        assert 'shouwang_past_retention_total{topic="community.deadletter"} 4' in text
        assert f'shouwang_clock_seconds{{community="lanting"}} {stage.state.clock_ms / 1000:.3f}'.rstrip("0.") in text
        assert 'shouwang_dead_letters_total{topic="replay",reason="undecodable"} 9' in text
        assert "wang/" not in text
        assert 'shouwang_alarms{community="lanting",priority="P1",state="unacknowledged"} 1' in text
        assert 'shouwang_stream_clients{community="lanting"} 0' in text

    visit(redis_url, var, look)


def test_not_ready_without_a_state(redis_url: str, var: Path) -> None:
    async def look(web: Web) -> None:
        ready = await web.client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["reasons"] == ["lanting: no record has been folded yet"]

    visit(redis_url, var, look)


def test_without_redis_the_process_lives_and_says_why_it_is_not_ready(var: Path) -> None:
    async def run() -> None:
        async with serving(f"redis://127.0.0.1:{free_port()}/0", var) as web:
            assert (await web.client.get("/healthz")).status_code == 200
            ready = await web.client.get("/readyz")
            assert (ready.status_code, ready.json()["reasons"][0]) == (503, "Redis does not answer")
            assert (await web.client.get("/api/v1/state")).status_code == 503
            assert (await web.client.get("/")).status_code == 200
            metrics: httpx.Response = await web.client.get("/metrics")
            assert "shouwang_redis_up 0" in metrics.text

    asyncio.run(run())


def test_fonts_are_cut_once_and_kept(redis_url: str, var: Path) -> None:
    Stage(redis_url, normal()).close()

    async def look(web: Web) -> None:
        sheet = (await web.client.get("/fonts/fonts.css")).text
        assert 'local("Noto Sans CJK SC")' in sheet
        words = next(part for part in sheet.split("/fonts/") if part.startswith("cjk-words"))
        answer = await web.client.get(f"/fonts/{words.partition(')')[0]}", timeout=60)
        assert answer.content[:4] == b"wOF2"
        assert len(answer.content) < 120_000
        assert "immutable" in answer.headers["cache-control"]
        assert (var / "fonts" / words.partition(")")[0]).exists()

    visit(redis_url, var, look)


def test_a_picture_is_served_by_its_hash_and_nothing_else_is(redis_url: str, stage: Stage, var: Path) -> None:
    blobs = Blobs(var / "blobs")
    picture, page = blobs.put(b"\xff\xd8\xff\xe0 a picture"), blobs.put(b"<script>alert(1)</script>")

    async def look(web: Web) -> None:
        answer = await web.client.get(f"/api/v1/pictures/{picture}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert answer.content == b"\xff\xd8\xff\xe0 a picture"
        for name in (page, "sha256:" + "0" * 64, "..%2f..%2fetc%2fpasswd", "x"):
            assert (await web.client.get(f"/api/v1/pictures/{name}")).status_code == 404, name

    visit(redis_url, var, look)


def test_of_a_person_in_care_nothing_leaves_but_care_and_the_unit(redis_url: str, stage: Stage, var: Path) -> None:
    resident = next(d for d in stage.state.site.devices if d.system == "care" and d.building)
    clock_ms = stage.state.clock_ms
    fall = Alarm("FALL", resident.id, "P1", {"heart_rate_bpm": 41}, True, active=True, activated_ms=clock_ms, count=1)
    fall = msgspec.structs.replace(fall, occurrence=f"{fall.key}@{clock_ms}")
    waits = Alarm("LONG_IN", resident.id, "P2", condition=True, pending_ms=clock_ms)
    stage.change(Changes(clock_ms + 100, stage.next_position(), alarms={a.key: a for a in (fall, waits)}))

    async def look(web: Web) -> None:
        said = (await web.client.get("/api/v1/state")).content.decode()
        shown = [a for a in json.loads(said)["alarms"] if a["id"] == "care"]
        assert [(a["priority"], a["name"]["zh"], a["steps"]) for a in shown] == [("P1", "特殊关怀", [])]
        assert shown[0]["place"]["zh"].startswith(f"{resident.building}号楼")
        async with web.client.stream("GET", "/live?lang=zh") as live:
            async for line in live.aiter_lines():
                if line.startswith("data:") and "parts" in line:
                    break
        for text in (said, line):
            assert resident.id not in text and "FALL" not in text.replace("FALLING_OBJ", "") and "LONG_IN" not in text
            assert "heart_rate" not in text
        row = next(r for r in json.loads(line[5:])["parts"]["alarms"]["rows"] if r["title"] == "特殊关怀")
        assert row["key"] == shown[0]["key"] and row["occurrence"].endswith(f"@{clock_ms}")
        known = await web.client.post("/api/v1/commands", content=order(alarm=fall.key), headers=JSON)
        assert known.status_code == 404, "its own key tells nobody whether it stands"
        pressed = order(alarm=row["key"], occurrence=row["occurrence"])
        assert (await web.client.post("/api/v1/commands", content=pressed, headers=JSON)).status_code == 202
        client = redis.Redis.from_url(redis_url)
        ((_, fields),) = client.xrange(keys.LOG)
        client.close()
        record = json.loads(fields[b"v"])
        assert (record["subject"], record["data"]["occurrence"]) == (fall.key, fall.occurrence)

    visit(redis_url, var, look)
