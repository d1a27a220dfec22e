"""Dash, serving layouts only: every page is a pure function of the site, what moves comes over the stream."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from dash import Dash, html
from fastapi import FastAPI

from layouts.wall import wall

from .pages import Page, current

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"

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


UNUSED = ("/dash/dcc/", "/dash/dash_table/")
"""Component suites that no page of ours uses: 124 kB of a first load of 425."""


class WallApp(Dash):
    def _generate_scripts_html(self) -> str:
        scripts: str = super()._generate_scripts_html()
        return "\n".join(line for line in scripts.split("\n") if not any(part in line for part in UNUSED))

    def interpolate_index(self, **parts: Any) -> str:
        """The page says at once whose it is and in which language: the stream opens before Dash has drawn anything."""
        page = current.get(None)
        rendered: str = super().interpolate_index(**parts)
        if page is None:
            return rendered
        lang = "zh-CN" if page.lang == "zh" else "en"
        facts = f'data-community="{html_escape(page.site.id)}" data-lang="{page.lang}" data-build="{page.build}"'
        mark = f'<html lang="{lang}" {facts}>'
        title = f"<title>{html_escape(page.site.name.get(page.lang))}</title>"
        return rendered.replace('<html lang="zh-CN">', mark, 1).replace("<title>守望</title>", title, 1)


def html_escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def make_dash(server: FastAPI) -> WallApp:
    app = WallApp(
        "shouwang",
        server=server,
        assets_folder=str(ASSETS),
        assets_path_ignore=["map"],
        external_stylesheets=["/fonts/fonts.css"],
        title="守望",
        update_title=None,
        index_string=INDEX,
        suppress_callback_exceptions=True,  # the layout needs a request: it cannot be validated beforehand
    )
    app.layout = _layout
    app.backend.websocket_capability = False  # else every page opens a socket that nothing here uses
    return app


def asset_url(path: str) -> str:
    """The address under which Dash's own pages ask for an asset, so that a browser keeps one copy."""
    return f"{path}?m={(ROOT / path.lstrip('/')).stat().st_mtime}" if path.startswith("/assets/") else path


def _layout() -> html.Main:
    page: Page = current.get()
    return wall(page.site, page.lang)


def build_id() -> str:
    """Changes when what a kiosk runs has changed: then it reloads itself."""
    digest = hashlib.sha256()
    for folder in (ASSETS, ROOT / "layouts", ROOT / "community", ROOT / "dashboard"):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in (".js", ".css", ".py", ".csv", ".json", ".geojson"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
