"""How a door came to be open, and since when it should be shut: DOOR_FORCED and DOOR_HELD.

By an unlock shortly before (a granted pass, a button), while it was free, or by force. Where many pass a reader's word
may be late: a lane through which others have just gone waits for it before it is called forced, a quiet door does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from ..alarms import CLEAR, Seen
from ..catalogue import definition
from ..numbers import Lasting, Seconds, ms
from ..place import open_until_ms
from . import tailgate
from .base import Look, Moment, Rule, Step, Tracker
from .happenings import Happening, Strip, inscribed, read_strip

OPEN = frozenset(("open", "forced", "held"))

UNLOCKS, SUSPECTS = 16, 8
"""How many happenings a door remembers: some more than its rules count, so that late ones find their place."""


class Numbers(tailgate.Numbers, frozen=True):
    """alarms.csv. DOOR_FORCED: 'contact open without unlock in previous 5 s'. DOOR_HELD: 'open >60 s (plant rooms
    30 s)'; the 60 s are the catalogue's on-delay.

    A lane is busy with so many unlocks in the minute before: there another one may be on its way, and `forced_wait_s`
    are waited for it: what a network takes, not a gateway's whole back-off. A forced door is somebody's minute.
    """

    unlock_before_s: Lasting = 5
    busy_unlocks: Annotated[int, msgspec.Meta(ge=1, le=UNLOCKS)] = 2
    busy_window_s: Lasting = 60
    forced_wait_s: Seconds = 15
    plant_held_s: Seconds = 30


_ANEW = frozenset(("unlocks", "suspects", "late"))
"""Said anew by each step."""


def step(moment: Moment) -> Step:
    """In the opening hours of its place a door may stand open; it should be shut from their end.

    A door that was open when it was first heard has not been forced as far as anybody knows. An unlock that the log
    hears after the opening counts by its own time.
    """
    strip, state = _unlocks(moment), moment.look.device.values.get("state")
    memory = {name: kept for name, kept in moment.memory.items() if name not in _ANEW}
    if state not in OPEN and "suspects" not in moment.memory:  # as nearly all are through which somebody passes
        if state == "closed":
            memory = {"closed": True}
        if strip:
            memory["unlocks"] = strip
        return Step(memory, memory.get("shut_ms"))
    numbers = moment.look.site.numbers_of(Numbers)
    unlocks = read_strip(strip)
    due, suspects = _suspects(moment, unlocks, numbers)
    if state == "closed":
        memory = {"closed": True}
    elif state in OPEN:
        memory = _open(moment, memory, unlocks, numbers)
        if memory["forced"] and "doubt" not in memory:
            memory["doubt"] = _busy(unlocks, memory["opened_ms"], numbers) and not memory["told"]
            if memory["doubt"]:
                waits_ms = max(moment.at_ms, memory["opened_ms"]) + ms(numbers.forced_wait_s)
                suspects = sorted([*suspects, [memory["opened_ms"], waits_ms]])[-SUSPECTS:]
    wakes = [at_ms for _, at_ms in suspects]
    if "shut_ms" in memory:
        wakes.append(memory["shut_ms"])
    for opened_ms in due:
        if memory.get("opened_ms") == opened_ms:
            memory["doubt"] = False
        else:  # shut again long ago: over as it begins
            memory["late"] = opened_ms
            wakes.append(moment.at_ms)
    if strip:
        memory["unlocks"] = strip
    if suspects:
        memory["suspects"] = suspects
    return Step(memory, min(wakes, default=None))


def _unlocks(moment: Moment) -> Strip:
    held: Strip = moment.memory.get("unlocks", "")
    if moment.group == "pass" and moment.said["result"] == "granted":
        return inscribed(held, moment.said_ms, moment.said["pass_id"], UNLOCKS)
    if moment.group == "lock" and (moment.said["lock"] == "unlocked" or _was_free(moment)):
        return inscribed(held, moment.said_ms, moment.said["lock_id"], UNLOCKS)
    return held


def _was_free(moment: Moment) -> bool:
    """A door that has just ceased to be free was unlocked until now."""
    before = moment.look.before
    return moment.said["lock"] == "locked" and before is not None and before.values.get("lock") == "free"


def _let_in(unlocks: Sequence[Happening], opened_ms: int, numbers: Numbers) -> bool:
    before_ms = ms(numbers.unlock_before_s)
    return any(opened_ms - before_ms <= at_ms <= opened_ms for at_ms, _ in unlocks)


def _busy(unlocks: Sequence[Happening], opened_ms: int, numbers: Numbers) -> bool:
    window_ms = ms(numbers.busy_window_s)
    recent = sum(opened_ms - window_ms <= at_ms <= opened_ms for at_ms, _ in unlocks)
    return bool(numbers.forced_wait_s) and recent >= numbers.busy_unlocks


def _suspects(moment: Moment, unlocks: Sequence[Happening], numbers: Numbers) -> tuple[list[int], list[list[int]]]:
    """Openings whose unlock has not come in time; of those that still wait for theirs [opened, until when]."""
    if "suspects" not in moment.memory:
        return [], []
    held = [one for one in moment.memory["suspects"] if not _let_in(unlocks, one[0], numbers)]
    return [one[0] for one in held if one[1] <= moment.at_ms], [one for one in held if one[1] > moment.at_ms]


def _open(moment: Moment, memory: dict[str, Any], unlocks: Sequence[Happening], numbers: Numbers) -> dict[str, Any]:
    device = moment.look.device
    free = device.values.get("lock") == "free"
    if "opened_ms" not in memory:
        memory = {"opened_ms": device.stamps["contact"][0], "seen": memory.get("closed", False)}
    opened_ms = memory["opened_ms"]
    memory["told"] = memory.get("told", False) or device.values["state"] == "forced"
    memory["let"] = memory.get("let", False) or (free and device.stamps["lock"][0] <= opened_ms)
    # Once let in is let in: at the rush hour a gate stays open for longer than its unlocks are remembered.
    memory["let"] = memory["let"] or _let_in(unlocks, opened_ms, numbers)
    memory["forced"] = memory["told"] or (memory["seen"] and not memory["let"])
    if free:
        memory = {name: kept for name, kept in memory.items() if name not in ("from_ms", "shut_ms")}
        return memory | {"was_free": True}
    if "from_ms" in memory:
        return memory
    was_free = memory.pop("was_free", False)
    from_ms = memory.get("shut_ms", max(opened_ms, device.stamps["lock"][0]) if was_free else opened_ms)
    while from_ms <= moment.at_ms:
        shut_ms = _open_until_ms(moment, from_ms)
        if shut_ms is None:
            memory.pop("shut_ms", None)
            return memory | {"from_ms": from_ms}
        from_ms = shut_ms
    return memory | {"shut_ms": from_ms}


def _open_until_ms(moment: Moment, at_ms: int) -> int | None:
    """The end of the opening hours of the place where the door is, if it was open then."""
    described, site = moment.look.described, moment.look.site
    hours = site.hours_of.get(described.area) if described is not None else None
    return None if hours is None else open_until_ms(hours, at_ms, site.timezone)


TRACKER = Tracker("opening", frozenset(("contact", "lock", "pass")), step, unread=frozenset(("unlocks",)))


def forced(look: Look) -> Seen | None:
    memory = look.device.memory.get(TRACKER.name, {})
    if memory.get("forced") and not memory.get("doubt"):
        return Seen(True)
    return Seen(True, since_ms=memory["late"]) if "late" in memory else CLEAR


def held(look: Look) -> Seen | None:
    """Open while it should be shut. A plant room's 30 s are the 60 s of a door that began so much earlier."""
    from_ms = look.device.memory.get(TRACKER.name, {}).get("from_ms")
    if from_ms is None:
        return CLEAR
    if look.device.kind == "plant_door":
        plant_held_s = look.site.numbers_of(Numbers).plant_held_s
        from_ms -= max(0, definition(look.site, "DOOR_HELD").on_delay_ms - ms(plant_held_s))
    return Seen(True, {}, since_ms=from_ms)


RULES = (
    Rule("DOOR_FORCED", frozenset((TRACKER.group,)), forced),
    Rule("DOOR_HELD", frozenset((TRACKER.group,)), held),
)
