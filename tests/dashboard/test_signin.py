"""The door as people meet it: the first administrator, a guard who mistypes, a wall that is paired, the demo."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pyotp
import pytest

from community.roles import EVERYWHERE, ROLES, Grant, conflict
from dashboard.signin.routes import local
from dashboard.signin.secrets import CODE_S, factor_step, hashed, matches, too_weak
from dashboard.signin.service import LOCKED_MS, TRIES, Service
from store.people import open_engines
from store.people.register import Conflict
from store.seal import Seal, is_sealed
from tests.dashboard.serve import Web, serving
from tests.engines.http import PLAIN
from tests.engines.wait import wait_until_async
from tests.layouts.scenes import normal
from tests.layouts.stage import Stage

Visit = Callable[[Web], Awaitable[None]]


class Clock:
    def __init__(self) -> None:
        self.now_ms = 1_773_320_000_000

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(history_url: str, clock: Clock, tmp_path: Path) -> Service:
    """On SQLite and on PostgreSQL."""
    made = Service(open_engines(history_url), Seal(tmp_path), clock)
    made.begin()
    yield made
    made.close()


def test_roles_that_exclude_one_another() -> None:
    assert conflict(["guard", "supervisor", "manager"]) is None
    assert conflict(["manager", "sysadmin"]) is None
    for pair in (("sysadmin", "secadmin"), ("secadmin", "auditor"), ("sysadmin", "auditor"), ("guard", "auditor")):
        assert conflict(pair) is not None, pair
    assert all(conflict(["wall", role]) for role in ROLES)


def test_grants_that_together_are_too_much_are_refused(service: Service) -> None:
    id_ = service.register.add("li", "李", hashed("a long enough one"), 0, [Grant("sysadmin", "lanting")])
    with pytest.raises(Conflict):
        service.register.grant(id_, Grant("auditor", EVERYWHERE))
    service.register.grant(id_, Grant("manager", "heping"))
    person = service.register.by_id(id_)
    assert person is not None and {grant.role for grant in person.grants} == {"sysadmin", "manager"}


def test_five_tries_and_a_quarter_of_an_hour(service: Service, clock: Clock) -> None:
    service.register.add("wang", "王", hashed("correct horse"), 0, [Grant("guard", "lanting")])
    for account in ("wang", "nobody"):  # who is not there is answered alike
        said = [service.password(account, "wrong", "") for _ in range(TRIES)]
        assert [(tried.why, tried.left) for tried in said] == [
            *(("wrong", TRIES - n) for n in range(1, TRIES)),
            ("locked", 15),
        ]
    assert service.password("wang", "correct horse", "").why == "locked"
    clock.now_ms += LOCKED_MS + 1
    assert service.password("WANG ", "correct horse", "").stage == "password"


def test_a_code_is_used_once_and_only_near_its_time(service: Service, clock: Clock) -> None:
    id_ = service.register.add("chen", "陈", hashed("correct horse"), 0, [Grant("manager", "lanting")])
    secret = pyotp.random_base32()
    service.register.set_factor(id_, secret)

    def enter(at_s: float) -> str:
        tried = service.password("chen", "correct horse", "")
        assert tried.stage == "code"
        who = service.who(tried.cookie)
        assert who is not None and who.grants == (), "half way in is nobody yet"
        return service.code(who, "", pyotp.TOTP(secret).at(int(at_s)), "").why

    now_s = clock.now_ms / 1000
    assert enter(now_s - 5 * CODE_S) == "wrong"
    assert enter(now_s - CODE_S) == ""
    assert enter(now_s - CODE_S) == "replayed"
    assert enter(now_s) == ""
    assert enter(now_s) == "replayed"
    assert factor_step(secret, "no code", now_s) is None


def test_second_factors_lie_sealed_and_those_of_before_are_sealed_at_the_start(
    service: Service, clock: Clock, tmp_path: Path, history_url: str
) -> None:
    register, secret = service.register, pyotp.random_base32()
    id_ = register.add("chen", "陈", hashed("correct horse"), 0, [Grant("manager", "lanting")])

    def enter(door: Service) -> str:
        who = door.who(door.password("chen", "correct horse", "").cookie)
        assert who is not None
        clock.now_ms += 1000 * CODE_S
        return door.code(who, secret, pyotp.TOTP(secret).at(clock.now_ms // 1000), "").why

    def kept() -> str:
        found = register.by_id(id_)
        assert found is not None
        return found.factor

    assert enter(service) == "", "enrolled"
    assert is_sealed(kept()) and secret not in kept()
    register.set_factor(id_, secret)  # as an earlier version kept it
    service.begin()
    assert is_sealed(kept()) and Seal(tmp_path).open(kept()) == secret and enter(service) == ""
    key = tmp_path / "seal.key"
    assert key.stat().st_mode & 0o777 == 0o600

    elsewhere = Service(open_engines(history_url), Seal(tmp_path / "stolen"), clock)
    try:
        assert enter(elsewhere) == "wrong", "a copy of the database without the key lets nobody in"
    finally:
        elsewhere.close()


def test_a_list_that_renews_itself_keeps_nobody_in_and_a_click_between_two_of_them_does(
    service: Service, clock: Clock
) -> None:
    now = clock.now_ms
    manager = service.register.add("m", "", "", now, [Grant("manager", "lanting")])
    cookie = service.sessions.begin(now, now + 10**9, person=manager)
    minute = 60_000
    for passed in range(1, 80):
        clock.now_ms = now + passed * minute
        found = service.who(cookie, active=False)
        if passed == 20:  # right after the list, when the database was asked just now
            assert service.remembered(cookie) is not None
        assert (found is not None) == (passed <= 50), passed


def test_idle_is_out_and_a_wall_is_never_idle(service: Service, clock: Clock) -> None:
    now = clock.now_ms
    guard = service.register.add("g", "", "", now, [Grant("guard", "lanting")])
    manager = service.register.add("m", "", "", now, [Grant("manager", "lanting")])
    cookies = {
        "guard": service.sessions.begin(now, now + 10**9, person=guard),
        "manager": service.sessions.begin(now, now + 10**9, person=manager),
        "wall": service.sessions.begin(now, now + 10**12, role="wall", community="lanting"),
    }

    def inside() -> set[str]:
        return {name for name, cookie in cookies.items() if service.who(cookie, active=False) is not None}

    assert inside() == {"guard", "manager", "wall"}
    clock.now_ms += 29 * 60_000
    assert service.who(cookies["manager"]) is not None  # active: its half hour begins anew
    clock.now_ms += 29 * 60_000
    assert inside() == {"guard", "manager", "wall"}
    clock.now_ms += 2 * 60_000
    assert inside() == {"guard", "wall"}
    clock.now_ms += 4 * 3_600_000
    assert inside() == {"wall"}
    clock.now_ms += 300 * 86_400_000
    assert inside() == {"wall"}


def test_a_pairing_code_opens_one_wall(service: Service, clock: Clock) -> None:
    code = service.offer_wall("lanting", "staff:1")
    tried = service.pair(f"{code[:4]} {code[4:]}", "10.0.0.9")
    who = service.who(tried.cookie)
    assert who is not None and who.grants == (Grant("wall", "lanting"),)
    assert service.pair(code, "").why == "wrong"
    late = service.offer_wall("lanting", "staff:1")
    clock.now_ms += 13 * 60_000
    assert service.pair(late, "").why == "wrong"
    assert "locked" in {service.pair("00000000", "").why for _ in range(20)}, "nobody tries them all"


def test_passwords() -> None:
    held = hashed("correct horse")
    assert held.startswith("$argon2id$")
    assert matches(held, "correct horse") and not matches(held, "correct horsf") and not matches("", "")
    assert [too_weak(word, "wang") for word in ("short", "aaaaaaaaaaaa", "wang-jianguo", "correct horse")] == [
        *(True, True, True, False)
    ]


@pytest.mark.parametrize(
    "address", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/login", "/a\nb", "javascript:1"]
)
def test_a_sign_in_leads_nowhere_else(address: str) -> None:
    assert local(address) == "/home"


def test_from_the_first_start_to_a_guard_at_work(
    redis_url: str, var: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Stage(redis_url, normal()).close()

    async def live() -> None:
        url = f"sqlite:///{tmp_path / 'people.db'}"
        async with serving(redis_url, var, DATABASE_URL=url, WALL_TOKEN="x") as web:
            said: list[str] = []

            def printed() -> bool:
                said.append(capsys.readouterr().out)
                return "admin / " in "".join(said)

            await wait_until_async(printed, 20, "the first administrator is told the password")
            found = re.search(r"admin / (\S+)", "".join(said))
            assert found is not None
            admin = _person(web)
            led = await admin.get("/people", headers={"accept": "text/html"})
            assert led.headers["location"] == "/login?next=%2Fpeople"
            await _post(admin, "/login", 401, account="admin", password="guess")
            enrol = await _post(admin, "/login", 303, account="admin", password=found.group(1), next="/people")
            page = (await admin.get(enrol.headers["location"])).text
            secret = re.search(r'name="secret" value="([A-Z2-7]+)"', page)
            assert secret is not None and "<svg" in page
            assert (await admin.get("/people", headers={"accept": "text/html"})).headers["location"] == "/login/code"
            await _post(admin, "/login/code", 401, secret=secret.group(1), code="000000", next="/people")
            code = pyotp.TOTP(secret.group(1)).now()
            await _post(admin, "/login/code", 303, secret=secret.group(1), code=code, next="/people")
            await _post(admin, "/login/password", 400, password="new and long", again="something else")
            done = await _post(
                admin, "/login/password", 303, password="new and long", again="new and long", next="/people"
            )
            assert done.headers["location"] == "/people"

            added = await _post(admin, "/people", 200, do="add", account="wangjianguo", name="王建国")
            once = re.search(r"wangjianguo[^：]*：([a-z0-9-]+)", added.text)
            id_ = re.search(r'name="person" value="(staff:[0-9a-f]+)"', added.text.partition("wangjianguo</b>")[2])
            assert once is not None and id_ is not None
            await _post(admin, "/people", 200, do="grant", person=id_.group(1), role="guard", community="lanting")
            me = re.search(r'name="person" value="(staff:[0-9a-f]+)"', added.text.partition("admin</b>")[2])
            assert me is not None
            for do in ("grant", "ungrant"):  # neither more for oneself, nor nobody left who could
                await _post(admin, "/people", 409, do=do, person=me.group(1), role="secadmin", community="*")
            refused = await _post(admin, "/people", 409, do="grant", person=id_.group(1), role="auditor", community="*")
            assert "审计员不能兼任" in refused.text

            guard = _person(web)
            await _post(guard, "/login", 303, account="wangjianguo", password=once.group(1))
            await _post(guard, "/login/password", 303, password="night shift 7", again="night shift 7")
            me = (await guard.get("/api/v1/session")).json()
            assert (me["roles"], me["post"], me["name"]) == (["guard"], "post:control", "王建国")
            assert (await guard.get("/people")).status_code == 403
            assert (await guard.get("/")).status_code == 200
            await _post(guard, "/logout", 303)
            assert (await guard.get("/api/v1/session")).status_code == 401

            shown = await _post(admin, "/people", 200, do="pair", community="lanting")
            eight = re.search(r"(\d{4} \d{4})", shown.text)
            assert eight is not None
            kiosk = _person(web)
            assert (await _post(kiosk, "/login/wall", 303, code=eight.group(1))).headers["location"] == "/"
            assert (await kiosk.get("/api/v1/state")).status_code == 200
            for person in (admin, guard, kiosk):
                await person.aclose()

    asyncio.run(live())


def test_the_demo_is_open_on_its_own_machine_and_nowhere_else(redis_url: str, var: Path) -> None:
    Stage(redis_url, normal()).close()

    async def live() -> None:
        async with serving(redis_url, var) as web:
            assert (await web.client.get("/")).status_code == 200
            assert "/login/demo" in (await web.client.get("/login")).text
            for strange in (
                {"host": f"shouwang.example:{web.url.rpartition(':')[2]}"},
                {"x-forwarded-for": "203.0.113.9"},
                {"x-forwarded-host": "shouwang.example"},
                {"forwarded": "for=203.0.113.9"},
            ):
                assert (await web.client.get("/", headers=strange)).status_code == 401, strange
                assert "/login/demo" not in (await web.client.get("/login", headers=strange)).text
                assert (
                    await web.client.post("/login/demo", data={"role": "manager"}, headers=strange)
                ).status_code == 404
            await web.act_as("manager")
            assert (await web.client.get("/api/v1/session")).json()["roles"] == ["manager"]
            assert (await web.client.get("/people")).status_code == 200
            carried = {"host": "shouwang.example"}
            assert (await web.client.get("/api/v1/session", headers=carried)).status_code == 401

    asyncio.run(live())


def _person(web: Web) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=PLAIN, base_url=web.url, timeout=20, headers={"origin": web.url, "accept-language": "zh-CN"}
    )


async def _post(client: httpx.AsyncClient, path: str, status: int, **form: str) -> httpx.Response:
    answer = await client.post(path, data=form)
    assert answer.status_code == status, (path, answer.status_code, answer.text[-600:])
    return answer
