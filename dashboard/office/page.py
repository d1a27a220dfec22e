"""A page of the manager's: its panels load side by side, each in a thread, and fail alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from dash import MATCH, Dash, Input, Output, State
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from community.clock import local_day
from community.office.periods import period_asked
from community.office.words import OFFICE, PANEL_NAMES
from dashboard.access import ACTIONS, PAST, REPORTS, Roles
from dashboard.pages import Page
from dashboard.view import House, View, asking
from layouts.office.frame import exports, not_yet, panel, period_controls, print_button
from layouts.office.frame import page as frame
from layouts.office.parts import failed
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history.records import Asked

from .ask import Ask
from .drill import drawn

Draw = Callable[[Ask], list[Any]]
HEAD = "completeness"
REPORT_ACTS = ("report.read", "report.make", "report.words")
LONGEST_DRILL = 100_000
decode_asked = msgspec.json.Decoder(Asked).decode


def ask_of(page: Page, house: House, days: int) -> Ask:
    """Raises HistoryMisconfigured."""
    period = period_asked(page.asked, local_day(page.now_ms, page.site.timezone), days)
    return Ask(house.history.engine(), page.site, period, page.lang, page.now_ms, _acts(page))


def _acts(page: Page) -> frozenset[str]:
    return frozenset(name for name in REPORT_ACTS if _may(page, ACTIONS[name]))


def _may(page: Page, roles: Roles) -> bool:
    return page.who is not None and page.who.may(roles, page.site.id)


def _past(page: Page) -> str:
    """The way from a record to the wall of its moment, for whom it is open."""
    if not _may(page, PAST):
        return ""
    return f"/past?{urlencode({'community': page.site.id, 'lang': page.lang})}"


def office(
    path: str,
    name: str,
    panels: Mapping[str, Draw],
    days: int,
    more: Callable[[Dash, House], None] | None = None,
    *,
    with_files: bool = False,
    compares: bool = True,
) -> View:
    """`panels`: the one called HEAD stands in the top bar, the others in this order. `days`: how many where the address
    names none. `more`: callbacks of this page alone. `with_files`: the report of these days is offered. `compares`: its
    figures stand beside those of other days."""

    def layout(page: Page) -> Component:
        today = local_day(page.now_ms, page.site.timezone)
        period = period_asked(page.asked, today, days)
        may_read = _may(page, REPORTS)
        controls = period_controls(path, page.asked, period, page.lang, today, compares=compares)
        if period.from_day > today:
            beside, shown = [], [not_yet(path, page.asked, page.lang)]
        else:
            files = exports(page.asked, period, page.lang) if with_files and may_read else []
            beside = [panel(name, HEAD, page.lang), print_button(page.lang), *files]
            shown = [panel(name, each, page.lang) for each in panels if each != HEAD]
        site, closed = page.site.name.get(page.lang), () if may_read else ("/reports",)
        return frame(path, name, site, page.asked, page.lang, controls, beside, shown, closed)

    def callbacks(app: Dash, house: House) -> None:
        body = {"page": name, "part": "body", "panel": MATCH}
        retry = {"page": name, "part": "retry", "panel": MATCH}

        @app.callback(Output(body, "children"), Output(retry, "hidden"), Input(retry, "n_clicks"), State(body, "id"))
        async def fill(_: int | None, id_: dict[str, str]) -> tuple[list[Any], bool]:
            page = asking(path)
            draw = panels.get(id_["panel"])
            if draw is None:
                raise PreventUpdate
            try:
                return await asyncio.to_thread(lambda: draw(ask_of(page, house, days))), True
            except (HistoryUnavailable, HistoryMisconfigured) as error:
                return failed(PANEL_NAMES[id_["panel"]].get(page.lang), str(error), page.lang), False

        @app.callback(Output(f"records-{name}", "children"), Input(f"drill-{name}", "data"), prevent_initial_call=True)
        async def records(told: Any) -> list[Any]:
            page = asking(path)
            said = told.get("asked", "") if isinstance(told, dict) else ""
            try:
                asked = decode_asked(str(said)[:LONGEST_DRILL])
            except msgspec.DecodeError as error:
                raise PreventUpdate from error
            try:
                return await asyncio.to_thread(lambda: drawn(ask_of(page, house, days), asked, _past(page)))
            except (HistoryUnavailable, HistoryMisconfigured) as error:
                return failed(OFFICE["records"].get(page.lang), str(error), page.lang)

        if more is not None:
            more(app, house)

    return View(path, OFFICE[name], layout, ("shared", "office"), graphs=True, callbacks=callbacks)
