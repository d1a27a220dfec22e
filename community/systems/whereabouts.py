"""久归未出 / 久出未归: IN, OUT or UNKNOWN with the evidence, and since when (DOMAIN.md, alarms.csv LONG_IN, LONG_OUT).

The newest of passages and evidence decides, whatever order they come in: water after an exit is a missed entry, a
charger after an entry a missed exit. Silence changes nothing: who was IN stays IN. Nothing is raised while the reader
(the door of the subject's unit), the subject or a feed cannot be heard, or an absence is recorded; what stands then
stays, but for an absence. Out since: the first exit after the last sign of home. A guardian's confirmation ends that
outing's alarm; an exit after it begins another.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from ..alarms import CLEAR, FORGOTTEN, Seen
from ..clock import local, within
from ..numbers import ClockTime, Hours, Lasting, Priority, SystemNumbers, below, hour_and_minute
from .base import Look, Moment, Rule, Step, Tracker, look_again_ms

NAME = "whereabouts"
HOUR_MS = 3_600_000

KEPT_EXITS = 16

Due = tuple[int, str, str]
"""(moment, long_in or long_out, priority)."""


class Numbers(SystemNumbers, frozen=True):
    """The group table of DOMAIN.md: living alone, dementia, under 14; hours since, and times of the local day. The
    night of dementia is also where a child's day begins. `heartbeat_s`: a day.
    """

    section: ClassVar[str] = "care"

    heartbeat_s: Lasting = 86_400
    alone_in_h: Hours = 24
    alone_in_priority: Priority = "P2"
    alone_in_long_h: Hours = 48
    alone_in_long_priority: Priority = "P1"
    alone_out_by: ClockTime = "22:00"
    alone_out_by_priority: Priority = "P3"
    alone_out_h: Hours = 12
    alone_out_priority: Priority = "P2"
    dementia_out_h: Hours = 1
    dementia_out_priority: Priority = "P2"
    night_from: ClockTime = "22:00"
    night_until: ClockTime = "06:00"
    child_out_h: Hours = 4
    child_out_by: ClockTime = "20:00"
    child_out_priority: Priority = "P3"
    child_late_by: ClockTime = "21:30"
    child_late_priority: Priority = "P2"

    def __post_init__(self) -> None:
        below(self, "alone_in_h", "alone_in_long_h")


def step(moment: Moment) -> Step:
    """Memory: `state`, `evidence`, `since_ms`, `active_ms`, `home_since_ms`; `signs`, the newest of each, a maximum
    and so the same for every order of records; `long_in`, `long_out`: priorities that stand."""
    values, stamps = moment.look.device.values, moment.look.device.stamps
    if values.get("consent") is False:
        return Step({})
    signs = _with(dict(moment.memory.get("signs", {})), moment)
    ended_ms = stamps["absence"][0] if "absence" in stamps else 0
    until_ms = values.get("absent_until_ms")
    absent = bool(values.get("absent")) and (until_ms is None or moment.at_ms < until_ms)
    if values.get("absent") and until_ms is not None:
        ended_ms = until_ms
    state, evidence, since_ms = _state(signs)
    memory: dict[str, Any] = {"signs": signs, "state": state, "evidence": evidence, "since_ms": since_ms}
    memory["active_ms"] = max(_active_ms(signs), 0 if absent else ended_ms)
    memory["home_since_ms"] = max(_back_ms(signs), ended_ms)
    unread = bool(values.get("reader_stale")) or moment.look.door.unheard(moment.look.device.id, "door")
    if unread:
        memory["state"] = "UNKNOWN"
    if absent:
        return Step(memory | {"absent": True}, until_ms)
    dues = _dues(moment, state, signs, memory["active_ms"], ended_ms)
    deaf = unread or moment.fed_since_ms is None
    held_back = False
    for name in ("long_in", "long_out"):
        reached = min((priority for due, alarm, priority in dues if alarm == name and due <= moment.at_ms), default="")
        held = moment.memory.get(name, "")
        if reached and deaf and reached != held:
            held_back, reached = True, held
        if reached:
            memory[name] = reached
    wakes = [due for due, _, _ in dues if due > moment.at_ms]
    if held_back:
        wakes.append(look_again_ms(moment))
    return Step(memory, min(wakes, default=None))


def _with(signs: dict[str, Any], moment: Moment) -> dict[str, Any]:
    said, at_ms = moment.said, moment.said_ms
    if moment.group == "passage" and said["direction"] == "out":
        signs["exits"] = sorted({*signs.get("exits", []), at_ms})[-KEPT_EXITS:]
    elif moment.group == "passage":
        signs["entry"] = max(signs.get("entry", 0), at_ms)
    elif moment.group == "evidence":
        if said["evidence"] == "guardian":
            signs["confirmed"] = max(signs.get("confirmed", 0), at_ms)
            return signs  # a word about the person, none of the person
        sign = [min(said["evidence_from_ms"], at_ms), at_ms, said["evidence"]]
        name = said["place"] or "active"
        signs[name] = max(signs.get(name, sign), sign)
    elif moment.group == "water" and said["volume_l"] > 0:
        sign = [min(said["water_from_ms"], at_ms), at_ms, "water"]
        signs["home"] = max(signs.get("home", sign), sign)
    return signs


def _state(signs: dict[str, Any]) -> tuple[str, str, int]:
    """A sign counts from the begin of its window: the half-hour in which somebody left is no sign that he is back."""
    found: list[tuple[int, str, str]] = []
    if "entry" in signs:
        found.append((signs["entry"], "IN", "passage"))
    if "exits" in signs:
        found.append((signs["exits"][-1], "OUT", "passage"))
    found += [(signs[n][0], where, signs[n][2]) for n, where in (("home", "IN"), ("outside", "OUT")) if n in signs]
    if not found:
        return "UNKNOWN", "", 0
    # Of two signs of one moment home holds: only what came after the last sign of home is an outing.
    since_ms, state, evidence = max(found, key=lambda sign: (sign[0], sign[1] == "IN", sign[2]))
    if state == "OUT":
        since_ms = _outings(signs)[0]
    return state, evidence, since_ms


def _outings(signs: dict[str, Any], after_ms: int = -1) -> list[int]:
    """Exits, and evidence from outside, since the last sign of home."""
    home_ms = max(signs.get("entry", 0), signs.get("home", [0])[0], after_ms)
    signs_out = [*signs.get("exits", []), *([signs["outside"][0]] if "outside" in signs else [])]
    return sorted(ms for ms in signs_out if ms > home_ms)


def _back_ms(signs: dict[str, Any]) -> int:
    """First known sign of home after the last sign of being out; 0: there was none of being out."""
    out_ms = max(signs.get("exits", [0])[-1], signs.get("outside", [0])[0])
    home = [ms for ms in (signs.get("entry", 0), signs.get("home", [0])[0]) if ms > out_ms]
    return int(min(home, default=out_ms)) if out_ms else 0


def _active_ms(signs: dict[str, Any]) -> int:
    moments = [signs[name][1] for name in ("home", "outside", "active") if name in signs]
    return int(max([signs.get("entry", 0), *signs.get("exits", []), *moments]))


def _dues(moment: Moment, state: str, signs: dict[str, Any], active_ms: int, ended_ms: int) -> list[Due]:
    kind, zone, said = moment.look.device.kind, moment.look.site.timezone, moment.look.site.numbers_of(Numbers)
    if state == "IN" and kind == "resident_alone":
        long_in = (said.alone_in_h, said.alone_in_priority), (said.alone_in_long_h, said.alone_in_long_priority)
        return [(active_ms + int(hours * HOUR_MS), "long_in", priority) for hours, priority in long_in]
    outings = _outings(signs, signs.get("confirmed", -1)) if state == "OUT" else []
    if not outings:
        return []
    since_ms = max(outings[0], ended_ms)
    dues: list[tuple[int, str]] = []
    if kind == "resident_alone":
        dues = [
            (_clock_ms(since_ms, said.alone_out_by, zone), said.alone_out_by_priority),
            (since_ms + int(said.alone_out_h * HOUR_MS), said.alone_out_priority),
        ]
    elif kind == "resident_dementia":
        nightly = [ms for ms in outings if ms >= ended_ms and within(ms, said.night_from, said.night_until, zone)]
        left = [*nightly, since_ms + int(said.dementia_out_h * HOUR_MS)]
        dues = [(ms, said.dementia_out_priority) for ms in left]
    elif kind == "child":
        by = (said.child_out_by, said.child_out_priority), (said.child_late_by, said.child_late_priority)
        dues = [(since_ms + int(said.child_out_h * HOUR_MS), said.child_out_priority)]
        dues += [(_clock_ms(since_ms, at, zone, said.night_until), priority) for at, priority in by]
    return [(due_ms, "long_out", priority) for due_ms, priority in dues]


def _clock_ms(since_ms: int, at: str, zone: str, day_begins: str = "00:00") -> int:
    """That time of the local day on which somebody left, or the moment of leaving where it was later still."""
    left = local(since_ms, zone)
    day = left - timedelta(days=1) if (left.hour, left.minute) < hour_and_minute(day_begins) else left
    hour, minute = hour_and_minute(at)
    due = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return max(since_ms, int(due.timestamp()) * 1000)


def withdrawn(look: Look) -> bool:
    return look.device.values.get("consent") is False


def _seen(memory: dict[str, Any], priority: str) -> Seen:
    detail = {name: memory[name] for name in ("state", "evidence", "since_ms", "active_ms")}
    return Seen(True, detail, priority)


def long_in(look: Look) -> Seen | None:
    """A person who is too long at home and uses no water is P1 at once."""
    if withdrawn(look):
        return FORGOTTEN
    memory = look.device.memory.get(NAME, {})
    priority = memory.get("long_in")
    if not priority:
        return CLEAR
    return _seen(memory, "P1" if look.device.memory.get("low_water", {}).get("low") else priority)


def long_out(look: Look) -> Seen | None:
    if withdrawn(look):
        return FORGOTTEN
    memory = look.device.memory.get(NAME, {})
    return _seen(memory, memory["long_out"]) if memory.get("long_out") else CLEAR


TRACKER = Tracker(NAME, frozenset(("passage", "evidence", "water", "absence", "reader", "consent")), step)
RULES = (
    Rule("LONG_IN", frozenset((TRACKER.group, "track:low_water", "consent")), long_in),
    Rule("LONG_OUT", frozenset((TRACKER.group, "consent")), long_out),
)
