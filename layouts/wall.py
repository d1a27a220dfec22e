"""The wall: panels in their places. Positions never move; only what stands in them changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from community.board import client_words, fallback_lines
from community.board.tiles import TILES
from community.site import Site
from community.words import PRIORITIES, WALL, Lang

from .panels.alarms import alarms
from .panels.kiosk import chips
from .panels.plan import plan
from .panels.tiles import TileLabel, tiles
from .panels.top import top
from .panels.verdict import counts, verdict


def wall(site: Site, lang: Lang, visit: bool = False, past: Sequence[Component] = (), then: str = "") -> html.Main:
    """The whole page of a community in one language, before any data: every figure is —. `visit`: for visitors.

    `past`: what stands on a wall of the past besides; `then`: the word before its verdict."""

    def word(key: str) -> str:
        return WALL[key].get(lang)

    style: dict[str, Any] = {"style": {"--then": json.dumps(then, ensure_ascii=False)}} if then else {}
    shown = [TILES[name] for name in site.tiles if name in TILES]
    map_address = "/map?" + urlencode({"community": site.id, "lang": lang})
    return html.Main(
        [
            top(site.name.get(lang), word("subtitle"), chips(WALL["visit"].get(lang) if visit else "")),
            verdict(word("waiting")),
            counts([name.get(lang) for name in PRIORITIES.values()]),
            plan(map_address, site.name.get(lang), word("ribbon"), word("ribbon_what"), word("demo")),
            tiles([TileLabel(tile.id, tile.name.get(lang), tile.icon) for tile in shown]),
            alarms(word("recent"), word("demo")),
            html.Aside(id="tour", className="tour", hidden=True),
            *past,
        ],
        id="wall",
        className="wall past" if past else "wall",
        **style,
        **{
            "data-words": json.dumps(client_words(lang), ensure_ascii=False),
            "data-fallback": json.dumps(fallback_lines(site, lang), ensure_ascii=False),
        },
    )
