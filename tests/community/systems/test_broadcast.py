"""云广播: who was spoken to, who has answered, and the second at which a speaker that has not is reported."""

from __future__ import annotations

from typing import Any

import pytest

from community.model import BadRecord
from community.site import Device, Site, Source, Text
from community.systems.broadcast import KEPT_MESSAGES
from tests.community.story import Story

SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("sip", Text("广播", "Speakers")),),
    devices=(
        Device("SP-N", "broadcast", "speaker", "sip", tags=("zone:north", "zone:gate")),
        Device("SP-S", "broadcast", "speaker", "sip", tags=("zone:south",)),
    ),
)
FAILED, FAILED_S = "BCAST_FAIL/SP-N", "BCAST_FAIL/SP-S"


def offer(story: Story, message: str, at_s: float, speaker: str = "SP-N", **more: Any) -> None:
    data = {"message": message} | {name: more.pop(name) for name in ("zones", "withdrawn") if name in more}
    story.tell("broadcast.offer", speaker, data, at_s=at_s, **more)


def ack(story: Story, message: str, at_s: float, speaker: str = "SP-N", result: str = "ok", **more: Any) -> None:
    story.tell("broadcast.ack", speaker, {"message": message, "result": result}, at_s=at_s, **more)


def test_a_speaker_that_does_not_answer_in_ten_seconds_is_reported_until_it_does() -> None:
    story = Story(SITE)
    offer(story, "m1", 0, zones=["north"])
    story.ticks(1, 30)
    assert story.journal() == [("alarm.activated", FAILED, 10)]
    alarm = story.state.alarms[FAILED]
    assert (alarm.priority, alarm.latched, alarm.detail) == ("P3", False, {"message": "m1", "messages": 1})
    ack(story, "m1", 31)
    story.tell("command.alarm.acknowledge", FAILED, {"by": "post:control"}, at_s=40)
    assert story.journal()[1:] == [
        ("alarm.returned", FAILED, 31),
        ("alarm.acknowledged", FAILED, 40),
        ("alarm.closed", FAILED, 40),
    ]


def test_each_speaker_answers_for_itself() -> None:
    story = Story(SITE)
    for speaker in ("SP-N", "SP-S"):
        offer(story, "m1", 0, speaker, zones=["all"])
    ack(story, "m1", 2, "SP-N")
    story.ticks(3, 20)
    assert story.journal() == [("alarm.activated", FAILED_S, 10)]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("answered in the last second", lambda s: (offer(s, "m1", 0), ack(s, "m1", 9.9))),
        ("answered at the very moment", lambda s: (offer(s, "m1", 0), s.ticks(1, 9), ack(s, "m1", 9.999))),
        ("the answer overtakes the offer", lambda s: (ack(s, "m1", 0), offer(s, "m1", 1))),
        ("the answer's clock is behind the offer's", lambda s: (offer(s, "m1", 5), ack(s, "m1", 6, device_s=3))),
        ("meant for another zone", lambda s: offer(s, "m1", 0, zones=["south"])),
        ("withdrawn in time", lambda s: (offer(s, "m1", 0), offer(s, "m1", 8, withdrawn=True))),
        ("withdrawn before it is offered", lambda s: (offer(s, "m1", 1, withdrawn=True), offer(s, "m1", 2))),
        ("offered once more after it was answered", lambda s: (offer(s, "m1", 0), ack(s, "m1", 1), offer(s, "m1", 2))),
        ("a younger one is answered", lambda s: (offer(s, "m1", 0), offer(s, "m2", 5), ack(s, "m2", 6))),
        ("an answer to nothing", lambda s: ack(s, "m9", 0)),
        ("busy, then played", lambda s: (offer(s, "m1", 0), ack(s, "m1", 1, result="busy"), ack(s, "m1", 7))),
        ("'busy' after it played", lambda s: (offer(s, "m1", 0), ack(s, "m1", 3), ack(s, "m1", 4, result="busy"))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_near_misses(what, told) -> None:
    story = Story(SITE)
    told(story)
    story.ticks(10, 60)
    assert story.journal() == []


def test_ten_seconds_belong_to_each_message() -> None:
    """The older message is answered in its ninth second; the younger has waited for one second then, not for nine."""
    story = Story(SITE)
    offer(story, "m1", 0)
    offer(story, "m2", 8)
    ack(story, "m1", 9)
    story.ticks(10, 17)
    assert story.journal() == []
    story.ticks(18, 20)
    assert story.journal() == [("alarm.activated", FAILED, 18)]
    assert story.state.alarms[FAILED].detail == {"message": "m2", "messages": 1}


def test_a_dead_speaker_is_one_alarm_however_often_it_is_spoken_to() -> None:
    story = Story(SITE)
    for number in range(5):
        offer(story, f"m{number}", 60 * number)
        story.ticks(60 * number + 1, 60 * number + 59)
    assert story.journal() == [("alarm.activated", FAILED, 10)]
    assert story.state.alarms[FAILED].detail == {"message": "m0", "messages": 5}
    ack(story, "m1", 300)  # of the second one, heard late: the first is over with it, three are not
    assert story.state.alarms[FAILED].detail == {"message": "m2", "messages": 3}
    ack(story, "m4", 301)
    assert story.journal("alarm.returned") == [("alarm.returned", FAILED, 301)]


def test_refused_by_the_speaker_is_not_acknowledged() -> None:
    story = Story(SITE)
    offer(story, "m1", 0)
    ack(story, "m1", 1, result="failed")
    story.ticks(2, 12)
    assert story.journal() == [("alarm.activated", FAILED, 10)]
    assert story.state.alarms[FAILED].detail == {"message": "m1", "messages": 1, "result": "failed"}


def test_a_spool_that_comes_late_with_its_answers_reports_nothing() -> None:
    story = Story(SITE)
    story.ticks(0, 0)
    offer(story, "m1", 600, device_s=0)
    ack(story, "m1", 601, device_s=2)
    story.ticks(602, 700)
    assert story.journal() == []


def test_the_same_records_once_more_change_nothing() -> None:
    story = Story(SITE)
    offer(story, "m1", 0, id_="o1")
    ack(story, "m1", 1, id_="a1")
    offer(story, "m2", 100, id_="o2")
    ack(story, "m2", 101, id_="a2")
    memory = story.state.devices["SP-N"].memory
    offer(story, "m1", 102, device_s=0, id_="o1")
    ack(story, "m1", 103, device_s=1, id_="a1")
    offer(story, "m1", 104, device_s=0, id_="other id")
    assert story.state.devices["SP-N"].memory == memory
    story.ticks(105, 130)
    assert story.journal() == []


def test_a_year_of_messages_stays_small_and_an_old_one_does_not_come_back() -> None:
    story = Story(SITE)
    for number in range(10 * KEPT_MESSAGES):
        offer(story, f"m{number}", 10 * number)
        ack(story, f"m{number}", 10 * number + 1)
    memory = story.state.devices["SP-N"].memory["answered"]
    assert (len(memory["messages"]), len(memory["answers"])) == (KEPT_MESSAGES, KEPT_MESSAGES)
    offer(story, "m3", 4000, device_s=30)
    story.ticks(4001, 4030)
    assert story.journal() == []


def test_an_undescribed_speaker_is_kept_and_owes_its_answer() -> None:
    story = Story(SITE)
    offer(story, "m1", 0, "SP-77", zones=["south"])
    story.ticks(1, 11)
    assert (story.state.devices["SP-77"].system, story.state.devices["SP-77"].kind) == ("broadcast", "speaker")
    assert story.journal() == [("alarm.activated", "BCAST_FAIL/SP-77", 10)]


def test_what_the_wall_can_say_of_a_speaker() -> None:
    story = Story(SITE)
    offer(story, "m1", 0, zones=["north"])
    ack(story, "m1", 1)
    values = story.state.devices["SP-N"].values
    assert (values["message"], values["zones"], values["answered_message"], values["result"]) == (
        "m1", ["north"], "m1", "ok",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("type_", "data", "reason"),
    [
        ("broadcast.offer", {}, "message"),
        ("broadcast.offer", {"message": ""}, "message must not be empty"),
        ("broadcast.offer", {"message": "m1", "zones": "north"}, "zones"),
        ("broadcast.ack", {"result": "ok"}, "message"),
        ("broadcast.ack", {"message": "", "result": "ok"}, "message must not be empty"),
        ("broadcast.ack", {"message": "m1", "result": "maybe"}, "result 'maybe'"),
    ],
)
def test_wrong_data_is_refused_by_its_field(type_, data, reason) -> None:
    with pytest.raises(BadRecord, match=reason):
        Story(SITE).tell(type_, "SP-N", data)
