"""每日运行: the manager's page of a day, a week, a month or any days. Its panels load side by side and fail alone."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from dash import MATCH, Dash, Input, Output, State
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from community.clock import local_day
from community.office.periods import period_asked
from community.office.words import OFFICE, PANEL_NAMES
from dashboard.pages import Page
from dashboard.view import House, View, asking
from layouts.office.frame import page as frame
from layouts.office.frame import panel, period_controls
from layouts.office.parts import failed
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history.records import Asked

from .ask import Ask
from .drill import drawn
from .panels import PANELS

PATH = "/daily"
LONGEST_DRILL = 100_000
decode_asked = msgspec.json.Decoder(Asked).decode


def layout(page: Page) -> Component:
    period = period_asked(page.asked, local_day(page.now_ms, page.site.timezone))
    head, *rest = PANELS
    controls = [*period_controls(PATH, page.asked, period, page.lang), panel(head, page.lang)]
    panels = [panel(name, page.lang) for name in rest]
    return frame(PATH, "daily", page.site.name.get(page.lang), page.asked, page.lang, controls, panels)


def callbacks(app: Dash, house: House) -> None:
    def ask_of(page: Page) -> Ask:
        period = period_asked(page.asked, local_day(page.now_ms, page.site.timezone))
        return Ask(house.history.engine(), page.site, period, page.lang)

    @app.callback(
        Output({"part": "body", "panel": MATCH}, "children"),
        Output({"part": "retry", "panel": MATCH}, "hidden"),
        Input({"part": "retry", "panel": MATCH}, "n_clicks"),
        State({"part": "body", "panel": MATCH}, "id"),
    )
    async def fill(_: int | None, id_: dict[str, str]) -> tuple[list[Any], bool]:
        page = asking(PATH)
        draw = PANELS.get(id_["panel"])
        if draw is None:
            raise PreventUpdate
        try:
            return await asyncio.to_thread(lambda: draw(ask_of(page))), True
        except (HistoryUnavailable, HistoryMisconfigured) as error:
            return failed(PANEL_NAMES[id_["panel"]].get(page.lang), str(error), page.lang), False

    @app.callback(Output("records", "children"), Input("drill", "data"), prevent_initial_call=True)
    async def records(told: dict[str, Any] | None) -> list[Any]:
        page = asking(PATH)
        try:
            asked = decode_asked(str((told or {}).get("asked", ""))[:LONGEST_DRILL])
        except msgspec.DecodeError as error:
            raise PreventUpdate from error
        try:
            return await asyncio.to_thread(lambda: drawn(ask_of(page), asked))
        except (HistoryUnavailable, HistoryMisconfigured) as error:
            return failed(OFFICE["records"].get(page.lang), str(error), page.lang)


VIEW = View(PATH, OFFICE["daily"], layout, ("shared", "office"), graphs=True, callbacks=callbacks)
