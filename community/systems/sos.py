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


def reduce_press(record: Record) -> Patch:
    said = present(typed(Press, record.data))
    return Patch("press", {"press": said.get("press", "short"), "pressed_ms": record.time_ms}, pulse=True)


def pressed(look: Look) -> Seen | None:
    """Any press of a button at home. A public pillar takes a long one: passers-by and children touch it."""
    press = look.device.values.get("press")
    if look.device.kind == "pillar" and press not in ("long", "double"):
        return None
    return Seen(True, {"press": press}, pulse=True)


CALLS = Cases(frozenset(("SOS",)), Text("起", "active"), beside="armed")

SYSTEM = System(
    id="sos",
    name=Text("一键求助", "SOS"),
    numbers=Numbers,
    reducers={"sos.press": Reducer(reduce_press, "button")},
    rules=(Rule("SOS", frozenset(("press",)), pressed),),
    tiles=(Tile("sos", Text("一键求助", "SOS"), "sos", cases=CALLS),),
    simulate=buttons.simulate,
    plots=buttons.PLOTS,
)
