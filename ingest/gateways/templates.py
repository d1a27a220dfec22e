"""Orders as a vendor wants them: texts with `{names}` in a connection's file, filled from an order. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ingest.actions import Order
from ingest.adapters.lenient import text

CARRIED = ("session", "transaction", "reason", "call", "message", "recording", "text")
NAMES = ("id", "type", "subject", "vendor", "device", "place", *CARRIED)
"""`vendor` is the device's id in the vendor's words, `device` its part before the last `/`, `place` the one behind.
`text`: the words of a broadcast themselves."""

_NAME = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"\{(\w+):number\}")
"""A leaf that is nothing else becomes a number."""


PLACED = ("vendor", "device", "place")
"""What is known of a camera without an order."""


def unknown(tree: Any, known: Sequence[str] = NAMES) -> str | None:
    """A name that no order has; None: all are known."""
    for leaf in _texts(tree):
        for name in _NAME.findall(leaf):
            whole = _NUMBER.fullmatch(leaf)
            if name not in known and (whole is None or whole[1] not in known):
                return name
    return None


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield from _texts(name)
            yield from _texts(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from _texts(value)
    elif isinstance(tree, str):
        yield tree


def values_of(order: Order, source: str) -> dict[str, str] | None:
    """None: the order is for no device that this source knows."""
    vendor = order.data.get("vendor")
    vendor_id = vendor.get(source) if isinstance(vendor, dict) else None
    if not isinstance(vendor_id, str) or not vendor_id:
        return None
    values = {name: text(order.data.get(name)) for name in CARRIED}
    return values | {"id": order.id, "type": order.type, "subject": order.subject} | parts_of(vendor_id)


def parts_of(vendor_id: str) -> dict[str, str]:
    device, slash, place = vendor_id.rpartition("/")
    return {"vendor": vendor_id} | ({"device": device, "place": place} if slash else {"device": vendor_id, "place": ""})


def filled(tree: Any, values: Mapping[str, str], quote: Callable[[str], str] = str) -> Any:
    """A value stays one value, whatever is in it: only texts are filled, and JSON is written afterwards.

    Raises ValueError for a number that is none.
    """
    if isinstance(tree, dict):
        return {filled(name, values, quote): filled(value, values, quote) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [filled(value, values, quote) for value in tree]
    if not isinstance(tree, str):
        return tree
    if number := _NUMBER.fullmatch(tree):
        return int(values[number[1]])
    return _NAME.sub(lambda found: quote(values[found[1]]), tree)
