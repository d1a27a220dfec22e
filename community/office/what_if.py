"""What another number would have given: the readings that history keeps, folded once more by the same rules.

Offered for rules whose raw values are rows: half-hours of meters, words on orders, rounds and scans, messages and their
answers. Of devices that fall silent the minutes in which each was heard are counted instead. All that is not folded
along (other systems' alarms that explain a symptom, shelves, silence of feeds) is left out, so beside the answer stands
what the number of now gives when it is counted in the same way. Of every other rule a longer delay can be counted from
how long its condition lasted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from msgspec.structs import replace

from ..catalogue import definition
from ..fold import fold
from ..history.days import DAY_MS
from ..history.lives import CAME
from ..model import COMMAND_ACKNOWLEDGE, TICK, Position, Record
from ..site import Site, Text, Threshold, numbers_shapes
from ..state import State

LOOK_AHEAD_MS = 16 * DAY_MS
"""What a rule has to know before the first day that counts: DMA_NIGHT asks for 14 nights, and two running."""
STEP_MS = 600_000
"""Deadlines are looked at so often where no record comes; each carries the moment at which it was due."""


Rows = Literal["meter_day", "work_order", "patrol", "broadcast", "presence"]
DELAY = ""
"""In the place of a section: the number is the catalogue's on-delay of the alarm, in seconds."""


class Trial(NamedTuple):
    alarm: str
    section: str
    """Of the site's numbers, or DELAY."""
    field: str
    kinds: tuple[str, ...]
    """Of the devices it is about."""
    table: Rows
    """What history keeps of them. Of `presence` minutes are counted, all others are folded."""
    name: Text
    unit: Text
    choices: tuple[float, ...]


def _silence(alarm: str, *kinds: str) -> Trial:
    name = Text("多少个周期没声音算离线", "Periods of silence that count")
    return Trial(alarm, "house", "stale_periods", kinds, "presence", name, Text("个", ""), (2.5, 3, 4, 6, 10))


TRIALS = {
    trial.alarm: trial
    for trial in (
        Trial(
            "LEAK_HOME",
            "meters",
            "leak_half_hours",
            ("water_meter",),
            "meter_day",
            Text("连续有水流的半小时数", "Half-hours in a row with flow"),
            Text("个", ""),
            (24, 36, 48, 72, 96),
        ),
        Trial(
            "DMA_NIGHT",
            "meters",
            "night_over_m3h",
            ("bulk_meter",),
            "meter_day",
            Text("夜间流量高出中位数", "Night flow above the median"),
            Text("m³/h", "m³/h"),
            (0.1, 0.2, 0.3, 0.5, 1.0),
        ),
        Trial(
            "TICKET_SLA",
            "orders",
            "taken_within_s",
            ("desk",),
            "work_order",
            Text("接单时限", "To be taken within"),
            Text("秒", "s"),
            (900, 1200, 1800, 2700, 3600),
        ),
        Trial(
            "PATROL_MISS",
            DELAY,
            "on_delay_s",
            ("checkpoint",),
            "patrol",
            Text("时段过后再等", "Waited after the window"),
            Text("秒", "s"),
            (0, 300, 600, 1200, 1800),
        ),
        Trial(
            "BCAST_FAIL",
            DELAY,
            "on_delay_s",
            ("speaker",),
            "broadcast",
            Text("等音箱应答", "Waited for the loudspeaker"),
            Text("秒", "s"),
            (5, 10, 20, 30, 60),
        ),
        _silence("CAM_OFFLINE", "camera"),
        _silence("CP_OFFLINE", "car_charger", "ebike_pile"),
        _silence("NET_DOWN", "switch", "gateway"),
        _silence("METER_LOST", "water_meter", "bulk_meter", "power_meter"),
    )
}


def with_number(site: Site, trial: Trial, value: float) -> Site:
    """Of the community only the devices that the rule is about, on the clock of their records. Raises ValueError where
    the number is impossible."""
    mine = [device for device in site.devices if device.kind in trial.kinds]
    if trial.table != "presence":  # whether its feed was heard is not folded along
        mine = [replace(device, parent="", room="", source="") for device in mine]
    site = replace(site, devices=tuple(mine), clock="log", maintenance=())
    if trial.section == DELAY:
        threshold = replace(site.thresholds.get(trial.alarm, Threshold()), on_delay_s=float(value))
        return replace(site, thresholds=site.thresholds | {trial.alarm: threshold})
    numbers = {section: dict(said) for section, said in site.numbers.items()}
    numbers.setdefault(trial.section, {})[trial.field] = int(value) if float(value).is_integer() else value
    return replace(site, numbers=numbers)


def number_of(site: Site, trial: Trial) -> float:
    """The one in force."""
    if trial.section == DELAY:
        return definition(site, trial.alarm).on_delay_ms / 1000
    return float(getattr(site.numbers_of(numbers_shapes()[trial.section]), trial.field))


def activations(site: Site, trial: Trial, records: Iterable[Record], from_ms: int, to_ms: int) -> int:
    """How many alarms the rule gives from these records (in the order of their moments) between the two moments."""
    state, found, at_ms, place = State(site), 0, 0, 0
    for record in records:
        while at_ms and at_ms + STEP_MS < record.time_ms:
            at_ms += STEP_MS
            place += 1
            found += _count(state, _tick(site, at_ms, place), trial.alarm, from_ms, to_ms)
        at_ms = max(at_ms, record.time_ms)
        place += 1
        found += _count(state, replace(record, position=_position(place)), trial.alarm, from_ms, to_ms)
    if at_ms:
        found += _count(state, _tick(site, max(at_ms, to_ms), place + 1), trial.alarm, from_ms, to_ms)
    return found


def _count(state: State, record: Record, alarm: str, from_ms: int, to_ms: int) -> int:
    """Somebody sees each alarm at once, repeats too: else the next one were a repeat on a row that nobody has seen, and
    a stricter number gave fewer alarms."""
    changes = fold(state, record)
    state.apply(changes)
    told = [entry for entry in changes.entries if entry.type in CAME]
    for n, entry in enumerate(told):
        data = {"by": "house", "occurrence": entry.data["occurrence"]}
        seen = replace(record, id=f"{record.id}/{n}", type=COMMAND_ACKNOWLEDGE, subject=entry.subject, data=data)
        state.apply(fold(state, seen))
    return sum(entry.subject.startswith(f"{alarm}/") and from_ms <= entry.at_ms < to_ms for entry in told)


def _tick(site: Site, at_ms: int, place: int) -> Record:
    return Record(f"t{place}", "what-if", TICK, site.id, "", at_ms, at_ms, at_ms, _position(place), {})


def _position(place: int) -> str:
    return Position(0, 0, place).token()


def longer_delay(lasted_ms: Sequence[int], still: int, delay_ms: int) -> int:
    """How many of these alarms would have come, at most, had their condition had to last so long: a cause that came and
    went within its off-delay would have begun anew, which the journal does not show."""
    return still + sum(ms >= delay_ms for ms in lasted_ms)
