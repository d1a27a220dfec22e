"""The catalogue: every figure on both databases, as a recount by plain Python gives it; unknown is None."""

from __future__ import annotations

import statistics
from collections import Counter
from math import ceil

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from community.figures import CATALOGUE, FIGURES
from community.figures.known import LISTENED, deaf_feeds, why_unknown
from community.place import Device
from store import keys
from store.history import rollups
from store.history.book import Book
from store.history.figures import NoRange, figures
from store.history.rollups import settle
from tests.history.pages import DAY_MS, HOUR_MS, MINUTE_MS, SITE, T0_MS, Pages, write

DAY = "2026-03-12"
METHODS = ("face", "card", "qr", "bluetooth")


def quiet(pages: Pages, from_ms: int, to_ms: int, feeds: tuple[str, ...] = ("gates", "piles")) -> None:
    """Minutes in which only ticks and the feeds are heard."""
    for at_ms in range(from_ms, to_ms, MINUTE_MS):
        pages.tick(at_ms)
        for feed in feeds:
            pages.log("source.heartbeat", feed, at_ms=at_ms + 1)


def told(engine: sa.Engine, day: str = DAY, to_day: str = "") -> dict[str, object]:
    report = figures(engine, SITE, day, to_day or day)
    return {found.id: found for found in report.figures} | {"": report}


def nearest_rank(values: list[int], percent: int) -> int:
    return sorted(values)[ceil(len(values) * percent / 100) - 1]


def test_a_day_recounted(history_engine: sa.Engine) -> None:
    pages = Pages()
    quiet(pages, T0_MS, T0_MS + DAY_MS)
    passes = [(T0_MS + n * 7 * MINUTE_MS + 5, METHODS[n * n % 4], n % 9 != 0) for n in range(200)]
    for at_ms, method, granted in passes:
        result = "granted" if granted else "denied"
        pages.log("access.pass", "D-1", {"method": method, "result": result, "person": "subject-000077"}, at_ms=at_ms)
    delays = [3 + 7 * n for n in range(23)]
    for n, delay_s in enumerate(delays):
        at_ms = T0_MS + 9 * HOUR_MS + n * MINUTE_MS
        priority = "P1" if n % 4 == 0 else "P2"
        pages.alarm(f"SOS/S-{n % 5}", at_ms, priority=priority, ack_s=delay_s, back_s=n % 22 and 5 + 2 * n)
    energies = [512.125 * n for n in range(1, 20)]
    for n, wh in enumerate(energies):
        begin = {"session": f"s{n}", "phase": "started", "meter_start_wh": 1000 * n}
        pages.log("charging.session", "P-1-01", begin, at_ms=T0_MS + n * 20 * MINUTE_MS)
        end = {"session": f"s{n}", "phase": "ended", "energy_wh": wh} if n else {"session": "s0", "phase": "ended"}
        pages.log("charging.session", "P-1-01", end, at_ms=T0_MS + n * 20 * MINUTE_MS + 3 * HOUR_MS)
    for n in range(6):
        order = {"order": f"W-{n}", "phase": "published"}
        at_ms = T0_MS + 10 * HOUR_MS + n * MINUTE_MS
        pages.log("order.phase", "desk", order, at_ms=at_ms)
        if n:
            taken = {"order": f"W-{n}", "phase": "taken", "post": "post:desk"}
            pages.log("order.phase", "desk", taken, at_ms=at_ms + n * 9 * MINUTE_MS)
        if n > 2:
            pages.log("order.phase", "desk", {"order": f"W-{n}", "phase": "rated", "rating": n}, at_ms=at_ms + HOUR_MS)
    for n in range(5):
        window = {"round": f"r{n}", "from_ms": T0_MS + n * HOUR_MS, "until_ms": T0_MS + n * HOUR_MS + 10 * MINUTE_MS}
        pages.log("patrol.window", "C-1", window, at_ms=T0_MS + 1)
        if n != 2:
            pages.log("patrol.scan", "C-1", {}, at_ms=T0_MS + n * HOUR_MS + 3 * n * MINUTE_MS)
    write(history_engine, pages.entries)
    found = told(history_engine)

    granted = [(at_ms, method) for at_ms, method, ok in passes if ok]
    assert (found["passes"].value, found["passes"].rows) == (len(granted), len(granted))
    by_method = {line.keys["method"]: line.value for line in found["passes_by_method"].lines}
    assert by_method == Counter(method for _, method in granted)
    by_hour = {line.keys["hour_ms"]: line.value for line in found["passes_by_hour"].lines}
    assert by_hour == Counter(at_ms - at_ms % HOUR_MS for at_ms, _ in granted)
    assert found["passes_denied"].value == 100 * (200 - len(granted)) / 200

    assert found["alarms"].value == 23
    assert found["acknowledge_p50"].value == nearest_rank(delays, 50)
    assert found["acknowledge_p95"].value == nearest_rank(delays, 95)
    in_time = [delay <= (30 if n % 4 == 0 else 60) for n, delay in enumerate(delays)]
    assert found["acknowledged_in_time"].value == 100 * sum(in_time) / 23
    assert found["alarms_open"].value == 1  # the last one has not come back
    assert {line.keys["subject"]: line.value for line in found["top_alarms"].lines}["SOS/S-0"] == 5
    assert found["flood_windows"].value == 0

    ended = energies[1:]
    assert found["charging_sessions"].value == 19
    assert found["charging_energy"].value == pytest.approx(sum(ended) / 1000, abs=1e-12)
    assert found["charging_energy"].left_out == 1  # told no energy
    assert found["charging_peak"].value == 9
    assert found["charging_duration_p50"].value == 180

    assert found["orders"].value == 6
    assert found["orders_taken_in_time"].value == 100 * 3 / 6
    assert found["orders_take_p50"].value == 27
    assert found["orders_rating"].value == statistics.mean([3, 4, 5])
    assert (found["orders_rating"].rows, found["orders_rating"].left_out) == (3, 3)
    assert (found["patrol_completion"].value, found["patrol_missed"].value) == (80, 1)
    assert found["log_coverage"].value == 100


def test_no_rows_are_nothing_only_where_somebody_listened(history_engine: sa.Engine) -> None:
    pages = Pages()
    quiet(pages, T0_MS, T0_MS + DAY_MS, ("gates",))
    write(history_engine, pages.entries)
    found = told(history_engine)
    assert (found["alarms"].value, found["passes"].value, found["orders_rating"].value) == (0, 0, None)
    assert (found["charging_energy"].value, found["charging_energy"].why) == (None, "not_recorded")
    assert (found["calls"].value, found["calls"].why) == (None, "no_devices")
    assert found["acknowledge_p50"].why == "nothing"
    assert (found["water"].value, found["water"].why, found["meters_reporting"].value) == (None, "nothing", 0)
    before = told(history_engine, "2026-03-11")
    assert (before["alarms"].value, before["alarms"].why) == (None, "not_recorded")
    assert before[""].coverage.recorded == 0


UNKNOWN = (
    # what, rows, heard, devices there, why it is not known
    ("alarms", 0, 1.0, True, ""),
    ("alarms", 0, LISTENED, True, ""),
    ("alarms", 0, LISTENED - 0.01, True, "not_recorded"),  # some hours without an alarm are no day without one
    ("alarms", 3, 0.1, True, ""),  # what came is shown, beside what is missing
    ("alarms", 0, 0.0, True, "not_recorded"),
    ("alarms", 0, None, True, "not_recorded"),  # a day that has not begun
    ("alarms_open", 2, 0.0, True, "not_recorded"),  # what stood before says nothing of an end that nobody saw
    ("alarms_open", 2, 0.3, True, ""),
    ("orders_open", 4, None, False, ""),  # a desk without a feed
    ("calls", 0, None, False, "no_devices"),
    ("calls", 7, None, False, ""),
    ("water", 0, 1.0, True, "nothing"),
    ("water", 0, 0.0, True, "not_recorded"),
    ("water", 12, 0.0, True, ""),  # a meter's day comes after it
)


@pytest.mark.parametrize(("figure", "rows", "heard", "has_devices", "why"), UNKNOWN)
def test_what_nobody_can_know(figure: str, rows: int, heard: float | None, has_devices: bool, why: str) -> None:
    assert why_unknown(CATALOGUE[figure], rows, heard, has_devices=has_devices) == why


def test_means_are_of_the_days_and_windows_that_were_recorded(history_engine: sa.Engine) -> None:
    pages = Pages()
    for n in (0, 3):
        quiet(pages, T0_MS + n * DAY_MS, T0_MS + n * DAY_MS + 6 * HOUR_MS)
        for k in range(24):
            pages.alarm(f"SOS/S-{k}", T0_MS + n * DAY_MS + HOUR_MS + k * 1000)
    write(history_engine, pages.entries)
    found = told(history_engine, DAY, "2026-03-15")
    assert found[""].coverage.recorded_days == 2
    assert found["alarms_per_day"].value == 24
    assert found["flood_windows"].value == 100 * 2 / 72


def test_a_feed_that_speaks_each_hour_is_heard_between(history_engine: sa.Engine) -> None:
    slow = replace(SITE, sources=(SITE.sources[0], replace(SITE.sources[1], period_s=3600)))
    pages = Pages()
    quiet(pages, T0_MS, T0_MS + DAY_MS, ("gates",))
    for hour in range(20):
        pages.log("source.heartbeat", "piles", at_ms=T0_MS + hour * HOUR_MS)
    write(history_engine, pages.entries, site=slow)
    report = figures(history_engine, slow, DAY, DAY, ["charging_sessions"])
    assert report.figures[0].value == 0
    heard_min = 19 * 60 + 3 * 60 + 1  # its last word holds for three of its periods
    assert report.coverage.feeds["piles"] == heard_min
    assert deaf_feeds(slow, report.coverage) == [(slow.sources[1].name, 1440 - heard_min)]


def test_that_a_day_was_heard_is_not_said_before_it_is_counted(history_engine: sa.Engine) -> None:
    pages = Pages()
    quiet(pages, T0_MS, T0_MS + DAY_MS)
    for minute in range(0, 1440, 10):
        pages.log("access.pass", "D-1", {"method": "card", "result": "granted"}, at_ms=T0_MS + minute * MINUTE_MS)
    book = Book(history_engine, {SITE.id: SITE})
    book.positions(keys.LOG)
    book.take(pages.entries)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollups, "AT_ONCE", 1)  # a round ends after one sum: whoever looks then sees a half-counted day
        while settle(history_engine, {SITE.id: SITE}):
            assert told(history_engine)["passes"].value in (None, 144)
    assert told(history_engine)["passes"].value == 144


def test_gaps_are_named_and_joined_over_midnight(history_engine: sa.Engine) -> None:
    pages = Pages()
    quiet(pages, T0_MS, T0_MS + 23 * HOUR_MS)
    quiet(pages, T0_MS + 25 * HOUR_MS, T0_MS + 30 * HOUR_MS)
    pages.tick(T0_MS + 31 * HOUR_MS)
    write(history_engine, pages.entries)
    coverage = told(history_engine, DAY, "2026-03-13")[""].coverage
    hours = [((gap.from_ms - T0_MS) / HOUR_MS, (gap.to_ms - T0_MS) / HOUR_MS) for gap in coverage.gaps]
    assert hours == [(23, 25), (30, 31)]
    assert (coverage.minutes, coverage.recorded) == (31 * 60 + 1, 28 * 60 + 1)
    assert coverage.feeds == {"gates": 28 * 60, "piles": 28 * 60}


def test_each_figure_stands_in_the_catalogue_once() -> None:
    assert len(FIGURES) == len(CATALOGUE)


def test_every_figure_says_what_it_is_in_both_languages() -> None:
    for figure in CATALOGUE.values():
        for text in (figure.name, figure.definition):
            assert text.zh and text.en and text.zh != text.en, figure.id
        assert ":community" in figure.query and "AS n" in figure.query, figure.id


def test_every_query_runs_on_an_empty_history(history_engine: sa.Engine) -> None:
    report = figures(history_engine, SITE, DAY, "2026-04-12")
    assert len(report.figures) == len(CATALOGUE)
    assert all(found.value is None for found in report.figures)


@pytest.mark.parametrize(
    "days", [("2026-03-12", "2026-03-11"), ("12.3.2026", "2026-03-12"), ("0001-01-01", "9999-12-30")]
)
def test_a_range_that_is_none_is_refused(history_engine: sa.Engine, days: tuple[str, str]) -> None:
    with pytest.raises(NoRange):
        figures(history_engine, SITE, *days)


def test_of_each_port_each_hour_a_year_is_refused_and_a_month_is_not(history_engine: sa.Engine) -> None:
    """A million lines were a gigabyte in the process that serves the walls; what is by hour alone stays."""
    ports = tuple(Device(f"P-{n}", "charging", "plug", "piles") for n in range(120))
    site = replace(SITE, devices=(*SITE.devices, *ports))
    asked = ["charging_busy", "charging_busy_by_hour"]
    year = figures(history_engine, site, "2026-01-01", "2026-12-31", asked).figures
    month = figures(history_engine, site, "2026-03-01", "2026-03-31", asked).figures
    assert [one.why == "too_many" for one in (*year, *month)] == [True, False, False, False]
