"""The pages that people open: a view for each address (CONTRIBUTING.md, 'Adding a page')."""

from __future__ import annotations

from collections.abc import Sequence

from community.site import Text
from layouts.city import city
from layouts.wall import wall

from . import desk_page, operate
from .office import daily, performance
from .past import page as past_page
from .view import View

WALL = View(
    "/", Text("值守大屏", "Wall"), lambda page: wall(page.site, page.lang, page.visit), ("shared", "wall", "kiosk")
)

CITY = View("/city", Text("城市总览", "City"), lambda page: city(page.lang), ("shared", "city"), everywhere=True)

VIEWS: Sequence[View] = (
    WALL,
    CITY,
    desk_page.VIEW,
    operate.VIEW,
    desk_page.PHONE,
    daily.VIEW,
    performance.VIEW,
    past_page.VIEW,
)
