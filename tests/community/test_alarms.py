"""Decisions about one alarm, as a table: before, what happens, what it is then, what the journal says."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from community.alarms import Refused, Seen, acknowledge, advance, observe, reset
from community.catalogue import CATALOGUE, Definition, definition
from community.site import Site, Text, Threshold
from community.state import Alarm, alarm_state

CAMERA = CATALOGUE["CAM_BLACK"]  # on-delay 30 s, off-delay 30 s, ends by itself
OVERTEMP = CATALOGUE["CP_OVERTEMP"]  # latched, the device must return to normal first
SOS = CATALOGUE["SOS"]  # latched, only an operator ends it
YES, NO, PRESS = Seen(True), Seen(False), Seen(True, pulse=True)


def standing(entry: Definition = CAMERA, **facts: Any) -> Alarm:
    base = Alarm(entry.id, "D", entry.priority, condition=True, active=True, acknowledged=False, activated_ms=0)
    return msgspec.structs.replace(base, **({"count": 1, "occurrence": f"{entry.id}/D@0"} | facts))


def names(outcome) -> list[tuple[str, int]]:
    return [(t.type, t.at_ms) for t in outcome[1]]


OBSERVATIONS = [
    # before, definition, seen, at -> state after ('' = forgotten), transitions
    ("a false condition of no alarm is nothing", None, CAMERA, NO, 0, "", []),
    ("a condition waits for its on-delay", None, CAMERA, YES, 0, "normal", []),
    ("without a delay it is there at once", None, SOS, PRESS, 7, "unacknowledged", [("activated", 7)]),
    ("the same condition again says nothing new", standing(), CAMERA, YES, 50, "unacknowledged", []),
    ("gone, but the off-delay runs", standing(), CAMERA, NO, 50, "unacknowledged", []),
    ("a second press counts", standing(SOS), SOS, PRESS, 50, "unacknowledged", [("reactivated", 50)]),
    (
        "a press after 'on the way' is heard again",
        standing(SOS, acknowledged=True),
        SOS,
        PRESS,
        50,
        "unacknowledged",
        [("reactivated", 50)],
    ),
]


def test_an_alarm_that_grows_graver_is_heard_again_and_one_that_eases_is_not() -> None:
    """GARAGE_WATER: a P2 that somebody has in hand becomes a P1, which nobody has seen yet."""
    water = CATALOGUE["GARAGE_WATER"]
    in_hand = standing(water, acknowledged=True, acknowledged_ms=1, acknowledged_by="p")
    graver, transitions = observe(in_hand, water, "D", Seen(True, {"level_cm": 28}, "P1"), 50)
    assert graver is not None and (graver.priority, alarm_state(graver)) == ("P1", "unacknowledged")
    assert [(t.type, t.at_ms) for t in transitions] == [("reactivated", 50)]
    eased, transitions = observe(graver, water, "D", Seen(True, {"level_cm": 20}, "P2"), 60)
    assert eased is not None and (eased.priority, transitions) == ("P2", [])


def test_what_no_device_takes_back_an_operator_may_end_until_a_device_says_it_itself() -> None:
    lift = CATALOGUE["LIFT_TRAP"]  # latched, the device must return to normal first
    called = standing(lift, acknowledged=True, operator_ends=True)
    assert names(reset(called, lift, 50)) == [("returned", 50), ("closed", 50)]
    trapped, _ = observe(called, lift, "D", Seen(True), 40)
    with pytest.raises(Refused, match="cause is still there"):
        reset(trapped, lift, 50)


@pytest.mark.parametrize("why, before, entry, seen, at_ms, state, transitions", OBSERVATIONS, ids=lambda v: str(v)[:40])
def test_observe(why, before, entry, seen, at_ms, state, transitions) -> None:
    outcome = observe(before, entry, "D", seen, at_ms)
    assert (alarm_state(outcome[0]) if outcome[0] else "") == state, why
    assert names(outcome) == transitions, why


def test_on_delay_carries_the_moment_it_was_due() -> None:
    pending, _ = observe(None, CAMERA, "D", YES, 1_000)
    assert pending is not None
    assert names(advance(pending, CAMERA, 30_999)) == []
    assert names(advance(pending, CAMERA, 99_000)) == [("activated", 31_000)]


def test_a_condition_shorter_than_its_on_delay_leaves_nothing() -> None:
    pending, _ = observe(None, CAMERA, "D", YES, 0)
    assert observe(pending, CAMERA, "D", NO, 29_000) == (None, [])


def test_off_delay_is_forgotten_when_the_condition_comes_back() -> None:
    clearing, _ = observe(standing(), CAMERA, "D", NO, 50_000)
    back, transitions = observe(clearing, CAMERA, "D", YES, 60_000)
    assert transitions == []
    assert back is not None and back.active and back.clearing_ms is None


def test_returned_and_unacknowledged_waits_for_a_person() -> None:
    clearing, _ = observe(standing(), CAMERA, "D", NO, 50_000)
    assert clearing is not None
    returned, transitions = advance(clearing, CAMERA, 200_000)
    assert [(t.type, t.at_ms) for t in transitions] == [("returned", 80_000)]
    assert returned is not None and alarm_state(returned) == "returned"
    after, transitions = acknowledge(returned, "", "post:control", 210_000)
    assert after is None
    assert [t.type for t in transitions] == ["acknowledged", "closed"]


def test_acknowledged_and_returned_closes_by_itself() -> None:
    seen, _ = acknowledge(standing(), "", "post:control", 5_000)
    clearing, _ = observe(seen, CAMERA, "D", NO, 50_000)
    assert clearing is not None
    after, transitions = advance(clearing, CAMERA, 80_000)
    assert after is None
    assert [t.type for t in transitions] == ["returned", "closed"]


def test_an_alarm_that_comes_back_counts_up_and_is_unacknowledged_again() -> None:
    returned = standing(active=False, condition=False, cleared_ms=10)
    pending, _ = observe(returned, CAMERA, "D", YES, 1_000)
    assert pending is not None
    again, transitions = advance(pending, CAMERA, 31_000)
    assert [t.type for t in transitions] == ["reactivated"]
    assert again is not None and again.count == 2 and not again.acknowledged


REFUSALS = [
    ("nothing there", lambda: acknowledge(None, "", "x", 0), "nothing to acknowledge"),
    ("seen before", lambda: acknowledge(standing(acknowledged=True), "", "x", 0), "nothing to acknowledge"),
    ("it came again meanwhile", lambda: acknowledge(standing(), "CAM_BLACK/D@-5", "x", 0), "has come again"),
    ("reset of nothing", lambda: reset(None, SOS, 0), "nothing to reset"),
    ("reset before acknowledging", lambda: reset(standing(SOS), SOS, 0), "acknowledge it first"),
    ("reset while it burns", lambda: reset(standing(OVERTEMP, acknowledged=True), OVERTEMP, 0), "still there"),
    ("reset of an alarm that ends by itself", lambda: reset(standing(acknowledged=True), CAMERA, 0), "by itself"),
]


@pytest.mark.parametrize("why, act, reason", REFUSALS, ids=[r[0] for r in REFUSALS])
def test_refused(why, act, reason) -> None:
    with pytest.raises(Refused, match=reason):
        act()


def test_sos_ends_only_by_acknowledge_then_reset() -> None:
    seen, _ = acknowledge(standing(SOS), "SOS/D@0", "post:control", 5_000)
    assert seen is not None and alarm_state(seen) == "acknowledged"
    after, transitions = reset(seen, SOS, 9_000)
    assert after is None
    assert [t.type for t in transitions] == ["returned", "closed"]


def test_a_latched_alarm_stays_until_reset_after_its_cause_is_gone() -> None:
    clearing, _ = observe(standing(OVERTEMP, acknowledged=True), OVERTEMP, "D", NO, 0)
    assert clearing is not None
    latched, _ = advance(clearing, OVERTEMP, 300_000)
    assert latched is not None and latched.latched and alarm_state(latched) == "acknowledged"
    assert reset(latched, OVERTEMP, 400_000)[0] is None


def test_the_catalogue_is_the_fifty_alarms_and_a_site_changes_their_numbers() -> None:
    assert len(CATALOGUE) == 51
    assert {d.priority for d in CATALOGUE.values()} == {"P1", "P2", "P3", "P4"}
    site = Site("x", Text("x"), thresholds={"CAM_BLACK": Threshold(priority="P2", on_delay_s=5)})
    changed = definition(site, "CAM_BLACK")
    assert (changed.priority, changed.on_delay_ms, changed.off_delay_ms) == ("P2", 5_000, 30_000)
