"""尾随 tailgating: people who crossed a door inwards against the passes that were granted for them.

Each person needs a granted pass of their own in the 5 s before; people and passes are paired in the order of their own
times. A crossing is judged a minute and a half after it was heard, so that a grant that the log hears later still
counts: the operator reviews a clip, which does not run away. Who leaves needs no pass, and nobody does while the door
is free.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec

from ..alarms import CLEAR, Seen
from ..model import BadRecord, Record
from ..numbers import Lasting, Priority, Seconds, SystemNumbers, ms
from .base import Look, Moment, Patch, Rule, Step, Tracker, present, typed
from .happenings import as_strip, inscribed, known, read_strip, remember

GRANTS, CROSSINGS = 64, 64
"""More than a door sees at the peak while a crossing waits to be judged."""


class Numbers(SystemNumbers, frozen=True):
    """alarms.csv TAILGATE: 'persons crossing > grants within 5 s'; 'P4, P3 if >=3/10 min/door'. The camera that counts
    and the reader have clocks of their own, a second apart. `pass_on_way_s`: a gateway that tries again (MQTT, HTTP)
    backs off to a minute or more; so long a pass may be on its way.
    """

    section: ClassVar[str] = "access"

    tailgate_grant_s: Lasting = 5
    tailgate_clocks_s: Seconds = 1
    pass_on_way_s: Seconds = 90
    tailgate_often: Annotated[int, msgspec.Meta(ge=1, le=CROSSINGS)] = 3
    tailgate_often_window_s: Lasting = 600
    tailgate_priority: Priority = "P4"
    tailgate_often_priority: Priority = "P3"


class Crossing(msgspec.Struct, omit_defaults=True):
    persons: int
    direction: str | None = None


def reduce_crossing(record: Record) -> Patch:
    crossing: Crossing = typed(Crossing, record.data)
    if crossing.persons < 1:
        raise BadRecord(f"data: persons {crossing.persons} is not a count of people who crossed")
    said = present(crossing)
    values = {"persons": said["persons"], "crossing_id": record.id}
    if "direction" in said:
        values["crossing_direction"] = said["direction"]
    return Patch("crossing", values, every=True, clears=("crossing_direction",))


def step(moment: Moment) -> Step:
    held, said, at_ms, said_ms = moment.memory, moment.said, moment.at_ms, moment.said_ms
    counts = moment.group == "pass" and said["result"] == "granted" and said.get("direction") != "out"
    if moment.group == "pass" and not counts and "fresh" not in held and not held.get("waiting"):
        return Step(held)  # as half of all passes are
    memory: dict[str, Any] = dict(held)
    memory.pop("fresh", None)
    numbers = moment.look.site.numbers_of(Numbers)
    if counts:
        if not known(memory.get("used", []), said["pass_id"]):
            memory["grants"] = inscribed(memory.get("grants", ""), said_ms, said["pass_id"], GRANTS)
    elif moment.group == "crossing" and said.get("crossing_direction") != "out":
        due_ms = max(said_ms + ms(numbers.tailgate_grant_s), at_ms + ms(numbers.pass_on_way_s))
        crossing = [said_ms, said["crossing_id"], said["persons"], due_ms]
        free = moment.look.device.values.get("lock") == "free"
        if not free and not known(memory.get("judged", []), crossing[1]):
            memory["waiting"] = remember(memory.get("waiting", []), crossing, CROSSINGS)
    waiting = memory.get("waiting", [])
    while waiting and waiting[0][3] <= at_ms:  # the first who crossed takes the first grant
        _judge(memory, waiting[0], numbers)
        waiting = memory["waiting"]
    if memory.get("fresh"):  # over as it begins: from here the ten quiet minutes run
        return Step(memory, at_ms)
    return Step(memory, waiting[0][3] if waiting else None)


def _judge(memory: dict[str, Any], crossing: list[Any], numbers: Numbers) -> None:
    """Takes a grant for each person; those who find none have followed somebody."""
    at_ms, id_, persons, _ = crossing
    from_ms, until_ms = at_ms - ms(numbers.tailgate_grant_s), at_ms + ms(numbers.tailgate_clocks_s)
    grants = read_strip(memory.get("grants", ""))
    fitting = [grant for grant in grants if from_ms <= grant[0] <= until_ms][:persons]
    forgotten = len(grants) >= GRANTS and grants[0][0] > from_ms  # it came so late that nobody can tell
    memory["waiting"] = [other for other in memory["waiting"] if other[1] != id_]
    memory["judged"] = [*memory.get("judged", []), [at_ms, id_]][-CROSSINGS:]
    memory["grants"] = as_strip([grant for grant in grants if grant not in fitting])
    memory["used"] = [*memory.get("used", []), *fitting][-GRANTS:]
    if len(fitting) < persons and not forgotten:
        memory["tails"] = remember(memory.get("tails", []), [at_ms, id_], numbers.tailgate_often)
        memory["fresh"] = {"persons": persons, "grants": len(fitting)}


def tailgated(look: Look) -> Seen | None:
    memory = look.device.memory.get(TRACKER.name, {})
    if not memory.get("fresh"):
        return CLEAR
    numbers, tails = look.site.numbers_of(Numbers), memory["tails"]
    span_ms = tails[-1][0] - tails[0][0]
    often = len(tails) == numbers.tailgate_often and span_ms <= ms(numbers.tailgate_often_window_s)
    return Seen(True, memory["fresh"], numbers.tailgate_often_priority if often else numbers.tailgate_priority)


TRACKER = Tracker("tailgate", frozenset(("pass", "crossing")), step, unread=frozenset(("grants", "used", "judged")))
RULE = Rule("TAILGATE", frozenset((TRACKER.group,)), tailgated)
