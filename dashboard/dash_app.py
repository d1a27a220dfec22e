"""Dash, serving the views: a layout is a pure function of the page's facts, a page loads what its view names."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from dash import Dash
from dash.development.base_component import Component
from fastapi import FastAPI

from . import assets
from .pages import current
from .signin.who import desk_roles
from .view import House, View

INDEX = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
{%metas%}
<title>{%title%}</title>
{%favicon%}
{%css%}
</head>
<body>
{%app_entry%}
<footer>
{%config%}
{%scripts%}
{%renderer%}
</footer>
</body>
</html>"""


UNUSED = "/dash/dash_table/"
GRAPHS = "/dash/dcc/"
"""Component suites: nobody uses the first, the second goes with the views that draw charts. 124 kB of a first load."""


class Pages(Dash):
    views: dict[str, View]

    def view(self) -> View:
        """The one that the request is about; Dash itself asks before there is any request, and is shown the first."""
        page = current.get(None)
        first = next(iter(self.views.values()))
        return self.views.get(page.path, first) if page is not None else first

    def _generate_scripts_html(self) -> str:
        view = self.view()
        unused = (UNUSED,) if view.graphs else (UNUSED, GRAPHS)
        dashs = super()._generate_scripts_html().split("\n")
        kept = [line for line in dashs if not any(part in line for part in unused)]
        return "\n".join([*assets.scripts(view.assets), *kept])

    def _generate_css_dist_html(self) -> str:
        return "\n".join([super()._generate_css_dist_html(), *assets.sheets(self.view().assets)])

    def interpolate_index(self, **parts: Any) -> str:
        """The page says at once whose it is and in which language: the stream opens before Dash has drawn anything."""
        page = current.get(None)
        rendered: str = super().interpolate_index(**parts)
        if page is None:
            return rendered
        lang = "zh-CN" if page.lang == "zh" else "en"
        facts = f'data-community="{escape(page.site.id)}" data-lang="{page.lang}" data-build="{page.build}"'
        view = self.view()
        if view.acts and page.who is not None and desk_roles(page.who, page.site.id):
            facts += ' data-acts="1"'  # who only looks is offered no button
        if page.visit:
            facts += ' data-visit="1"'
        mark = f'<html lang="{lang}" {facts}>'
        named = view.title.get(page.lang) + ("" if view.everywhere else f" · {page.site.name.get(page.lang)}")
        title = f"<title>{escape(named)}</title>"
        return rendered.replace('<html lang="zh-CN">', mark, 1).replace("<title>守望</title>", title, 1)


def make_dash(server: FastAPI, views: Sequence[View], house: House) -> Pages:
    app = Pages(
        "shouwang",
        server=server,
        assets_folder=str(assets.ASSETS),
        include_assets_files=False,  # a view names its own
        external_stylesheets=["/fonts/fonts.css"],
        title="守望",
        update_title=None,
        index_string=INDEX,
        suppress_callback_exceptions=True,  # the layout needs a request: it cannot be validated beforehand
    )
    app.views = {view.path: view for view in views}

    def layout() -> Component:
        return app.view().layout(current.get())

    app.layout = layout
    for view in views:
        view.callbacks(app, house)
    app.backend.websocket_capability = False  # else every page opens a socket that nothing here uses
    return app
