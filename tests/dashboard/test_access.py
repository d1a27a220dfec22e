"""Role x community x address and action: every cell through HTTP, on one running web process with two communities."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import msgspec
import pytest
import redis

from community.actions import ACTIONS as ORDERS
from community.audit import FACT
from community.roles import EVERYWHERE, ROLES, Grant, Role
from community.site import SITES
from dashboard.access import ACTIONS, RULES, UNLISTED, WALL, rule_of
from dashboard.pages import DASHS_OWN
from dashboard.signin.door import COOKIE
from dashboard.signin.service import Service
from store import keys
from store.people import open_engines
from store.seal import Seal
from tests.dashboard.serve import Web, serving
from tests.engines.wait import wait_until_async
from tests.layouts.scenes import incident
from tests.layouts.stage import Stage

HOME, OTHER = "lanting", "heping"
TWO = os.pathsep.join(str(SITES / f"{name}.json") for name in (HOME, OTHER))
JSON = {"content-type": "application/json"}
PAGE = {"accept": "text/html"}

COMMANDS = {
    "alarm.acknowledge": {"alarm": "SOS/SOS-021"},
    "alarm.reset": {"alarm": "SOS/SOS-021"},
    "alarm.take": {"alarm": "SOS/SOS-021"},
    "alarm.assign": {"alarm": "SOS/SOS-021", "to": "post:patrol"},
    "alarm.comment": {"alarm": "SOS/SOS-021", "text": "on the way"},
    "alarm.close": {"alarm": "SOS/SOS-021", "verdict": "true"},
    "alarm.shelve": {"alarm": "SOS/SOS-021", "reason": "r", "until_ms": 9},
    "alarm.unshelve": {"alarm": "SOS/SOS-021"},
    "device.out_of_service": {"device": "C-001", "reason": "r"},
    "device.return_to_service": {"device": "C-001"},
    **{type_: {"device": "EV-12-1"} for type_ in ORDERS if type_ != "broadcast.play"},
    "broadcast.play": {"message": "play-0001", "zones": ["all"], "recording": "storm"},
    "order.move": {"order": "R-1", "phase": "taken"},
}
"""Whether the fold then takes it is another question: the log has it, or it was denied."""

EXAMPLES = {"/api/v1/pictures/": "/api/v1/pictures/sha256:0", "/login/": "/login/wall", "/patrol/": "/patrol/CK-01"}


class House:
    """People of every role in each community, signed in."""

    def __init__(self, web: Web, url: str, var: Path) -> None:
        self.web = web
        self.service = Service(open_engines(url), Seal(var))
        self._cookies: dict[tuple[Role, str], str] = {}

    def cookie(self, role: Role, community: str) -> str:
        if (role, community) not in self._cookies:
            now = self.service.now_ms()
            if role == "wall":
                cookie = self.service.sessions.begin(now, now + 10**8, role="wall", community=community)
            else:
                account = f"{role}.{community}".replace("*", "all")
                person = self.service.register.add(account, role, "", now, [Grant(role, community)])
                cookie = self.service.sessions.begin(now, now + 10**8, person=person)
            self._cookies[role, community] = cookie
        return self._cookies[role, community]

    async def ask(self, method: str, path: str, cookie: str = "", **more: object) -> httpx.Response:
        headers = {"origin": self.web.url, **dict(more.pop("headers", {}))}  # type: ignore[call-overload]
        if cookie:
            headers["cookie"] = f"{COOKIE}={cookie}"
        return await self.web.client.request(method, path, headers=headers, **more)  # type: ignore[arg-type]


Visit = Callable[[House], Awaitable[None]]


@pytest.fixture
def visit(redis_url: str, tmp_path: Path, var: Path) -> Callable[[Visit], None]:
    """Runs a visit in a house of two communities, where nobody is let in without a sign-in."""
    state = incident()
    state.devices["DESK"].memory = {"desk": {"open": {"R-1": {"phases": {"published": state.clock_ms}}}}}
    Stage(redis_url, state).close()
    url = f"sqlite:///{tmp_path / 'people.db'}"

    def run(what: Visit) -> None:
        async def go() -> None:
            async with serving(redis_url, var, SITE=TWO, DATABASE_URL=url, WALL_TOKEN="t0k3n") as web:
                house = House(web, url, var)
                await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")
                await asyncio.to_thread(house.service.begin)
                try:
                    await what(house)
                finally:
                    house.service.close()

        asyncio.run(go())

    return run


def test_every_cell_of_the_table(visit: Callable[[Visit], None]) -> None:
    async def look(house: House) -> None:
        wrong = []
        for role in ROLES:
            for rule in RULES:
                if rule.path in ("/live", "/city/live", "/logout") or rule.roles is None:
                    continue
                for community, mine in ((HOME, True), (OTHER, False)):
                    path = EXAMPLES.get(rule.path, rule.path) + f"?community={community}"
                    cookie = house.cookie(role, HOME)
                    answer = await house.ask(rule.method, path, cookie, content=b"", headers=PAGE)
                    if rule.everywhere:  # a grant in one of two communities is not enough
                        mine = False
                    # Dash's own are asked for on behalf of a page: here of the wall
                    allowed = mine and role in (rule.roles & WALL if rule.path in DASHS_OWN else rule.roles)
                    if (answer.status_code != 403) != allowed or answer.status_code in (302, 401):
                        wrong.append((role, rule.method, path, answer.status_code))
        assert not wrong

    visit(look)


def test_before_signing_in(visit: Callable[[Visit], None]) -> None:
    async def look(house: House) -> None:
        for rule in RULES:
            path = EXAMPLES.get(rule.path, rule.path)
            page = await house.ask(rule.method, path, headers=PAGE)
            plain = await house.ask(rule.method, path)
            if rule.roles is None:
                assert "sign in first" not in plain.text and plain.status_code != 403, rule
            elif rule.page:
                assert (page.status_code, page.headers["location"].split("=")[0]) == (302, "/login?next"), rule
                assert plain.status_code == 401, rule
            else:
                assert (page.status_code, plain.status_code) == (401, 401), rule
        assert (await house.ask("GET", "/nothing/here")).status_code == 401

    visit(look)


def test_every_action_in_every_community(visit: Callable[[Visit], None]) -> None:
    async def look(house: House) -> None:
        wrong = []
        for role in ROLES:
            for granted in (HOME, OTHER, EVERYWHERE):
                cookie = house.cookie(role, granted)
                for action, fields in COMMANDS.items():
                    body = msgspec.json.encode({"type": action, "community": HOME, **fields})
                    # the address is of the community that the person may see, the body of another one
                    own = HOME if granted == EVERYWHERE else granted
                    answer = await house.ask(
                        "POST", f"/api/v1/commands?community={own}", cookie, content=body, headers=JSON
                    )
                    allowed = role in ACTIONS[action] and granted in (HOME, EVERYWHERE)
                    if answer.status_code != (202 if allowed else 403):
                        wrong.append((role, granted, action, answer.status_code, answer.text))
        assert not wrong
        assert (
            set(COMMANDS) == {a for a in ACTIONS if a.startswith(("alarm.", "device.", "order.move"))} | ORDERS.keys()
        )

    visit(look)


def test_the_stream_is_for_whom_the_wall_is_and_ends_with_the_session(visit: Callable[[Visit], None]) -> None:
    async def look(house: House) -> None:
        for role in ROLES:
            for community in (HOME, OTHER):
                cookie = {"cookie": f"{COOKIE}={house.cookie(role, HOME)}"}
                async with house.web.client.stream("GET", f"/live?community={community}", headers=cookie) as answer:
                    expected = 200 if role in WALL and community == HOME else 403
                    assert answer.status_code == expected, (role, community)
        secret = house.cookie("wall", OTHER)
        headers = {"cookie": f"{COOKIE}={secret}"}
        async with house.web.client.stream("GET", f"/live?community={OTHER}", headers=headers, timeout=20) as answer:
            found = await asyncio.to_thread(house.service.who, secret)
            assert found is not None
            await asyncio.to_thread(house.service.end, found.session)
            async for _ in answer.aiter_bytes():
                pass  # it ends by itself, or the client's own time runs out
        assert (await house.ask("GET", "/api/v1/state", secret)).status_code == 401

    visit(look)


def test_callbacks_with_forged_bodies(visit: Callable[[Visit], None]) -> None:
    """What a callback's body says of the page it is on opens nothing: who asks is the session's."""
    body = msgspec.json.encode(
        {
            "output": "people.children",
            "outputs": {"id": "people", "property": "children"},
            "inputs": [{"id": "url", "property": "pathname", "value": "/people"}],
            "changedPropIds": ["url.pathname"],
            "state": [],
        }
    )

    async def look(house: House) -> None:
        path = "/_dash-update-component"
        assert (await house.ask("POST", path, content=body, headers=JSON)).status_code == 401
        wall = await house.ask("POST", path, house.cookie("wall", HOME), content=body, headers=JSON)
        assert wall.status_code == 403
        guard = house.cookie("guard", HOME)
        for forged in (body, b"{}", b"not json"):
            answer = await house.ask("POST", f"{path}?community={HOME}", guard, content=forged, headers=JSON)
            assert answer.status_code in (400, 404, 422, 500), answer.status_code
            assert "staff:" not in answer.text
        # a layout is for whom its page is for, whatever the referrer says of the community
        told = {"referer": f"{house.web.url}/?community={OTHER}"}
        assert (await house.ask("GET", f"/_dash-layout?community={HOME}", guard, headers=told)).status_code == 403

    visit(look)


def test_requests_from_elsewhere(visit: Callable[[Visit], None]) -> None:
    async def look(house: House) -> None:
        guard = house.cookie("guard", HOME)
        body = msgspec.json.encode({"type": "alarm.acknowledge", "alarm": "SOS/SOS-021"})
        for strange in (
            {"origin": "http://evil.example"},
            {"origin": "null"},
            {"origin": house.web.url.replace("http", "https") + ".evil.example"},
            {"origin": house.web.url, "sec-fetch-site": "cross-site"},
            {"origin": house.web.url, "sec-fetch-site": "same-site"},
        ):
            for path in ("/api/v1/commands", "/_dash-update-component", "/people", "/logout", "/login"):
                answer = await house.ask("POST", path, guard, content=body, headers=JSON | strange)
                assert answer.status_code == 403, (path, strange)
        silent = {"cookie": f"{COOKIE}={guard}", **JSON}  # a browser's cookie without a word about where it comes from
        answer = await house.web.client.post("/api/v1/commands", content=body, headers=silent)
        assert answer.status_code == 403
        assert (await house.ask("GET", "/api/v1/session", guard)).status_code == 200, "nothing has signed it out"

    visit(look)


def test_cookies_that_are_no_longer_good(visit: Callable[[Visit], None]) -> None:
    async def look(house: House) -> None:
        service, guard = house.service, house.cookie("guard", HOME)
        path = "/api/v1/session"
        assert (await house.ask("GET", path, guard)).json()["roles"] == ["guard"]
        flipped = guard[:-1] + ("A" if guard[-1] != "A" else "B")
        for bad in (flipped, guard[:-1], guard + "A", guard.swapcase(), "x" * 43, '"' + guard, "../../etc"):
            assert (await house.ask("GET", path, bad)).status_code == 401, bad
        now = service.now_ms()
        person = service.register.by_account(f"guard.{HOME}")
        assert person is not None
        expired = service.sessions.begin(now - 2000, now - 1000, person=person.id)
        idle = service.sessions.begin(now - 5 * 3_600_000, now + 10**8, person=person.id)
        half = service.sessions.begin(now, now + 10**8, person=person.id, stage="password")
        for ended in (expired, idle, half):
            assert (await house.ask("GET", path, ended)).status_code == 401
        demo = service.sessions.begin(now, now + 10**8, role="demo:manager", community=HOME)
        assert (await house.ask("GET", path, demo)).status_code == 401, "the demo's roles exist on its own machine only"
        for end, status in (
            (lambda: service.register.ungrant(person.id, Grant("guard", HOME)), 403),
            (lambda: service.register.disable(person.id, now), 401),
        ):
            end()  # by another process: this one asks again within two seconds
            await _becomes(house, guard, status)

    async def _becomes(house: House, cookie: str, status: int) -> None:
        for _ in range(60):
            if (await house.ask("GET", "/api/v1/session", cookie)).status_code == status:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"never became {status}")

    visit(look)


def test_the_wall_token_is_the_walls_role_and_nothing_more(visit: Callable[[Visit], None]) -> None:
    async def look(house: House) -> None:
        bearer = {"authorization": "Bearer t0k3n"}
        for path in ("/", "/map", "/api/v1/state", "/metrics", "/_dash-layout"):
            assert (await house.web.client.get(path, headers=bearer)).status_code == 200, path
            assert (await house.web.client.get(path, headers={"authorization": "Bearer t0k3"})).status_code == 401, path
        async with house.web.client.stream("GET", f"/live?community={OTHER}", headers=bearer) as answer:
            assert answer.status_code == 200
        body = msgspec.json.encode({"type": "alarm.acknowledge", "alarm": "SOS/SOS-021"})
        told = await house.web.client.post("/api/v1/commands", content=body, headers=JSON | bearer)
        assert told.status_code == 403
        assert (await house.web.client.get("/people", headers=bearer)).status_code == 403

    visit(look)


def test_denials_are_facts_in_the_log_of_their_community(visit: Callable[[Visit], None], redis_url: str) -> None:
    async def look(house: House) -> None:
        guard = house.cookie("guard", HOME)
        for _ in range(3):
            await house.ask("GET", "/people", guard)
        body = msgspec.json.encode({"type": "device.out_of_service", "device": "C-001", "reason": "r"})
        await house.ask("POST", "/api/v1/commands", guard, content=body, headers=JSON)
        await house.ask("GET", f"/api/v1/state?community={OTHER}", guard)
        with redis.Redis.from_url(redis_url) as client:

            def facts() -> dict[str, tuple[str, int]]:
                records = [msgspec.json.decode(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
                told = [r for r in records if r["type"] == FACT and r["data"]["outcome"] == "denied"]
                return {r["data"]["action"]: (r["community"], r["data"].get("times", 1)) for r in told}

            await wait_until_async(lambda: len(facts()) == 3, 20, "the log has them")
            assert facts() == {
                "GET /people": (HOME, 3),
                "device.out_of_service": (HOME, 1),
                "GET /api/v1/state": (OTHER, 1),
            }

    visit(look)


def test_every_address_has_its_row() -> None:
    source = (Path(__file__).parents[2] / "dashboard").rglob("*.py")
    found = {
        (method.upper(), re.sub(r"\{.*", "", path))
        for file in source
        for method, path in re.findall(r"@\w+\.(get|post|put|delete)\(\"(/[^\"]*)\"", file.read_text("utf-8"))
    }
    assert len(found) > 20
    catch_all = {("GET", "/")} & found
    missing = [route for route in found - catch_all if rule_of(*route) == UNLISTED]
    assert not missing, "addresses without a row in dashboard/access.py"
