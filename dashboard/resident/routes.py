"""Everything below /r, in the order in which an address is looked up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter

from ..view import House
from .asking import Asking
from .charging import make_charging, make_port


def make_resident(house: House, plans: Sequence[Path]) -> APIRouter:
    asking = Asking(house.hub, house.history, plans)
    router = APIRouter(include_in_schema=False)
    router.include_router(make_charging(asking))
    router.include_router(make_port(asking))
    return router
