"""The records behind a bar, as a table in a drawer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from msgspec.structs import replace

from community.board.naming import place_of_key, where
from community.clock import local
from community.figures.words import CATEGORIES, METHODS, PHASES
from community.history.days import MINUTE_MS
from community.office import said
from community.office.words import OFFICE, named
from community.past import PAST
from community.words import PRIORITIES, UNKNOWN, post, say
from layouts.office.parts import drawer, plainly, table
from store.history.records import SHOWN, Asked, records

from .ask import Ask, alarm_ids, alarm_name, of_residents, shown_alarm

HEADS = {
    "alarms": ("time", "priority", "what", "place"),
    "acknowledged": ("time", "priority", "what", "place", "after", "by"),
    "returned": ("time", "priority", "what", "place", "after"),
    "passes": ("time", "method", "place", "direction"),
    "sessions": ("time", "ended", "place", "kwh"),
    "orders": ("time", "order", "category", "phase", "after", "by"),
}


MOMENT = {"sessions": "started_ms", "orders": "published_ms"}
"""Of a record when it began; of the others `at_ms`."""


def drawn(ask: Ask, asked: Asked, past: str = "") -> list[Any]:
    """`past`: the address of a wall of the past without its moment, where whoever asks may see one."""
    if of_residents(ask.site, asked.devices):
        asked = replace(asked, devices=())
    found = records(ask.engine, ask.site, replace(asked, alarms=alarm_ids(asked.alarms)))
    key = "records_of" if found.total <= SHOWN else "records_shown"
    count = say(OFFICE[key], ask.lang, f"{found.total:,}", SHOWN)
    title = f"{OFFICE['records'].get(ask.lang)} · {_moment(ask, asked.from_ms)} – {_moment(ask, asked.to_ms)}"
    head = [OFFICE[name].get(ask.lang) for name in HEADS[asked.of]]
    rows: list[list[Any]] = [list(_row(ask, asked.of, row)) for row in found.rows]
    if past:
        head.append("")
        for cells, row in zip(rows, found.rows, strict=True):
            at_ms = row[MOMENT.get(asked.of, "at_ms")]
            cells.append(html.A(PAST["link"].get(ask.lang), href=f"{past}&at={at_ms}") if at_ms is not None else "")
    body = table(head, rows) if rows else plainly(OFFICE["records_gone"].get(ask.lang))
    return drawer(title, count, body, ask.lang)


def _row(ask: Ask, of: str, row: Mapping[str, Any]) -> list[str]:
    lang, posts = ask.lang, ask.site.posts
    if of == "passes":
        direction = OFFICE[row["direction"]].get(lang) if row["direction"] in ("in", "out") else UNKNOWN
        return [
            _moment(ask, row["at_ms"], True),
            named(METHODS, row["method"]).get(lang),
            where(ask.site, row["device"], lang),
            direction,
        ]
    if of == "sessions":
        kwh = f"{row['energy_mwh'] / 1e6:.2f}" if row["energy_mwh"] is not None else UNKNOWN
        ended = _moment(ask, row["ended_ms"]) if row["ended_ms"] is not None else UNKNOWN
        return [_moment(ask, row["started_ms"]), ended, where(ask.site, row["device"], lang), kwh]
    if of == "orders":
        taken = (
            said.clock((row["taken_ms"] - row["published_ms"]) / 1000, lang) if row["taken_ms"] is not None else UNKNOWN
        )
        by = post(row["post"], lang, posts) if row["post"] else UNKNOWN
        phase = named(PHASES, row["phase"]).get(lang)
        return [
            _moment(ask, row["published_ms"]),
            row["work_order"],
            named(CATEGORIES, row["category"]).get(lang),
            phase,
            taken,
            by,
        ]
    priority = f"{PRIORITIES[row['priority']].get(lang)}" if row["priority"] in PRIORITIES else UNKNOWN
    place = place_of_key(ask.site, f"{row['alarm']}/{row['device']}", lang)
    cells = [_moment(ask, row["at_ms"], True), priority, alarm_name(shown_alarm(row["alarm"])).get(lang), place]
    if of == "alarms":
        return cells
    took = (row["at_ms"] - row["since_ms"]) / 1000 if row["since_ms"] is not None else None
    cells.append(said.clock(took, lang) if took is not None and took >= 0 else UNKNOWN)
    if of == "acknowledged":
        cells.append(post(row["by"], lang, posts) if row["by"] else UNKNOWN)
    return cells


def _moment(ask: Ask, at_ms: int, seconds: bool = False) -> str:
    at = local(at_ms - at_ms % (1000 if seconds else MINUTE_MS), ask.zone)
    return at.strftime("%m-%d %H:%M:%S" if seconds else "%m-%d %H:%M")
