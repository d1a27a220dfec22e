"""Which days a page is of, and how a figure and its difference are said."""

from __future__ import annotations

import pytest

from community.figures import CATALOGUE
from community.office.bins import bins_of, on_bins
from community.office.periods import Period, around, before, compared, period_asked, title
from community.office.said import difference, judged, plain, value

TODAY = "2026-03-13"
H, M = 3_600_000, 60_000


@pytest.mark.parametrize(
    ("asked", "kind", "days"),
    [
        ({}, "day", ("2026-03-12", "2026-03-12")),
        ({"day": "2026-02-28"}, "day", ("2026-02-28", "2026-02-28")),
        ({"day": "nonsense", "span": "year"}, "day", ("2026-03-12", "2026-03-12")),
        ({"day": "9999-12-31"}, "day", ("2026-03-12", "2026-03-12")),
        ({"day": "2026-03-12", "span": "week"}, "week", ("2026-03-09", "2026-03-15")),
        ({"day": "2024-02-10", "span": "month"}, "month", ("2024-02-01", "2024-02-29")),
        ({"from": "2026-03-01", "to": "2026-03-10"}, "range", ("2026-03-01", "2026-03-10")),
        ({"from": "2026-03-10", "to": "2026-03-01"}, "range", ("2026-03-01", "2026-03-10")),
        ({"from": "2020-01-01", "to": "2026-03-01"}, "range", ("2025-01-26", "2026-03-01")),
    ],
)
def test_what_is_asked_for(asked: dict[str, str], kind: str, days: tuple[str, str]) -> None:
    assert period_asked(asked, TODAY) == Period(kind, *days)  # type: ignore[arg-type]  # the table's words


def test_before_and_compared() -> None:
    day = around("2026-03-12", "day")
    assert [(c.name.zh, c.period.from_day) for c in compared(day)] == [
        ("前一日", "2026-03-11"),
        ("上周四", "2026-03-05"),
    ]
    assert before(around("2026-03-31", "month")) == Period("month", "2026-02-01", "2026-02-28")
    assert before(around("2026-01-05", "month"), 13).from_day == "2024-12-01"
    assert before(around("2026-03-12", "week"), -1).from_day == "2026-03-16"
    assert compared(Period("range", "2026-03-03", "2026-03-05"))[0].period == Period(
        "range", "2026-02-28", "2026-03-02"
    )


@pytest.mark.parametrize(
    ("period", "zh", "en"),
    [
        (around("2026-03-12", "day"), "3月12日 周四", "Thu 12 Mar"),
        (around("2026-03-12", "week"), "3月9日 – 3月15日", "9 Mar – 15 Mar"),
        (around("2026-03-12", "month"), "2026年3月", "Mar 2026"),
        (Period("range", "2025-12-30", "2026-01-02"), "2025年12月30日 – 2026年1月2日", "30 Dec 2025 – 2 Jan 2026"),
    ],
)
def test_titles(period: Period, zh: str, en: str) -> None:
    assert (title(period, "zh"), title(period, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("id_", "now", "then", "shown", "changed", "verdict"),
    [
        ("alarms", 42, 38, "42 条", "+4", "—"),
        ("alarms", 42, 42, "42 条", "持平", "—"),
        ("alarms", None, 42, "—", "—", "—"),
        ("alarms", 42, None, "42 条", "—", "—"),
        ("passes", 6842, 6710, "6,842 次", "+2%", "—"),
        ("passes", 6711, 6710, "6,711 次", "持平", "—"),
        ("acknowledge_p50", 38, 43, "38.0 秒", "快 5 秒", "—"),
        ("recover_p50", 372, 402, "6分12秒", "快 30 秒", "—"),
        ("orders_take_p50", 8.5, 6, "8分30秒", "慢 2分30秒", "—"),
        ("cameras_online", 99.2, 99.5, "99.2%", "−0.3", "▼ 0.3 未达标"),
        ("cameras_online", 99.5, 99.7, "99.5%", "−0.2", "达标"),
        ("alarms_per_day", 151.5, 100, "151.5 条", "+52%", "▲ 1.5 未达标"),
    ],
)
def test_a_figure_in_words(
    id_: str, now: float | None, then: float | None, shown: str, changed: str, verdict: str
) -> None:
    figure = CATALOGUE[id_]
    assert plain(figure, now, "zh") == shown
    assert difference(figure, now, then, "zh") == changed
    assert judged(figure, now, "zh").words == verdict
    assert judged(figure, now, "zh").miss is ("未达标" in verdict)
    assert value(figure, None, "en") == ("—", "")


def test_bins_know_what_was_not_recorded() -> None:
    midnight = 1_773_244_800_000
    gaps = [(midnight + 2 * H, midnight + 4 * H + 8 * M)]
    bins = bins_of(around("2026-03-12", "day"), "Asia/Shanghai", gaps, midnight + 10 * H)
    assert [(b.missing_min, b.known) for b in bins[1:6]] == [(0, True), (60, False), (60, False), (8, True), (0, True)]
    assert not bins[10].known and bins[10].passed_min == 0, "what has not come yet is not known"
    counts = on_bins(bins, [(midnight + H, 3), (midnight + H, 1), (midnight + 2 * H, 2)])
    assert counts[:5] == [0, 4, 2, None, 0], "a row in a gap is a row"
    assert len(bins_of(around("2026-03-29", "day"), "Europe/Berlin", [], 2 * midnight)) == 23
    assert len(bins_of(around("2026-02-10", "month"), "Asia/Shanghai", [], 2 * midnight)) == 28
