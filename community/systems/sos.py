"""一键报警 SOS: one press is a P1, latched, until a person ends it."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ..alarms import Seen
from ..model import Record
from ..numbers import Lasting, SystemNumbers
from ..site import Text
from ..world import buttons
from .base import Look, Patch, Reducer, Rule, System, present, typed
from .tile import Cases, Tile


class Numbers(SystemNumbers, frozen=True):
    """`heartbeat_s`: DOMAIN.md."""

    section: ClassVar[str] = "sos"

    heartbeat_s: Lasting = 86_400


class Press(msgspec.Struct, omit_defaults=True):
    press: str | None = None


FIRM = frozenset(("long", "double"))


def reduce_press(record: Record) -> Patch:
    """A firm press has a group of its own: one that comes later than a touch after it has been made all the same."""
    press = present(typed(Press, record.data)).get("press", "short")
    if press in FIRM:
        return Patch("press:firm", {"firm_press": press, "firmly_pressed_ms": record.time_ms}, pulse=True)
    return Patch("press", {"press": press, "pressed_ms": record.time_ms}, pulse=True)


def touched(look: Look) -> Seen | None:
    """Any press of a button at home. A public pillar takes a long one: passers-by and children touch it."""
    if look.device.kind == "pillar":
        return None
    return Seen(True, {"press": look.device.values["press"]}, pulse=True)


def firmly(look: Look) -> Seen | None:
    return Seen(True, {"press": look.device.values["firm_press"]}, pulse=True)


CALLS = Cases(frozenset(("SOS",)), Text("起", "active"), beside="armed")

SYSTEM = System(
    id="sos",
    name=Text("一键求助", "SOS"),
    kinds=frozenset(("pillar",)),
    numbers=Numbers,
    reducers={"sos.press": Reducer(reduce_press, "button")},
    rules=(Rule("SOS", frozenset(("press",)), touched), Rule("SOS", frozenset(("press:firm",)), firmly)),
    tiles=(Tile("sos", Text("一键求助", "SOS"), "sos", cases=CALLS),),
    simulate=buttons.simulate,
    plots=buttons.PLOTS,
)
