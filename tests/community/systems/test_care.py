"""特殊群体关怀: who is too long in or out, by which evidence, and what must not frighten anybody."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from community import deadlines
from community.draft import Draft
from community.model import BadRecord
from community.site import Device, Site, Source, Text
from community.state import DeviceState
from community.systems import care
from tests.community.story import T0_MS, Story

ALONE, DEMENTIA, CHILD = "subject:a001", "subject:d001", "subject:c001"
SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("doors", Text("门禁", "Doors")),),
    devices=(
        Device(ALONE, "care", "resident_alone", "doors_less", building="7", unit="2", room="1203"),
        Device(DEMENTIA, "care", "resident_dementia", "doors_less"),
        Device(CHILD, "care", "child", "doors_less"),
        Device("subject:f001", "care", "resident_alone", "doors"),
    ),
)
HOUR = 3600
Steps = list[tuple[float, str, dict[str, Any]]]


def at(clock: str, day: int = 13) -> float:
    """Seconds after T0 of this time in March 2026 in Shanghai."""
    moment = datetime.fromisoformat(f"2026-03-{day:02}T{clock}").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return moment.timestamp() - T0_MS / 1000


def run(subject: str, steps: Steps, until_s: float) -> Story:
    """What is said, and then the clock, which goes on every ten minutes."""
    story = Story(SITE)
    waiting = sorted(steps, key=lambda step: step[0])
    tick_s = waiting[0][0]
    while tick_s <= until_s or waiting:
        if waiting and waiting[0][0] <= tick_s:
            at_s, type_, data = waiting.pop(0)
            story.tell(f"care.{type_}", subject, data, at_s=at_s)
        else:
            story.tell("clock.tick", community="", at_s=tick_s)
            tick_s += 600
    return story


def enter(at_s: float) -> tuple[float, str, dict[str, Any]]:
    return at_s, "passage", {"direction": "in", "method": "card"}


def leave(at_s: float) -> tuple[float, str, dict[str, Any]]:
    return at_s, "passage", {"direction": "out"}


def sign(at_s: float, evidence: str, **more: Any) -> tuple[float, str, dict[str, Any]]:
    return at_s, "evidence", {"evidence": evidence, **more}


def raised(story: Story) -> list[tuple[str, str, float]]:
    """(alarm, priority, second) of everything that was raised, or raised again as graver."""
    kinds = ("alarm.activated", "alarm.reactivated")
    entries = [e for e in story.entries if e.type in kinds]
    return [(e.subject.split("/")[0], e.data["priority"], (e.at_ms - T0_MS) / 1000) for e in entries]


def memory(story: Story, subject: str) -> dict[str, Any]:
    return story.state.devices[subject].memory["whereabouts"]


# ---- LONG_IN


def test_a_day_at_home_without_a_sign_is_p2_and_two_are_p1_until_there_is_one() -> None:
    begin_s = at("10:00")
    story = run(ALONE, [enter(begin_s)], begin_s + 50 * HOUR)
    assert raised(story) == [("LONG_IN", "P2", begin_s + 24 * HOUR), ("LONG_IN", "P1", begin_s + 48 * HOUR)]
    detail = story.state.alarms[f"LONG_IN/{ALONE}"].detail
    assert (detail["state"], detail["evidence"]) == ("IN", "passage")
    story.tell("care.evidence", ALONE, {"evidence": "call"}, at_s=begin_s + 51 * HOUR)
    assert story.journal("alarm.returned") == [("alarm.returned", f"LONG_IN/{ALONE}", begin_s + 51 * HOUR)]


def test_who_has_it_in_hand_hears_again_when_it_becomes_p1() -> None:
    begin_s = at("10:00")
    story = run(ALONE, [enter(begin_s)], begin_s + 25 * HOUR)
    story.tell("command.alarm.acknowledge", f"LONG_IN/{ALONE}", {"by": "post:control"}, at_s=begin_s + 26 * HOUR)
    story.tell("clock.tick", community="", at_s=begin_s + 48 * HOUR)
    assert not story.state.alarms[f"LONG_IN/{ALONE}"].acknowledged


@pytest.mark.parametrize(
    ("what", "subject", "then"),
    [
        ("goes out", ALONE, [leave(at("09:50", 14)), enter(at("11:00", 14))]),
        ("opens the door", ALONE, [sign(at("09:50", 14), "door_contact")]),
        ("answers a call", ALONE, [sign(at("09:50", 14), "call")]),
        ("uses water", ALONE, [(at("09:50", 14), "water", {"volume_l": 3, "window_s": 1800})]),
        ("rides the lift", ALONE, [sign(at("09:50", 14), "lift")]),
        ("takes the bike: a missed exit", ALONE, [sign(at("09:50", 14), "charger"), enter(at("12:00", 14))]),
        ("somebody with relatives", DEMENTIA, []),
        ("a child that stays in bed", CHILD, []),
        ("nobody has said which group", "subject:x001", []),
    ],
)
def test_any_evidence_starts_the_day_anew_and_other_groups_are_off(what: str, subject: str, then: Steps) -> None:
    story = run(subject, [enter(at("10:00")), *then], at("09:00", 15))
    assert raised(story) == []


def test_water_that_did_not_run_is_no_evidence() -> None:
    begin_s = at("10:00")
    dry = [(begin_s + n * HOUR, "water", {"volume_l": 0, "window_s": 1800}) for n in range(1, 24)]
    assert raised(run(ALONE, [enter(begin_s), *dry], begin_s + 25 * HOUR)) == [("LONG_IN", "P2", begin_s + 24 * HOUR)]


def test_a_travel_is_recorded_and_after_it_the_day_begins_anew() -> None:
    begin_s, back_s = at("10:00"), at("10:00", 17)
    absence = (at("12:00"), "absence", {"absent": True, "until_ms": T0_MS + int(1000 * back_s)})
    story = run(ALONE, [enter(begin_s), absence], back_s + 25 * HOUR)
    assert raised(story) == [("LONG_IN", "P2", back_s + 24 * HOUR)]
    open_ended = run(ALONE, [enter(begin_s), (at("12:00"), "absence", {"absent": True})], begin_s + 200 * HOUR)
    assert raised(open_ended) == []


def test_an_absence_that_is_recorded_late_ends_the_alarm() -> None:
    begin_s = at("10:00")
    story = run(ALONE, [enter(begin_s), (begin_s + 25 * HOUR, "absence", {"absent": True})], begin_s + 60 * HOUR)
    assert [type_ for type_, _, _ in story.journal()] == ["alarm.activated", "alarm.returned"]


def test_while_the_reader_is_stale_nobody_knows_and_nothing_is_raised() -> None:
    begin_s = at("10:00")
    steps: Steps = [enter(begin_s), (begin_s + 20 * HOUR, "reader", {"stale": True})]
    story = run(ALONE, steps, begin_s + 30 * HOUR)
    assert raised(story) == [] and memory(story, ALONE)["state"] == "UNKNOWN"
    story.tell("care.reader", ALONE, {"stale": False}, at_s=begin_s + 31 * HOUR)
    assert raised(story) == [("LONG_IN", "P2", begin_s + 31 * HOUR)] and memory(story, ALONE)["state"] == "IN"


def test_while_the_feed_is_stale_nothing_is_raised_and_what_stands_stays() -> None:
    story, person = Story(SITE), "subject:f001"
    story.tell("source.heartbeat", "doors", {}, at_s=0)
    story.tell("care.passage", person, {"direction": "in"}, at_s=1)
    for second in (*range(20, 120, 20), *range(120, 30 * HOUR, 600)):
        story.tell("clock.tick", community="", at_s=second)
    assert [alarm for alarm, _, _ in raised(story)] == ["SOURCE_STALE"]
    back_s = 30 * HOUR
    for second in range(back_s, back_s + 120, 10):
        story.tell("source.heartbeat", "doors", {}, at_s=second)
    assert raised(story)[1][:2] == ("LONG_IN", "P2") and back_s <= raised(story)[1][2] <= back_s + 60
    for second in (*range(back_s + 120, back_s + 240, 20), *range(back_s + 240, back_s + 40 * HOUR, 600)):
        story.tell("clock.tick", community="", at_s=second)
    alarm = story.state.alarms[f"LONG_IN/{person}"]
    assert (alarm.active, alarm.priority) == (True, "P2"), "a deaf house neither ends it nor makes it graver"


def test_a_night_that_the_log_slept_is_looked_at_once_and_gives_what_each_minute_of_it_would(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A thousand ports and people that cannot be heard would else look at each minute of it when it wakes."""
    person, looks = "subject:f001", Counter[str]()
    wake = deadlines.wake

    def slept(nights: str, minutes: list[float]) -> Story:
        def counted(draft: Draft, device: DeviceState, name: str, due_ms: int) -> None:
            looks[nights] += 1
            wake(draft, device, name, due_ms)

        monkeypatch.setattr(deadlines, "wake", counted)
        story = Story(SITE)
        story.tell("source.heartbeat", "doors", {}, at_s=0)
        story.tell("care.passage", person, {"direction": "in"}, at_s=1)
        for second in (20, 40, 60, 80, 24 * HOUR + 1, *minutes, 34 * HOUR + 30):
            story.tell("clock.tick", community="", at_s=second)
        return story

    awake = slept("awake", [24 * HOUR + 1 + 60.0 * n for n in range(1, 600)])
    asleep = slept("asleep", [])
    assert asleep.state.devices == awake.state.devices and raised(asleep) == raised(awake)
    assert looks["asleep"] < 5 < 600 < looks["awake"]


def test_silence_is_not_absence() -> None:
    """In real homes sensors were silent for 50 h: the state stays IN, nobody is said to be out."""
    begin_s = at("10:00")
    story = run(ALONE, [enter(begin_s)], begin_s + 60 * HOUR)
    assert memory(story, ALONE)["state"] == "IN" and f"LONG_OUT/{ALONE}" not in story.state.alarms


def test_who_was_never_read_is_unknown_and_no_alarm() -> None:
    story = run(ALONE, [sign(at("10:00"), "call")], at("10:00", 18))
    assert memory(story, ALONE)["state"] == "UNKNOWN" and raised(story) == []


# ---- LONG_OUT


@pytest.mark.parametrize(
    ("what", "subject", "steps", "until_s", "expected"),
    [
        (
            "alone, not in by 22, and 12 h",
            ALONE,
            [leave(at("14:00"))],
            at("05:00", 14),
            [("P3", at("22:00")), ("P2", at("02:00", 14))],
        ),
        ("alone, 12 h by day", ALONE, [leave(at("06:30"))], at("20:00"), [("P2", at("18:30"))]),
        ("alone, home at 21:50", ALONE, [leave(at("14:00")), enter(at("21:50"))], at("23:00"), []),
        ("alone, out for an early walk", ALONE, [leave(at("05:30")), enter(at("07:00"))], at("23:00"), []),
        (
            "alone, a missed entry and water",
            ALONE,
            [leave(at("14:00")), (at("20:00"), "water", {"volume_l": 4, "window_s": 1800})],
            at("06:00", 14),
            [],
        ),
        ("dementia, an hour", DEMENTIA, [leave(at("14:00"))], at("16:00"), [("P2", at("15:00"))]),
        ("dementia, 59 minutes", DEMENTIA, [leave(at("14:00")), enter(at("14:59"))], at("23:59"), []),
        ("dementia, at night at once", DEMENTIA, [leave(at("22:00"))], at("22:30"), [("P2", at("22:00"))]),
        ("dementia, before six", DEMENTIA, [leave(at("05:59"))], at("06:30"), [("P2", at("05:59"))]),
        ("dementia, at six", DEMENTIA, [leave(at("06:00")), enter(at("06:40"))], at("08:00"), []),
        (
            "dementia, gate after gate is one outing",
            DEMENTIA,
            [leave(at("14:00")), leave(at("14:30")), leave(at("14:55"))],
            at("16:00"),
            [("P2", at("15:00"))],
        ),
        (
            "dementia, out before ten, at the gate after",
            DEMENTIA,
            [leave(at("21:50")), leave(at("22:05"))],
            at("22:20"),
            [("P2", at("22:05"))],
        ),
        ("child, four hours", CHILD, [leave(at("08:00"))], at("13:00"), [("P3", at("12:00"))]),
        ("child, school till half past eleven", CHILD, [leave(at("08:00")), enter(at("11:30"))], at("13:00"), []),
        (
            "child, after eight, and half past nine",
            CHILD,
            [leave(at("18:00"))],
            at("22:30"),
            [("P3", at("20:00")), ("P2", at("21:30"))],
        ),
        ("child, home at 19:55", CHILD, [leave(at("18:00")), enter(at("19:55"))], at("22:30"), []),
        ("child, out at one in the night", CHILD, [leave(at("01:00"))], at("02:00"), [("P2", at("01:00"))]),
        ("a group that is off", "subject:x001", [leave(at("08:00"))], at("08:00", 15), []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_out_by_the_table_of_groups(what, subject, steps, until_s, expected) -> None:
    assert [entry[1:] for entry in raised(run(subject, steps, until_s))] == expected


def test_an_entry_ends_it_and_so_does_the_guardian_until_the_next_exit() -> None:
    story = run(CHILD, [leave(at("08:00")), enter(at("12:30"))], at("13:00"))
    assert story.journal("alarm.returned") == [("alarm.returned", f"LONG_OUT/{CHILD}", at("12:30"))]
    steps = [leave(at("08:00")), sign(at("12:30"), "guardian"), leave(at("15:00"))]
    story = run(CHILD, steps, at("19:30"))
    assert raised(story) == [("LONG_OUT", "P3", at("12:00")), ("LONG_OUT", "P3", at("19:00"))]
    assert story.journal("alarm.returned") == [("alarm.returned", f"LONG_OUT/{CHILD}", at("12:30"))]


def test_the_half_hour_in_which_somebody_left_is_no_sign_that_he_is_back() -> None:
    meter = (at("14:30"), "water", {"volume_l": 6, "window_s": 1800})
    story = run(DEMENTIA, [leave(at("14:10")), meter], at("16:00"))
    assert raised(story) == [("LONG_OUT", "P2", at("15:10"))]


def test_of_two_signs_of_one_moment_home_holds() -> None:
    story = run(ALONE, [sign(at("08:00", 14), "charger"), enter(at("08:00", 14))], at("09:00", 14))
    assert memory(story, ALONE)["state"] == "IN"


def test_a_guardian_at_home_is_no_sign_of_the_person() -> None:
    begin_s = at("10:00")
    story = run(ALONE, [enter(begin_s), sign(begin_s + 20 * HOUR, "guardian")], begin_s + 25 * HOUR)
    assert raised(story) == [("LONG_IN", "P2", begin_s + 24 * HOUR)]


@pytest.mark.parametrize("seed", range(6))
def test_late_repeated_and_shuffled_records_say_the_same_of_where_somebody_is(seed: int) -> None:
    steps = [leave(at("08:00")), enter(at("09:00")), sign(at("09:30"), "lift"), leave(at("10:00")), leave(at("10:05"))]
    steps.append((at("09:40"), "water", {"volume_l": 2, "window_s": 600}))
    rng = random.Random(seed)
    order = [*range(len(steps)), *rng.choices(range(len(steps)), k=4)]
    rng.shuffle(order)
    story = Story(SITE)
    for n in order:
        said_s, type_, data = steps[n]
        story.tell(f"care.{type_}", DEMENTIA, data, at_s=at("10:30"), device_s=said_s, id_=f"n{n}")
    where = memory(story, DEMENTIA)
    assert (where["state"], where["since_ms"]) == ("OUT", T0_MS + int(1000 * at("10:00")))
    story.tell("clock.tick", community="", at_s=at("11:10"))
    assert raised(story)[-1] == ("LONG_OUT", "P2", at("11:00")), "what was decided before an entry was heard, it ended"


def test_who_withdraws_the_consent_is_watched_no_more() -> None:
    begin_s = at("10:00")
    steps: Steps = [enter(begin_s), (begin_s + 25 * HOUR, "consent", {"given": False})]
    story = run(ALONE, steps, begin_s + 60 * HOUR)
    assert len(raised(story)) == 1 and story.journal("alarm.returned")[0][2] == begin_s + 25 * HOUR
    story.tell("care.fall", ALONE, {"fallen": True}, at_s=begin_s + 61 * HOUR)
    story.tell("clock.tick", community="", at_s=begin_s + 62 * HOUR)
    assert len(raised(story)) == 1 and story.state.devices[ALONE].memory == {}


SAID: Steps = [
    (0, "passage", {"direction": "out", "method": "card"}),
    (60, "evidence", {"evidence": "door_contact", "window_s": 20}),
    (120, "water", {"volume_l": 3.0, "window_s": 60}),
    (180, "absence", {"absent": True, "until_ms": T0_MS + 1_000_000}),
    (240, "reader", {"stale": False}),
    (300, "fall", {"fallen": False}),
    (360, "vitals", {"heart_rate_bpm": 71.0, "breathing_rate_bpm": 15.0}),
    (420, "band", {"heart_low_bpm": 50, "heart_high_bpm": 110}),
]
"""One of each that is ever said of a person."""


def said_of(records: Steps) -> dict[str, Any]:
    """What the state knows of the person after these, heard in this order."""
    story = Story(SITE)
    for n, (said_s, type_, data) in enumerate(records):
        story.tell(f"care.{type_}", ALONE, data, at_s=3600 + n, device_s=said_s, id_=f"{type_}{said_s}")
    device = story.state.devices[ALONE]
    groups = {type_ for type_, names in care.GROUPS.items() if set(names) & device.values.keys()}
    assert device.stamps.keys() - care.CONSENTS.keys() == groups
    own = {word for name in care.CONSENTS for word in (name, f"{name}_withdrawn")}
    return {name: value for name, value in device.values.items() if name not in own}


def test_every_value_that_is_said_of_a_person_is_known_by_its_group() -> None:
    assert set(said_of(SAID)) == {name for names in care.GROUPS.values() for name in names} - {
        "breathing_low_bpm",
        "breathing_high_bpm",
    }


def test_with_the_consent_the_last_values_go_and_no_new_ones_are_kept() -> None:
    withdrawn: Steps = [(500, "consent", {"given": False})]
    assert said_of([*SAID, *withdrawn]) == {}
    later: Steps = [(600 + said_s, type_, data) for said_s, type_, data in SAID]
    assert said_of([*SAID, *withdrawn, *later]) == {}
    given: Steps = [(2000, "consent", {"given": True}), (2100, "vitals", {"heart_rate_bpm": 80.0})]
    assert said_of([*SAID, *withdrawn, *later, *given]) == {"heart_rate_bpm": 80.0}


def test_who_withdraws_what_concerns_the_body_alone_is_watched_over_by_the_door_still() -> None:
    health: Steps = [(500, "consent", {"given": False, "category": "health"})]
    body = {name for group in care.CONSENTS["health"] for name in care.GROUPS[group]}
    assert said_of([*SAID, *health]).keys() == said_of(SAID).keys() - body
    begin_s = at("10:00")
    story = run(ALONE, [enter(begin_s), (begin_s + HOUR, *health[0][1:])], begin_s + 25 * HOUR)
    story.tell("care.fall", ALONE, {"fallen": True}, at_s=begin_s + 26 * HOUR)
    story.tell("clock.tick", community="", at_s=begin_s + 27 * HOUR)
    assert [alarm for alarm, _, _ in raised(story)] == ["LONG_IN"]


@pytest.mark.parametrize("category", ["care", "health"])
def test_an_alarm_that_stands_as_the_consent_goes_waits_for_whoever_goes_there(category: str) -> None:
    """Help under way needs no leave; what was measured goes all the same, and nothing new begins."""
    story = Story(SITE)
    story.tell("care.band", ALONE, {"heart_high_bpm": 110}, at_s=0)
    story.tell("care.vitals", ALONE, {"heart_rate_bpm": 150}, at_s=1)
    story.tell("care.fall", ALONE, {"fallen": True}, at_s=1)
    story.ticks(2, 100)
    fall, vitals = (f"{alarm}/{ALONE}" for alarm in ("FALL", "VITALS"))
    assert story.state.alarms.keys() == {fall, vitals} and story.state.alarms[vitals].detail
    story.tell("care.consent", ALONE, {"given": False, "category": category}, at_s=100)
    assert not story.state.alarms[vitals].detail, "with that very record"
    story.tell("care.fall", ALONE, {"fallen": True}, at_s=110)
    story.ticks(111, 600)
    for key in (fall, vitals):
        alarm = story.state.alarms[key]
        assert (alarm.active, alarm.acknowledged, alarm.latched) == (False, False, True)
        story.tell("command.alarm.acknowledge", key, {"by": "post:control"}, at_s=610)
        story.tell("command.alarm.reset", key, {"by": "post:control"}, at_s=620)
    assert not story.state.alarms and len(raised(story)) == 2


@pytest.mark.parametrize("seed", range(20))
def test_nothing_of_before_a_withdrawal_comes_back_in_any_order(seed: int) -> None:
    """What was said after it was given anew, but is heard before that, goes as well: nobody could know."""
    again: Steps = [(200, "consent", {"given": False}), (330, "consent", {"given": True})]
    chance = random.Random(seed)
    known = said_of(chance.sample([*SAID, *again], len(SAID) + 2))
    assert known.keys() <= {"heart_rate_bpm", "breathing_rate_bpm", "heart_low_bpm", "heart_high_bpm"}
    never: Steps = [(1000, "consent", {"given": False})]
    assert said_of(chance.sample([*SAID, *again, *never], len(SAID) + 3)) == {}


# ---- FALL, VITALS


def test_a_fall_of_a_minute_is_p1_and_stays_until_somebody_has_looked() -> None:
    story = Story(SITE)
    story.tell("care.fall", ALONE, {"fallen": True}, at_s=0)
    story.ticks(1, 70)
    assert raised(story) == [("FALL", "P1", 60)]
    story.tell("care.fall", ALONE, {"fallen": False}, at_s=100)
    story.ticks(101, 200)
    alarm = story.state.alarms[f"FALL/{ALONE}"]
    assert (alarm.active, alarm.latched) == (False, True)
    story.tell("command.alarm.acknowledge", alarm.key, {"by": "post:control"}, at_s=210)
    story.tell("command.alarm.reset", alarm.key, {"by": "post:control"}, at_s=220)
    assert not story.state.alarms


@pytest.mark.parametrize(
    "steps",
    [
        [(0, True), (50, False)],  # sat down on the floor
        [(0, False)],
        [(0, True), (30, False), (40, True), (80, False)],
    ],
)
def test_what_is_no_fall(steps: list[tuple[int, bool]]) -> None:
    story = Story(SITE)
    for at_s, fallen in steps:
        story.ticks(int(story.state.clock_ms - T0_MS) // 1000 + 1 if story.records else 0, at_s)
        story.tell("care.fall", ALONE, {"fallen": fallen}, at_s=at_s)
    story.ticks(81, 200)
    assert raised(story) == []


BAND = {"heart_low_bpm": 50, "heart_high_bpm": 110, "breathing_low_bpm": 10, "breathing_high_bpm": 24}


def pulse(story: Story, seconds: range, **rates: float) -> None:
    for second in seconds:
        story.tell("care.vitals", ALONE, rates, at_s=second)


def test_a_pulse_outside_the_persons_band_is_p2_until_it_is_well_inside() -> None:
    story = Story(SITE)
    story.tell("care.band", ALONE, BAND, at_s=0)
    pulse(story, range(1, 70), heart_rate_bpm=120, breathing_rate_bpm=16)
    assert raised(story) == [("VITALS", "P2", 61)]
    assert story.state.alarms[f"VITALS/{ALONE}"].detail == {"heart_rate_bpm": 120}
    pulse(story, range(70, 300), heart_rate_bpm=105, breathing_rate_bpm=16)  # inside, but not by 10 %
    assert not story.journal("alarm.returned")
    pulse(story, range(300, 430), heart_rate_bpm=95, breathing_rate_bpm=16)
    assert story.journal("alarm.returned") == [("alarm.returned", f"VITALS/{ALONE}", 420)]


@pytest.mark.parametrize(
    ("band", "seconds", "rates"),
    [
        (BAND, 300, {"heart_rate_bpm": 110, "breathing_rate_bpm": 24}),
        (BAND, 300, {"heart_rate_bpm": 50}),
        (BAND, 55, {"heart_rate_bpm": 140}),  # up the stairs
        (BAND, 300, {}),  # an empty bed
        ({}, 300, {"heart_rate_bpm": 140}),  # nobody has said what is usual
        ({"heart_high_bpm": 150}, 300, {"heart_rate_bpm": 140, "breathing_rate_bpm": 40}),
    ],
)
def test_vital_signs_that_frighten_nobody(band, seconds, rates) -> None:
    story = Story(SITE)
    story.tell("care.band", ALONE, band, at_s=0)
    pulse(story, range(1, seconds), **rates)
    pulse(story, range(seconds, seconds + 200), heart_rate_bpm=70, breathing_rate_bpm=16)
    assert raised(story) == []


# ---- LOW_WATER


def water(story: Story, from_: str, litres: float, hours: float, day: int = 13, **more: Any) -> None:
    """Half-hours of a home from this time on; `litres` in each."""
    for n in range(int(2 * hours)):
        data = {"volume_l": litres, "window_s": 1800}
        story.tell("care.water", ALONE, data, at_s=at(from_, day) + 1800 * (n + 1), **more)


def low(story: Story) -> list[float]:
    return [at_s for alarm, _, at_s in raised(story) if alarm == "LOW_WATER"]


def test_twelve_hours_of_the_day_without_water_are_p2_until_some_runs() -> None:
    story = Story(SITE)
    story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("05:00"))
    water(story, "06:00", 0.4, 13)
    assert low(story) == [at("18:00")] and story.state.alarms[f"LOW_WATER/{ALONE}"].priority == "P2"
    story.tell("care.water", ALONE, {"volume_l": 9, "window_s": 1800}, at_s=at("19:30"))
    assert story.journal("alarm.returned") == [("alarm.returned", f"LOW_WATER/{ALONE}", at("19:30"))]


def test_measures_that_are_missing_do_not_end_it() -> None:
    story = Story(SITE)
    story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("05:00"))
    water(story, "06:00", 0, 12)
    water(story, "20:00", 0, 1)
    assert low(story) == [at("18:00")] and not story.journal("alarm.returned")


def test_the_night_does_not_count() -> None:
    story = Story(SITE)
    story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("11:00"))
    water(story, "12:00", 20, 0.5)  # lunch, and nothing after it
    water(story, "12:30", 0, 19.5)
    assert low(story) == [], "9.5 h of the day before, 2 of the morning"
    water(story, "08:00", 0, 0.5, day=14)
    assert low(story) == [at("08:30", 14)]


@pytest.mark.parametrize(
    "what", ["ten litres", "out", "back since noon", "travelling", "a gap", "told twice", "others"]
)
def test_what_is_no_low_water(what: str) -> None:
    story = Story(SITE)
    story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("05:00"))
    if what == "out":
        story.tell("care.passage", ALONE, {"direction": "out"}, at_s=at("05:30"))
    if what == "back since noon":
        story.tell("care.passage", ALONE, {"direction": "out"}, at_s=at("05:30"))
        story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("05:31"))
        story.tell("care.passage", ALONE, {"direction": "out"}, at_s=at("06:00"))
        water(story, "06:00", 0, 6)
        story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("12:00"))
        water(story, "12:00", 0, 8)
    elif what == "travelling":
        story.tell("care.absence", ALONE, {"absent": True}, at_s=at("05:30"))
        water(story, "06:00", 0, 14)
    elif what == "a gap":
        water(story, "06:00", 0, 5)
        water(story, "12:00", 0, 8)
    elif what == "told twice":  # by half-hours, and by hours
        water(story, "06:00", 0, 7)
        for n in range(7):
            data, said_s = {"volume_l": 0, "window_s": 3600}, at("07:00") + HOUR * n
            story.tell("care.water", ALONE, data, at_s=at("13:30"), device_s=said_s)
    elif what == "others":
        for n in range(28):
            story.tell("care.water", CHILD, {"volume_l": 0, "window_s": 1800}, at_s=at("06:00") + 1800 * n)
    else:
        water(story, "06:00", 0.42 if what == "ten litres" else 0, 14)
    assert low(story) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_days_delivery_late_repeated_and_in_any_order_is_judged_alike(seed: int) -> None:
    rng = random.Random(seed)
    order = [*range(24), *rng.choices(range(24), k=6)]
    rng.shuffle(order)
    story = Story(SITE)
    story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("05:00"))
    for n in order:
        data, said_s = {"volume_l": 0.4, "window_s": 1800}, at("06:30") + 1800 * n
        story.tell("care.water", ALONE, data, at_s=at("19:00"), device_s=said_s, id_=f"w{n}")
    assert low(story) == [at("19:00")]


def test_too_long_at_home_and_no_water_is_p1_at_once() -> None:
    story = Story(SITE)
    story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("05:00"))
    water(story, "06:00", 0, 26)
    assert [entry for entry in raised(story) if entry[0] == "LONG_IN"] == [("LONG_IN", "P1", at("05:00", 14))]


# ---- what is kept, what is refused


def test_an_undescribed_subject_is_kept_and_its_fall_counts() -> None:
    story = Story(SITE)
    story.tell("care.fall", "subject:x001", {"fallen": True}, at_s=0)
    story.ticks(1, 61)
    device = story.state.devices["subject:x001"]
    assert (device.system, device.kind) == ("care", "resident") and raised(story) == [("FALL", "P1", 60)]


@pytest.mark.parametrize(
    ("type_", "subject", "data", "reason"),
    [
        ("care.passage", "王秀英", {"direction": "in"}, "subject"),
        ("care.fall", "13800000000", {"fallen": True}, "subject"),
        ("care.passage", ALONE, {"direction": "up"}, "direction"),
        ("care.passage", ALONE, {"direction": "in", "method": "王秀英"}, "method"),
        ("care.evidence", ALONE, {}, "evidence"),
        ("care.evidence", ALONE, {"evidence": "Mrs Wang called"}, "evidence"),
        ("care.evidence", ALONE, {"evidence": "call", "place": "cinema"}, "place"),
        ("care.evidence", ALONE, {"evidence": "lift", "window_s": -1}, "window_s"),
        ("care.evidence", ALONE, {"evidence": "lift", "window_s": "nan"}, "window_s"),
        ("care.water", ALONE, {"volume_l": -1, "window_s": 1800}, "volume_l"),
        ("care.water", ALONE, {"volume_l": 1, "window_s": 0}, "window_s"),
        ("care.water", ALONE, {"volume_l": 1}, "window_s"),
        ("care.absence", ALONE, {"until_ms": 5}, "absent"),
        ("care.absence", ALONE, {"absent": True, "until_ms": -5}, "until_ms"),
        ("care.reader", ALONE, {}, "stale"),
        ("care.consent", ALONE, {}, "given"),
        ("care.fall", ALONE, {"fallen": "perhaps"}, "fallen"),
        ("care.vitals", ALONE, {"heart_rate_bpm": 0}, "heart_rate_bpm"),
        ("care.vitals", ALONE, {"breathing_rate_bpm": "nan"}, "breathing_rate_bpm"),
        ("care.band", ALONE, {"heart_low_bpm": 70, "heart_high_bpm": 70}, "heart_low_bpm"),
        ("care.band", ALONE, {"breathing_low_bpm": -1}, "breathing_low_bpm"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field_and_no_name(type_, subject, data, reason) -> None:
    story = Story(SITE)
    with pytest.raises(BadRecord, match=reason) as refused:
        story.tell(type_, subject, data)
    assert "王" not in str(refused.value) and "138" not in str(refused.value) and story.state.devices == {}
