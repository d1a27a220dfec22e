"""尾随 tailgating: people who crossed a door inwards against the passes that were granted for them.

Each person needs a granted pass of their own in the 5 s before; people and passes are paired in the order of their own
times. A crossing is judged 5 s after it, so that a grant that the log hears a little later still counts. Who leaves
needs no pass, and nobody does while the door is free.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ..alarms import CLEAR, Seen
from ..model import BadRecord, Record
from .base import Look, Moment, Patch, Rule, Step, Tracker, present, typed
from .happenings import known, remember

WITHIN_MS = 5_000
"""alarms.csv TAILGATE: 'persons crossing > grants within 5 s'."""

CLOCKS_APART_MS = 1_000
"""The camera that counts and the reader have clocks of their own."""

OFTEN, OFTEN_WITHIN_MS = 3, 600_000
"""alarms.csv TAILGATE: 'P4, P3 if >=3/10 min/door'."""

GRANTS, CROSSINGS = 32, 32
"""More than a door sees in a minute at the peak."""


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
    memory: dict[str, Any] = {name: kept for name, kept in moment.memory.items() if name != "fresh"}
    said, at_ms, said_ms = moment.said, moment.at_ms, moment.said_ms
    if moment.group == "pass" and said["result"] == "granted" and said.get("direction") != "out":
        if not known(memory.get("used", []), said["pass_id"]):
            memory["grants"] = remember(memory.get("grants", []), [said_ms, said["pass_id"]], GRANTS)
    elif moment.group == "crossing" and said.get("crossing_direction") != "out":
        crossing = [said_ms, said["crossing_id"], said["persons"]]
        free = moment.look.device.values.get("lock") == "free"
        if not free and not known(memory.get("judged", []), crossing[1]):
            memory["waiting"] = remember(memory.get("waiting", []), crossing, CROSSINGS)
    for crossing in list(memory.get("waiting", [])):
        if crossing[0] + WITHIN_MS <= at_ms:
            _judge(memory, crossing)
    waiting = memory.get("waiting")
    if memory.get("fresh"):  # over as it begins: from here the ten quiet minutes run
        return Step(memory, at_ms)
    return Step(memory, waiting[0][0] + WITHIN_MS if waiting else None)


def _judge(memory: dict[str, Any], crossing: list[Any]) -> None:
    """Takes a grant for each person; those who find none have followed somebody."""
    at_ms, id_, persons = crossing
    grants = memory.get("grants", [])
    fitting = [grant for grant in grants if at_ms - WITHIN_MS <= grant[0] <= at_ms + CLOCKS_APART_MS][:persons]
    forgotten = len(grants) == GRANTS and grants[0][0] > at_ms - WITHIN_MS  # it came so late that nobody can tell
    memory["waiting"] = [other for other in memory["waiting"] if other[1] != id_]
    memory["judged"] = [*memory.get("judged", []), [at_ms, id_]][-CROSSINGS:]
    memory["grants"] = [grant for grant in grants if grant not in fitting]
    memory["used"] = [*memory.get("used", []), *fitting][-GRANTS:]
    if len(fitting) < persons and not forgotten:
        memory["tails"] = remember(memory.get("tails", []), [at_ms, id_], OFTEN)
        memory["fresh"] = {"persons": persons, "grants": len(fitting)}


def tailgated(look: Look) -> Seen | None:
    memory = look.device.memory.get(TRACKER.name, {})
    if not memory.get("fresh"):
        return CLEAR
    tails = memory["tails"]
    often = len(tails) == OFTEN and tails[-1][0] - tails[0][0] <= OFTEN_WITHIN_MS
    return Seen(True, memory["fresh"], "P3" if often else "")


TRACKER = Tracker("tailgate", frozenset(("pass", "crossing")), step)
RULE = Rule("TAILGATE", frozenset((TRACKER.group,)), tailgated)
