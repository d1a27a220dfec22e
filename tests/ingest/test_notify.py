"""Notices on a real Redis: nothing before its test, once over a restart, tried again, told to the log."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis

from community.fold import fold
from community.notices import Guardian, Rule
from community.place import Text
from community.state import Alarm
from ingest.credentials import Secret
from ingest.notice_file import Channel, Plan, load_plan
from ingest.notify import PAUSES_S, ByApprise, Notifier
from store import keys
from store.live import Batch, LiveWriter
from store.notices import Book, answered
from store.settings import SettingsError, read_settings
from tests.community.story import T0_MS
from tests.community.test_notices import HOME, WHO, fallen, pressed

PLAN = Plan(
    channels=(Channel("team", Text("值班群"), Secret("json://127.0.0.1/x")),),
    rules=(Rule("team", ("P1",)),),
    guardians=(Guardian(WHO, "team"),),
    address="https://shouwang.example",
)


class Post:
    """The other side: takes what it is sent, or does not."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.works = True

    def send(self, url: str, title: str, body: str) -> bool:
        assert url == "json://127.0.0.1/x"
        if self.works:
            self.sent.append((title, body))
        return self.works


class House:
    def __init__(self, url: str, var: Path) -> None:
        self.client = redis.Redis.from_url(url)
        self.settings = read_settings({"REDIS_URL": url, "SHOUWANG_VAR": str(var)})
        self.book = Book(self.client, HOME.id)
        self.post = Post()
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.start()

    def start(self) -> None:
        self.notifier = Notifier(HOME, PLAN, self.settings, self.client, self.post)
        self.notifier.begin()

    def show(self, story: Any) -> None:
        """As the worker leaves it."""
        writer = LiveWriter(self.client)
        batch = Batch(writer.load(HOME))
        for told in story.records:
            batch.add(fold(batch.state, told))
        writer.flush(batch)

    def step(self, at_s: float) -> None:
        self.notifier.step(T0_MS + round(1000 * at_s), at_s, lambda key, said: self.told.append((key, said)))

    def passed(self) -> None:
        self.book.ask_test("team")
        self.step(0)
        code = "".join(sign for sign in self.post.sent.pop()[1] if sign.isdigit())[:6]
        assert self.book.pass_test("team", code, "p:1", T0_MS)


@pytest.fixture
def house(redis_url: str, tmp_path: Path) -> House:
    return House(redis_url, tmp_path)


def test_nobody_is_told_until_the_channel_has_passed_its_test(house: House) -> None:
    house.show(pressed())
    house.step(1)
    assert house.post.sent == [] and not house.book.channels()["team"].usable
    house.book.ask_test("team")
    house.step(2)
    assert not house.book.pass_test("team", "no", "p:1", T0_MS)
    house.post.sent.clear()
    house.passed()
    house.step(3)
    ((title, _),) = house.post.sent
    assert title.startswith("【紧急】")
    assert [(key, said["outcome"]) for key, said in house.told] == [("SOS/SOS-1", "sent")]
    house.book.withdraw("team")
    assert house.book.usable() == set()


def test_a_channel_is_written_to_in_the_language_of_whoever_reads_it(house: House) -> None:
    english = msgspec.structs.replace(PLAN, channels=(msgspec.structs.replace(PLAN.channels[0], language="en"),))
    house.notifier = Notifier(HOME, english, house.settings, house.client, house.post)
    house.notifier.begin()
    house.show(pressed())
    house.book.ask_test("team")
    house.step(0)
    ((title, said),) = house.post.sent
    assert title == "Shouwang · channel test" and "enter it at /notices" in said
    assert house.book.pass_test("team", "".join(filter(str.isdigit, said))[:6], "p:1", T0_MS)
    house.post.sent.clear()
    house.step(1)
    ((title, _),) = house.post.sent
    assert title.startswith("【Critical】Help button")


def test_a_restart_neither_repeats_what_was_sent_nor_forgets_what_was_not(house: House) -> None:
    house.show(pressed())
    house.passed()
    house.post.works = False
    house.step(1)
    house.start()  # killed between two tries
    house.post.works = True
    house.step(2)
    assert len(house.post.sent) == 1
    house.start()
    house.step(3)
    assert len(house.post.sent) == 1 and len(house.told) == 1


def test_tried_again_and_then_said_to_have_failed(house: House) -> None:
    house.show(pressed())
    house.passed()
    house.post.works = False
    at_s = 1.0
    for pause_s in (0.0, *PAUSES_S):
        at_s += pause_s
        assert house.told == []
        house.step(at_s)
    assert [(said["outcome"], said["tries"]) for _, said in house.told] == [("failed", 1 + len(PAUSES_S))]
    assert not house.book.channels()["team"].last_ok


def test_a_flood_is_bounded_and_the_last_message_says_by_how_much(house: House) -> None:
    channel = msgspec.structs.replace(PLAN.channels[0], most_per_min=3)
    rules = (Rule("team", ("P1", "P2")),)
    house.notifier = Notifier(
        HOME, msgspec.structs.replace(PLAN, channels=(channel,), rules=rules), house.settings, house.client, house.post
    )
    house.notifier.begin()
    house.passed()
    clock_ms = T0_MS + 5000
    alarms = [
        Alarm(
            id_,
            f"{id_}-{n}",
            priority,
            active=True,
            acknowledged=False,
            activated_ms=clock_ms - n,
            occurrence=f"{id_}-{n}@1",
        )
        for id_, priority, count in (("DOOR_FORCED", "P2", 4), ("SOS", "P1", 5))
        for n in range(count)
    ]
    house.client.hset(
        keys.alarms(HOME.id), mapping={alarm.key: msgspec.json.encode(alarm).decode() for alarm in alarms}
    )
    house.step(6)
    assert len(house.post.sent) == 3 and all(title.startswith("【紧急】") for title, _ in house.post.sent)
    assert "另有 6 条未逐条发送" in house.post.sent[-1][1] and "另有" not in house.post.sent[0][1]
    held = [key for key, said in house.told if said["outcome"] == "held"]
    assert sorted(held) == sorted(alarm.key for alarm in alarms if alarm.priority == "P2")
    house.step(30)
    assert len(house.post.sent) == 3
    house.step(67)
    assert len(house.post.sent) == 5, "a P1 was only late"
    house.step(68)
    assert len(house.post.sent) == 5 and len(house.told) == 9


def test_a_guardian_answers_by_a_link_of_ours_for_a_day(house: House) -> None:
    house.show(fallen(True))
    house.passed()
    house.step(71)
    (body,) = (body for title, body in house.post.sent if "关怀" in title and "http" in body)
    token = body.rpartition("/g/")[2]
    var = house.settings.var
    told = answered(var, token, T0_MS + 80_000)
    assert told is not None and (told.community, told.alarm) == (HOME.id, f"FALL/{WHO}")
    assert answered(var, token, T0_MS + 90_000_000) is None
    assert answered(var, token[:-2] + "AA", T0_MS) is None and answered(var, "x.y", T0_MS) is None


@pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")  # of modules that its services try for
def test_the_library_says_whether_it_was_taken() -> None:
    got: list[dict[str, Any]] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(503 if self.path == "/away" else 200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing on stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        at = f"json://127.0.0.1:{server.server_port}"
        assert ByApprise().send(f"{at}/team", "【紧急】", "北门")
        assert not ByApprise().send(f"{at}/away", "【紧急】", "北门")
        server.shutdown()
    assert not ByApprise().send("nonsense", "t", "b")
    assert (got[0]["title"], got[0]["message"]) == ("【紧急】", "北门")


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notices.yaml"
    settings = msgspec.structs.replace(read_settings({"SHOUWANG_VAR": str(tmp_path)}), notices=path)
    path.write_text("garden:\n  channels: [{id: team, url: {env: TEAM}}]\n  rules: [{to: boss}]\n")
    with pytest.raises(SettingsError, match="no channel 'boss', only team"):
        load_plan(settings, HOME, {"TEAM": "json://x"})
    with pytest.raises(SettingsError, match="the environment has no TEAM"):
        load_plan(settings, HOME, {})
    path.write_text("garden:\n  channels: [{id: team, url: {env: TEAM}}]\n  rules: [{to: team}]\n")
    plan = load_plan(settings, HOME, {"TEAM": "json://secret"})
    assert plan.rules == (Rule("team"),) and "secret" not in repr(plan)
