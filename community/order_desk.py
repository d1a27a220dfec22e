"""What people at the desk do with residents' orders, by commands.

A vendor's order system says `order.phase` and is believed. Here two people may act at once: a command names the phase
(and the post) that was shown, the fold takes the first and refuses the second in words.
"""

from __future__ import annotations

from typing import Any

import msgspec

from .draft import JOURNAL, Draft
from .judge import told
from .order_book import MOVED, Standing, standing
from .systems.base import Patch, typed
from .systems.orders import WAITING

NEXT = {
    "taken": WAITING | {"taken", "in_progress"},
    "in_progress": frozenset(("taken",)),
    "done": frozenset(("taken", "in_progress")),
    "cancelled": WAITING | {"taken"},
    "duplicate": WAITING | {"taken"},
    "reopened": frozenset(("done",)),
}
"""Phase -> those after which it may come."""

NEEDS_REASON = frozenset(("cancelled", "duplicate", "reopened"))


class Move(msgspec.Struct):
    by: str
    order: str
    phase: str
    was: str = ""
    instead_of: str = ""
    to: str = ""
    reason: str = ""


def move(draft: Draft) -> None:
    said: Move = typed(Move, draft.record.data)
    device = draft.device(draft.record.subject)
    now = standing(device, said.order, draft.state.site) if device is not None else None
    if device is None or now is None:
        return draft.refuse(said.by, "no such order")
    refusal = _refusal(draft, said, now)
    if refusal:
        return draft.refuse(said.by, refusal)
    post = said.to or said.by if said.phase == "taken" else now.post or said.by
    values: dict[str, Any] = {"order": said.order, "phase": said.phase}
    values |= {"post": post} if said.phase not in WAITING else {}
    told(draft, device, device, Patch("order", values, every=True), draft.clock_ms)
    data = values | {"by": said.by} | ({"reason": said.reason} if said.reason else {})
    draft.entry(JOURNAL, MOVED, device.id, draft.clock_ms, data)
    return None


def _refusal(draft: Draft, said: Move, now: Standing) -> str:
    """Why not; '' where it may."""
    posts = {post.id for post in draft.state.site.posts}
    if said.was and said.was != now.phase:
        return f"it is {now.phase} already" + (f", {now.post} has it" if now.post else "")
    if now.phase == "taken" and said.phase == "taken" and said.instead_of != now.post:
        return f"{now.post} has taken it"
    if now.phase not in NEXT.get(said.phase, ()):
        return f"it is {now.phase}: {said.phase} does not follow"
    if said.to and posts and said.to not in posts:
        return f"there is no {said.to} here"
    if said.phase in NEEDS_REASON and not said.reason.strip():
        return f"{said.phase} needs a reason"
    return ""
