"""What residents asked for, and what they had of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from community.figures import CATALOGUE
from community.figures.answers import comparable
from community.figures.words import CATEGORIES
from community.office import findings, said
from community.office.periods import compared
from community.office.words import OFFICE, named
from community.words import UNKNOWN, post
from layouts.office.parts import nothing, opening, table, titled
from store.history import looks
from store.history.figures import Report
from store.history.records import Of

from ..ask import Ask, by_id, counted, drill, total
from .along import Drawn


def orders(ask: Ask) -> Drawn:
    ids = ("orders_by_category", "orders_done_by_category", "orders_take_p50_by_category", "orders_in_time_by_category")
    report = ask.report(*ids)
    found = by_id(report)
    new, done, take, in_time = ({line.keys["category"]: line for line in found[id_].lines or []} for id_ in ids)
    late = sum(round(line.rows * (100 - (line.value or 0)) / 100) for line in in_time.values())
    known = found["orders_by_category"].lines is not None
    count = round(total([line.value for line in new.values()]))
    title = (findings.orders(count, late) if known else findings.NOTHING_RECORDED).get(ask.lang)
    longest = looks.waiting(ask.engine, ask.site, min(report.to_ms, report.as_of_ms or report.to_ms))
    rows, none = [], "0" if known else UNKNOWN
    for category in sorted({*new, *longest}, key=lambda c: (-(new[c].value or 0) if c in new else 0, c)):
        waits = longest.get(category)
        rate = in_time[category].value if category in in_time else None
        share = said.plain(CATALOGUE[ids[3]], rate, ask.lang)
        missed = rate is not None and said.judged(CATALOGUE[ids[3]], rate, ask.lang).miss
        rows.append(
            [
                opening(
                    named(CATEGORIES, category).get(ask.lang),
                    drill(of="orders", from_ms=report.from_ms, to_ms=report.to_ms, category=category),
                    ask.lang,
                ),
                f"{new[category].value:,.0f}" if category in new else none,
                f"{done[category].value:,.0f}" if category in done else none,
                said.plain(CATALOGUE[ids[2]], take[category].value if category in take else None, ask.lang),
                html.Span(share, className="miss" if missed else ""),
                _waits(ask, report, waits),
                post(waits["post"], ask.lang, ask.site.posts) if waits and waits["post"] else UNKNOWN,
            ]
        )
    head = [OFFICE[key].get(ask.lang) for key in ("category", "new", "done", "take", "in_time", "waiting", "who")]
    body = table(head, rows, frozenset((1, 2, 3, 4))) if rows else nothing(ask.lang) if not known else html.Div()
    return titled(title, OFFICE["orders"].get(ask.lang), [body], counted(report), ask.lang)


def _waits(ask: Ask, report: Report, waits: Mapping[str, Any] | None) -> str:
    if waits is None:
        return UNKNOWN
    at_ms = min(report.to_ms, report.as_of_ms or report.to_ms)
    return f"{waits['work_order']} · {said.clock((at_ms - waits['published_ms']) / 1000, ask.lang)}"


GAINED: Mapping[str, Of] = {
    "orders_take_p50": "taken",
    "orders_done_p50": "done",
    "orders_rating": "rated",
    "orders_reopened": "reopened",
    "calls_answer_p50": "answered",
    "broadcast_heard": "offered",
}
"""Figure -> the records that it is of."""


def gained(ask: Ask) -> Drawn:
    """What residents had of it, beside what was safe: with n wherever a number is a mean."""
    other = compared(ask.period)[0]
    report, beside = ask.reports((ask.period, other.period), *GAINED)
    found, then, alike = by_id(report), by_id(beside), comparable(report, beside)
    take, rating = found["orders_take_p50"].value, found["orders_rating"]
    title = findings.gained(60 * take if take is not None else None, rating.value, rating.rows).get(ask.lang)
    rows = [
        [
            opening(
                CATALOGUE[id_].name.get(ask.lang),
                drill(of=of, from_ms=report.from_ms, to_ms=report.to_ms),
                ask.lang,
            ),
            said.plain(CATALOGUE[id_], found[id_].value, ask.lang),
            f"n = {found[id_].rows:,}",
            said.plain(CATALOGUE[id_], then[id_].value, ask.lang),
            said.difference(CATALOGUE[id_], found[id_].value, then[id_].value, ask.lang) if alike else UNKNOWN,
        ]
        for id_, of in GAINED.items()
    ]
    head = ["", "", "n", other.name.get(ask.lang), ""]
    body = table(head, rows, frozenset((1, 2, 3, 4)))
    return titled(title, OFFICE["gained"].get(ask.lang), [body], counted(report), ask.lang)
