"""What is not carried out is said in the language of whoever asked: commands, residents' orders, reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.dashboard.roles import HOME, JSON, House, Visit, visiting


@pytest.fixture
def visit(redis_url: str, tmp_path: Path, var: Path) -> Callable[[Visit], None]:
    return visiting(redis_url, tmp_path, var)


def test_a_command_that_cannot_be_sent(visit: Callable[[Visit], None]) -> None:
    async def look(house: House) -> None:
        lead = house.cookie("supervisor", HOME)

        async def sent(lang: str, body: dict[str, Any] | bytes, **headers: str) -> tuple[int, str]:
            content = body if isinstance(body, bytes) else msgspec.json.encode(body)
            path = f"/api/v1/commands?community={HOME}&lang={lang}"
            answer = await house.ask("POST", path, lead, content=content, headers=JSON | headers)
            return answer.status_code, answer.json()["error"]

        told = (
            ({"type": "alarm.take", "alarm": "SOS/SOS-999"}, 404, "这条告警已经不在了", "this alarm does not stand"),
            ({"type": "access.open", "device": "D-99"}, 404, "没有这个设备", "there is no such device"),
            ({"type": "device.out_of_service", "device": "D-99", "reason": "r"}, 404, "没有这个设备", "no such device"),
            ({"type": "order.move", "order": "R-9", "phase": "taken"}, 404, "没有这张工单", "there is no such order"),
            (
                {"type": "broadcast.play", "message": "play-0001", "zones": ["moon"], "recording": "storm"},
                404,
                "没有这个分区",
                "there is no such zone",
            ),
            ({"type": "alarm.burn", "alarm": "SOS/SOS-021"}, 400, "内容填得不对", "it is not filled in rightly"),
            (b"{", 400, "内容填得不对", "it is not filled in rightly"),
            (b" " * 10_000, 413, "内容太长", "it is too long"),
        )
        for body, status, zh, en in told:
            for lang, words in (("zh", zh), ("en", en)):
                code, said = await sent(lang, body)
                assert (code, words in said) == (status, True), (body, lang, code, said)
        code, said = await sent("zh", b"x", **{"content-type": "text/plain"})
        assert (code, said) == (415, "这不是一条指令")

    visit(look)


def test_a_report_that_is_not_there_or_cannot_be_made(visit: Callable[[Visit], None]) -> None:
    async def look(house: House) -> None:
        cookie = house.cookie("supervisor", HOME)
        page = await house.ask("GET", f"/reports?community={HOME}&lang=zh&number=LT-1", cookie)
        assert page.status_code == 404 and "没有这份报告" in page.text and "生成草稿" in page.text, "with the list"
        form = {"do": "make", "kind": "daily", "day": "2020-01-32"}
        for lang, words in (("zh", "做不出来：日期"), ("en", "a day is written 2026-03-12")):
            refused = await house.ask("POST", f"/reports?community={HOME}&lang={lang}", cookie, data=form)
            assert refused.status_code == 409 and words in refused.text, lang
        nonsense = await house.ask("POST", f"/reports?community={HOME}&lang=zh", cookie, data={"do": "burn"})
        assert nonsense.status_code == 400 and "内容填得不对" in nonsense.text
        for path, status, words in (
            ("/api/v1/reports/LT-1", 404, "没有这份报告"),
            ("/api/v1/reports/daily/2020-01-32.csv", 404, "做不出来"),
        ):
            answer = await house.ask("GET", f"{path}?community={HOME}&lang=zh", cookie)
            assert answer.status_code == status and answer.json()["error"].startswith(words), answer.text

    visit(look)
