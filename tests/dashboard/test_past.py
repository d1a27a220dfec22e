"""/past and what it asks for: the board of a moment, refusals in a sentence, who may, what the audit hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from community.audit import FACT
from community.board import Lens, board
from community.demo import DEMO
from community.past import PAST, moment_of
from community.words import LANGS
from dashboard.access import PAST as MAY
from dashboard.past.asked import Question, Setup
from dashboard.past.pool import WAITING, Busy, TooSlow, Travellers
from store import keys
from store.history.database import migrate, open_engine
from store.history.travel import Journey
from store.log.streams import StreamsReader
from tests.dashboard.serve import Web, serving
from tests.dashboard.test_daily import SHOWN
from tests.engines.wait import wait_until_async
from tests.history.pages import MINUTE_MS
from tests.history.told import NIGHT_MS, at_night, tell

HELD_MS = NIGHT_MS + 42 * MINUTE_MS
MOMENT = "2026-03-12T02:42:00"


@pytest.mark.parametrize(
    ("said", "ms"),
    [
        (MOMENT, HELD_MS),
        ("2026-03-12T02:42", HELD_MS),
        ("2026-03-11T18:42:00Z", HELD_MS),
        ("2026-03-12T02:42:00 08:00", HELD_MS),  # a + that was not quoted
        ("2026-03-12T02:42 0800", HELD_MS),
        ("2026-03-12 02:42:00", HELD_MS),
        (str(HELD_MS), HELD_MS),
        ("", None),
        ("yesterday", None),
        ("1773254520000.5", None),
        ("-1", None),
        ("9" * 16, None),
        ("٣٣٣", None),
        ("0001-01-01T00:00", None),
    ],
)
def test_a_moment_as_an_address_says_it(said: str, ms: int | None) -> None:
    if ms is not None:
        assert moment_of(said, "Asia/Shanghai") == ms
        return
    with pytest.raises((ValueError, OverflowError)):
        moment_of(said, "Asia/Shanghai")


def test_every_reason_is_a_sentence_in_both_languages() -> None:
    there = ("nothing", "before", "other_fold", "invented", "damaged")
    for why in (*there, "future", "away", "busy", "slow", "no_moment"):
        assert all(PAST[why].get(lang)[-1] in "。." for lang in LANGS), why


@pytest.fixture
def past(tmp_path: Path) -> dict[str, str]:
    """A night that is over, and what `serving` needs to show it."""
    url = f"sqlite:///{tmp_path / 'history.db'}"
    engine = open_engine(url, write=True)
    migrate(engine)
    tell(engine, tmp_path / "history" / "raw", SHOWN, at_night(DEMO).entries, [NIGHT_MS + MINUTE_MS])
    engine.dispose()
    (tmp_path / "garden.json").write_bytes(msgspec.json.encode(SHOWN))
    return {"SITE": str(tmp_path / "garden.json"), "DATABASE_URL": url}


def visit(redis_url: str, tmp_path: Path, past: dict[str, str], what: Callable[[Web], Awaitable[None]]) -> None:
    async def go() -> None:
        async with serving(redis_url, tmp_path, **past) as web:
            await what(web)

    asyncio.run(go())


def test_a_wall_of_the_past_is_the_wall_of_then(redis_url: str, tmp_path: Path, past: dict[str, str]) -> None:
    async def look(web: Web) -> None:
        async def ask(at: object, **more: str) -> tuple[int, dict[str, Any]]:
            answer = await web.client.get("/api/v1/past", params={"at": str(at), **more}, timeout=30)
            assert answer.headers["cache-control"] == "no-store"
            return answer.status_code, answer.json()

        engine = open_engine(past["DATABASE_URL"])
        state = Journey(engine, tmp_path / "history" / "raw", SHOWN).to(HELD_MS).state
        for lang in LANGS:
            status, said = await ask(MOMENT, lang=lang)
            assert status == 200 and said["at_ms"] == HELD_MS and said["revision"] == state.position
            assert said["parts"] == msgspec.json.decode(msgspec.json.encode(board(state, lang, Lens(state.site))))
        assert said["parts"]["alarms"]["rows"][0]["key"] == "DOOR_FORCED/D-1"
        status, said = await ask(HELD_MS, visit="1")
        assert "D-1" not in str(said["parts"]["alarms"]["rows"][0]["key"])
        status, said = await ask(NIGHT_MS + 80 * MINUTE_MS)
        assert said["at_ms"] - said["clock_ms"] > 10 * MINUTE_MS and said["next_ms"] == NIGHT_MS + 90 * MINUTE_MS
        for at, status, why in (
            (NIGHT_MS - 1, 404, "before"),
            ("2099-01-01T00:00", 404, "future"),
            ("soon", 400, "no_moment"),
        ):
            found, said = await ask(at, lang="zh")
            assert (found, said["why"]) == (status, why) and "{}" not in said["error"]
        _, said = await ask(NIGHT_MS - 1, lang="zh")
        assert said["error"] == "这一刻之前没有记录，最早可以看 2026-03-12 02:00:30。"
        day = (await web.client.get("/api/v1/past/day", params={"at": MOMENT})).json()
        assert day["day"] == "2026-03-12" and len(day["spans"]) == 2 and len(day["marks"]) == 1
        assert day["first_ms"] == NIGHT_MS + 30_000

        reader = StreamsReader(redis_url, keys.LOG, "test")
        await wait_until_async(lambda: b"past.view" in _told(reader), 10, "the audit has heard of it")
        engine.dispose()

    visit(redis_url, tmp_path, past, look)


def _told(reader: StreamsReader) -> bytes:
    return b"".join(entry.value for entry in reader.poll(100, 500) if FACT.encode() in entry.value)


def test_the_page_has_no_stream_no_sound_and_nothing_to_press(
    redis_url: str, tmp_path: Path, past: dict[str, str]
) -> None:
    async def look(web: Web) -> None:
        lead = await web.client.get(f"/?at={MOMENT}&lang=en")
        assert (lead.status_code, lead.headers["location"]) == (302, f"/past?at={MOMENT}&lang=en")
        page, live = (await web.client.get(lead.headers["location"])).text, (await web.client.get("/")).text
        assert "The wall as it was" in page and "/assets/past/past.js" in page and "/assets/kiosk/" not in page
        assert 'data-acts="1"' in live and "data-acts" not in page and "/assets/past/" not in live

    visit(redis_url, tmp_path, past, look)


def test_no_kiosk_and_no_administrator_looks_back() -> None:
    assert set(MAY) == {"guard", "supervisor", "manager", "auditor"}


def question(at_ms: int = HELD_MS) -> Question:
    return Question("one", DEMO, at_ms, "zh")


def test_one_process_is_begun_by_need_and_ends_by_idleness(tmp_path: Path, past: dict[str, str]) -> None:
    async def go() -> None:
        setups = 0

        def setup() -> Setup:
            nonlocal setups
            setups += 1
            return Setup(past["DATABASE_URL"], str(tmp_path / "history" / "raw"), {DEMO: SHOWN})

        travellers = Travellers(setup, idle_s=0.3)
        assert not travellers.running
        asked = [asyncio.create_task(travellers.ask(question(HELD_MS + n))) for n in range(WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await travellers.ask(question())
        answers = await asyncio.gather(*asked)
        assert [answer.at_ms for answer in answers] == [HELD_MS + n for n in range(WAITING)] and setups == 1
        process = travellers._process
        assert process is not None
        await wait_until_async(lambda: process.returncode is not None, 10, "it has ended")
        assert process.returncode == 0 and not travellers.running
        assert (await travellers.ask(question())).at_ms == HELD_MS and setups == 2
        again = travellers._process
        assert again is not None
        again.kill()
        with pytest.raises(TooSlow):
            await travellers.ask(question())
        assert not travellers.running
        await travellers.close()

    asyncio.run(go())
