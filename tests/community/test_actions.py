"""Orders to devices as stories: who may, when, what ends them; done is what the device itself says."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from community.actions import ACTIONS, FOR_LEADS, offered
from community.place import Recording, Zone
from community.site import Device, Text
from tests.community.story import SITE, T0_MS, Story

ESTATE = msgspec.structs.replace(
    SITE,
    zones=(Zone("north", Text("北区"), areas=("北门",)), Zone("south", Text("南区"), areas=("南门",))),
    recordings=(Recording("storm", Text("大风")),),
    devices=(
        Device("D-1", "access", "door", "doors", building="7", unit="2", vendor={"doors": "d-7-2"}),
        Device("D-P", "access", "plant_door", "doors"),
        Device("D-L", "access", "door", "doors", tags=(FOR_LEADS,)),
        Device("PB-1", "parking", "barrier", "parking"),
        Device("I-1", "intercom", "panel", "intercom", building="7", unit="2"),
        Device("L-1", "lifts", "lift", "lifts"),
        Device("EV-1-1", "charging", "car_connector", "piles", vendor={"ocpp16": "EV-1/1"}),
        Device("C-1", "cameras", "camera", "isapi"),
        Device("SP-N1", "broadcast", "speaker", "broadcast", area="北门"),
        Device("SP-N2", "broadcast", "speaker", "broadcast", area="北门"),
        Device("SP-S", "broadcast", "speaker", "broadcast", area="南门"),
    ),
)
RINGS = ("intercom.call", "I-1", {"call": "k1", "phase": "ringing", "caller": "courier", "rings": "guard"})
TEXT = "sha256:" + "a" * 64

Said = tuple[str, str, dict[str, Any]]


def told(*records: Said) -> Story:
    story = Story(ESTATE)
    for second, (type_, subject, data) in enumerate(records):
        story.tell(type_, subject, data, at_s=second)
    return story


def order(story: Story, type_: str, device: str, at_s: float = 10, **more: Any) -> None:
    story.tell(f"command.{type_}", device, {"by": "post:control", "role": "guard", **more}, at_s=at_s)


def actions(story: Story) -> list[tuple[str, str]]:
    return [(e.type, e.subject) for e in story.entries if e.topic == "community.actions"]


def outcome(story: Story) -> list[str]:
    return [type_ for type_, _, _ in story.journal() if type_.startswith(("action.", "command."))]


DOOR: Said = ("access.contact", "D-1", {"state": "closed"})
LIFT: Said = ("lift.status", "L-1", {"status": "running"})
HELD: Said = ("lift.status", "L-1", {"status": "held"})
PORT: Said = ("charging.status", "EV-1-1", {"status": "Available"})
ANSWERED: Said = ("intercom.call", "I-1", {"call": "k1", "phase": "answered", "answered_by": "guard"})


@pytest.mark.parametrize(
    ("type_", "before", "answer"),
    [
        ("access.open", [DOOR], ("access.lock", "D-1", {"lock": "unlocked"})),
        ("access.open", [DOOR], ("access.contact", "D-1", {"state": "open"})),
        ("access.open", [DOOR], ("access.pass", "D-1", {"method": "remote", "result": "granted"})),
        (
            "parking.open",
            [("parking.barrier", "PB-1", {"barrier": "closed"})],
            ("parking.barrier", "PB-1", {"barrier": "opening"}),
        ),
        ("intercom.answer", [RINGS], ANSWERED),
        (
            "intercom.open",
            [RINGS, ANSWERED],
            ("intercom.call", "I-1", {"call": "k1", "phase": "opened", "opened_by": "guard"}),
        ),
        ("intercom.forward", [RINGS], ("intercom.call", "I-1", {"call": "k1", "phase": "ringing", "rings": "home"})),
        ("intercom.end", [RINGS], ("intercom.call", "I-1", {"call": "k1", "phase": "ended"})),
        ("lift.hold", [LIFT], HELD),
        ("lift.release", [HELD], LIFT),
        ("charging.remote_start", [PORT], ("charging.session", "EV-1-1", {"session": "s", "phase": "started"})),
        ("charging.unlock", [("charging.status", "EV-1-1", {"status": "Faulted"})], PORT),
        (
            "camera.snapshot",
            [("camera.status", "C-1", {"status": "online"})],
            ("camera.picture", "C-1", {"hash": TEXT}),
        ),
    ],
)
def test_done_is_what_the_device_says(type_: str, before: list[Said], answer: Said) -> None:
    story = told(*before)
    device = answer[1]
    order(story, type_, device)
    assert actions(story) == [(type_, device)]
    pending = story.state.devices[device].pending
    assert pending is not None and pending["type"] == type_
    story.tell("device.heartbeat", device, {}, at_s=11)
    assert story.state.devices[device].pending == pending  # a sign of life is no effect
    story.tell(*answer, at_s=12)
    assert story.state.devices[device].pending is None
    assert outcome(story) == ["action.ordered", "action.confirmed"]
    ended = story.state.devices[device].ended
    assert ended is not None and ended["outcome"] == "confirmed" and ended["at_ms"] == T0_MS + 12_000
    picture = [e.data.get("picture") for e in story.entries if e.type == "action.confirmed"]
    assert picture == [answer[2]["hash"] if type_ == "camera.snapshot" else None], "what was asked for is told with it"


@pytest.mark.parametrize(
    ("type_", "device", "before", "more", "reason"),
    [
        ("access.open", "D-1", [("access.contact", "D-1", {"state": "open"})], {}, "it is open already"),
        ("access.open", "D-1", [("access.lock", "D-1", {"lock": "free"})], {}, "it is not locked"),
        ("access.open", "D-1", [DOOR], {"role": ""}, "this is for a guard, not for a ?"),
        ("access.open", "D-1", [DOOR], {"role": "wall"}, "this is for a guard, not for a wall"),
        (
            "access.open",
            "D-P",
            [("access.contact", "D-P", {"state": "closed"})],
            {},
            "this is for a supervisor, not for a guard",
        ),
        (
            "access.open",
            "D-L",
            [("access.contact", "D-L", {"state": "closed"})],
            {},
            "this is for a supervisor, not for a guard",
        ),
        (
            "access.open",
            "C-1",
            [("camera.status", "C-1", {"status": "online"})],
            {},
            "no device here that access.open could be told to",
        ),
        ("access.open", "D-9", [], {}, "no device here that access.open could be told to"),
        ("access.open", "D-1", [DOOR], {"expires_ms": T0_MS}, "the order had expired before it arrived"),
        ("parking.open", "PB-1", [("parking.barrier", "PB-1", {"barrier": "open"})], {}, "it is open already"),
        (
            "intercom.open",
            "I-1",
            [("intercom.call", "I-1", {"call": "k", "phase": "ringing", "rings": "home"})],
            {},
            "nobody is calling",
        ),
        ("intercom.open", "I-1", [RINGS], {"call": "k0"}, "that call is over"),
        ("intercom.answer", "I-1", [RINGS, ANSWERED], {}, "it has been answered"),
        ("lift.hold", "L-1", [("lift.status", "L-1", {"status": "fault"})], {}, "the lift is fault"),
        ("lift.hold", "L-1", [HELD], {}, "it is held already"),
        ("lift.release", "L-1", [LIFT], {}, "it is not held"),
        (
            "charging.remote_start",
            "EV-1-1",
            [("charging.status", "EV-1-1", {"status": "Faulted"})],
            {},
            "the port is Faulted",
        ),
        (
            "charging.unlock",
            "EV-1-1",
            [("charging.session", "EV-1-1", {"session": "s", "phase": "started"})],
            {},
            "a session is running: stop it first",
        ),
    ],
)
def test_why_not(type_: str, device: str, before: list[Said], more: dict[str, Any], reason: str) -> None:
    story = told(*before)
    order(story, type_, device, **more)
    assert actions(story) == []
    assert [e.data["reason"] for e in story.entries if e.type == "command.refused"] == [reason]


def test_a_supervisor_opens_the_plant_room() -> None:
    story = told(("access.contact", "D-P", {"state": "closed"}))
    order(story, "access.open", "D-P", role="supervisor")
    assert actions(story) == [("access.open", "D-P")]


def test_two_guards_at_once_open_once() -> None:
    story = told(DOOR)
    order(story, "access.open", "D-1")
    order(story, "access.open", "D-1", at_s=10.2)
    assert actions(story) == [("access.open", "D-1")]
    assert outcome(story) == ["action.ordered", "command.refused"]


def test_what_is_out_of_service_is_not_told_anything() -> None:
    story = told(DOOR)
    out = {"by": "post:shift", "role": "supervisor", "reason": "repair"}
    story.tell("command.device.out_of_service", "D-1", out, at_s=5)
    order(story, "access.open", "D-1")
    assert actions(story) == []


def test_a_door_that_says_nothing_is_a_time_out_after_the_sites_own_seconds() -> None:
    for seconds in (15, 8):
        story = Story(msgspec.structs.replace(ESTATE, numbers={"house": {"quick_order_life_s": seconds}}))
        story.tell(*DOOR, at_s=0)
        order(story, "access.open", "D-1")
        story.ticks(11, 10 + seconds - 1)
        assert story.state.devices["D-1"].pending is not None
        story.ticks(10 + seconds, 10 + seconds)
        ended = story.state.devices["D-1"].ended
        assert ended is not None and ended["outcome"] == "expired" and story.state.devices["D-1"].pending is None
        story.tell("access.lock", "D-1", {"lock": "unlocked"}, at_s=60)  # too late to be its effect
        assert outcome(story) == ["action.ordered", "action.expired"]


def test_whoever_opens_need_not_wait_for_the_answer() -> None:
    story = told(RINGS)
    order(story, "intercom.answer", "I-1", at_s=3)
    order(story, "intercom.open", "I-1", at_s=3.5)
    assert actions(story) == [("intercom.answer", "I-1"), ("intercom.open", "I-1")]
    assert [e.data["call"] for e in story.entries if e.topic == "community.actions"] == ["k1", "k1"]
    story.tell(*ANSWERED, at_s=4)
    assert story.state.devices["I-1"].pending is not None
    story.tell("intercom.call", "I-1", {"call": "k1", "phase": "opened", "opened_by": "guard"}, at_s=5)
    assert outcome(story) == ["action.ordered", "action.expired", "action.ordered", "action.confirmed"]


def play(story: Story, message: str = "m1", at_s: float = 10, **more: Any) -> None:
    said = {"by": "post:control", "role": "guard", "zones": ["north", "south"], "recording": "storm", **more}
    story.tell("command.broadcast.play", message, said, at_s=at_s)


def test_a_broadcast_to_two_zones_with_one_dead_speaker() -> None:
    story = told(*(("broadcast.ack", id_, {"message": "m0"}) for id_ in ("SP-N1", "SP-S")))
    play(story)
    assert actions(story) == [("broadcast.play", id_) for id_ in ("SP-N1", "SP-N2", "SP-S")]
    assert [(e.subject, e.data["speakers"]) for e in story.entries if e.type == "action.ordered"] == [
        ("m1", ["SP-N1", "SP-N2", "SP-S"])
    ]
    for speaker in ("SP-N1", "SP-S"):
        story.tell("broadcast.ack", speaker, {"message": "m1"}, at_s=12)
    story.ticks(13, 45)
    assert [subject for type_, subject, _ in story.journal("alarm.activated")] == ["BCAST_FAIL/SP-N2"]
    ends = {id_: (device.ended or {}).get("outcome") for id_, device in story.state.devices.items()}
    assert ends == {"SP-N1": "confirmed", "SP-N2": "expired", "SP-S": "confirmed"}


def test_a_speaker_that_is_busy_has_not_played() -> None:
    story = told(("broadcast.ack", "SP-S", {"message": "m0"}))
    play(story, zones=["south"])
    story.tell("broadcast.ack", "SP-S", {"message": "m1", "result": "busy"}, at_s=11)
    assert story.state.devices["SP-S"].pending is not None
    play(story, "m2", at_s=12, zones=["south"])  # an evacuation waits for nothing
    story.tell("broadcast.ack", "SP-S", {"message": "m2"}, at_s=13)
    assert outcome(story)[-1] == "action.confirmed"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"role": "auditor"}, "a broadcast is for a guard, not for a auditor"),
        ({"zones": []}, "no zone is named"),
        ({"zones": ["west"]}, "no zone 'west'"),
        ({"text": TEXT}, "a message is either recorded or written"),
        ({"recording": ""}, "a message is either recorded or written"),
        ({"recording": "x"}, "no recording 'x'"),
        ({"expires_ms": 1}, "the order had expired before it arrived"),
    ],
)
def test_what_is_not_broadcast(more: dict[str, Any], reason: str) -> None:
    story = told()
    play(story, **more)
    assert actions(story) == []
    assert [e.data["reason"] for e in story.entries if e.type == "command.refused"] == [reason]


def test_every_action_is_offered_to_some_device() -> None:
    assert {type_ for device in ESTATE.devices for type_ in offered(device)} == ACTIONS.keys()


@pytest.mark.parametrize(("most", "asked"), [(0, []), (1, [("camera.snapshot", "C-1")])])
def test_cameras_near_a_grave_alarm_are_asked_for_a_picture(most: int, asked: list[tuple[str, str]]) -> None:
    button = Device("SOS-9", "sos", "button", "none", xy=(10, 10))
    near = Device("C-1", "cameras", "camera", "isapi", xy=(20, 10))
    site = msgspec.structs.replace(SITE, devices=(button, near), numbers={"cameras": {"alarm_pictures": most}})
    story = Story(site)
    story.tell("camera.status", "C-1", {"status": "online"}, at_s=0)
    story.tell("sos.press", "SOS-9", {"press": "long"}, at_s=1)
    story.tell("sos.press", "SOS-9", {"press": "long"}, at_s=2)  # it is being asked already
    assert actions(story) == asked
    assert [e.data["by"] for e in story.entries if e.type == "action.ordered"] == ["house"] * len(asked)


def test_a_battery_is_not_photographed() -> None:
    camera = Device("C-1", "cameras", "camera", "isapi", xy=(20, 10))
    story = Story(msgspec.structs.replace(SITE, devices=(camera,), numbers={"cameras": {"alarm_pictures": 2}}))
    story.tell("camera.event", "C-1", {"event": "moved", "active": True}, at_s=0)
    story.ticks(1, 40)
    assert story.journal("alarm.activated") == [("alarm.activated", "CAM_MOVED/C-1", 30)]
    assert actions(story) == []
