"""A camera's moving pictures through the web process: who looks is in the audit, and looks no longer than they may."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis

from community.roles import Grant
from community.world.photograph import photograph
from dashboard import video
from dashboard.signin.door import COOKIE
from dashboard.signin.service import Service
from ingest.gateways.parts import Part, Parts, boundary_of
from ingest.gateways.showing import Showing
from ingest.tasks import ended
from store import keys
from store.people import open_engines
from store.seal import Seal
from tests.dashboard.serve import Web, serving
from tests.engines.wait import wait_until_async
from tests.layouts.scenes import incident
from tests.layouts.stage import Stage

CAMERA = "C-001"


class Film:
    """One camera, called as often as `calls`, watched while `open`."""

    def __init__(self) -> None:
        self.calls = self.open = 0
        self.over = asyncio.Event()

    def cameras(self, community: str) -> list[str]:
        return [CAMERA] if community == "lanting" else []

    async def pictures(self, community: str, camera: str) -> AsyncIterator[bytes]:
        self.calls, self.open = self.calls + 1, self.open + 1
        try:
            while not self.over.is_set():
                yield photograph(camera, "12:00:00", self.calls)
                await asyncio.sleep(0.05)
        finally:
            self.open -= 1


async def parts(web: Web, count: int) -> list[Part]:
    """So many of a view that is opened and left; fewer when it ends."""
    found: list[Part] = []
    async with web.client.stream("GET", f"/api/v1/video/{CAMERA}") as answer:
        assert answer.status_code == 200
        reading = Parts(boundary_of(answer.headers["content-type"]) or b"", 1_000_000)
        async for chunk in answer.aiter_bytes():
            found += reading.feed(chunk)
            if len(found) >= count:
                break
    return found


def facts(url: str) -> list[tuple[str, str, str]]:
    with redis.Redis.from_url(url) as client:
        told = [json.loads(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
    said = [(r["subject"], r["data"]) for r in told if r["type"] == "audit.fact"]
    return [(d["action"], d.get("person", subject), d["target"]) for subject, d in said if "video" in d["action"]]


def test_a_view_is_audited_shared_and_over_with_its_session(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "ASK_EVERY_S", 0.1)
    Stage(redis_url, incident()).close()

    async def go() -> str:
        film = Film()
        showing = asyncio.ensure_future(Showing(film).run(tmp_path / "video" / "gateway.sock"))
        url = f"sqlite:///{tmp_path / 'people.db'}"
        async with serving(redis_url, tmp_path, DATABASE_URL=url, WALL_TOKEN="t0k3n") as web:
            await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")
            service = Service(open_engines(url), Seal(tmp_path))
            await asyncio.to_thread(service.begin)
            now = service.now_ms()
            guard = service.register.add("wang", "Wang", "", now, [Grant("guard", "lanting")])

            def signs_in() -> None:
                web.client.headers["cookie"] = f"{COOKIE}={service.sessions.begin(now, now + 10**8, person=guard)}"

            signs_in()
            web.client.headers["origin"] = web.url
            answer = await web.client.get("/api/v1/operate", params={"tab": "cameras", "device": CAMERA})
            assert [(c["id"], c["video"]) for c in answer.json()["cameras"]] == [(CAMERA, True)]
            answer = await web.client.get("/api/v1/video/C-002")
            assert (answer.status_code, answer.json()["error"]) == (404, "这路摄像机没有接实时画面")

            both = await asyncio.gather(parts(web, 4), parts(web, 4))
            assert film.calls == 1
            for part in both[0]:
                assert (part.kind, part.body) == ("image/png", photograph(CAMERA, "12:00:00", 1))
                assert 0 <= int(part.headers["x-age-ms"]) < 10_000
            await wait_until_async(lambda: film.open == 0, 10, "nobody looks, the camera is left")

            whole = asyncio.ensure_future(parts(web, 10**6))
            await wait_until_async(lambda: film.open == 1, 10, "somebody looks")
            await web.client.post("/logout")
            assert json.loads((await asyncio.wait_for(whole, 20))[-1].body) == {"why": "watch_ended"}

            signs_in()
            whole = asyncio.ensure_future(parts(web, 10**6))
            await wait_until_async(lambda: film.open == 1, 10, "somebody looks again")
            film.over.set()
            assert json.loads((await asyncio.wait_for(whole, 20))[-1].body) == {"why": "away"}
            service.close()
        await ended([showing])
        return guard

    guard = asyncio.run(go())
    assert sorted(set(facts(redis_url))) == [("video.end", guard, CAMERA), ("video.view", guard, CAMERA)]
