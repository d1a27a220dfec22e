"""The log is killed in the middle of an acknowledgement, Apache Kafka and the embedded one: what it took is not lost,
what was pressed twice is not done twice, and the button says how it stands."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import httpx
import pytest
import redis
from playwright.sync_api import Browser, expect

from store import keys
from store.children import Children, end
from tests.browser.conftest import Programs
from tests.browser.test_desk import WAIT_MS, Seat
from tests.engines.kafka import kraft_missing
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until
from tests.faults.chain import Chain

BACK_MS = 90_000
"""A killed broker serves after six seconds; worker and web then find it again."""


class House(Protocol):
    url: str
    redis_url: str

    def say(self, type_: str, subject: str, **data: object) -> None: ...
    def freeze(self, name: str) -> None: ...
    def thaw(self, name: str) -> None: ...
    def kill(self, name: str) -> None: ...
    def start(self, name: str) -> None: ...


class Embedded:
    """The log is a stream of the same Redis that holds the live state: both are gone at once."""

    def __init__(self, programs: Programs, server: RedisServer) -> None:
        self._programs, self._server = programs, server
        self.url, self.redis_url, self.say = programs.url, programs.redis_url, programs.say

    def freeze(self, name: str) -> None:
        if name != "log":
            return self._programs.freeze(name)
        assert self._server.process is not None
        end(self._server.process, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self._programs.thaw(name)

    def kill(self, name: str) -> None:
        assert name == "log"
        self._server.kill()

    def start(self, name: str) -> None:
        assert name == "log"
        self._server.start()


class OnKafka(Chain):
    """Without relay: what the fold decided stays in Redis, where it is counted."""

    def __init__(self, folder: Path, children: Children) -> None:
        super().__init__(folder, children)
        self.redis_url = self.redis.url

    def begin(self) -> None:
        self.broker.start()
        self.redis.start()
        for name in ("net", "redis_wire", "web", "live", "tick"):
            self.start(name)


@pytest.fixture(params=[pytest.param("kafka", marks=pytest.mark.slow), "embedded"])
def house(request: pytest.FixtureRequest, tmp_path: Path, children: Children) -> Iterator[House]:
    if request.param == "embedded":
        server: RedisServer = request.getfixturevalue("redis_server")
        yield Embedded(request.getfixturevalue("chain"), server)
        return
    if missing := kraft_missing():
        pytest.skip(missing)
    (tmp_path / "kafka").mkdir()
    chain = OnKafka(tmp_path, children)
    try:
        chain.begin()
        wait_until(lambda: _serves(chain), 120, "worker, log and web are there")
        yield chain
    finally:
        chain.kill_all()


def _serves(house: OnKafka) -> bool:
    with redis.Redis.from_url(house.redis_url) as client:
        if not client.exists(keys.meta("lanting")):
            return False
    try:
        return httpx.get(f"{house.url}/healthz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def taken(house: House) -> list[str]:
    """Of the journal, which waits in Redis: each alarm as often as somebody took it."""
    with redis.Redis.from_url(house.redis_url) as client:
        told = [json.loads(fields[b"value"]) for _, fields in client.xrange(keys.outbox("lanting"))]
    return sorted(entry["subject"] for entry in told if entry.get("type") == "alarm.taken")


def back(seat: Seat) -> None:
    seat.page.locator("body[data-state=live]").wait_for(timeout=BACK_MS)


def test_the_log_is_killed_in_the_middle_of_an_acknowledgement(house: House, browser: Browser) -> None:
    seat = Seat(browser, house.url, "guard")
    button, said = seat.page.locator("#desk-acts .go"), seat.page.locator("#desk-said")
    for sos in ("SOS-021", "SOS-022"):
        house.say("sos.press", sos, press="long")
    first, second = (seat.page.locator(f"{seat.row(f'SOS/{sos}')} .words") for sos in ("SOS-021", "SOS-022"))

    # the log has taken it and dies before anybody has folded it
    seat.open("SOS/SOS-021", "一键")
    house.freeze("live")
    button.click()
    seat.said("已记下")
    house.kill("log")
    house.start("log")
    house.thaw("live")
    expect(first).to_contain_text("处理中", timeout=BACK_MS)
    back(seat)

    # it does not answer, and dies
    seat.open("SOS/SOS-022", "一键")
    expect(button).to_be_enabled(timeout=WAIT_MS)
    house.freeze("log")
    button.click()
    expect(said).to_contain_text("等系统记下")
    seat.said(re.compile("不确定是否已记下|日志写不进去"))
    expect(said).to_have_class(re.compile("bad"))
    expect(second).to_contain_text("未确认")
    house.kill("log")
    house.start("log")
    back(seat)
    seat.open("SOS/SOS-022", "一键")
    if "处理中" not in second.inner_text():  # the press was lost, and the button had not said that it is recorded
        button.click(timeout=WAIT_MS)
    expect(second).to_contain_text("处理中", timeout=BACK_MS)
    wait_until(lambda: len(taken(house)) >= 2, 20, "both stand in the journal")
    assert taken(house) == ["SOS/SOS-021", "SOS/SOS-022"], "each once, however often it was pressed"
    assert seat.errors == []
    seat.context.close()
