"""Shelving and out of service: decisions as tables, then told as stories through the fold."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from community import alarms
from community.catalogue import CATALOGUE, Definition
from community.masks import Shelf, return_to_service, shelve, suppress, take_out_of_service, unshelve
from community.numbers import House
from community.site import Maintenance
from community.state import Alarm, State, alarm_state
from tests.community.story import SITE, T0_MS, Story
from tests.community.test_alarms import CAMERA, NO, SOS, YES, standing

HOUR_MS = 3_600_000
HOUSE = House()
P2 = {"priority": "P2"}


def shelf(role: str = "guard", reason: str = "camera is being cleaned", hours: float = 2) -> Shelf:
    return Shelf("post:control", role, reason, int(hours * HOUR_MS))


SHELVED = [
    ("a guard, P3", standing(), shelf()),
    ("a guard, P3, the whole eight hours", standing(), shelf(hours=8)),
    ("a guard, P4", standing(priority="P4"), shelf()),
    ("a manager may what a guard may", standing(), shelf("manager")),
    ("a supervisor, P2, the whole hour", standing(**P2), shelf("supervisor", hours=1)),
    ("acknowledged", standing(acknowledged=True), shelf()),
    ("returned, not acknowledged", standing(active=False, condition=False, cleared_ms=3), shelf()),
    ("shelved already: another end", standing(shelved_until_ms=HOUR_MS), shelf(hours=3)),
]


@pytest.mark.parametrize("why, before, order", SHELVED, ids=lambda v: v if isinstance(v, str) else "")
def test_shelved(why: str, before: Alarm, order: Shelf) -> None:
    after, transitions = shelve(before, order, HOUSE, 0)
    assert after is not None and alarm_state(after) == "shelved", why
    assert (after.shelved_until_ms, after.shelved_by, after.shelve_reason) == (order.until_ms, order.by, order.reason)
    assert [t.type for t in transitions] == ["shelved"]


REFUSED = [
    ("nothing there", None, shelf(), "not standing"),
    ("in its on-delay", standing(active=False, acknowledged=True, pending_ms=0), shelf(), "not standing"),
    ("P1 by anybody", standing(SOS), shelf("manager"), "P1 is never shelved"),
    ("P2 by a guard", standing(**P2), shelf(hours=1), "by a supervisor, not by a guard"),
    ("P2 for longer than an hour", standing(**P2), shelf("supervisor", hours=1.1), "at most 1 h, not 1.1 h"),
    ("P3 for longer than eight hours", standing(), shelf(hours=9), "at most 8 h, not 9 h"),
    ("no reason", standing(), shelf(reason="  "), "needs a reason"),
    ("over before it begins", standing(), shelf(hours=0), "over already"),
    ("an auditor", standing(), shelf("auditor"), "by a guard, not by a auditor"),
    ("no role at all", standing(), shelf(""), r"not by a \?"),
    ("out of service", standing(out_of_service=True), shelf(), "out of service already"),
    ("suppressed", standing(suppressed_by="NET_DOWN/SW"), shelf(), "suppressed already"),
]


@pytest.mark.parametrize("why, before, order, reason", REFUSED, ids=[row[0] for row in REFUSED])
def test_not_shelved(why: str, before: Alarm | None, order: Shelf, reason: str) -> None:
    with pytest.raises(alarms.Refused, match=reason):
        shelve(before, order, HOUSE, 0)


def test_the_limits_are_the_sites() -> None:
    with pytest.raises(alarms.Refused, match=r"at most 0.5 h"):
        shelve(standing(), shelf(hours=1), House(shelve_guard_max_s=1800), 0)


IN_A_SHELF = {"shelved_until_ms": 100_000, "shelved_ms": 0, "shelved_by": "p", "shelve_reason": "r"}
ENDS = [
    # what lies in the shelf, what is there after its end, what is told
    ("it stands as it stood", standing(acknowledged=True), "acknowledged", ["unshelved"]),
    ("nobody had seen it", standing(), "unacknowledged", ["unshelved"]),
    ("it came in the dark", standing(withheld=True), "unacknowledged", ["unshelved", "reactivated"]),
    ("the first that anybody hears", standing(withheld=True, count=0), "unacknowledged", ["unshelved", "activated"]),
    ("gone, seen", standing(active=False, condition=False, acknowledged=True), "", ["unshelved", "closed"]),
    ("gone, not seen", standing(active=False, condition=False, cleared_ms=9), "returned", ["unshelved"]),
]


@pytest.mark.parametrize("why, before, state, told", ENDS, ids=[row[0] for row in ENDS])
def test_the_end_of_a_shelf(why: str, before: Alarm, state: str, told: list[str]) -> None:
    inside = replace(before, **IN_A_SHELF)
    for after, transitions in (alarms.advance(inside, CAMERA, 500_000), unshelve(inside, 100_000)):
        assert ("" if after is None else alarm_state(after)) == state
        assert [(t.type, t.at_ms) for t in transitions] == [(type_, 100_000) for type_ in told]


def test_what_is_not_shelved_cannot_be_unshelved() -> None:
    for alarm in (None, standing()):
        with pytest.raises(alarms.Refused, match="not shelved"):
            unshelve(alarm, 0)


def test_in_a_shelf_it_comes_and_goes_and_nobody_is_told() -> None:
    inside = standing(acknowledged=True, **IN_A_SHELF)
    clearing, _ = alarms.observe(inside, CAMERA, "D", NO, 10_000)
    assert clearing is not None
    gone, told = alarms.advance(clearing, CAMERA, 40_000)
    assert gone is not None and [t.type for t in told] == ["returned"] and alarm_state(gone) == "shelved"
    pending, _ = alarms.observe(gone, CAMERA, "D", YES, 50_000)
    assert pending is not None
    again, told = alarms.advance(pending, CAMERA, 80_000)
    assert again is not None and [t.type for t in told] == ["withheld"]
    assert (again.withheld, again.count, alarm_state(again)) == (True, 1, "shelved")
    with pytest.raises(alarms.Refused, match="nothing to acknowledge"):
        alarms.acknowledge(again, "", "p", 85_000)
    out, told = alarms.advance(again, CAMERA, 100_000)
    assert out is not None and [(t.type, t.at_ms) for t in told] == [("unshelved", 100_000), ("reactivated", 100_000)]
    assert (out.activated_ms, out.count, alarm_state(out)) == (100_000, 2, "unacknowledged")


def test_what_becomes_a_p1_leaves_its_shelf_and_its_cause_at_once() -> None:
    water = CATALOGUE["GARAGE_WATER"]
    for mask in (IN_A_SHELF, {"suppressed_by": "POWER_LOST/F"}):
        inside = standing(water, acknowledged=True, **mask)
        after, told = alarms.observe(inside, water, "D", alarms.Seen(True, {}, "P1"), 5_000)
        assert after is not None and (after.priority, alarm_state(after)) == ("P1", "unacknowledged")
        assert [t.type for t in told] == ["unshelved" if "shelved_by" in mask else "unsuppressed", "reactivated"]


def test_a_p1_in_its_on_delay_waits_in_no_shelf() -> None:
    inside = standing(active=False, condition=False, acknowledged=True, **IN_A_SHELF)
    after, told = alarms.observe(inside, CAMERA, "D", alarms.Seen(True, {}, "P1"), 5_000)
    assert after is not None and after.shelved_until_ms is None and [t.type for t in told] == ["unshelved"]


def test_back_within_its_off_delay_and_graver_it_is_heard_again() -> None:
    clearing = standing(acknowledged=True, clearing_ms=5_000, condition=False)
    after, told = alarms.observe(clearing, CAMERA, "D", alarms.Seen(True, {}, "P1"), 6_000)
    assert after is not None and [t.type for t in told] == ["reactivated"]
    assert alarm_state(after) == "unacknowledged" and after.clearing_ms is None


LATCHED = CATALOGUE["CP_OVERTEMP"]
NEW = {"withheld": True, "count": 0}
WAITS = {"active": False, "acknowledged": True, "pending_ms": 0}
BACK: list[tuple[str, Definition, dict[str, Any], str, list[str]]] = [
    ("it stands as it stood", CAMERA, {}, "unacknowledged", ["returned_to_service"]),
    (
        "it came meanwhile",
        CAMERA,
        {"withheld": True, "count": 0},
        "unacknowledged",
        ["returned_to_service", "activated"],
    ),
    ("a test press", SOS, NEW, "", ["returned_to_service", "passed"]),
    ("a press before the work", SOS, {}, "unacknowledged", ["returned_to_service"]),
    (
        "a latch set off by the work",
        LATCHED,
        NEW | {"active": False, "condition": False, "latched": True},
        "",
        ["returned_to_service", "passed"],
    ),
    (
        "nothing stands, its on-delay runs",
        CAMERA,
        {"active": False, "acknowledged": True, "pending_ms": 0},
        "normal",
        [],
    ),
]


@pytest.mark.parametrize("why, entry, facts, state, told", BACK, ids=[row[0] for row in BACK])
def test_back_in_service(why: str, entry: Definition, facts: dict[str, Any], state: str, told: list[str]) -> None:
    after, transitions = return_to_service(standing(entry, out_of_service=True, **facts), entry, 7_000)
    assert ("" if after is None else alarm_state(after)) == state
    assert [t.type for t in transitions] == told


def test_masks_that_are_on_or_off_already_change_nothing() -> None:
    out, known = standing(out_of_service=True), standing(suppressed_by="NET_DOWN/SW")
    assert take_out_of_service(out, 5) == (out, [])
    assert return_to_service(standing(), CAMERA, 5) == (standing(), [])
    assert suppress(known, "NET_DOWN/SW", 5) == (known, [])
    critical = standing(SOS)
    assert suppress(critical, "NET_DOWN/SW", 5) == (critical, [])


# ---- through the fold

GATE, OTHER = "CAM_BLACK/C-1", "CAM_BLACK/C-2"


def blacked_out() -> Story:
    story = Story()
    for camera in ("C-1", "C-2"):
        story.tell("camera.event", camera, {"event": "black", "active": True})
    story.ticks(1, 31)
    return story


def order(story: Story, type_: str, subject: str, at_s: float, **data: Any) -> str:
    """Tells the command; the reason why it was refused, or nothing."""
    given = {"by": "post:control", "role": "guard", "reason": "cleaning"} | data
    entries = story.tell(type_, subject, given, at_s=at_s).entries
    return "".join(e.data["reason"] for e in entries if e.type == "command.refused")


def shown(state: State) -> dict[str, str]:
    return {key: alarm_state(alarm) for key, alarm in state.alarms.items()}


def test_a_shelf_ends_by_the_clock_of_the_log() -> None:
    story = blacked_out()
    assert not order(story, "command.alarm.shelve", OTHER, 40, until_ms=T0_MS + 600_000)
    assert shown(story.state)[OTHER] == "shelved"
    entry = story.entries[-1]
    assert (entry.type, entry.data["until_ms"], entry.data["reason"]) == ("alarm.shelved", T0_MS + 600_000, "cleaning")
    story.tell("clock.tick", community="", at_s=599)
    assert shown(story.state)[OTHER] == "shelved"
    story.tell("clock.tick", community="", at_s=9_000)
    assert story.journal("alarm.unshelved") == [("alarm.unshelved", OTHER, 600)]
    assert shown(story.state)[OTHER] == "unacknowledged"


def test_a_shelf_needs_an_end_and_a_reason() -> None:
    story = blacked_out()
    assert order(story, "command.alarm.shelve", OTHER, 40) == "shelving needs an end"
    assert order(story, "command.alarm.shelve", OTHER, 40, until_ms=T0_MS + 600_000, reason="") == (
        "shelving needs a reason"
    )
    assert order(story, "command.alarm.unshelve", OTHER, 41) == "the alarm is not shelved"
    story.tell("sos.press", "SOS-1", {"press": "short"}, at_s=42)
    refused = order(story, "command.alarm.shelve", "SOS/SOS-1", 43, role="manager", until_ms=T0_MS + 50_000)
    assert refused == "P1 is never shelved"


def test_a_device_under_repair_tells_nobody_and_its_alarm_stands_when_it_is_back() -> None:
    story = Story()
    repair = {"role": "supervisor", "reason": "new lens", "until_ms": T0_MS + 900_000}
    assert not order(story, "command.device.out_of_service", "C-2", 0, **repair)
    for camera in ("C-1", "C-2"):
        story.tell("camera.event", camera, {"event": "black", "active": True}, at_s=1)
    story.ticks(2, 40)
    assert shown(story.state) == {GATE: "unacknowledged", OTHER: "out_of_service"}
    assert story.state.today.alarms == 1 and len(story.state.activations) == 1
    assert story.journal("alarm.withheld") == [("alarm.withheld", OTHER, 31)]
    story.tell("clock.tick", community="", at_s=1000)
    assert story.journal("device.returned_to_service") == [("device.returned_to_service", "C-2", 900)]
    assert [e for e in story.journal() if e[1] == OTHER][-2:] == [
        ("alarm.returned_to_service", OTHER, 900),
        ("alarm.activated", OTHER, 900),
    ]
    assert story.state.out_of_service == {} and shown(story.state)[OTHER] == "unacknowledged"


def test_one_alarm_of_a_device_out_of_service_leaves_the_others() -> None:
    story = Story()
    out = {"role": "manager", "alarm": "CAM_BLACK", "reason": "night test"}
    assert not order(story, "command.device.out_of_service", "C-2", 0, **out)
    assert list(story.state.out_of_service) == [OTHER]
    story.tell("camera.event", "C-2", {"event": "black", "active": True}, at_s=1)
    story.tell("camera.event", "C-2", {"event": "occluded", "active": True}, at_s=1)
    story.ticks(2, 40)
    assert shown(story.state) == {OTHER: "out_of_service", "CAM_BLIND/C-2": "unacknowledged"}
    assert order(story, "command.device.return_to_service", "C-2", 50) == "it is not out of service"
    assert not order(story, "command.device.return_to_service", "C-2", 51, alarm="CAM_BLACK")
    assert shown(story.state)[OTHER] == "unacknowledged"


def test_a_device_that_is_back_stays_out_where_one_alarm_of_it_is() -> None:
    story = blacked_out()
    boss = {"role": "supervisor"}
    assert not order(story, "command.device.out_of_service", "C-2", 40, **boss)
    assert not order(story, "command.device.out_of_service", "C-2", 41, alarm="CAM_BLACK", **boss)
    assert not order(story, "command.device.return_to_service", "C-2", 42)
    assert shown(story.state)[OTHER] == "out_of_service"


def test_a_test_press_during_the_work_is_gone_with_the_work() -> None:
    story = Story()
    boss = {"role": "supervisor"}
    assert not order(story, "command.device.out_of_service", "SOS-1", 0, **boss)
    story.tell("sos.press", "SOS-1", {"press": "short"}, at_s=10)
    assert shown(story.state) == {"SOS/SOS-1": "out_of_service"} and not story.state.critical_ms
    assert not order(story, "command.device.return_to_service", "SOS-1", 20)
    assert not story.state.alarms and not story.state.recent
    story.tell("sos.press", "SOS-1", {"press": "short"}, at_s=30)
    assert shown(story.state) == {"SOS/SOS-1": "unacknowledged"}
    refused = order(story, "command.device.out_of_service", "SOS-1", 31, **boss)
    assert refused == "acknowledge SOS/SOS-1 first"


@pytest.mark.parametrize(
    "subject, data, reason",
    [
        ("C-9", {}, "no such device"),
        ("C-1", {"alarm": "CAM_BLAKC"}, "no such device, or no such alarm"),
        ("C-1", {"role": "guard"}, "ordered by a supervisor, not by a guard"),
        ("C-1", {"reason": " "}, "needs a reason"),
        ("C-1", {"until_ms": T0_MS}, "over already"),
    ],
)
def test_out_of_service_is_refused(subject: str, data: dict[str, Any], reason: str) -> None:
    story = Story()
    assert reason in order(story, "command.device.out_of_service", subject, 5, **({"role": "supervisor"} | data))
    assert not story.state.out_of_service


def test_a_feed_can_be_out_of_service() -> None:
    story = Story()
    story.tell("source.heartbeat", "isapi", {})
    assert not order(story, "command.device.out_of_service", "isapi", 1, role="supervisor")
    story.ticks(2, 60)
    assert shown(story.state) == {"SOURCE_STALE/isapi": "out_of_service"}


# ---- works that the site announces

FROM_S, UNTIL_S = 924, 2724
"""21:30 and 22:00 in Shanghai, seconds after T0."""
PAINT = Maintenance(begins="2026-03-12T21:30", ends="2026-03-12T22:00", devices=("P-1", "C-2"), reason="paint")
ANNOUNCED = replace(SITE, maintenance=(PAINT,))


def works(*told: tuple[float, str, str, dict[str, Any]], until_s: float) -> Story:
    story = Story(ANNOUNCED)
    for at_s, type_, subject, data in told:
        story.tell(type_, subject, data, at_s=at_s)
    story.tell("clock.tick", community="", at_s=until_s)
    return story


def of_black(story: Story) -> list[tuple[str, float]]:
    return [(type_, at_s) for type_, key, at_s in story.journal() if key == OTHER]


BLACK = ("camera.event", "C-2", {"event": "black", "active": True})


def test_what_comes_during_works_is_told_of_when_they_are_over() -> None:
    story = works((1000, *BLACK), until_s=2000)
    assert shown(story.state)[OTHER] == "out_of_service" and not story.state.today.alarms
    story.tell("clock.tick", community="", at_s=3000)
    assert of_black(story) == [
        ("alarm.withheld", 1030),
        ("alarm.returned_to_service", UNTIL_S),
        ("alarm.activated", UNTIL_S),
    ]


def test_what_stands_when_works_begin_is_out_of_sight_as_long_as_they_last() -> None:
    story = works((100, *BLACK), until_s=950)
    assert of_black(story) == [("alarm.activated", 130), ("alarm.out_of_service", FROM_S)]
    entry = next(e for e in story.entries if e.type == "alarm.out_of_service")
    assert entry.data["reason"] == "paint" and shown(story.state)[OTHER] == "out_of_service"
    story.tell("clock.tick", community="", at_s=9000)
    assert of_black(story)[2:] == [("alarm.returned_to_service", UNTIL_S)]
    assert shown(story.state)[OTHER] == "unacknowledged"


def test_works_cover_what_hangs_on_their_device_and_nothing_else() -> None:
    hot = {"event": "black", "active": True}
    story = works(
        (1000, "charging.status", "P-1-01", {"status": "Faulted"}),
        (1000, "charging.status", "EV-1-1", {"status": "Faulted"}),
        (1000, "camera.event", "C-1", hot),
        until_s=1070,
    )
    assert shown(story.state)["CP_FAULT/P-1-01"] == "out_of_service"
    assert shown(story.state)["CP_FAULT/EV-1-1"] == shown(story.state)[GATE] == "unacknowledged"


def test_a_p1_that_nobody_has_seen_does_not_go_because_works_begin() -> None:
    hot = {"status": "Faulted", "error_code": "HighTemperature"}
    story = works((900, "charging.status", "P-1-01", hot), until_s=1000)
    key = "CP_OVERTEMP/P-1-01"
    assert shown(story.state)[key] == "unacknowledged"
    story.tell("command.alarm.acknowledge", key, {"by": "post:control"}, at_s=1010)
    story.tell("clock.tick", community="", at_s=1011)
    assert shown(story.state)[key] == "out_of_service"
    assert story.journal("alarm.out_of_service") == [("alarm.out_of_service", key, 1010)]


def test_an_order_outlasts_the_works() -> None:
    story = works((1000, *BLACK), until_s=1100)
    assert not order(story, "command.device.out_of_service", "C-2", 1200, role="supervisor")
    story.tell("clock.tick", community="", at_s=4000)
    assert shown(story.state)[OTHER] == "out_of_service"
    assert not order(story, "command.device.return_to_service", "C-2", 4100)
    assert of_black(story)[-1] == ("alarm.activated", 4100)
