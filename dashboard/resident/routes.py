"""Everything below /r, in the order in which an address is looked up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter

from store.people import Engines
from store.residents.notices import Notices
from store.residents.reports import Reports

from ..view import House
from .asking import Asking
from .charging import make_charging, make_port
from .notices import make_notices
from .reporting import make_reporting
from .sos import make_sos


def make_resident(house: House, engines: Engines, plans: Sequence[Path]) -> APIRouter:
    asking = Asking(house.hub, house.history, plans)
    router = APIRouter(include_in_schema=False)
    router.include_router(make_charging(asking))
    router.include_router(make_sos(asking, house))
    router.include_router(make_reporting(asking, house, Reports(engines)))
    router.include_router(make_notices(asking, Notices(engines)))
    router.include_router(make_port(asking))
    return router
