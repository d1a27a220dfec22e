"""特殊群体关怀 care: consented residents as pseudonymous subjects of kind resident_alone, resident_dementia or child.

Where a resident is: `whereabouts.py` (LONG_IN, LONG_OUT); water used at home: `lowwater.py` (LOW_WATER). Here are the
records, FALL and VITALS. A subject is an id of the register; nothing else of a person, and no reason of an absence,
enters. Of one who is not described falls and vital signs count; how long somebody may be out or in nobody has said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from ..alarms import CLEAR, FORGOTTEN, Seen
from ..model import LAST_MS, BadRecord, Record
from ..site import Text
from ..state import DeviceState
from ..world import elder_scenes, elders
from . import lowwater, whereabouts
from .base import Fact, Look, Patch, Reducer, Rule, Stamps, System, Values, present, typed
from .happenings import SubjectId
from .tile import LEFT_OUT, Tile

Word = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z_]{1,31}$")]
"""A word of the house, not a sentence and not a name."""

PLACES = {
    **dict.fromkeys(("water", "door_contact", "motion", "bed", "lift"), "home"),
    "charger": "outside",
}
"""Where evidence puts its subject unless it says so itself; other words say only that somebody was active.
A ride in the lift counts as home: it is the safe side, as the watch over a person at home goes on."""


class Numbers(lowwater.Numbers, frozen=True):
    """alarms.csv VITALS: the deadband is 10 % of the limit that was crossed."""

    vitals_deadband: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.1


class Passage(msgspec.Struct, omit_defaults=True):
    direction: Literal["in", "out"]
    method: Word | None = None


class Evidence(msgspec.Struct, omit_defaults=True):
    """`window_s`: it happened somewhere in so many seconds before the record's time (a half-hour of a meter)."""

    evidence: Word
    place: Literal["home", "outside"] | None = None
    window_s: float = 0.0


class Water(msgspec.Struct, omit_defaults=True):
    volume_l: float
    window_s: float


class Absence(msgspec.Struct, omit_defaults=True):
    absent: bool
    until_ms: int | None = None


class Reader(msgspec.Struct, omit_defaults=True):
    stale: bool


class Consent(msgspec.Struct, omit_defaults=True):
    """`category`: to be watched over at all; to what concerns the body, which is given by itself; of guardians and
    contacts, to be told."""

    given: bool
    category: Literal["care", "health", "guardian"] = "care"


class Fall(msgspec.Struct, omit_defaults=True):
    fallen: bool


class Vitals(msgspec.Struct, omit_defaults=True):
    heart_rate_bpm: float | None = None
    breathing_rate_bpm: float | None = None


class Band(msgspec.Struct, omit_defaults=True):
    heart_low_bpm: float | None = None
    heart_high_bpm: float | None = None
    breathing_low_bpm: float | None = None
    breathing_high_bpm: float | None = None


GROUPS: Mapping[str, tuple[str, ...]] = {
    "passage": ("direction", "method"),
    "evidence": ("evidence", "place", "evidence_from_ms"),
    "water": ("volume_l", "water_from_ms"),
    "absence": ("absent", "absent_until_ms"),
    "reader": ("reader_stale",),
    "fall": ("fallen",),
    "vitals": ("heart_rate_bpm", "breathing_rate_bpm"),
    "band": ("heart_low_bpm", "heart_high_bpm", "breathing_low_bpm", "breathing_high_bpm"),
}
"""Group -> the values that are said together: all that is ever said of a person here."""

CONSENTS: Mapping[str, tuple[str, ...]] = {"consent": tuple(GROUPS), "health": ("fall", "vitals", "band")}
"""Group of the consent, which is its value too -> what is kept under it."""


def by_consent(patch: Patch, values: Values, stamps: Stamps) -> tuple[Values, Stamps]:
    """Of who has withdrawn a consent nothing of it is kept, and nothing from before where it was given anew later.

    Whoever hears of the new consent after what was said under it has dropped that: nobody could know.
    """
    for name, groups in CONSENTS.items():
        withdrawn = f"{name}_withdrawn"
        if patch.group == name and not patch.values[name]:
            values = {**values, withdrawn: True}
        if not values.get(withdrawn):
            continue
        given_ms = stamps[name][0] if values[name] else LAST_MS
        gone = [group for group in groups if group in stamps and stamps[group][0] <= given_ms]
        if gone:
            dropped = {value for group in gone for value in GROUPS[group]}
            values = {key: value for key, value in values.items() if key not in dropped}
            stamps = {group: stamp for group, stamp in stamps.items() if group not in gone}
    return values, stamps


def _subject(record: Record) -> None:
    try:
        msgspec.convert(record.subject, SubjectId)
    except msgspec.ValidationError as error:
        raise BadRecord("subject: not an id of the register") from error


def _window_ms(window_s: float) -> int:
    if not 0 <= window_s <= 86_400:
        raise BadRecord(f"data: window_s {window_s} is not within a day")
    return int(1000 * window_s)


def reduce_passage(record: Record) -> Patch:
    _subject(record)
    said = present(typed(Passage, record.data))
    return Patch("passage", said, every=True, clears=("method",), kept=by_consent)


def reduce_evidence(record: Record) -> Patch:
    _subject(record)
    said: Evidence = typed(Evidence, record.data)
    from_ms = record.time_ms - _window_ms(said.window_s)
    values = {"evidence": said.evidence, "place": said.place or PLACES.get(said.evidence, "")}
    return Patch("evidence", {**values, "evidence_from_ms": from_ms}, every=True, kept=by_consent)


def reduce_water(record: Record) -> Patch:
    _subject(record)
    said: Water = typed(Water, record.data)
    present(said)
    if said.volume_l < 0:
        raise BadRecord(f"data: volume_l {said.volume_l} is below 0")
    if said.window_s <= 0:
        raise BadRecord(f"data: window_s {said.window_s}: since when was it measured?")
    from_ms = record.time_ms - _window_ms(said.window_s)
    return Patch("water", {"volume_l": said.volume_l, "water_from_ms": from_ms}, every=True, kept=by_consent)


def reduce_absence(record: Record) -> Patch:
    """Travel or hospital alike: the reason is nobody's business here."""
    _subject(record)
    said = present(typed(Absence, record.data))
    if said.get("until_ms", 0) < 0:
        raise BadRecord(f"data: until_ms {said['until_ms']} is no time")
    values = {"absent": said["absent"]} | ({"absent_until_ms": said["until_ms"]} if "until_ms" in said else {})
    return Patch("absence", values, every=True, clears=("absent_until_ms",), kept=by_consent)


def reduce_reader(record: Record) -> Patch:
    _subject(record)
    reader: Reader = typed(Reader, record.data)
    return Patch("reader", {"reader_stale": reader.stale}, every=True, kept=by_consent)


def reduce_consent(record: Record) -> Patch:
    _subject(record)
    consent: Consent = typed(Consent, record.data)
    match consent.category:
        case "health":
            return Patch("health", {"health": consent.given}, every=True, kept=by_consent)
        case "guardian":
            return Patch("guardian", {"guardian": consent.given}, every=True, kept=by_consent)
    return Patch("consent", {"consent": consent.given}, every=True, kept=by_consent)


def reduce_fall(record: Record) -> Patch:
    _subject(record)
    return Patch("fall", present(typed(Fall, record.data)), kept=by_consent)


def reduce_vitals(record: Record) -> Patch:
    """One group: what is not said is not measured now, as in an empty bed."""
    _subject(record)
    said = present(typed(Vitals, record.data))
    for name, value in said.items():
        if not 0 < value <= 400:
            raise BadRecord(f"data: {name} {value} is no rate; what is not measured is not said")
    return Patch("vitals", said, clears=GROUPS["vitals"], kept=by_consent)


def reduce_band(record: Record) -> Patch:
    _subject(record)
    said = present(typed(Band, record.data))
    if fault := bad_band(said):
        raise BadRecord(f"data: {fault}")
    return Patch("band", said, clears=GROUPS["band"], kept=by_consent)


def bad_band(limits: Mapping[str, float]) -> str:
    """What is wrong with limits that somebody gives; empty: nothing."""
    for name in ("heart", "breathing"):
        low, high = limits.get(f"{name}_low_bpm"), limits.get(f"{name}_high_bpm")
        if low is not None and low <= 0:
            return f"{name}_low_bpm {low} is no rate"
        if low is not None and high is not None and low >= high:
            return f"{name}_low_bpm {low} is not below {name}_high_bpm {high}"
    return ""


def hear_water(fact: Fact) -> Patch:
    """The meter of the home: the same as a measure that is addressed to the subject."""
    values = {"volume_l": fact.values["volume_l"], "water_from_ms": fact.values["from_ms"]}
    return Patch("water", values, every=True, kept=by_consent)


def hear_passed(fact: Fact) -> Patch:
    return Patch("passage", {"direction": fact.values["direction"]}, every=True, kept=by_consent)


def consented(look: Look) -> bool:
    """To what concerns the body."""
    return all(look.device.values.get(name, True) is True for name in CONSENTS)


def fall(look: Look) -> Seen | None:
    return Seen(bool(look.device.values.get("fallen"))) if consented(look) else FORGOTTEN


def vitals(look: Look) -> Seen | None:
    """Outside the person's own band; a person without a band is not judged."""
    values = look.device.values
    if not consented(look):
        return FORGOTTEN
    deadband = look.site.numbers_of(Numbers).vitals_deadband if look.active else 0.0
    outside = {}
    for name in ("heart", "breathing"):
        rate = values.get(f"{name}_rate_bpm")
        low, high = values.get(f"{name}_low_bpm"), values.get(f"{name}_high_bpm")
        narrow = low is not None and high is not None and low * (1 + deadband) >= high * (1 - deadband)
        margin = 0.0 if narrow else deadband  # else nothing would ever be inside again
        below = rate is not None and low is not None and rate < low * (1 + margin)
        above = rate is not None and high is not None and rate > high * (1 - margin)
        if below or above:
            outside[f"{name}_rate_bpm"] = rate
    return Seen(True, outside) if outside else CLEAR


def says(device: DeviceState) -> str:
    """Who has withdrawn the consent is not counted; of whom nobody knows whether in or out is unknown."""
    if device.values.get("consent") is False:
        return LEFT_OUT
    return "" if device.memory.get(whereabouts.NAME, {}).get("state") == "UNKNOWN" else "ready"


TILE = Tile(
    id="care",
    name=Text("特殊关怀", "Care"),
    icon="care",
    words=Text("正常", "ok"),
    says=says,
    quiet=True,
    ill=frozenset(("LONG_IN", "LONG_OUT", "LOW_WATER", "FALL", "VITALS")),
)
"""Residents, in numbers: a wall says no more of them."""

SYSTEM = System(
    id="care",
    name=Text("特殊群体关怀", "Care"),
    kinds=frozenset(("child", "resident_alone", "resident_dementia")),
    numbers=Numbers,
    reducers={
        "care.passage": Reducer(reduce_passage, "resident"),
        "care.evidence": Reducer(reduce_evidence, "resident"),
        "care.water": Reducer(reduce_water, "resident"),
        "care.absence": Reducer(reduce_absence, "resident"),
        "care.reader": Reducer(reduce_reader, "resident"),
        "care.consent": Reducer(reduce_consent, "resident"),
        "care.fall": Reducer(reduce_fall, "resident"),
        "care.vitals": Reducer(reduce_vitals, "resident"),
        "care.band": Reducer(reduce_band, "resident"),
    },
    rules=(
        *whereabouts.RULES,
        lowwater.RULE,
        Rule("FALL", frozenset(("fall", *CONSENTS)), fall),
        Rule("VITALS", frozenset(("vitals", "band", *CONSENTS)), vitals),
    ),
    trackers=(whereabouts.TRACKER, lowwater.TRACKER),
    hears={"water_used": hear_water, "passed": hear_passed},
    tiles=(TILE,),
    simulate=elders.simulate,
    plots=elder_scenes.PLOTS,
)
