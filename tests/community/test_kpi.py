"""KPIs from transitions: each figure by a small case that can be counted by hand, and what order may not change."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.kpi import DAY_MS, KEPT_DAYS, Figures, Kpis, Noted, most_in_any, of_journal
from community.repeats import REMEMBERED, Repeats
from ingest.relay import BATCH
from tests.community.story import Story

T0_MS = 1_773_273_600_000
"""2026-03-12 00:00 UTC: a window and a day begin."""

MINUTE_MS = 60_000


def noted(*said: tuple[str, float, str] | tuple[str, float, str, float], kept_days: int | None = None) -> Kpis:
    """(type, minute, alarm, and the minute at which its occurrence began)."""
    kpis = Kpis(kept_days=kept_days)
    for type_, minute, alarm, *began in said:
        since_ms = T0_MS + int(MINUTE_MS * began[0]) if began else None
        kpis.note(Noted(type_, T0_MS + int(MINUTE_MS * minute), alarm, alarm[:2], since_ms))
    return kpis


def at(kpis: Kpis, minute: float, **more: Any) -> Figures:
    return kpis.figures(T0_MS + int(MINUTE_MS * minute), **more)


def test_nothing_is_no_figure_and_no_zero() -> None:
    figures = at(Kpis(), 0)
    assert (figures.alarms, figures.windows, figures.stale) == (0, 0, 0)
    assert figures.flood_share is figures.alarms_per_day is figures.mtta_s is figures.top_10_share is None
    assert figures.indicative


def test_empty_windows_count() -> None:
    kpis = noted(*(("activated", 1 + n / 100, f"P2/{n}") for n in range(11)), ("activated", 25, "P3/x"))
    figures = at(kpis, 25)
    assert (figures.windows_over_10, figures.windows, figures.most_in_10_minutes) == (1, 3, 11)
    assert figures.flood_share == pytest.approx(1 / 3)
    assert at(kpis, 99.9).windows == 10
    quiet_before = at(kpis, 99.9, since_ms=T0_MS - 100 * MINUTE_MS)
    assert (quiet_before.windows, quiet_before.windows_over_10, quiet_before.flood_share) == (20, 1, 1 / 20)


def test_ten_are_no_flood_and_two_positions_share_them() -> None:
    assert at(noted(*(("activated", n / 100, f"P2/{n}") for n in range(10))), 5).windows_over_10 == 0
    kpis = noted(*(("activated", n / 100, f"P2/{n}") for n in range(20)))
    assert at(kpis, 5).windows_over_10 == 1
    shared = at(kpis, 5, positions=2)
    assert (shared.windows_over_10, shared.alarms_per_10_minutes) == (0, 10)


def test_a_day_has_to_pass_before_there_is_a_rate_per_day() -> None:
    kpis = noted(*(("activated", 24 * n, f"P2/{n}") for n in range(120)))  # two days, every 24 minutes
    assert at(kpis, 1439).alarms_per_day is None
    figures = at(kpis, 2880)
    assert (figures.alarms_per_day, figures.alarms, figures.indicative) == (60, 120, True)
    assert not at(kpis, 30 * 1440).indicative


def test_chattering_is_three_within_sixty_seconds_repeats_included() -> None:
    chatter = noted(("activated", 0, "P2/a"), ("reactivated", 0.5, "P2/a"), ("reactivated", 1, "P2/a"))
    assert (at(chatter, 5).chattering, at(chatter, 5).repeats, at(chatter, 5).alarms) == (1, 2, 3)
    slow = noted(("activated", 0, "P2/a"), ("reactivated", 0.5, "P2/a"), ("reactivated", 1.01, "P2/a"))
    assert at(slow, 5).chattering == 0
    others = noted(("activated", 0, "P2/a"), ("activated", 0.1, "P2/b"), ("activated", 0.2, "P2/c"))
    assert at(others, 5).chattering == 0
    shuffled = noted(("activated", 1, "P2/a"), ("activated", 0, "P2/a"), ("activated", 0.5, "P2/a"))
    assert at(shuffled, 5).chattering == 1


def test_stale_is_on_the_list_for_more_than_a_day() -> None:
    kpis = noted(
        ("activated", 0, "P3/a"), ("returned", 5, "P3/a"), ("reactivated", 10, "P3/a"), ("activated", 1, "P3/b")
    )
    assert at(kpis, 1440).stale == 0
    assert at(kpis, 1440.5).stale == 1, "since it came to the list, not since it came again"
    kpis.note(Noted("closed", T0_MS + 1441 * MINUTE_MS, "P3/a", "P3"))
    assert (at(kpis, 1442).stale, at(kpis, 1442).stale_ended) == (1, 1)


def test_what_a_mask_takes_off_the_list_is_not_stale() -> None:
    day = 1440
    kpis = noted(
        ("activated", 0, "P3/a"), ("activated", 0, "P3/b"), ("shelved", 10, "P3/a"), ("suppressed", 10, "P3/b")
    )
    assert at(kpis, 2 * day).stale == 0
    kpis.note(Noted("unshelved", T0_MS + 20 * MINUTE_MS, "P3/a", "P3"))
    assert at(kpis, day + 1).stale == 1, "it stands as it stood"
    for type_ in ("returned", "closed"):
        kpis.note(Noted(type_, T0_MS + 30 * MINUTE_MS, "P3/b", "P3"))
    assert (at(kpis, day + 1).stale, kpis.masked) == (1, {}), "what was over under its mask does not come back"
    beneath = {"occurrence": f"P3/b@{T0_MS}", "priority": "P3", "state": "normal"}
    assert of_journal("alarm.unshelved", "P3/b", T0_MS, beneath) is None


def test_masks_as_the_fold_writes_them() -> None:
    """Shelved, gone and come again in the dark, told of at the end of the shelf; another behind a device at work."""
    story, kpis = Story(), Kpis(kept_days=None)
    fault = ("camera.event", "C-2", {"event": "occluded", "active": True})
    story.tell(*fault, at_s=0)
    story.ticks(1, 6)
    until_ms = story.state.clock_ms + 7_200_000
    shelf = {"by": "post:a", "role": "guard", "reason": "cleaning", "until_ms": until_ms}
    story.tell("command.alarm.shelve", "CAM_BLIND/C-2", shelf, at_s=10)
    story.tell("camera.event", "C-2", {"event": "occluded", "active": False}, at_s=20)
    story.tell("clock.tick", community="", at_s=100)
    story.tell(*fault, at_s=200)
    story.tell("clock.tick", community="", at_s=300)
    work = {"by": "post:b", "role": "supervisor", "reason": "repair"}
    story.tell("command.device.out_of_service", "C-3", work, at_s=300)
    story.tell("camera.event", "C-3", {"event": "occluded", "active": True}, at_s=301)
    story.tell("camera.event", "C-3", {"event": "occluded", "active": False}, at_s=400)
    for second in (500, 7300, 7310):
        story.tell("clock.tick", community="", at_s=second)
    blind = [entry for entry in story.entries if entry.subject.startswith("CAM_BLIND/")]
    for entry in blind:
        said = of_journal(entry.type, entry.subject, entry.at_ms, entry.data)
        if said is not None:
            kpis.note(said)
    assert [entry.type for entry in blind].count("alarm.withheld") == 2
    figures = kpis.figures(story.state.clock_ms)
    assert (figures.alarms, figures.repeats) == (2, 1)
    assert list(kpis.standing) == ["CAM_BLIND/C-2"]
    assert figures.mttr_s == 25, "from 5 s to 30 s; what nobody was told of has no part in it"


def test_times_to_acknowledge_and_to_return_by_priority() -> None:
    kpis = noted(
        ("activated", 0, "P1/a"),
        ("acknowledged", 0.5, "P1/a", 0),
        ("activated", 1, "P3/b"),
        ("acknowledged", 4, "P3/b", 1),
        ("returned", 11, "P3/b", 1),
        ("returned", 12, "P3/c"),  # began before there was a journal
    )
    figures = at(kpis, 20)
    assert figures.mtta_s == (30 + 180) / 2
    assert figures.mtta_s_by_priority == {"P1": 30, "P3": 180}
    assert (figures.mttr_s, figures.mttr_s_by_priority) == (600, {"P3": 600})
    assert figures.priority_shares == {"P1": 0.5, "P3": 0.5}


def test_top_ten() -> None:
    said = [("activated", n * 20 + k, f"P2/{n:02}") for n in range(12) for k in range(n + 1)]
    figures = at(noted(*said), 400)
    assert [rank.alarm for rank in figures.top_10] == [f"P2/{n:02}" for n in range(11, 1, -1)]
    assert figures.top_10_share == (78 - 1 - 2) / 78


def test_what_is_older_than_is_kept_goes() -> None:
    kpis = noted(*(("activated", 1440 * day + 5, "P2/a") for day in range(100)), kept_days=KEPT_DAYS)
    figures = at(kpis, 1440 * 99 + 6)
    assert len(kpis.days) == figures.alarms == KEPT_DAYS
    assert figures.from_ms == T0_MS + (99 - 30) * DAY_MS
    assert not figures.indicative
    assert kpis.note(Noted("activated", T0_MS, "P2/late", "P2")) is None
    later = at(kpis, 1440 * 200)
    assert (later.alarms, later.windows_over_10) == (0, 0)
    assert later.windows == 30 * 144 + 1, "thirty quiet days and the window that begins now"


def test_memory_is_bounded() -> None:
    """Two years of journal, two thousand alarms that come all the time: kept is what 31 days can hold."""
    rng, kpis = random.Random(1), Kpis()
    sizes = []
    for hour in range(2 * 365 * 24):
        at_ms = T0_MS + hour * 3_600_000
        for _ in range(2):
            alarm = f"CAM_OFFLINE/C-{rng.randrange(2000)}"
            kpis.note(Noted("activated", at_ms, alarm, "P3"))
            kpis.note(Noted("closed", at_ms + 1000, alarm, "P3"))
        if hour % (365 * 24) == 180 * 24:
            sizes.append(len(msgspec.json.encode(kpis)))
    assert max(sizes) < 1.1 * min(sizes)
    assert len(kpis.recent) < 200


NOTES = st.lists(
    st.tuples(
        st.sampled_from(("activated", "reactivated", "acknowledged", "returned")),
        st.integers(0, 5 * DAY_MS),
        st.sampled_from(("SOS/1", "SOS/2", "BIN_FULL/1")),
    ),
    max_size=60,
)


@given(NOTES, st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_the_order(notes: list[tuple[str, int, str]], rng: random.Random) -> None:
    def told(order: list[tuple[str, int, str]]) -> dict[str, Any]:
        kpis = Kpis()
        for type_, ms, alarm in order:
            kpis.note(Noted(type_, T0_MS + ms, alarm, "P1" if alarm < "C" else "P4", T0_MS))
        figures: dict[str, Any] = msgspec.to_builtins(kpis.figures(T0_MS + 6 * DAY_MS))
        return {name: figures[name] for name in figures if name not in ("chattering", "stale")}

    shuffled = list(notes)
    rng.shuffle(shuffled)
    assert told(shuffled) == told(notes)


@given(st.lists(st.integers(0, 100), max_size=40).map(sorted), st.integers(1, 30))
def test_the_most_in_any_stretch(times: list[int], within: int) -> None:
    slowly = max((sum(start <= at < start + within for at in times) for start in times), default=0)
    assert most_in_any(times, within) == slowly


def test_what_a_journal_says() -> None:
    data = {"occurrence": f"SOS/A@B@{T0_MS}", "priority": "P1"}
    assert of_journal("alarm.returned", "SOS/A@B", 5, data) == Noted("returned", 5, "SOS/A@B", "P1", T0_MS)
    assert of_journal("action.ordered", "P-1", 5, {}) is None
    for damaged in ({"occurrence": "SOS/1@"}, {"occurrence": "x@٣"}, {"occurrence": 7}, {"priority": None}):
        with pytest.raises(ValueError, match="occurrence"):
            of_journal("alarm.returned", "SOS/1", 5, damaged)


def test_entries_that_come_twice_are_told() -> None:
    assert REMEMBERED > BATCH, "of what the relay hands over at once any part may come late"
    ids = [f"0001.0000.{n // 3:020d}/{n % 3 * 7}" for n in range(2000)]
    repeats = Repeats()
    assert all(repeats.first(id_) for id_ in ids)
    assert not any(repeats.first(id_) for id_ in ids), "a rebuild writes everything again"
    assert repeats.first("0002.0000.00000000000000000000/0"), "another log"
    assert len(repeats.newest) == REMEMBERED
    for bad in ("", "x", "/1", "a/b", "a/"):
        with pytest.raises(ValueError, match="not a position"):
            repeats.first(bad)


@given(st.randoms(use_true_random=False))
def test_a_part_that_comes_late_is_no_repetition(rng: random.Random) -> None:
    """The log takes any part of what the relay hands it; the relay tries again with all of it and more."""
    ids = [f"0001.0000.{n:020d}/0" for n in range(900)]
    repeats, taken, done = Repeats(), [], 0
    while done < len(ids):
        batch = ids[done : done + BATCH]
        whole = rng.random() < 0.4
        came = batch if whole else sorted(rng.sample(batch, rng.randrange(len(batch))))
        taken += [id_ for id_ in came if repeats.first(id_)]
        done += len(batch) if whole else 0
    assert sorted(taken) == ids
