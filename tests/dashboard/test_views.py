"""Every page in its place: its own files and no other's, its own callbacks, the rest is 404."""

from __future__ import annotations

import asyncio
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from dash import Dash, Input, Output, dcc, html

from community.site import Text
from dashboard.assets import ASSETS
from dashboard.pages import Page
from dashboard.view import House, View, asking
from dashboard.views import VIEWS, WALL
from tests.dashboard.serve import Web, serving


def told(page: Page) -> html.Main:
    return html.Main([html.H1(page.site.name.get(page.lang)), html.P(page.asked.get("day", "")), dcc.Graph(id="g")])


def callbacks(app: Dash, house: House) -> None:
    @app.callback(Output("out", "children"), Input("in", "value"))
    async def answer(value: str) -> str:
        return f"{asking('/second').site.id} {value}"


SECOND = View("/second", Text("第二页", "Second"), told, ("shared", "map"), graphs=True, callbacks=callbacks)


def referer(web: Web, address: str) -> dict[str, str]:
    return {"referer": web.url + address}


def test_a_view_has_its_own_files_words_and_callbacks(redis_url: str, var: Path) -> None:
    async def look(web: Web) -> None:
        wall, second = (await web.client.get("/")).text, (await web.client.get("/second?lang=en")).text
        assert "<title>值守大屏 · 澜庭花园</title>" in wall and "<title>Second · Lanting Garden</title>" in second
        assert '<html lang="en" data-community="lanting" data-lang="en"' in second
        for address, on_the_wall, on_the_second in (
            ("/assets/shared/tokens.css", True, True),
            ("/assets/wall/wall.css", True, False),
            ("/assets/wall/live.js", True, False),
            ("/assets/map/plan.css", False, True),
            ("/dash/dcc/", False, True),
            ("/dash/dash_table/", False, False),
        ):
            assert (address in wall, address in second) == (on_the_wall, on_the_second), address
        for address in re.findall(r'(?:src|href)="(/assets/[^"]+)"', wall + second):
            assert (await web.client.get(address)).status_code == 200, address

        asked = referer(web, "/second?community=lanting&lang=en&day=2026-03-12")
        layout = (await web.client.get("/_dash-layout", headers=asked)).text
        assert "Lanting Garden" in layout and "2026-03-12" in layout
        assert '"wall"' in (await web.client.get("/_dash-layout", headers=referer(web, "/?lang=en"))).text

        for path in ("/third", "/second/more", "/Second", "/second?community=nowhere"):
            assert (await web.client.get(path)).status_code == 404, path

    run(redis_url, var, look)


@pytest.mark.parametrize(("asking", "status"), [("/second?lang=en", 200), ("/", 204), ("/?to=/second", 204)])
def test_a_callback_serves_its_own_page_only(redis_url: str, var: Path, asking: str, status: int) -> None:
    body: dict[str, Any] = {
        "output": "out.children",
        "outputs": {"id": "out", "property": "children"},
        "inputs": [{"id": "in", "property": "value", "value": "seven"}],
        "changedPropIds": ["in.value"],
    }

    async def look(web: Web) -> None:
        answer = await web.client.post("/_dash-update-component", json=body, headers=referer(web, asking))
        assert answer.status_code == status
        if status == 200:
            assert answer.json()["response"] == {"out": {"children": "lanting seven"}}
        foreign = referer(web, asking) | {"origin": "https://elsewhere.example"}
        assert (await web.client.post("/_dash-update-component", json=body, headers=foreign)).status_code == 403

    run(redis_url, var, look)


def run(redis_url: str, var: Path, look: Any) -> None:
    async def visit() -> None:
        async with serving(redis_url, var, [WALL, SECOND]) as web:
            await look(web)

    asyncio.run(visit())


def test_the_views_keep_the_rules() -> None:
    assert VIEWS[0] is WALL, "without an address of its own a request is about the wall"
    assert len({view.path for view in VIEWS}) == len(VIEWS)
    for view in (*VIEWS, SECOND):
        assert view.title.zh and view.title.en
        assert all((ASSETS / folder).is_dir() for folder in view.assets), view.path
        assert not inspect.iscoroutinefunction(view.layout), "a layout reads nothing"
        app = Dash(view.path.strip("/") or "wall", suppress_callback_exceptions=True)
        view.callbacks(app, None)  # type: ignore[arg-type]  # registering asks nothing of the house
        for callback in app.callback_map.values():
            assert inspect.iscoroutinefunction(callback["callback"].__wrapped__), f"{view.path}: async def"
