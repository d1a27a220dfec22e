"""A report on its way: what its code and order are called, and which of its steps are done."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import NamedTuple

from ..order_book import Standing
from ..site import Site

CODE = re.compile(r"[A-Z2-7]{10}")
DRAFT = re.compile(r"[\w-]{16,64}", re.ASCII)
"""A random word of the page on which it was written: the same page sent again is the same report."""

STEPS = ("published", "taken", "in_progress", "done")


class Told(NamedTuple):
    """How far an order is, from whoever knows it: the live state, or history."""

    phase: str
    at: dict[str, int]
    """Phase -> when it came (milliseconds)."""
    post: str = ""
    due_ms: int | None = None
    late: bool = False
    rating: int | None = None


def code_of(draft: str) -> str:
    """What the resident is given; only who has the page, or this, can follow the report."""
    return _word("code", draft)[:10]


def order_of(draft: str) -> str:
    """What the log calls it; the code cannot be found from it."""
    return "R-" + _word("order", draft)[:8]


PHASE = "order.phase"


def desk_at(site: Site) -> str:
    """Which desk has the reports of residents: the first that is described."""
    return next((device.id for device in site.devices if device.system == "orders"), "DESK")


def _word(purpose: str, draft: str) -> str:
    return base64.b32encode(hashlib.sha256(f"{purpose}:{draft}".encode()).digest()).decode()


def read_code(typed: str) -> str:
    """As somebody types it: small letters, gaps, 0 and 1 for letters that look like them; '' for what is no code."""
    found = re.sub(r"[\s-]", "", typed).upper().replace("0", "O").replace("1", "I")
    return found if CODE.fullmatch(found) else ""


def from_standing(one: Standing) -> Told:
    return Told(one.phase, one.phases, one.post, one.due_ms, one.late)


def joined(live: Told | None, history: Told | None) -> Told | None:
    """The live state knows what is newest, history what came before it."""
    if live is None or history is None:
        return live or history
    return live._replace(at=history.at | live.at, post=live.post or history.post, rating=history.rating)


def steps_done(told: Told) -> int:
    """How many of STEPS are behind it: what is reopened waits again."""
    if told.phase in ("done", "rated"):
        return len(STEPS)
    return {"taken": 2, "in_progress": 3}.get(told.phase, 1)
