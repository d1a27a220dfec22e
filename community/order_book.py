"""Residents' orders as the live state knows them: which are open, in whose hands, by when somebody has to act."""

from __future__ import annotations

from typing import NamedTuple

from .site import Site
from .state import DeviceState, State
from .systems.orders import DESK, WAITING, Numbers, counted_due_ms, latest

MOVED = "order.moved"
"""In the journal, what a person at the desk has done: {order, phase, post, by, person, reason}."""


class Standing(NamedTuple):
    """How an order stands: its phase, when each of its phases came, whose it is, by when somebody has to have it."""

    order: str
    phase: str
    phases: dict[str, int]
    category: str
    post: str
    due_ms: int | None
    late: bool


def desk_of(state: State, order: str) -> str:
    """The desk that knows the order; '' where none does."""
    for device in state.devices.values():
        if device.system == "orders":
            memory = device.memory.get(DESK.name, {})
            if order in memory.get("open", {}) or order in memory.get("closed", {}):
                return device.id
    return ""


def standing(device: DeviceState, order: str, site: Site) -> Standing | None:
    """None: the desk does not know it. Of a closed one only its end is remembered."""
    memory = device.memory.get(DESK.name, {})
    kept = memory.get("open", {}).get(order)
    if kept is None:
        ended = memory.get("closed", {}).get(order)
        return Standing(order, ended[1], {ended[1]: ended[0]}, "", "", None, False) if ended else None
    phase = latest(kept["phases"])
    due_ms = None
    if phase in WAITING:
        due_ms = counted_due_ms(kept["phases"][phase], site.timezone, site.numbers_of(Numbers))
    late = order in memory.get("late", ())
    return Standing(order, phase, kept["phases"], kept.get("category", ""), kept.get("post", ""), due_ms, late)


def open_orders(state: State) -> list[Standing]:
    """Those that wait first, the one that is due first of all; then those that are in hand, the oldest first."""
    found = [
        one
        for device in state.devices.values()
        if device.system == "orders"
        for order in device.memory.get(DESK.name, {}).get("open", {})
        if (one := standing(device, order, state.site)) is not None
    ]
    return sorted(found, key=lambda o: (o.due_ms is None, o.due_ms or min(o.phases.values()), o.order))
