"""A row belongs to the local day of its own moment: late, at midnight, on a leap day, where clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from community.history.days import HOUR_MS, bounds, bucket, days_between
from store.history.figures import figures
from store.history.rollups import settle
from tests.history.pages import DAY_MS, MINUTE_MS, SITE, T0_MS, Pages, rows, write

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo")


def ms(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1000


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 4_000_000_000_000), st.sampled_from(ZONES))
def test_a_moment_lies_in_its_day_and_hour(at_ms: int, zone: str) -> None:
    day, hour_ms = bucket(at_ms, zone)
    first_ms, next_ms = bounds(day, zone)
    assert first_ms <= at_ms < next_ms
    assert hour_ms <= at_ms < hour_ms + HOUR_MS
    assert day == datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone)).date().isoformat()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.dates(min_value=date(1980, 1, 1), max_value=date(2090, 1, 1)), st.sampled_from(ZONES))
def test_days_follow_each_other_without_a_hole(day: date, zone: str) -> None:
    after = (day + timedelta(days=1)).isoformat()
    assert bounds(day.isoformat(), zone)[1] == bounds(after, zone)[0]
    assert days_between(day.isoformat(), after) == [day.isoformat(), after]


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24), ("2028-02-29", 24)],
)
def test_a_day_of_a_meter_has_the_half_hours_of_its_clock(history_engine: sa.Engine, day: str, hours: int) -> None:
    berlin = replace(SITE, timezone="Europe/Berlin")
    first_ms, next_ms = bounds(day, "Europe/Berlin")
    assert next_ms - first_ms == hours * HOUR_MS
    pages, slots = Pages(), 2 * hours
    for begin in range(0, slots, 48):  # a record holds 48 at most: the long day needs two
        some = [1.5] * min(48, slots - begin)
        data = {"start_ms": first_ms + begin * 1_800_000, "volume_l": some}
        pages.log("meter.intervals", "W-1", data, at_ms=next_ms + MINUTE_MS)
    write(history_engine, pages.entries, site=berlin)
    (held,) = rows(history_engine, "meter_day")["meter_day"]
    assert held[:7] == ("garden", day, "W-1", "water_meter", slots, slots, 1500 * slots)
    found = figures(history_engine, berlin, day, day, ["water", "meters_read"]).figures
    assert [answer.value for answer in found] == [1.5 * slots / 1000, 100]


def test_the_hour_that_comes_twice_is_two(history_engine: sa.Engine) -> None:
    berlin = replace(SITE, timezone="Europe/Berlin")
    first_ms = bounds("2026-10-25", "Europe/Berlin")[0]
    pages = Pages()
    for hour in range(25):
        at_ms = first_ms + hour * HOUR_MS + 5
        pages.log("access.pass", "D-1", {"method": "card", "result": "granted"}, at_ms=at_ms)
    write(history_engine, pages.entries, site=berlin)
    (by_hour,) = figures(history_engine, berlin, "2026-10-25", "2026-10-25", ["passes_by_hour"]).figures
    assert by_hour.lines is not None
    assert [(line.keys["hour_ms"] - first_ms, line.value) for line in by_hour.lines] == [
        (hour * HOUR_MS, 1) for hour in range(25)
    ]


def test_what_comes_late_is_counted_in_its_own_day_and_that_day_again(history_engine: sa.Engine) -> None:
    pages = Pages()
    card = {"method": "card", "result": "granted"}
    last_ms = T0_MS + DAY_MS - 1
    pages.log("access.pass", "D-1", card, at_ms=last_ms)
    pages.log("access.pass", "D-1", card, at_ms=last_ms + 1)
    write(history_engine, pages.entries)
    asked = ("2026-03-12", "2026-03-14", ["passes"])
    by_day = {
        day: figures(history_engine, SITE, day, day, ["passes"]).figures[0].value for day in days_between(*asked[:2])
    }
    assert by_day == {"2026-03-12": 1, "2026-03-13": 1, "2026-03-14": None}
    late = [pages.log("access.pass", "D-1", card, at_ms=T0_MS + 7, appended_ms=T0_MS + 40 * DAY_MS)]
    late += [pages.log("access.pass", "D-2", card, at_ms=T0_MS + DAY_MS, appended_ms=T0_MS + 40 * DAY_MS)]
    write(history_engine, late)
    assert [figures(history_engine, SITE, day, day, ["passes"]).figures[0].value for day in by_day] == [2, 2, None]
    assert figures(history_engine, SITE, *asked).figures[0].value == 4


def test_a_clock_that_is_ahead_or_lost_gives_way_to_the_arrival(history_engine: sa.Engine) -> None:
    pages = Pages()
    card = {"method": "card", "result": "granted"}
    pages.log("access.pass", "D-1", card, at_ms=T0_MS + 9 * DAY_MS, appended_ms=T0_MS + 5)
    pages.log("access.pass", "D-1", card, at_ms=1000, appended_ms=T0_MS + 6)
    write(history_engine, pages.entries)
    assert [row[1] for row in rows(history_engine, "door_pass")["door_pass"]] == [T0_MS + 5, T0_MS + 6]


def test_a_session_over_midnight_belongs_to_the_day_of_its_end(history_engine: sa.Engine) -> None:
    pages = Pages()
    begin_ms = T0_MS + 23 * HOUR_MS
    pages.log("charging.session", "P-1-01", {"session": "s", "phase": "started", "meter_start_wh": 5.5}, at_ms=begin_ms)
    write(history_engine, pages.entries)
    asked = ["charging_sessions", "charging_energy", "charging_peak"]

    def told(day: str) -> list[object]:
        return [answer.value for answer in figures(history_engine, SITE, day, day, asked).figures]

    assert told("2026-03-12") == [None, None, 1]  # the feed was not heard: nobody knows of others
    end = {"session": "s", "phase": "ended", "meter_stop_wh": 1005.5}
    write(history_engine, [pages.log("charging.session", "P-1-01", end, at_ms=begin_ms + 2 * HOUR_MS)])
    assert told("2026-03-13") == [1, 1.0, 1]
    assert told("2026-03-12")[2] == 1
    assert not settle(history_engine, {SITE.id: SITE})


def test_minutes_that_are_heard_and_not_yet_counted_are_no_gap(history_engine: sa.Engine) -> None:
    """Of the day that runs presence is worked out some seconds after it was heard; a month with it says the same."""
    pages = Pages()
    for minute in (*range(10), *range(12, 20)):
        pages.tick(T0_MS + minute * MINUTE_MS)
    book, (day, _) = write(history_engine, pages.entries), bucket(T0_MS, SITE.timezone)
    for later in (20, 40):
        book.take([pages.tick(T0_MS + later * MINUTE_MS)])
        for first in (day, "2026-03-01"):
            told = figures(history_engine, SITE, first, day, ["log_coverage"])
            (*_, gap), minutes = told.coverage.gaps, (told.as_of_ms - T0_MS) // MINUTE_MS
            assert (minutes, gap.to_ms - gap.from_ms) == (20, 2 * MINUTE_MS), (later, first)
    while settle(history_engine, {SITE.id: SITE}):
        pass
    told = figures(history_engine, SITE, day, day, ["log_coverage"])
    assert (told.coverage.minutes, told.coverage.recorded) == (41, 20)
    assert [(gap.to_ms - gap.from_ms) // MINUTE_MS for gap in told.coverage.gaps] == [2, 19]
