"""/reports: list, draft, words, signature, files, over HTTP; who may do what; every download is a fact."""

from __future__ import annotations

import asyncio
import os
import re
from html import unescape
from pathlib import Path

import msgspec
import pytest
import redis

from community.audit import FACT
from community.demo import DEMO
from community.reports.model import encoded
from community.roles import Grant, Role
from community.site import Post, Text
from dashboard.reports import keep
from dashboard.reports.make import Asked
from dashboard.signin.door import COOKIE
from dashboard.signin.service import Service
from store import keys
from store.history import reports as kept
from store.history.database import migrate, open_engine
from store.people import open_engines
from store.seal import Seal
from tests.dashboard.serve import Web, serving
from tests.history.pages import write
from tests.reports import day
from tests.reports.readback import pdf_text
from tests.reports.test_keep import late

POSTS = (
    day.MANAGER,
    Post("post:supervisor", Text("班长", "Supervisor"), "supervisor"),
    Post("post:control", Text("中控岗", "Control"), "guard"),
)
SITE = msgspec.structs.replace(day.SITE, posts=POSTS)
OTHER = msgspec.structs.replace(SITE, id="meadow")
NUMBER = "GARDEN-20260312"


def link(page: str, rel: str) -> str:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', page)
    assert found is not None, f"there is no link to the {rel} page"
    return unescape(found[1])


class Desk:
    def __init__(self, web: Web, url: str, var: Path) -> None:
        self.web, self.service = web, Service(open_engines(url), Seal(var))
        self.service.begin()
        self._cookies: dict[Role, str] = {}

    def cookie(self, role: Role) -> str:
        if role not in self._cookies:
            now = self.service.now_ms()
            grants = [Grant(role, SITE.id)] + ([Grant(role, OTHER.id)] if role == "manager" else [])
            person = self.service.register.add(f"{role}.one", role, "", now, grants)
            self._cookies[role] = self.service.sessions.begin(now, now + 10**8, person=person)
        return self._cookies[role]

    async def get(self, role: Role, path: str):
        headers = {"cookie": f"{COOKIE}={self.cookie(role)}"}
        return await self.web.client.get(f"{path}{'&' if '?' in path else '?'}community={SITE.id}", headers=headers)

    async def wish(self, who: Role, **wish: object):
        headers = {"cookie": f"{COOKIE}={self.cookie(who)}", "origin": self.web.url}
        body = msgspec.json.encode(wish)
        return await self.web.client.post(f"/api/v1/reports?community={SITE.id}", content=body, headers=headers)


def test_from_the_draft_to_the_signed_file(redis_url: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'history.db'}"
    engine = open_engine(url, write=True)
    migrate(engine)
    write(engine, day.told(quick=True).entries, site=SITE)
    files = []
    for site in (SITE, OTHER):
        files.append(tmp_path / f"{site.id}.json")
        files[-1].write_bytes(msgspec.json.encode(site))

    async def go() -> None:
        sites = os.pathsep.join(map(str, files))
        async with serving(redis_url, tmp_path, SITE=sites, DATABASE_URL=url, WALL_TOKEN="t0k3n") as web:
            desk = Desk(web, url, tmp_path)
            try:
                await visit(desk)
            finally:
                desk.service.close()

    async def visit(desk: Desk) -> None:
        make = {"do": "make", "kind": "daily", "day": day.DAY}
        assert (await desk.wish("guard", **make)).status_code == 403
        made = await desk.wish("supervisor", **make)
        assert (made.status_code, made.json()) == (200, {"number": NUMBER})
        listed = (await desk.get("auditor", "/api/v1/reports")).json()
        assert [(one["number"], one["state"]) for one in listed] == [(NUMBER, "draft")]

        paper = (await desk.get("manager", f"/api/v1/reports/{NUMBER}")).json()["paper"]
        drafted = [said["text"] for said in paper["summary"]]
        kept = (await desk.get("guard", f"/api/v1/reports/{NUMBER}.csv")).text.splitlines()
        now = await desk.get("guard", f"/api/v1/reports/daily/{day.DAY}.csv")
        assert f'filename="{SITE.id}-daily-{day.DAY}.csv"' in now.headers["content-disposition"]
        differs = [line for line, other in zip(now.text.splitlines(), kept, strict=True) if line != other]
        assert any("未编号" in line for line in differs) and len(differs) <= 2, "but for number and moment the same"
        assert (await desk.get("guard", f"/api/v1/reports/daily/{day.DAY}.pdf")).content.startswith(b"%PDF")
        days = (await desk.get("guard", f"/api/v1/reports/range/2026-03-11..{day.DAY}.csv")).text
        assert "2026-03-11 至 2026-03-12（2 天）" in days
        odd = (
            ("range/2026-03-12.csv", 404),
            (f"daily/2026-03-11..{day.DAY}.csv", 404),
            ("range/..2026-03-12.csv", 404),
        )
        for name, status in (
            *odd,
            ("daily/soon.csv", 404),
            ("daily/20260312.csv", 404),
            ("daily/0001-01-01.csv", 404),
            ("monthly/9999-12-20.csv", 404),
            ("incident/2026-03-12.csv", 404),
            ("daily/2026-03-12.exe", 404),
        ):
            assert (await desk.get("guard", f"/api/v1/reports/{name}")).status_code == status, name

        words = {"do": "words", "number": NUMBER, "summary": [drafted[0], "电梯维保已约。"], "decisions": []}
        assert (await desk.wish("supervisor", **words)).status_code == 200
        page = (await desk.get("guard", f"/reports?number={NUMBER}")).text
        assert "电梯维保已约。" in page and "人工填写 班长" in page and "<textarea" not in page  # a guard only endorses

        sign = {"do": "sign", "number": NUMBER}
        assert (await desk.wish("supervisor", **sign)).status_code == 403  # the manager's signature issues
        assert (await desk.wish("guard", **sign, role="guard")).status_code == 200
        assert (await desk.wish("manager", **sign)).status_code == 200
        assert (await desk.wish("manager", **sign)).status_code == 409
        assert (await desk.wish("supervisor", **words)).status_code == 409
        assert (await desk.wish("supervisor", do="correct", number=NUMBER)).json()["error"] == "数字没有变，不用更正"

        compared = {"do": "make", "kind": "comparison", "day": day.DAY, "subject": "day"}
        assert (await desk.wish("supervisor", **compared)).status_code == 403
        both = (await desk.wish("manager", **compared)).json()["number"]
        for path in (f"/api/v1/reports/{both}", f"/api/v1/reports/{both}.csv", f"/reports?number={both}"):
            assert (await desk.get("manager", path)).status_code == 200, path
            assert (await desk.get("supervisor", path)).status_code == 403, f"{path} says something of the meadow"
        for path in ("/api/v1/reports", "/reports"):
            assert both in (await desk.get("manager", path)).text and both not in (await desk.get("guard", path)).text
        assert (await desk.wish("guard", do="sign", number=both, role="guard")).status_code == 403

        content = await desk.get("guard", f"/api/v1/reports/{NUMBER}.pdf")
        assert content.headers["content-type"] == "application/pdf"
        assert "人工填写班长" in pdf_text(content.content) and "中控岗" in pdf_text(content.content)
        assert (await desk.get("guard", f"/api/v1/reports/{NUMBER}.docx")).status_code == 404
        assert (await desk.get("guard", "/api/v1/reports/NO-1.pdf")).status_code == 404
        assert (await desk.get("guard", f"/api/v1/reports/{NUMBER}.zip")).status_code == 404
        said = (await desk.get("manager", "/reports")).text
        assert NUMBER in said and "已发布" in said and "物业经理 项目经理" in said
        late(engine)
        made = (await desk.wish("supervisor", do="correct", number=NUMBER)).json()["number"]
        assert (await desk.wish("manager", do="sign", number=made)).status_code == 200
        assert (await desk.wish("supervisor", do="correct", number=NUMBER)).status_code == 409, "nothing since"
        for path, expected in (("/reports", 1), (f"/reports?number={NUMBER}", 1), (f"/reports?number={made}", 0)):
            assert (await desk.get("guard", path)).text.count("已有更正版") == expected, path
        heads = {one["number"]: one["corrected_by"] for one in (await desk.get("guard", "/api/v1/reports")).json()}
        assert (heads[NUMBER], heads[made]) == (made, "")
        whole = (await desk.get("guard", f"/api/v1/reports/{NUMBER}")).json()["report"]
        assert (made, whole["corrected_by"]) == (f"{NUMBER}-R1", made)
        again = await desk.get("guard", f"/api/v1/reports/{NUMBER}.pdf")
        assert (again.content, again.headers["x-corrected-by"]) == (content.content, made), "what was signed stays"
        log = redis.Redis.from_url(redis_url).xrange(keys.LOG)
        facts = [entry for _, entry in log if FACT.encode() in b"".join(entry.values())]
        told = [b"".join(fact.values()) for fact in facts]
        assert all(any(what in fact for fact in told) for what in (b"report.download", b"report.export"))

    asyncio.run(go())
    engine.dispose()


def test_an_older_report_is_found_by_the_page_and_shown_with_its_signature(redis_url: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'history.db'}"
    engine = open_engine(url, write=True)
    migrate(engine)
    write(engine, day.told(quick=True).entries, site=SITE)
    made = keep.drafted(engine, SITE, Asked("daily", day.DAY), day.MADE_MS, var=tmp_path)
    keep.signed(engine, SITE, NUMBER, "manager", "post:manager", day.MADE_MS, var=tmp_path)
    fields = ("community", "kind", "edition", "lang", "made_ms", "subject", "corrects")
    head = {name: getattr(made, name) for name in fields} | {"from_day": "2026-03-13", "to_day": "2026-03-13"}
    for n in range(65):
        kept.draft(engine, head | {"number": f"LATER-{n:02}"}, encoded(made))
    file = tmp_path / "garden.json"
    file.write_bytes(msgspec.json.encode(SITE))

    async def go() -> None:
        async with serving(redis_url, tmp_path, SITE=str(file), DATABASE_URL=url) as web:
            desk = Desk(web, url, tmp_path)
            try:
                await visit(desk)
            finally:
                desk.service.close()

    async def visit(desk: Desk) -> None:
        shown = (await desk.get("guard", f"/reports?number={NUMBER}&lang=zh")).text
        assert "物业经理 项目经理" in shown and "已发布" in shown
        first = (await desk.get("guard", "/reports?kind=daily&lang=en")).text
        assert NUMBER not in first and "Newer reports" not in first
        older = link(first, "next")
        assert "kind=daily" in older and "lang=en" in older and f"community={SITE.id}" in older
        second = (await desk.get("guard", older)).text
        assert NUMBER in second and "Property manager Manager" in second and "Older reports" not in second
        newer = link(second, "prev")
        assert (await desk.get("guard", newer)).text == first
        rows = await desk.get("guard", "/api/v1/reports")
        rest = await desk.get("guard", f"/api/v1/reports?limit=500&after={rows.headers['x-after']}")
        assert (len(rows.json()), len(rest.json()), rest.headers["x-after"]) == (60, 6, "")
        assert rest.json()[-1]["signatures"][0]["post"] == "post:manager"
        for wrong in ("after=x", "limit=0", "limit=501", "limit=all"):
            assert (await desk.get("guard", f"/api/v1/reports?{wrong}")).status_code == 400, wrong
            assert (await desk.get("guard", f"/reports?{wrong}")).status_code == 400, wrong

    asyncio.run(go())
    engine.dispose()


def test_the_demo_shows_reports_without_a_sign_in_and_signs_none(redis_url: str, tmp_path: Path) -> None:
    site = tmp_path / "demo.json"
    site.write_bytes(msgspec.json.encode(msgspec.structs.replace(SITE, id=DEMO)))

    async def go() -> None:
        async with serving(redis_url, tmp_path, SITE=str(site), DATABASE_URL=f"sqlite:///{tmp_path / 'h.db'}") as web:
            page = await web.client.get("/reports")
            assert page.status_code == 200 and "草稿在每天 00:10 生成，08:00 发布" in page.text
            headers = {"origin": web.url}
            answer = await web.client.post("/api/v1/reports", content=b'{"do":"sign","number":"X"}', headers=headers)
            assert answer.status_code == 403
            answer = await web.client.post("/api/v1/reports", content=b'{"do":"burn"}', headers=headers)
            assert answer.status_code == 400

    asyncio.run(go())


@pytest.mark.parametrize("path", ["/reports", "/api/v1/reports"])
def test_a_database_that_is_away_is_said(redis_url: str, tmp_path: Path, path: str) -> None:
    site = tmp_path / "demo.json"
    site.write_bytes(msgspec.json.encode(msgspec.structs.replace(SITE, id=DEMO)))
    away = "postgresql://nobody@127.0.0.1:1/none"

    async def go() -> None:
        async with serving(redis_url, tmp_path, SITE=str(site), DATABASE_URL=away) as web:
            answer = await web.client.get(path)
            assert answer.status_code == 503
            assert path != "/reports" or "历史数据库没有应答" in answer.text

    asyncio.run(go())
