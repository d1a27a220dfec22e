"""Open data: by a reader's token, only its communities, nothing nearer than the building, CSV and JSON alike."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
import redis
import sqlalchemy as sa

from community.audit import FACT
from community.board.alarm_words import CARE
from dashboard.open import readers
from dashboard.reports import keep
from dashboard.reports.make import Asked
from store import keys
from store.history.database import migrate, open_engine
from store.history.figures import figures
from store.history.marks import NoMark
from store.history.open_records import VIEWS, records
from tests.dashboard.serve import Web, serving
from tests.history.pages import T0_MS, write
from tests.reports import day

SITE = msgspec.structs.replace(day.SITE, posts=(day.MANAGER,))
DAYS = f"community={SITE.id}&from={day.DAY}&to={day.DAY}"
SPOKEN = "替7号楼王女士开门，老人摔倒"
PRIVATE = (*CARE, "subject-", "SOS-1", "C-3", "EV-", "EB-", "101", "单元", SPOKEN)


def test_a_reader_reads_its_community_and_nothing_of_a_resident(redis_url: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'history.db'}"
    engine = open_engine(url, write=True)
    migrate(engine)
    pages = day.told(quick=True)
    for n, (by, reason) in enumerate((("house", "SOS/SOS-1"), ("house", "FALL/subject-1"), ("post:control", SPOKEN))):
        order = {"action": f"a-{n}", "type": "access.open", "by": by, "reason": reason}
        pages.journal("action.ordered", "D-1", order, at_ms=T0_MS + n)
    write(engine, pages.entries, site=SITE)
    for edition in ("internal", "street"):
        number = keep.drafted(engine, SITE, Asked("daily", day.DAY, edition), day.MADE_MS).number  # type: ignore[arg-type]
        keep.issued(engine, SITE, number, day.MADE_MS)
    token = readers.add(engine, "street-office", [SITE.id], "test", 1)
    foreign = readers.add(engine, "elsewhere", ["meadow"], "test", 1)
    with pytest.raises(readers.Taken):
        readers.add(engine, "elsewhere", [], "test", 2)
    file = tmp_path / "garden.json"
    file.write_bytes(msgspec.json.encode(SITE))

    async def visit(web: Web) -> None:
        async def ask(path: str, given: str = token):
            headers = {"authorization": f"Bearer {given}"} if given else {}
            return await web.client.get(f"/api/open/v1{path}", headers=headers)

        document = (await ask("/openapi.json", "")).json()
        assert document["info"]["title"].startswith("守望")
        assert {
            f"/api/open/v1{path}" for path in ("/catalogue", "/figures/{figure}", "/records/{kind}", "/reports")
        } <= set(document["paths"])
        told = {path: one["get"]["responses"] for path, one in document["paths"].items()}
        assert all({"200", "401", "503"} <= set(one) for one in told.values())
        file, listing = told["/api/open/v1/reports/{number}.{format}"], told["/api/open/v1/reports"]
        assert {"application/pdf", "text/csv"} < set(file["200"]["content"]) and "403" in file and "404" in file
        assert (
            "x-after" in listing["200"]["headers"]
            and "text/csv" in told["/api/open/v1/records/{kind}"]["200"]["content"]
        )
        for given, status in (("", 401), (token, 403)):
            assert (await ask("/reports?community=nope", given)).status_code == status, "said to no stranger"
        for given in ("", "swr_nobody", token[:-1], token.upper()):
            assert (await ask("/catalogue", given)).status_code == 401
        assert (await ask(f"/figures/passes?{DAYS}", foreign)).status_code == 403
        assert (await ask(f"/figures/luck?{DAYS}")).status_code == 404
        assert (await ask(f"/records/people?{DAYS}")).status_code == 404
        assert (await ask(f"/figures/passes?community={SITE.id}&from=2026-03-12&to=2026-03-01")).status_code == 400
        long = await ask(f"/figures/charging_busy?community={SITE.id}&from=2017-01-01&to=2026-12-31")
        assert long.status_code == 400 and "ask for fewer" in long.text

        report = figures(engine, SITE, day.DAY, day.DAY)
        known = {answer.id: answer for answer in report.figures}
        for id_, answer in known.items():
            said = (await ask(f"/figures/{id_}?{DAYS}")).json()
            if answer.lines is None:
                assert said["lines"][0].get("value") == answer.value, id_
            else:
                assert [line["value"] for line in said["lines"]] == [line.value for line in answer.lines], id_
            text = json.dumps(said["lines"], ensure_ascii=False)
            assert not [private for private in PRIVATE if private in text], (id_, text)
        by_day = (await ask(f"/figures/passes?community={SITE.id}&from=2026-03-10&to=2026-03-12&step=day")).json()
        assert [(line["from"], line["value"]) for line in by_day["lines"]] == [
            ("2026-03-10", None),
            ("2026-03-11", 53),
            ("2026-03-12", 80),
        ]

        ordered: list[tuple[str, str]] = []
        for kind in VIEWS:
            told = (await ask(f"/records/{kind}?{DAYS}")).json()
            text = json.dumps(told["records"], ensure_ascii=False)
            assert not [private for private in PRIVATE if private in text], (kind, text)
            table = await ask(f"/records/{kind}?{DAYS}&format=csv")
            rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
            assert len(rows) == len(told["records"]) == len({row["id"] + str(list(row.values())[1]) for row in rows})
            ordered += [(row["dim2"], row["n"]) for row in rows if row.get("measure") == "order"]
        assert ordered == [("house", "2"), ("post:control", "1")]
        paged, after = [], ""
        while True:
            page = (await ask(f"/records/alarms?{DAYS}&limit=2&after={after}")).json()
            paged += page["records"]
            after = page["after"]
            if not after:
                break
        assert [one["alarm"] for one in paged] == ["LEAK_HOME", "BIN_FULL", *["EBIKE_LIFT"] * 3, "SOS"]
        assert (paged[-1]["acknowledged_s"], paged[-1]["closed_s"]) == (47, 192)

        listed = (await ask(f"/reports?community={SITE.id}")).json()
        assert [one["number"] for one in listed] == ["GARDEN-20260312-S"]
        first = await ask(f"/reports?community={SITE.id}&limit=1")
        assert first.json() == listed and first.headers["x-after"] == ""
        for path in (f"records/alarms?{DAYS}", f"reports?community={SITE.id}"):
            for mark in ("9" * 26 + "~x", "1~\x00", "x"):
                assert (await ask(f"/{path}&after={quote(mark)}")).status_code == 400, (path, mark)
        content = await ask(f"/reports/GARDEN-20260312-S.pdf?community={SITE.id}")
        assert content.content.startswith(b"%PDF")
        assert (await ask(f"/reports/GARDEN-20260312.pdf?community={SITE.id}")).status_code == 404
        assert readers.revoke(engine, "street-office", 3)
        assert (await ask("/catalogue")).status_code == 401
        denied = await _denied(redis_url, 8)
        assert {(said.get("person", ""), said["target"]) for said in denied} == {
            ("", "catalogue"),
            ("reader:elsewhere", "figures/passes"),
            ("", "reports"),
            ("reader:street-office", "reports"),
        }
        assert sum(said.get("times", 1) for said in denied) == 8

    async def go() -> None:
        async with serving(redis_url, tmp_path, SITE=str(file), DATABASE_URL=url) as web:
            await visit(web)

    asyncio.run(go())
    engine.dispose()


async def _denied(redis_url: str, least: int) -> list[dict[str, Any]]:
    """What the log has of those who were turned away, once so many facts are there."""
    log = redis.Redis.from_url(redis_url)
    for _ in range(100):
        events = [msgspec.json.decode(fields[b"v"]) for _, fields in log.xrange(keys.LOG)]
        facts = [event["data"] for event in events if event["type"] == FACT and event["data"]["outcome"] == "denied"]
        if sum(fact.get("times", 1) for fact in facts) >= least:
            return facts
        await asyncio.sleep(0.1)
    raise AssertionError("what was denied is not in the log")


def test_the_views_say_the_same_on_both_databases(history_engine: sa.Engine) -> None:
    write(history_engine, day.told(quick=True).entries, site=SITE)
    found = {kind: records(history_engine, SITE.id, kind, day.DAY, day.DAY, "", 1000).rows for kind in VIEWS}
    assert {kind: len(rows) for kind, rows in found.items()} == {
        "alarms": 6,
        "charging_sessions": 6,
        "orders": 5,
        "days": len(found["days"]),
        "presence": len(found["presence"]),
    }
    assert sum(row["energy_kwh"] for row in found["charging_sessions"]) == pytest.approx(21.00525)
    assert {row["id"] for row in found["charging_sessions"]} == {"1"}, "by no port"
    assert [row["taken_min"] for row in found["orders"]] == [None, 9, 18, 27, 36]
    sums = {(row["measure"], row["dim1"], row["dim2"]): row["n"] for row in found["days"]}
    assert sums[("pass", "face", "granted")] == 20 and sums[("alarm", "OTHER", "P1")] == 1
    with pytest.raises(NoMark):
        records(history_engine, SITE.id, "alarms", day.DAY, day.DAY, "x~y", 10)
