"""特殊群体关怀: who is too long in or out, by which evidence, and what must not frighten anybody."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from community import deadlines
from community.draft import Draft
from community.model import BadRecord
from community.state import DeviceState
from tests.community.story import T0_MS, Story
from tests.community.systems.cared import (
    ALONE,
    CHILD,
    DEMENTIA,
    HOUR,
    SITE,
    Steps,
    at,
    enter,
    leave,
    memory,
    raised,
    run,
    sign,
)

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
