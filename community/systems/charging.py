"""智能充电桩 charging: car connectors by OCPP, e-bike ports; status, power, energy, session."""

from __future__ import annotations

import msgspec

from ..alarms import CLEAR, Seen
from ..model import BadRecord, Record
from ..numbers import Amount, Lasting, below, ms
from ..site import Text
from ..state import DeviceState
from ..world import chargers
from . import cutoff, overheat
from .base import (
    NOTHING,
    Look,
    Moment,
    Patch,
    Reducer,
    Rule,
    Silence,
    Step,
    System,
    Tracker,
    look_again_ms,
    present,
    typed,
)
from .tile import Tile

OF_AN_END = ("session_stop_ms", "session_energy_wh", "stop_reason", "meter_stop_wh")
"""What only the end of a session says; the next session begins without it."""

OF_A_START = ("session_start_ms", "meter_start_wh", "transaction")


class Numbers(overheat.Numbers, frozen=True):
    """alarms.csv. CP_OVERLOAD: one e-bike port; a car connector carries that much by design. CP_ZOMBIE: 'no meter 900
    s'; the messages of a session's begin and end may come in either order, so that only what lasts `agree_within_s` is
    a disagreement.
    """

    overload_on_a: Amount = 5.5
    overload_off_a: Amount = 5
    overload_on_w: Amount = 1100
    overload_off_w: Amount = 1000
    no_meter_s: Lasting = 900
    agree_within_s: Lasting = 60

    def __post_init__(self) -> None:
        super().__post_init__()
        below(self, "overload_off_a", "overload_on_a")
        below(self, "overload_off_w", "overload_on_w")


class Status(msgspec.Struct, omit_defaults=True):
    status: str
    error_code: str | None = None
    info: str | None = None
    vendor_error_code: str | None = None


class Meter(msgspec.Struct, omit_defaults=True):
    power_w: float | None = None
    energy_wh: float | None = None
    current_a: float | None = None
    voltage_v: float | None = None
    temperature_c: float | None = None
    soc_percent: float | None = None
    session: str | int | None = None


METER_FIELDS = tuple(name for name in Meter.__struct_fields__ if name != "session")


class Session(msgspec.Struct, omit_defaults=True):
    session: str | int
    phase: str
    meter_start_wh: float | None = None
    meter_stop_wh: float | None = None
    energy_wh: float | None = None
    reason: str | None = None
    transaction: int | str | None = None


class Boot(msgspec.Struct, omit_defaults=True):
    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None


def reduce_status(record: Record) -> Patch:
    clears = ("error_code", "info", "vendor_error_code")
    return Patch("status", present(typed(Status, record.data)), clears=clears)


def reduce_meter(record: Record) -> Patch:
    meter = present(typed(Meter, record.data))
    meter.pop("session", None)  # which session runs is what charging.session says
    return Patch("meter", meter, each=True)


def reduce_session(record: Record) -> Patch:
    """One group: the newest start or end. An end that comes before its start wins, as it is newer."""
    session: Session = typed(Session, record.data)
    said = present(session)
    said["session"] = str(session.session)
    said.pop("phase")
    for name, own in (("energy_wh", "session_energy_wh"), ("reason", "stop_reason")):
        if name in said:  # the register of the meter and the reason of a status are other things
            said[own] = said.pop(name)
    if session.phase == "started":
        values = {**said, "charging": True, "session_start_ms": record.time_ms}
        return Patch("session", values, clears=(*OF_AN_END, *OF_A_START))
    if session.phase == "ended":
        # What its start said goes: it may be another session's, and may come after the end, where it would be ignored.
        clears = (*OF_AN_END, *OF_A_START)
        return Patch("session", {**said, "charging": False, "session_stop_ms": record.time_ms}, clears=clears)
    raise BadRecord(f"data: phase {session.phase!r} is neither started nor ended")


def reduce_boot(record: Record) -> Patch:
    return Patch("boot", present(typed(Boot, record.data)))


def offline(look: Look) -> Seen | None:
    return Seen(look.device.silent_ms is not None)


def fault(look: Look) -> Seen | None:
    values = look.device.values
    hot = values.get("error_code") == "HighTemperature"  # an alarm of its own, and a graver one
    detail = {"error_code": values["error_code"]} if "error_code" in values else {}
    return Seen(values.get("status") == "Faulted" and not hot, detail)


def overload(look: Look) -> Seen | None:
    current = look.device.values.get("current_a") or 0.0
    power = look.device.values.get("power_w") or 0.0
    numbers = look.site.numbers_of(Numbers)
    if look.active:
        return Seen(current >= numbers.overload_off_a or power >= numbers.overload_off_w, {"power_w": power})
    over = current > numbers.overload_on_a or power > numbers.overload_on_w
    return Seen(True, {"power_w": power}) if over else CLEAR


def reconciled(moment: Moment) -> Step:
    """Whether order and port agree.

    They do not where an order runs on a port that calls itself free, for a minute since both were heard, or where one
    that draws power has had no meter sample for 900 s in which it could have been heard.
    """
    values, stamps = moment.look.device.values, moment.look.device.stamps
    if not values.get("charging"):
        return NOTHING
    numbers = moment.look.site.numbers_of(Numbers)
    if values.get("status") == "Available" and stamps["status"][0] > stamps["session"][0]:
        # A begin that waited in the charger, until it had a network, is news when it is heard.
        since_ms = moment.memory.get("free_ms") or max(stamps["status"][0], moment.look.device.heard_ms)
        due_ms, free = since_ms + ms(numbers.agree_within_s), {"free_ms": since_ms}
        return Step(free | {"cause": "port_free"}) if moment.at_ms >= due_ms else Step(free, due_ms)
    if values.get("status") != "Charging":
        return NOTHING
    if moment.fed_since_ms is None:  # heard again: the 900 s begin anew
        return Step({"unheard_ms": moment.at_ms}, look_again_ms(moment))
    said_ms = max(stamps[group][0] for group in ("session", "status", *METER_FIELDS) if group in stamps)
    unheard_ms = moment.memory.get("unheard_ms", 0)
    due_ms = max(said_ms, moment.fed_since_ms, unheard_ms) + ms(numbers.no_meter_s)
    if moment.at_ms >= due_ms:
        return Step({"cause": "no_meter"})
    return Step({"unheard_ms": unheard_ms} if unheard_ms else {}, due_ms)


def zombie(look: Look) -> Seen | None:
    cause = look.device.memory.get(RECONCILED.name, {}).get("cause")
    return Seen(True, {"cause": cause}) if cause else CLEAR


RECONCILED = Tracker(
    "reconciled", frozenset(("meter", "session", "status", "presence")), reconciled, only_while="charging"
)


CONNECTOR_SAYS = {
    "Available": "free",
    "Preparing": "use",
    "Charging": "use",
    "SuspendedEV": "use",
    "SuspendedEVSE": "use",
    "Reserved": "use",
    "Finishing": "full",
    "Unavailable": "off",
    "Faulted": "fault",
}
"""OCPP 1.6 connector states as a wall counts them; a word not listed is unknown, not free."""


def says(device: DeviceState) -> str:
    return CONNECTOR_SAYS.get(str(device.values.get("status", "")), "")


def ports(id_: str, name: Text, icon: str, kind: str, claims: frozenset[str] = frozenset()) -> Tile:
    """Free counts only what is surely free: what is not known is neither free nor taken."""
    bar = (("use", ("use",)), ("full", ("full",)), ("worst", ("off", "fault")), ("free", ("free",)))
    words = Text("空闲", "free")
    return Tile(
        id_, name, icon, words, "free", says, frozenset((kind,)), bar=bar, doubtful=frozenset(("free",)), claims=claims
    )


SYSTEM = System(
    id="charging",
    name=Text("充电桩", "Charging"),
    numbers=Numbers,
    reducers={
        "charging.boot": Reducer(reduce_boot, "car_charger"),
        "charging.status": Reducer(reduce_status, "car_connector"),
        "charging.meter": Reducer(reduce_meter, "car_connector"),
        "charging.session": Reducer(reduce_session, "car_connector"),
    },
    rules=(
        Rule("CP_OFFLINE", frozenset(("presence",)), offline),
        Rule("CP_FAULT", frozenset(("status",)), fault),
        overheat.RULE,
        Rule("CP_OVERLOAD", frozenset(("meter",)), overload, cutoff.PORTS),
        Rule("CP_ZOMBIE", frozenset((RECONCILED.group,)), zombie),
        cutoff.RULE,
    ),
    silence=Silence("CP_OFFLINE", frozenset(("car_charger", "ebike_pile"))),
    trackers=(cutoff.TRACKER, overheat.TRACKER, RECONCILED),
    tiles=(
        ports("ev", Text("汽车充电", "EV piles"), "ev", "car_connector"),
        ports("ebike", Text("两轮充电", "E-bikes"), "ebike", "ebike_port", frozenset(("CP_FIRE",))),
    ),
    simulate=chargers.simulate,
    plots=chargers.PLOTS,
)
