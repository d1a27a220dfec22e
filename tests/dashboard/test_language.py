"""Chinese or English by person: asked at the door, changed on any page, kept with whoever is signed in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from community.roles import Grant
from dashboard.signin.secrets import hashed
from dashboard.signin.service import Service
from dashboard.tongue import in_language
from store.people import open_engines
from store.seal import Seal
from tests.dashboard.serve import Web, serving
from tests.engines.http import PLAIN
from tests.layouts.scenes import normal
from tests.layouts.stage import Stage

WORD = "a good long word"
ZH, EN = '<html lang="zh-CN"', '<html lang="en"'

Visit = Callable[[Web, Service], Awaitable[None]]


@pytest.fixture
def visit(redis_url: str, var: Path, tmp_path: Path) -> Callable[[Visit], None]:
    """A visit to a house in which Li, a guard of Lanting, has an account and has never said a language."""
    Stage(redis_url, normal()).close()
    url = f"sqlite:///{tmp_path / 'people.db'}"

    def run(what: Visit) -> None:
        async def go() -> None:
            async with serving(redis_url, var, DATABASE_URL=url, WALL_TOKEN="t0k3n") as web:
                service = Service(open_engines(url), Seal(var))
                await asyncio.to_thread(service.begin)
                li = service.register.add("li", "李强", hashed(WORD), 0, [Grant("guard", "lanting")])
                service.register.set_password(li, hashed(WORD), must_change=False)
                try:
                    await what(web, service)
                finally:
                    service.close()

        asyncio.run(go())

    return run


def browser(web: Web, accepts: str = "zh-CN") -> httpx.AsyncClient:
    headers = {"origin": web.url, "accept-language": accepts, "accept": "text/html"}
    return httpx.AsyncClient(verify=PLAIN, base_url=web.url, timeout=20, headers=headers)


async def signs_in(client: httpx.AsyncClient, door: str = "/login", **form: str) -> httpx.Response:
    answer = await client.post(door, data={"account": "li", "password": WORD, **form})
    assert answer.status_code == 303, answer.text[-400:]
    return answer


def kept(service: Service) -> str:
    person = service.register.by_account("li")
    assert person is not None
    return person.lang


def test_what_is_chosen_at_the_door_is_kept_and_goes_before_the_browser(visit: Callable[[Visit], None]) -> None:
    async def look(web: Web, service: Service) -> None:
        async with browser(web) as first:
            door = await first.get("/login")
            assert ZH in door.text and 'lang="en" href="/login?community=lanting&amp;lang=en"' in door.text
            door = await first.get("/login?community=lanting&lang=en")
            assert EN in door.text and 'action="/login?community=lanting&amp;lang=en"' in door.text
            wrong = await first.post("/login?community=lanting&lang=en", data={"account": "li", "password": "x"})
            assert wrong.status_code == 401 and "Account or password is wrong" in wrong.text, "in the language chosen"
            went = await signs_in(first, "/login?lang=en", next="/desk?community=lanting&lang=zh")
            assert went.headers["location"] == "/desk?community=lanting&lang=en"
            assert kept(service) == "en"
            for path in ("/desk", "/handover", "/orders", "/phone"):
                assert EN in (await first.get(path)).text, path
            denied = await first.get("/audit")
            assert denied.status_code == 403 and EN in denied.text
        async with browser(web) as elsewhere:  # another machine, whose browser asks for Chinese
            await signs_in(elsewhere)
            assert EN in (await elsewhere.get("/handover")).text
            assert ZH in (await elsewhere.get("/handover?lang=zh")).text, "an address that names one goes first"
            assert EN in (await elsewhere.get("/handover")).text, "and changes nothing"

    visit(look)


def test_whoever_has_never_chosen_keeps_the_language_of_the_door(visit: Callable[[Visit], None]) -> None:
    async def look(web: Web, service: Service) -> None:
        async with browser(web, "en-GB") as client:
            await signs_in(client)
        assert kept(service) == "en"

    visit(look)


def test_a_button_on_every_page_changes_it_at_once_for_all_of_ones_sessions(visit: Callable[[Visit], None]) -> None:
    async def look(web: Web, service: Service) -> None:
        async with browser(web) as desk, browser(web) as phone:
            for client in (desk, phone):
                await signs_in(client)
            page = await desk.get("/orders?community=lanting")
            assert (
                'action="/language"' in page.text and '<button name="lang" value="en" lang="en">English<' in page.text
            )
            here = {"referer": f"{web.url}/orders?community=lanting"}
            turned = await desk.post("/language", data={"lang": "en"}, headers=here)
            assert (turned.status_code, turned.headers["location"]) == (303, "/orders?community=lanting&lang=en")
            assert (await desk.get(turned.headers["location"])).text.count('value="zh" lang="zh">中文<') == 1
            assert kept(service) == "en" and EN in (await phone.get("/phone")).text
            assert (await desk.post("/language", data={"lang": "fr"}, headers=here)).status_code == 400
            for strange in ("https://elsewhere.example/x", f"{web.url}//elsewhere.example", ""):
                led = await desk.post("/language", data={"lang": "zh"}, headers={"referer": strange})
                assert led.headers["location"] == "/home?lang=zh", strange
        async with browser(web) as nobody:
            assert (await nobody.post("/language", data={"lang": "en"})).status_code == 401

    visit(look)


def test_a_wall_keeps_it_with_its_session_and_a_token_in_the_address(visit: Callable[[Visit], None]) -> None:
    async def look(web: Web, service: Service) -> None:
        async with browser(web) as wall:
            paired = await wall.post("/login/wall?lang=en", data={"code": service.offer_wall("lanting", "staff:1")})
            assert paired.status_code == 303
            assert EN in (await wall.get("/")).text
        async with browser(web) as kiosk:
            kiosk.headers["authorization"] = "Bearer t0k3n"
            led = await kiosk.post("/language", data={"lang": "en"}, headers={"referer": f"{web.url}/"})
            assert led.headers["location"] == "/?lang=en"
            assert ZH in (await kiosk.get("/")).text

    visit(look)


def test_an_address_in_a_language() -> None:
    assert in_language("/daily?day=2026-03-12&lang=zh", "en", named=False) == "/daily?day=2026-03-12&lang=en"
    assert in_language("/daily?day=2026-03-12", "en", named=False) == "/daily?day=2026-03-12"
    assert in_language("/daily", "en", named=True) == "/daily?lang=en"
