"""交接班: the sheet, its notes, two different people who sign; then nothing of it changes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from community.model import to_ms
from community.roles import Grant
from community.site import SITES, read_site
from dashboard.handover import ending
from dashboard.signin.door import COOKIE
from dashboard.signin.secrets import hashed
from dashboard.signin.service import Service
from store.history import reports as kept
from store.history.database import migrate, open_engine
from store.people import open_engines
from store.seal import Seal
from tests.dashboard.serve import Web, serving
from tests.layouts.scenes import normal
from tests.layouts.stage import Stage


@pytest.mark.parametrize(
    ("now", "day", "hour"),
    [
        ("2026-03-12T07:10:00+08:00", "2026-03-12", "08:00"),  # soon
        ("2026-03-12T09:30:00+08:00", "2026-03-12", "08:00"),  # late
        ("2026-03-12T18:30:00+08:00", "2026-03-12", "20:00"),
        ("2026-03-13T01:00:00+08:00", "2026-03-12", "20:00"),
    ],
)
def test_which_shift_is_handed_over(now: str, day: str, hour: str) -> None:
    site, _ = read_site((SITES / "lanting.json").read_bytes())
    assert site is not None
    asked = ending(site, to_ms(datetime.fromisoformat(now)))
    assert (asked.kind, asked.day, asked.subject) == ("handover", day, hour)


def test_two_people_sign_and_the_sheet_is_final(redis_url: str, var: Path, tmp_path: Path) -> None:
    Stage(redis_url, normal()).close()
    url = f"sqlite:///{tmp_path / 'history.db'}"
    engine = open_engine(url, write=True)
    migrate(engine)

    async def live() -> None:
        async with serving(redis_url, var, DATABASE_URL=url, WALL_TOKEN="x") as web:
            service = Service(open_engines(url), Seal(var))
            await asyncio.to_thread(service.begin)
            leaves, comes, outside = _people(service)
            post = _poster(web, service, leaves)
            page = await post(do="draft")
            number = _number(page)
            noted = await post(do="notes", number=number, notes="B棚 07口 上周报修过\n西门访客机声音小")
            assert "西门访客机声音小" in noted.text and _number(noted) == number
            assert (await post(do="off", number=number)).status_code == 200
            for account, word, why in (
                ("li.qiang", "wrong", "密码不对"),
                ("he.tao", "a good long word", "必须是两个人"),
                ("zhou.min", "a good long word", "没有值班权限"),
            ):
                for at_desk in (post, _poster(web, service, comes)):
                    refused = await at_desk(do="on", number=number, account=account, password=word)
                    assert (refused.status_code, why in refused.text) == (403, True), account
            alone = {"do": "sign", "number": number, "role": "on"}  # by the page of reports, with one login
            path = {"cookie": cookie_of(service, leaves), "origin": web.url}
            answer = await web.client.post("/api/v1/reports", json=alone, headers=path)
            assert answer.status_code == 400, answer.text
            there = _poster(web, service, comes)  # whoever comes may have signed in already
            done = await there(do="on", number=number, account="li.qiang", password="a good long word")
            assert done.status_code == 200 and "两人已签" in done.text
            for change in ({"do": "notes", "notes": "x"}, {"do": "draft"}, {"do": "off"}):
                assert (await post(number=number, **change)).status_code == 409, change
            (report,) = kept.listed(engine, "lanting", kind="handover")
            assert report.issued_ms is not None
            signed = kept.signatures(engine, "lanting", number)
            assert [one.role for one in signed] == ["off", "on"] and len({one.person for one in signed}) == 2
            assert len({leaves, comes, outside}) == 3
            service.close()

    asyncio.run(live())
    engine.dispose()


def test_a_site_without_posts_hands_over_too_and_refuses_in_the_readers_language(
    redis_url: str, var: Path, tmp_path: Path
) -> None:
    """Its guards are one post without a name of its own: 保安."""
    described = json.loads((SITES / "lanting.json").read_bytes())
    site = tmp_path / "lanting.json"
    site.write_text(json.dumps({**described, "posts": []}), "utf-8")
    Stage(redis_url, normal()).close()
    url = f"sqlite:///{tmp_path / 'history.db'}"
    migrate(open_engine(url, write=True))

    async def live() -> None:
        async with serving(redis_url, var, DATABASE_URL=url, WALL_TOKEN="x", SITE=str(site)) as web:
            service = Service(open_engines(url), Seal(var))
            await asyncio.to_thread(service.begin)
            word = hashed("a good long word")
            guard = service.register.add("he.tao", "何涛", word, 0, [Grant("guard", "lanting")])
            service.register.add("li.qiang", "李强", word, 0, [Grant("supervisor", "lanting")])
            post = _poster(web, service, guard)
            number = _number(await post(do="draft"))
            noted = await post(do="notes", number=number, notes="西门访客机声音小")
            assert (noted.status_code, "西门访客机声音小" in noted.text) == (200, True)
            for lang, why in (("zh", "是个人号码，报告里不写"), ("en", "is a person&#x27;s number")):
                refused = await post(f"?lang={lang}", do="notes", number=number, notes="请打 13812345678")
                assert (refused.status_code, why in refused.text) == (409, True), refused.text[-900:]
            assert "保安" in (await post(do="off", number=number)).text
            done = await post(do="on", number=number, account="li.qiang", password="a good long word")
            assert "两人已签" in done.text and "班长" in done.text and "post:" not in done.text
            for lang, why in (("zh", "交接单已定稿"), ("en", "The sheet is final")):
                late = await post(f"?lang={lang}", do="notes", number=number, notes="x")
                assert (late.status_code, why in late.text) == (409, True)
            bar = await web.client.get(
                "/_dash-layout", headers={"cookie": cookie_of(service, guard), "referer": f"{web.url}/desk"}
            )
            assert "何涛 · 保安" in json.dumps(bar.json(), ensure_ascii=False)
            service.close()

    asyncio.run(live())


def _people(service: Service) -> tuple[str, str, str]:
    word = hashed("a good long word")
    add = service.register.add
    return (
        add("he.tao", "何涛", word, 0, [Grant("guard", "lanting", "post:control")]),
        add("li.qiang", "李强", word, 0, [Grant("guard", "lanting", "post:gate")]),
        add("zhou.min", "周敏", word, 0, [Grant("guard", "heping")]),
    )


def _poster(web: Web, service: Service, person: str) -> Callable[..., Awaitable[httpx.Response]]:
    headers = {"cookie": cookie_of(service, person), "origin": web.url, "accept-language": "zh-CN"}

    async def post(query: str = "", **form: str) -> httpx.Response:
        return await web.client.post(f"/handover{query}", data=form, headers=headers, timeout=60)

    return post


def cookie_of(service: Service, person: str) -> str:
    now = service.now_ms()
    return f"{COOKIE}={service.sessions.begin(now, now + 10**8, person=person)}"


def _number(page: httpx.Response) -> str:
    found = re.search(r'name="number" value="([^"]+)"', page.text)
    assert found is not None, page.text[-800:]
    return found.group(1)
