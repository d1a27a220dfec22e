"""A bar and its records are the same number: every one that the manager's pages draw, asked for as a click asks."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from plotly.utils import PlotlyJSONEncoder

from community.board.alarm_words import CARE
from community.office.periods import Period
from dashboard.office import performance
from dashboard.office.ask import Ask, alarm_ids
from dashboard.office.drill import HEADS, ROWS, drawn
from dashboard.office.panels import PANELS
from store.history import tables
from store.history.database import migrate, open_engine
from store.history.dossier import occurrence
from store.history.records import SHOWN, Asked, records
from tests.history.pages import DAY_MS, HOUR_MS, T0_MS, Pages, write
from tests.reports.test_recount import SITE, told

DAY = Period("day", "2026-03-12", "2026-03-12")
DAYS = Period("range", "2026-03-12", "2026-03-13")


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('drill') / 'history.db'}", write=True)
    migrate(engine)
    write(engine, told(77), site=SITE)
    yield engine
    engine.dispose()


def parts(component: Any) -> Iterator[Mapping[str, Any]]:
    """Every component, as the browser has it."""

    def walk(part: Any) -> Iterator[Mapping[str, Any]]:
        if isinstance(part, list):
            for one in part:
                yield from walk(one)
        elif isinstance(part, dict):
            if "props" in part:
                yield part["props"]
            for one in part.values():
                yield from walk(one)

    yield from walk(json.loads(json.dumps(component, cls=PlotlyJSONEncoder)))


def bars(component: Any) -> Iterator[tuple[Any, str]]:
    """(what is drawn, what a click asks for) of each bar, point and cell."""
    for props in parts(component):
        for trace in (props.get("figure") or {}).get("data", []):
            asked = trace.get("customdata")
            if not asked:
                continue
            values = (
                trace["z"] if trace["type"] == "heatmap" else trace["x"] if trace["type"] == "scatter" else trace["y"]
            )
            for value, click in zip(values, asked, strict=True):
                yield from zip(value, click, strict=True) if isinstance(click, list) else [(value, click)]


def buttons(component: Any) -> Iterator[tuple[str, str]]:
    """(the number, what a click asks for) of each row of a list, and of each number that opens its records."""
    for props in parts(component):
        if "data-drill" not in props:
            continue
        said = props["children"]
        if isinstance(said, list):  # a row of a ranked list
            said = next(one["props"]["children"] for one in said if one["props"].get("className") == "num")
        if isinstance(said, dict):  # a card
            said = said["props"]["children"][0]
        yield said, props["data-drill"]


def asked_of(click: str) -> Asked:
    asked = msgspec.json.decode(click, type=Asked)
    return msgspec.structs.replace(asked, alarms=alarm_ids(asked.alarms))


def rows(engine: sa.Engine, click: str) -> tuple[list[Mapping[str, Any]], int]:
    """All of them, page by page."""
    asked, found = asked_of(click), []
    while True:
        page = records(engine, SITE, msgspec.structs.replace(asked, skip=len(found)))
        found += page.rows
        if len(found) >= page.total or not page.rows:
            assert len(found) == page.total
            return found, page.total


def number(words: str) -> float:
    return float(words.replace(",", ""))


def shown(engine: sa.Engine, panel: str, period: Period = DAY) -> Any:
    pages = PANELS if panel in PANELS else performance.PANELS
    return pages[panel](Ask(engine, SITE, period, "zh"))


@pytest.mark.parametrize("period", [DAY, DAYS], ids=["day", "days"])
@pytest.mark.parametrize("panel", ["alarm_hours", "pass_hours", "load"])
def test_a_stacked_bar_counts_its_records(busy: sa.Engine, panel: str, period: Period) -> None:
    found = [(value, rows(busy, click)[1]) for value, click in bars(shown(busy, panel, period))]
    assert sum(value or 0 for value, _ in found) > 5
    assert [value or 0 for value, _ in found] == [total for _, total in found]


@pytest.mark.parametrize("panel", ["alarm_types", "pass_methods", "actors", "chattering", "verdicts"])
def test_a_row_counts_its_records(busy: sa.Engine, panel: str) -> None:
    found = [(number(said), rows(busy, click)[1]) for said, click in buttons(shown(busy, panel, DAYS))]
    assert found and all(drawn == total for drawn, total in found), found


def test_shares_are_of_their_own_grade(busy: sa.Engine) -> None:
    totals = [rows(busy, click)[1] for _, click in buttons(shown(busy, "shares"))]
    alarms = sum(rows(busy, click)[1] for _, click in buttons(shown(busy, "alarm_types")))
    assert len(totals) == 3 and sum(totals) == alarms


def test_a_dot_is_the_median_of_its_records(busy: sa.Engine) -> None:
    found = list(bars(shown(busy, "delays")))
    assert found
    for seconds, click in found:
        took = sorted(row["at_ms"] - row["since_ms"] for row in rows(busy, click)[0])
        assert took[math.ceil(len(took) / 2) - 1] == 1000 * seconds


@pytest.mark.parametrize("period", [DAY, DAYS], ids=["day", "days"])
def test_energy_is_the_sum_of_its_sessions(busy: sa.Engine, period: Period) -> None:
    found = [(value, click) for value, click in bars(shown(busy, "energy", period)) if value is not None]
    assert sum(value for value, _ in found) > 0
    for value, click in found:
        assert sum(row["energy_mwh"] or 0 for row in rows(busy, click)[0]) / 1e6 == value


@pytest.mark.parametrize("period", [DAY, DAYS], ids=["day", "days"])
def test_a_cell_is_the_time_of_its_sessions(busy: sa.Engine, period: Period) -> None:
    found = [(value, click) for value, click in bars(shown(busy, "occupancy", period)) if value is not None]
    assert any(value > 0 for value, _ in found)
    for percent, click in found:
        asked = asked_of(click)
        hours = [
            at
            for at in range(asked.from_ms, asked.to_ms, HOUR_MS)
            if (at - asked.from_ms) // HOUR_MS % 24 == asked.hour
        ]
        ran: Counter[str] = Counter()
        for row in rows(busy, click)[0]:
            end_ms = row["ended_ms"] or row["started_ms"] + DAY_MS
            overlaps = [max(0, min(end_ms, at + HOUR_MS) - max(row["started_ms"], at)) for at in hours]
            assert sum(overlaps) > 0, "a session that did not run in this hour"
            ran[row["device"]] += sum(overlaps)
        whole = len(hours) * HOUR_MS
        in_use = sum(min(whole, ms) for ms in ran.values())  # two sessions at one port are one port in use
        assert percent == pytest.approx(100 * in_use / (whole * len(asked.devices)))


def test_a_camera_s_gaps_are_its_spans(busy: sa.Engine) -> None:
    drawn_spans = Counter(click for _, click in bars(shown(busy, "cameras")))
    assert drawn_spans
    for click, spans in drawn_spans.items():
        found, total = rows(busy, click)
        assert total == spans and {row["device"] for row in found} == set(asked_of(click).devices)
    minutes = list(buttons(shown(busy, "cameras", DAYS)))
    assert minutes
    for said, click in minutes:
        assert sum(row["known"] - row["online"] for row in rows(busy, click)[0]) == number(said)


def test_a_night_is_the_mean_of_its_half_hours(busy: sa.Engine) -> None:
    (flow, click), *_ = bars(shown(busy, "night", DAYS))
    found, total = rows(busy, click)
    assert total == 4 and sum(row["flow_m3h"] for row in found) / total == pytest.approx(flow)


def test_what_residents_gained_has_its_n(busy: sa.Engine) -> None:
    found = [rows(busy, click)[1] for _, click in buttons(shown(busy, "gained"))]
    table = next(props["children"] for props in parts(shown(busy, "gained")) if props.get("className") == "table")
    cells = [
        [cell["props"]["children"] for cell in line["props"]["children"]]
        for line in table["props"]["children"][1]["props"]["children"]
    ]
    counts = [int(number(line[2].removeprefix("n = "))) for line in cells]
    reopened = 3  # its number is a count itself, of those that were published
    counts[reopened] = int(number(cells[reopened][1].split()[0]))
    assert found == counts and sum(found) > 20


def test_a_category_has_its_orders(busy: sa.Engine) -> None:
    found = [rows(busy, click)[1] for _, click in buttons(shown(busy, "orders"))]
    new = [line.value for line in Ask(busy, SITE, DAY, "zh").report("orders_by_category").figures[0].lines or []]
    assert sorted(found) == sorted(new)


def test_cards_open_what_they_count(busy: sa.Engine) -> None:
    ask = Ask(busy, SITE, DAY, "zh")
    counted = {
        found.id: found.rows
        for found in ask.report(
            "alarms",
            "acknowledge_p50",
            "recover_p50",
            "passes",
            "charging_energy",
            "cameras_online",
            "orders_taken_in_time",
        ).figures
    }
    found = [rows(busy, click)[1] for _, click in buttons(shown(busy, "kpis"))]
    assert found == list(counted.values())


def test_every_kind_is_said_in_both_languages(busy: sa.Engine) -> None:
    assert set(HEADS) == set(ROWS)
    for of in HEADS:
        for lang in ("zh", "en"):
            asked = Asked(of, T0_MS, T0_MS + DAY_MS)
            said = json.dumps(drawn(Ask(busy, SITE, DAY, lang), asked), cls=PlotlyJSONEncoder, ensure_ascii=False)
            assert records(busy, SITE, asked).total, of
            assert "subject" not in said


def test_pages_of_records(busy: sa.Engine) -> None:
    ask, asked = Ask(busy, SITE, DAYS, "zh"), Asked("passes", T0_MS, T0_MS + 2 * DAY_MS)
    total = records(busy, SITE, asked).total
    assert total > SHOWN
    (later,) = (click for _, click in buttons(drawn(ask, asked)))
    assert asked_of(later).skip == SHOWN
    first, second = records(busy, SITE, asked).rows, records(busy, SITE, asked_of(later)).rows
    assert first[-1]["at_ms"] <= second[0]["at_ms"] and not [row for row in second if row in first]
    assert any(asked_of(click).skip == 0 for _, click in buttons(drawn(ask, asked_of(later))))


def test_from_an_alarm_s_row_it_is_one_click_to_its_incident_record(busy: sa.Engine) -> None:
    def offered(acts: frozenset[str]) -> list[str]:
        asked = Asked(of="alarms", from_ms=T0_MS, to_ms=T0_MS + DAY_MS)
        made = drawn(Ask(busy, SITE, DAY, "zh", acts=acts), asked)
        return [str(props["value"]) for props in parts(made) if props.get("name") == "subject"]

    assert not offered(frozenset(("report.read",)))
    subjects = offered(frozenset(("report.make",)))
    assert subjects and not any(subject.partition("/")[0] in CARE for subject in subjects), "of care nothing is told"
    found = occurrence(busy, SITE, subjects[0])
    assert found is not None and found.life.occurrence == subjects[0]


def test_pages_are_cut_from_one_list_whichever_end_is_nearer(history_engine: sa.Engine) -> None:
    pages, count = Pages(), 5 * SHOWN + 7
    for n in range(count):
        passed = {"method": ("card", "face", "qr")[n % 3], "result": "granted"}
        pages.log("access.pass", f"D-{n * n % 5}", passed, at_ms=T0_MS + n // 3 * 1000)
    write(history_engine, pages.entries, site=SITE)
    table = tables.door_pass.c
    with history_engine.connect() as connection:
        asked = sa.select(table.at_ms, table.device, table.method).order_by(table.at_ms, table.record_id)
        whole = list(map(tuple, connection.execute(asked)))
    assert len(whole) == count
    for skip in (0, 3, SHOWN, 2 * SHOWN + 90, 3 * SHOWN, count - SHOWN, count - SHOWN + 1, count - 1, count, 9_999_999):
        found = records(history_engine, SITE, Asked(of="passes", from_ms=T0_MS, to_ms=T0_MS + DAY_MS, skip=skip))
        shown = [(row["at_ms"], row["device"], row["method"]) for row in found.rows]
        assert (shown, found.total) == (whole[skip : skip + SHOWN], count), skip
