"""Role x community x address and action: every cell through HTTP, on one running web process with two communities."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis

from community.actions import ACTIONS as ORDERS
from community.audit import FACT
from community.roles import EVERYWHERE, ROLES, Grant
from dashboard.access import ACTIONS, RULES, UNLISTED, WALL, rule_of
from dashboard.pages import DASHS_OWN
from dashboard.signin.door import COOKIE
from store import keys
from tests.dashboard.roles import HOME, JSON, OTHER, House, Visit, visiting
from tests.engines.wait import wait_until_async

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


@pytest.fixture
def visit(redis_url: str, tmp_path: Path, var: Path) -> Callable[[Visit], None]:
    return visiting(redis_url, tmp_path, var)


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
    body = _callback("people.children", [("people", "children")], [("url", "pathname", "/people")])

    async def look(house: House) -> None:
        path = "/_dash-update-component"
        assert (await house.ask("POST", path, content=body, headers=JSON)).status_code == 401
        wall = await house.ask("POST", path, house.cookie("wall", HOME), content=body, headers=JSON)
        assert wall.status_code == 403
        guard = house.cookie("guard", HOME)
        page = {"referer": f"{house.web.url}/daily?community={HOME}", **JSON}
        for forged in (body, *FORGED, *_spoiled()):
            for headers in (JSON, page):
                answer = await house.ask("POST", f"{path}?community={HOME}", guard, content=forged, headers=headers)
                assert answer.status_code == 400, (forged, answer.status_code, answer.text)
                assert "staff:" not in answer.text
        for said in (
            5,
            [],
            "x",
            {"asked": 5},
            {"asked": "{"},
            {"asked": '{"of":"alarms","from_ms":1e99,"to_ms":0}'},
            None,
        ):
            told = _callback(DRILLED, [("records-daily", "children")], [("drill-daily", "data", said)])
            answer = await house.ask("POST", f"{path}?community={HOME}", guard, content=told, headers=page)
            assert answer.status_code == 204, (said, answer.status_code, answer.text)
        whole = await house.ask("POST", f"{path}?community={HOME}", guard, content=_filling(), headers=page)
        assert whole.status_code == 200 and "response" in whole.json(), "what the page itself asks is answered"
        # on another's page it is nobody's
        elsewhere = {"referer": f"{house.web.url}/?community={HOME}", **JSON}
        answer = await house.ask("POST", f"{path}?community={HOME}", guard, content=_filling(), headers=elsewhere)
        assert answer.status_code == 204
        # a layout is for whom its page is for, whatever the referrer says of the community
        foreign = {"referer": f"{house.web.url}/?community={OTHER}"}
        assert (await house.ask("GET", f"/_dash-layout?community={HOME}", guard, headers=foreign)).status_code == 403

    visit(look)


DRILLED = "records-daily.children"
FORGED = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"not json",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"output": "records-daily.children", "outputs": [], "inputs": [], "x": ' + b"[" * 100_000,
    b'{"output": 1, "outputs": [], "inputs": []}',
    b'{"output": "records-daily.children"}',
    b'{"output": "records-daily.children", "outputs": {}, "inputs": [], "state": []}',
)


def _callback(output: str, outputs: list[tuple[object, str]], inputs: list[tuple[object, str, object]]) -> bytes:
    """As Dash's own script writes it."""
    told = [{"id": id_, "property": name} for id_, name in outputs]
    heard = [{"id": id_, "property": name, "value": value} for id_, name, value in inputs]
    changed = [f"{id_}.{name}" for id_, name, _ in inputs]
    return msgspec.json.encode(
        {"output": output, "outputs": told[0], "inputs": heard, "changedPropIds": changed, "state": []}
    )


def _filling() -> bytes:
    """/daily asks for its first panel."""
    return msgspec.json.encode(_fill())


def _fill(panel: object = "completeness") -> dict[str, Any]:
    def of(part: str, panel: object) -> dict[str, object]:
        return {"page": "daily", "panel": panel, "part": part}

    def named(part: str, name: str) -> str:
        return f"{json.dumps(of(part, ['MATCH']), sort_keys=True, separators=(',', ':'))}.{name}"

    body, retry = of("body", panel), of("retry", panel)
    return {
        "output": f"..{named('body', 'children')}...{named('retry', 'hidden')}..",
        "outputs": [{"id": body, "property": "children"}, {"id": retry, "property": "hidden"}],
        "inputs": [{"id": retry, "property": "n_clicks", "value": None}],
        "changedPropIds": [],
        "state": [{"id": body, "property": "id", "value": body}],
    }


def _spoiled() -> Iterator[bytes]:
    """The panel's body, wrong in one place each."""
    for change in (
        {"outputs": []},
        {"outputs": _fill()["outputs"][:1]},
        {"outputs": _fill()["outputs"][::-1]},
        {"inputs": []},
        {"inputs": _fill()["inputs"] * 2},
        {"inputs": [{"id": "retry", "property": "n_clicks"}]},
        {"state": []},
        {"state": [{"id": _fill()["state"][0]["id"], "property": "id", "value": None}]},
        {"state": [{"id": _fill()["state"][0]["id"], "property": "id", "value": {"panel": []}}]},
        {"state": [{"id": {"panel": "completeness"}, "property": "id", "value": {"panel": "completeness"}}]},
        {"changedPropIds": [1]},
    ):
        yield msgspec.json.encode(_fill() | change)
    yield msgspec.json.encode(_fill([]))
    yield msgspec.json.encode(_fill({"panel": "completeness"}))


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
