"""智能门禁 access: doors, the nine ways to open them, forced and held doors, repeated denials, tailgating, duress.

A door says its contact (`access.contact`), its lock (`access.lock`: `unlocked` is the moment it was let go, `free`
lasts until the next word, as by schedule or for a fire), each pass at a reader (`access.pass`), and where a camera
counts people, each crossing (`access.crossing`). A controller that is silent is no alarm of the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from ..alarms import CLEAR, Seen
from ..model import BadRecord, Record
from ..numbers import Lasting, ms
from ..site import Text
from ..world import doors
from . import opening, tailgate
from .base import Fact, Look, Moment, Patch, Reducer, Rule, Step, System, Telling, Tracker, present, typed
from .happenings import SubjectId, around, remember
from .tile import Note, Tile

METHODS = frozenset(("face", "speaker", "super_sim", "remote", "mini_program", "card", "qr", "password", "bluetooth"))
"""The nine ways to open a door; a word beside them is kept as it is."""

QUARTER_MS, QUARTERS = 900_000, 96
"""The curve of passes on the wall: a day by quarters of an hour."""

LAST_PASSES, FAILS_KEPT, READERS, DURESSES = 8, 16, 4, 32
"""How many happenings a door remembers: some more than its rules count, so that late ones find their place."""


class Numbers(opening.Numbers, frozen=True):
    """alarms.csv. DOOR_AUTH: '>=5 fails/60 s/reader', over after 'no fail 300 s'."""

    denied_fails: Annotated[int, msgspec.Meta(ge=2, le=FAILS_KEPT)] = 5
    denied_window_s: Lasting = 60
    denied_quiet_s: Lasting = 300


class Contact(msgspec.Struct, omit_defaults=True):
    state: str
    """open / closed, or forced / held where the controller judges by itself."""


class Lock(msgspec.Struct, omit_defaults=True):
    lock: str
    cause: str | None = None


class Pass(msgspec.Struct, omit_defaults=True):
    method: str
    result: str
    reader: str | None = None
    direction: str | None = None
    reason: str | None = None
    duress: bool = False
    person: SubjectId | None = None


def reduce_contact(record: Record) -> Patch:
    contact: Contact = typed(Contact, record.data)
    if not contact.state:
        raise BadRecord("data: state must not be empty")
    return Patch("contact", present(contact))


def reduce_lock(record: Record) -> Patch:
    said = present(typed(Lock, record.data))
    values = {"lock": said["lock"], "lock_id": record.id}
    if "cause" in said:
        values["lock_cause"] = said["cause"]
    return Patch("lock", values, every=True, clears=("lock_cause",))


def reduce_pass(record: Record) -> Patch:
    values = present(typed(Pass, record.data))
    for name in ("method", "result"):
        if not values[name]:
            raise BadRecord(f"data: {name} must not be empty")
    values["pass_id"], values["passed_ms"] = record.id, record.time_ms
    return Patch("pass", values, every=True, clears=_CLEARS, telling=passed_by(values, record.time_ms))


_CLEARS = ("reader", "direction", "reason", "duress", "person")


def passed_by(said: Mapping[str, Any], at_ms: int) -> Telling | None:
    """Of a person who is known and whom the door has let through, for whoever watches over them."""
    if "person" not in said or said["result"] != "granted" or said.get("direction") not in ("in", "out"):
        return None
    words = ("direction", "method")
    return Telling("passed", lambda: (Fact(at_ms, {word: said[word] for word in words}),), said["person"])


def passes(moment: Moment) -> Step:
    """Memory: `last` passes, newest last: [ms, id, method, result], who it was stays out; `quarters`, see `counted`."""
    said, held = moment.said, moment.memory.get("last", [])
    passed = [moment.said_ms, said["pass_id"], said["method"], said["result"]]
    last = remember(held, passed, LAST_PASSES)
    quarters = moment.memory.get("quarters", [])
    if last != held and said["result"] == "granted":
        quarters = counted(quarters, moment.said_ms)
    return Step({"last": last} | ({"quarters": quarters} if quarters else {}))


def counted(quarters: list[int], ms: int) -> list[int]:
    """Granted passes of the last 24 hours: [the newest quarter of an hour, its count, that of the one before, ..].

    Late policy: one that comes after eight younger ones cannot be told from one delivered twice, and is not counted.
    """
    quarter = ms // QUARTER_MS
    if quarters and quarters[0] == quarter:  # as nearly all are
        return [quarter, quarters[1] + 1, *quarters[2:]]
    newest, *counts = quarters or [quarter]
    if quarter > newest:
        counts = ([0] * min(quarter - newest, QUARTERS) + counts)[:QUARTERS]
        newest = quarter
    ago = newest - quarter
    if ago >= QUARTERS:
        return quarters
    counts += [0] * (ago + 1 - len(counts))
    counts[ago] += 1
    return [newest, *counts]


def denials(moment: Moment) -> Step:
    """Fails by reader. A burst lasts no time: it begins and ends with its last fail, from where its quiet runs."""
    said, at_ms = moment.said, moment.said_ms
    if moment.group != "pass":  # woken right after: the burst has been said
        return Step({name: kept for name, kept in moment.memory.items() if name != "burst"})
    memory = dict(moment.memory)
    readers, reader = memory.get("readers", {}), said.get("reader", "")
    held = readers.get(reader, [])
    fails = remember(held, [at_ms, said["pass_id"]], FAILS_KEPT)
    if fails == held:
        return Step(memory)
    newest = sorted({**readers, reader: fails}.items(), key=lambda item: item[1][-1])[-READERS:]
    memory["readers"] = dict(newest)
    numbers = moment.look.site.numbers_of(Numbers)
    window_ms, quiet_ms = ms(numbers.denied_window_s), ms(numbers.denied_quiet_s)
    count, hot_ms = around(fails, at_ms, window_ms), memory.get("hot", {}).get(reader)
    if count < numbers.denied_fails and (hot_ms is None or not 0 <= at_ms - hot_ms <= quiet_ms):
        return Step(memory)
    last_ms = max(at for at, _ in fails if at <= at_ms + quiet_ms)
    memory["hot"] = {reader: last_ms}
    memory["burst"] = {"reader": reader, "fails": count, "since_ms": at_ms}
    return Step(memory, last_ms)


def duress(moment: Moment) -> Step:
    """By arrival, not by time: what counts is only that it is not the same one again."""
    held, id_ = moment.memory.get("ids", []), moment.said["pass_id"]
    if id_ in held:
        return Step(moment.memory)
    return Step({"ids": [*held, id_][-DURESSES:], "method": moment.said["method"]})


PASSES = Tracker("passes", frozenset(("pass",)), passes)
DENIALS = Tracker("denials", frozenset(("pass",)), denials, heeds=lambda said: said["result"] == "denied")
DURESS = Tracker("duress", frozenset(("pass",)), duress, heeds=lambda said: bool(said.get("duress")))


def denied(look: Look) -> Seen | None:
    burst = look.device.memory.get(DENIALS.name, {}).get("burst")
    if burst is None:
        return CLEAR
    return Seen(True, {"reader": burst["reader"], "fails": burst["fails"]}, since_ms=burst["since_ms"])


def under_duress(look: Look) -> Seen | None:
    """Every one counts, and only an operator ends it."""
    method = look.device.memory.get(DURESS.name, {}).get("method")
    return None if method is None else Seen(True, {"method": method}, pulse=True)


TILE = Tile(
    id="access",
    name=Text("门禁道闸", "Gates"),
    icon="door",
    words=Text("在线", "online"),
    also=frozenset((("parking", "barrier"),)),
    notes=(Note(Text("{}未关", "{} open"), alarms=frozenset(("DOOR_FORCED", "DOOR_HELD"))),),
)

SYSTEM = System(
    id="access",
    name=Text("门禁", "Access"),
    kinds=frozenset(("plant_door",)),
    numbers=Numbers,
    reducers={
        "access.contact": Reducer(reduce_contact, "door"),
        "access.lock": Reducer(reduce_lock, "door"),
        "access.pass": Reducer(reduce_pass, "door"),
        "access.crossing": Reducer(tailgate.reduce_crossing, "door"),
    },
    rules=(
        Rule("DURESS", frozenset((DURESS.group,)), under_duress),
        *opening.RULES,
        Rule("DOOR_AUTH", frozenset((DENIALS.group,)), denied),
        tailgate.RULE,
    ),
    trackers=(DURESS, opening.TRACKER, DENIALS, tailgate.TRACKER, PASSES),
    tiles=(TILE,),
    simulate=doors.simulate,
    plots=doors.PLOTS,
)
