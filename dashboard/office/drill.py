"""The records behind a bar, as a table in a drawer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from dash import html
from msgspec.structs import replace

from community.board.naming import place_of_key, where
from community.clock import local
from community.figures.words import CATEGORIES, METHODS, OUTCOMES, PHASES, REASONS
from community.history.days import MINUTE_MS
from community.office import said
from community.office.words import OFFICE, named
from community.past import PAST
from community.words import PRIORITIES, UNKNOWN, post, say
from layouts.office.parts import drawer, plainly, table
from layouts.office.words import form
from store.history.records import SHOWN, Asked, Found, Of, records

from .ask import Ask, alarm_ids, alarm_name, device_name, drill_of, of_residents, shown_alarm

ORDERS: tuple[Of, ...] = ("orders", "due", "taken", "reopened")
HEADS: Mapping[Of, tuple[str, ...]] = {
    "alarms": ("time", "priority", "what", "place"),
    "annunciated": ("time", "priority", "what", "place"),
    "chattering": ("time", "priority", "what", "place"),
    "acknowledged": ("time", "priority", "what", "place", "after", "by"),
    "returned": ("time", "priority", "what", "place", "after"),
    "verdicts": ("time", "what", "place", "verdict", "by"),
    "passes": ("time", "method", "place", "direction"),
    "running": ("time", "ended", "place", "kwh"),
    "ended": ("time", "ended", "place", "kwh"),
    **dict.fromkeys(ORDERS, ("time", "order", "category", "phase", "after", "by")),
    "done": ("time", "order", "category", "phase", "done_after", "by"),
    "rated": ("time", "order", "category", "phase", "rating", "by"),
    "answered": ("time", "place", "outcome", "after"),
    "offered": ("time", "place", "heard_at"),
    "presence": ("date", "what", "minutes_heard", "minutes_lost", "longest"),
    "interruptions": ("time", "until", "what", "state", "length"),
    "half_hours": ("time", "what", "flow"),
}

OF_ALARMS: tuple[Of, ...] = ("alarms", "annunciated", "chattering", "acknowledged", "returned")

MOMENTS = ("at_ms", "published_ms", "started_ms", "ended_ms", "rang_ms", "offered_ms", "from_ms")
"""Of a record when it was, the first of these that it has."""


def drawn(ask: Ask, asked: Asked, past: str = "") -> list[Any]:
    """`past`: the address of a wall of the past without its moment, where whoever asks may see one."""
    if of_residents(ask.site, asked.devices):
        asked = replace(asked, devices=())
    found = records(ask.engine, ask.site, replace(asked, alarms=alarm_ids(asked.alarms)))
    count = say(OFFICE["records_of"], ask.lang, f"{found.total:,}")
    title = f"{OFFICE['records'].get(ask.lang)} · {_moment(ask, asked.from_ms)} – {_moment(ask, asked.to_ms)}"
    head = [OFFICE[name].get(ask.lang) for name in HEADS[asked.of]]
    rows: list[list[Any]] = [list(ROWS[asked.of](ask, row)) for row in found.rows]
    if past:
        head.append("")
        for cells, row in zip(rows, found.rows, strict=True):
            at_ms = next((row[name] for name in MOMENTS if row.get(name) is not None), None)
            cells.append(html.A(PAST["link"].get(ask.lang), href=f"{past}&at={at_ms}") if at_ms is not None else "")
    if "report.make" in ask.acts and asked.of in OF_ALARMS and rows:
        head.append("")
        for cells, row in zip(rows, found.rows, strict=True):
            cells.append(_incident(ask, row))
    body = table(head, rows) if rows else plainly(OFFICE["records_gone"].get(ask.lang))
    return drawer(title, count, [body, *_pages(ask, asked, found)], ask.lang)


def _incident(ask: Ask, row: Mapping[str, Any]) -> Any:
    """The way to the 报警处置单 of this alarm. Of a resident in care it is made at /reports, by who knows the alarm."""
    if row["since_ms"] is None or shown_alarm(row["alarm"]) != row["alarm"] or of_residents(ask.site, (row["device"],)):
        return ""
    at = local(row["since_ms"], ask.zone)
    subject = f"{row['alarm']}/{row['device']}@{row['since_ms']}"
    fields = {"kind": "incident", "day": at.date().isoformat(), "lang": ask.lang, "subject": subject}
    to = f"/reports?{urlencode({'community': ask.site.id, 'lang': ask.lang})}"
    return form(to, "make", fields, [], OFFICE["incident"].get(ask.lang))


def _pages(ask: Ask, asked: Asked, found: Found) -> list[Any]:
    """Which of them are listed, and the ways to those before and after."""
    if found.total <= SHOWN:
        return []
    last = asked.skip + len(found.rows)
    ways = (("earlier", asked.skip - SHOWN, asked.skip > 0), ("later", asked.skip + SHOWN, last < found.total))
    buttons = [
        html.Button(
            OFFICE[name].get(ask.lang),
            type="button",
            className="press",
            **{"data-drill": drill_of(replace(asked, skip=max(0, skip)))},
        )
        for name, skip, there in ways
        if there
    ]
    return [html.Nav([html.Span(f"{asked.skip + 1:,} – {last:,}", className="num"), *buttons], className="drill-pages")]


# ---- a record in words
Row = Mapping[str, Any]


def _pass(ask: Ask, row: Row) -> list[str]:
    direction = OFFICE[row["direction"]].get(ask.lang) if row["direction"] in ("in", "out") else UNKNOWN
    method = named(METHODS, row["method"]).get(ask.lang)
    return [_moment(ask, row["at_ms"], True), method, where(ask.site, row["device"], ask.lang), direction]


def _session(ask: Ask, row: Row) -> list[str]:
    kwh = f"{row['energy_mwh'] / 1e6:.2f}" if row["energy_mwh"] is not None else UNKNOWN
    begun, ended = (
        _moment(ask, row[name]) if row[name] is not None else UNKNOWN for name in ("started_ms", "ended_ms")
    )
    return [begun, ended, where(ask.site, row["device"], ask.lang), kwh]


def _order(ask: Ask, row: Row) -> list[str]:
    return _order_with(ask, row, _took(ask, row["published_ms"], row["taken_ms"]))


def _done(ask: Ask, row: Row) -> list[str]:
    return _order_with(ask, row, _took(ask, row["published_ms"], row["done_ms"]))


def _rated(ask: Ask, row: Row) -> list[str]:
    return _order_with(ask, row, str(row["rating"]))


def _order_with(ask: Ask, row: Row, told: str) -> list[str]:
    return [
        _moment(ask, row["published_ms"]),
        row["work_order"],
        named(CATEGORIES, row["category"]).get(ask.lang),
        named(PHASES, row["phase"]).get(ask.lang),
        told,
        _post(ask, row["post"]),
    ]


def _alarm(ask: Ask, row: Row) -> list[str]:
    priority = PRIORITIES[row["priority"]].get(ask.lang) if row["priority"] in PRIORITIES else UNKNOWN
    return [_moment(ask, row["at_ms"], True), priority, *_of_alarm(ask, row)]


def _of_alarm(ask: Ask, row: Row) -> list[str]:
    place = place_of_key(ask.site, f"{row['alarm']}/{row['device']}", ask.lang)
    return [alarm_name(shown_alarm(row["alarm"])).get(ask.lang), place]


def _returned(ask: Ask, row: Row) -> list[str]:
    return [*_alarm(ask, row), _took(ask, row["since_ms"], row["at_ms"])]


def _acknowledged(ask: Ask, row: Row) -> list[str]:
    return [*_returned(ask, row), _post(ask, row["by"])]


def _verdict(ask: Ask, row: Row) -> list[str]:
    verdict = named(REASONS, row["verdict"]).get(ask.lang)
    return [_moment(ask, row["at_ms"], True), *_of_alarm(ask, row), verdict, _post(ask, row["by"])]


def _answered(ask: Ask, row: Row) -> list[str]:
    outcome = named(OUTCOMES, row["outcome"]).get(ask.lang)
    took = said.clock(row["took_ms"] / 1000, ask.lang)
    return [_moment(ask, row["rang_ms"], True), where(ask.site, row["device"], ask.lang), outcome, took]


def _offered(ask: Ask, row: Row) -> list[str]:
    heard = _moment(ask, row["acked_ms"], True) if row["acked_ms"] is not None else UNKNOWN
    return [_moment(ask, row["offered_ms"], True), where(ask.site, row["device"], ask.lang), heard]


def _presence(ask: Ask, row: Row) -> list[str]:
    lost = row["known"] - row["online"]
    return [row["day"], device_name(ask, row["device"]), f"{row['online']:,}", f"{lost:,}", f"{row['longest_gap']:,}"]


def _interruption(ask: Ask, row: Row) -> list[str]:
    from_ms, to_ms = row["from_ms"], row["to_ms"]
    length = said.clock((to_ms - from_ms) / 1000, ask.lang)
    what = OFFICE[row["what"]].get(ask.lang)
    return [_moment(ask, from_ms), _moment(ask, to_ms), device_name(ask, row["device"]), what, length]


def _half_hour(ask: Ask, row: Row) -> list[str]:
    return [_moment(ask, row["at_ms"]), device_name(ask, row["device"]), f"{row['flow_m3h']:.3f}"]


ROWS: Mapping[Of, Callable[[Ask, Row], list[str]]] = {
    "alarms": _alarm,
    "annunciated": _alarm,
    "chattering": _alarm,
    "acknowledged": _acknowledged,
    "returned": _returned,
    "verdicts": _verdict,
    "passes": _pass,
    "running": _session,
    "ended": _session,
    **dict.fromkeys(ORDERS, _order),
    "done": _done,
    "rated": _rated,
    "answered": _answered,
    "offered": _offered,
    "presence": _presence,
    "interruptions": _interruption,
    "half_hours": _half_hour,
}


def _post(ask: Ask, id_: str) -> str:
    return post(id_, ask.lang, ask.site.posts) if id_ else UNKNOWN


def _took(ask: Ask, from_ms: int | None, to_ms: int | None) -> str:
    if from_ms is None or to_ms is None or to_ms < from_ms:
        return UNKNOWN
    return said.clock((to_ms - from_ms) / 1000, ask.lang)


def _moment(ask: Ask, at_ms: int, seconds: bool = False) -> str:
    at = local(at_ms - at_ms % (1000 if seconds else MINUTE_MS), ask.zone)
    return at.strftime("%m-%d %H:%M:%S" if seconds else "%m-%d %H:%M")
