"""消防 fire panels, detectors, manual call points, and gas (GB/T 26875.3; LoRaWAN and NB-IoT detectors).

An alarm is heard whatever the detector's clock says of when; that all is normal must be the newer word. So an alarm
that a device itself withholds for more than two minutes counts from the moment it is heard.
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import msgspec

from ..alarms import CLEAR, Seen
from ..model import BadRecord, Record
from ..numbers import Percent, SystemNumbers, below
from ..site import Site, Text
from ..state import DeviceState
from ..world import estate, fires
from .base import Look, Patch, Reducer, Rule, Silence, System, present, typed
from .tile import Cases, Tile

OF_FIRE = frozenset(("alarm", "normal"))
"""Other words have a group of their own: an alarm that comes later than the word of its hushed sounder is one."""

PANEL_WORDS = ("fault", "mains_lost", "backup_fault")


class Numbers(SystemNumbers, frozen=True):
    """alarms.csv GAS_LEAK: percent of the lower explosive limit, with its deadband."""

    section: ClassVar[str] = "fire"

    gas_on_lel_percent: Percent = 10
    gas_off_lel_percent: Percent = 5

    def __post_init__(self) -> None:
        below(self, "gas_off_lel_percent", "gas_on_lel_percent")


class Detector(msgspec.Struct):
    """`event`: alarm, normal, test, silent (its sounder is hushed), fault, or a vendor's own word."""

    event: str


class Panel(msgspec.Struct, omit_defaults=True):
    """The panel's own status. A panel that reports its battery says nothing of its loops: each word has its own age."""

    fault: bool | None = None
    mains_lost: bool | None = None
    backup_fault: bool | None = None
    fault_code: str | int | None = None
    mode: str | None = None


class Gas(msgspec.Struct, omit_defaults=True):
    lel_percent: float | None = None
    event: str | None = None


def _event(record: Record) -> str:
    detector: Detector = typed(Detector, record.data)
    if not detector.event:
        raise BadRecord("data: event must not be empty")
    return detector.event


def reduce_detector(record: Record) -> Patch:
    event = _event(record)
    if event not in OF_FIRE:
        return Patch("detector:word", {"detector_word": event})
    return Patch("detector", {"detector": event}, pulse=event == "alarm")


def reduce_call_point(record: Record) -> Patch:
    event = _event(record)
    if event not in OF_FIRE:
        return Patch("call_point:word", {"call_point_word": event})
    return Patch("call_point", {"call_point": event}, pulse=event == "alarm")


def reduce_panel(record: Record) -> Patch:
    said = present(typed(Panel, record.data))
    if not any(word in said for word in PANEL_WORDS):
        raise BadRecord("data: none of fault, mains_lost, backup_fault")
    if "fault_code" in said:
        said["fault_code"] = str(said["fault_code"])
    return Patch("panel", said, each=True)


def reduce_gas(record: Record) -> Patch:
    said = present(typed(Gas, record.data))
    if not said:
        raise BadRecord("data: neither lel_percent nor event")
    lel_percent = said.get("lel_percent", 0.0)
    if lel_percent < 0:
        raise BadRecord(f"data: lel_percent {lel_percent} is below 0")
    event = said.pop("event", None)
    if event is not None:
        said["gas"] = event
    by_level = None if event in ("alarm", "test") else partial(_leaks, lel_percent)
    return Patch("gas", said, pulse=event == "alarm", pulse_by=by_level, clears=("lel_percent", "gas"))


def _leaks(lel_percent: float, site: Site) -> bool:
    return lel_percent >= site.numbers_of(Numbers).gas_on_lel_percent


BURNS = frozenset(("CP_FIRE", "CP_OVERTEMP", "BIN_FIRE"))
"""What smoke in the same place probably comes from."""


def smoke(look: Look) -> Seen | None:
    seen = _alarm(look.device.values.get("detector", ""))
    if seen is None or not seen.condition:
        return seen
    beside = look.door.standing_near(look.device.id, BURNS)
    return Seen(True, {"beside": beside}) if beside else seen


def call_point(look: Look) -> Seen | None:
    """A call point latches in its panel: 'normal' is what the panel says of it after its own reset."""
    return _alarm(look.device.values["call_point"])


def _alarm(event: str) -> Seen | None:
    """A test, a hushed sounder and a fault say nothing of the fire: they neither make nor end one."""
    if event == "alarm":
        return Seen(True)
    return CLEAR if event == "normal" else None


def gas_leak(look: Look) -> Seen | None:
    """A hushed sounder still measures; the gas of a test is no leak."""
    values = look.device.values
    event, lel_percent = values.get("gas", ""), values.get("lel_percent")
    if event == "test":
        return None
    if lel_percent is None:
        return _alarm(event)
    numbers = look.site.numbers_of(Numbers)
    over = lel_percent > numbers.gas_off_lel_percent if look.active else lel_percent >= numbers.gas_on_lel_percent
    return Seen(event == "alarm" or over, {"lel_percent": lel_percent})


def panel_fault(look: Look) -> Seen | None:
    """Of a panel that is silent nobody knows whether it would report a fire."""
    values = look.device.values
    if look.device.silent_ms is not None:
        return Seen(True)
    causes = [word for word in PANEL_WORDS if values.get(word)]
    if not causes:
        return CLEAR
    code = {"fault_code": values["fault_code"]} if values.get("fault") and "fault_code" in values else {}
    return Seen(True, {"cause": causes[0]} | code)


NEVER = (-(1 << 62), "")


def says(device: DeviceState) -> str:
    """What reports a fault, of itself or of its mains, may not report a fire."""
    values = device.values
    troubled = any(values.get(word) for word in PANEL_WORDS)
    faulty = values.get("gas") == "fault" or any(
        values.get(f"{group}_word") == "fault" and device.stamps[f"{group}:word"] > device.stamps.get(group, NEVER)
        for group in ("detector", "call_point")
    )
    return "fault" if troubled or faulty else "ready"


TILE = Tile(
    id="fire",
    name=Text("消防", "Fire"),
    icon="flame",
    says=says,
    cases=Cases(frozenset(("FIRE_SMOKE", "FIRE_MCP", "GAS_LEAK", "CP_FIRE")), Text("起", "call"), beside="armed"),
    claims=frozenset(("CP_FIRE",)),
)

SYSTEM = System(
    id="fire",
    name=Text("消防", "Fire and gas"),
    numbers=Numbers,
    reducers={
        "fire.detector": Reducer(reduce_detector, "smoke_detector"),
        "fire.call_point": Reducer(reduce_call_point, "call_point"),
        "fire.panel": Reducer(reduce_panel, "fire_panel"),
        "gas.detector": Reducer(reduce_gas, "gas_detector"),
    },
    rules=(
        Rule("FIRE_SMOKE", frozenset(("detector",)), smoke, heeds=BURNS),
        Rule("FIRE_MCP", frozenset(("call_point",)), call_point),
        Rule("FIRE_PANEL_FAULT", frozenset(("panel", "presence")), panel_fault),
        Rule("GAS_LEAK", frozenset(("gas",)), gas_leak),
    ),
    silence=Silence("FIRE_PANEL_FAULT", frozenset(("fire_panel",)), waited=True),
    tiles=(TILE,),
    simulate=estate.fire,
    plots=fires.PLOTS,
)
