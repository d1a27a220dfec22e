"""/audit over HTTP: the auditor searches what was done, reads whether the chain is whole, takes it away as CSV."""

from __future__ import annotations

import asyncio
import csv
import io
import sqlite3
from pathlib import Path

import msgspec
import redis

from community.audit import FACT
from community.model import Position, encode_event
from store import audit, keys
from store.history.book import Book
from store.history.database import migrate, open_engine
from store.log import Entry
from tests.dashboard.serve import Web, serving
from tests.engines.wait import wait_until_async
from tests.ingest.yard import LANTING
from tests.layouts.scenes import incident
from tests.layouts.stage import Stage

T0_MS = 1_773_321_276_000
GUARD, MANAGER = "demo:guard", "demo:manager"
TOLD = (
    ("alarm.acknowledged", "SOS/SOS-021", {"by": "post:control", "person": GUARD, "priority": "P1"}),
    ("alarm.closed", "SOS/SOS-021", {"by": "post:control", "person": GUARD, "verdict": "mistake", "reason": "=1+1"}),
    (FACT, MANAGER, {"action": "report.export", "outcome": "allowed", "person": MANAGER, "target": "daily.xlsx"}),
    (FACT, GUARD, {"action": "GET /people", "outcome": "denied", "person": GUARD, "times": 3}),
    ("alarm.activated", "CAM_BLACK/C-001", {"priority": "P2"}),  # nobody's doing: no fact
)


def told() -> list[Entry]:
    """The journal as the relay writes it."""
    made = []
    for n, (type_, subject, data) in enumerate(TOLD, 1):
        at_ms = T0_MS + n * 1000
        value = encode_event(
            id=f"j/{n}", source="t", type=type_, community=LANTING.id, subject=subject, time_ms=at_ms, data=data
        )
        made.append(Entry(keys.JOURNAL, Position(1, 0, n), at_ms, LANTING.id.encode(), value, ()))
    return made


def test_the_auditor_reads_searches_and_sees_what_was_changed(redis_url: str, var: Path, tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    url = f"sqlite:///{path}"
    engine = open_engine(url, write=True)
    migrate(engine)
    book = Book(engine, {LANTING.id: LANTING})
    book.positions(keys.JOURNAL)
    book.take(told())
    head = audit.heads(engine)[LANTING.id]
    Stage(redis_url, incident()).close()

    async def go() -> None:
        async with serving(redis_url, var, DATABASE_URL=url) as web:
            await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")
            for role in ("guard", "manager", "secadmin"):
                await web.act_as(role)
                assert [(await web.client.get(p)).status_code for p in ("/audit", "/audit.csv")] == [403, 403], role
            await web.act_as("auditor")
            page = await read(web, "lang=zh")
            assert "4 条记录，逐条校验完整" in page and f"{head.seq}:{head.hash}" in page
            assert rows(page) == ["GET /people", "report.export", "alarm.closed", "alarm.acknowledged"]
            assert "C-001" not in page, "what nobody did is no fact"
            english = await read(web, "lang=en")
            assert "4 facts, each checked: whole" in english and "head (note it elsewhere)" in english

            assert rows(await read(web, "lang=zh&q=SOS-021")) == ["alarm.closed", "alarm.acknowledged"]
            assert rows(await read(web, "lang=zh&q=denied")) == ["GET /people"]
            assert rows(await read(web, "lang=zh&q=daily.xlsx")) == ["report.export"]
            assert rows(await read(web, "lang=zh&q=%25")) == [], "a sign of SQL is a letter like any other"
            hostile = await read(web, "lang=zh&q=%3Cscript%3E")
            assert rows(hostile) == [] and "<script>" not in hostile

            await exported(web)
            with sqlite3.connect(path) as thief:  # who owns the file and takes its locks away first
                thief.execute("DROP TRIGGER audit_update")
                thief.execute("UPDATE audit SET body = replace(body, 'mistake', 'misteak') WHERE seq = 2")
            page = await read(web, "lang=zh")
            assert "第 2 条起不可信" in page and "逐条校验完整" not in page
            assert "not to be trusted from fact 2 on: it does not follow" in await read(web, "lang=en")

    asyncio.run(go())
    with redis.Redis.from_url(redis_url) as client:
        records = [msgspec.json.decode(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
    own = {r["data"]["action"] for r in records if r["type"] == FACT and r["data"].get("person") == "demo:auditor"}
    assert {"audit.view", "audit.export"} <= own, "whoever reads the audit stands in it too"
    engine.dispose()


async def read(web: Web, query: str) -> str:
    answer = await web.client.get(f"/audit?{query}")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    return answer.text


def rows(page: str) -> list[str]:
    """What was done, the newest first."""
    body = page.partition("<table>")[2].partition("</table>")[0]
    return [row.split("<td>")[3].partition("</td>")[0] for row in body.split("<tr>")[1:] if "<td>" in row]


async def exported(web: Web) -> None:
    answer = await web.client.get("/audit.csv")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/csv")
    assert 'filename="audit-lanting.csv"' in answer.headers["content-disposition"]
    found = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["seq"], row["type"], row["person"], row["subject"]) for row in found] == [
        (str(n), type_, data["person"], subject) for n, (type_, subject, data) in enumerate(TOLD[:4], 1)
    ]
    assert found[0]["at"] == "2026-03-12 21:14:37", "in the community's own zone"
    assert "=1+1" in found[1]["data"]
    before = audit.BEGIN
    for row in found:
        assert len(row["hash"]) == 64 and row["hash"] != before
        before = row["hash"]
