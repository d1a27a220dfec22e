"""10,000 random sequences of process and operator agree with another ISA-18.2 state machine, or differ as said here.

The other one is alerta's (tests/community/isa_18_2.py). Ours is asked through the fold, with delays of 0, for four
alarms: BIN_FULL ends by itself and grows graver (P4, P3), GARAGE_WATER is latched and grows to a P1, SOS is a P1 of
presses, GATE_FAULT is the symptom of a feeder that fails and comes back. Suppression is for a plugin there: it says so
of what begins while the feeder is down, or has not been back for as long as a device may be silent, and of what began
up to two minutes before it failed (`Walk.explained`, written from DOMAIN.md and not from the fold). Every difference
is one of these, and is asserted to be that, in both machines, not skipped:

| name | ours | theirs | why |
|---|---|---|---|
| refused | stays | moves | an order that the state does not allow does nothing, and the journal says why: a shelf for
  a P1 or for nothing, the end of a shelf that is none, a second acknowledgement, work on a device under an unseen P1 |
| latched | B, C | D, A | its cause is gone, and it waits for a reset (optional in ISA-18.2; they have no latch) |
| again | B | C | latched and acknowledged, it comes again: somebody has to see it; there C only hears of a graver one |
| reset | A | stays | an operator ends what is latched, or what no device can take back; they have no such action |
| press | B | C | who was told 'on the way' and presses again is heard again; there the same severity says nothing |
| graver | C | B | a priority that was raised stays up until the alarm ends: rising to it once more is nothing new |
| critical | B | E | what becomes a P1 throws off its shelf |
| uncovered | B, C, D, A | B if it stands, else A | a mask hides an alarm and changes nothing of it: what was
  acknowledged stays so, and what returned unseen is still to be seen |
| two masks | E, F, G | A, B | shelved, suppressed, out of service: where one of two masks falls, the other stays |
| explained | F | B | its shelf or its work ends while its cause stands: what nobody was told of is still not told |
| dropped | A | B | what people set off while they worked on the device goes with the work |
| seen masked | F, G | A, B | acknowledged while suppressed or out of service, it stays that; there any action ends it |
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any, NamedTuple

import pytest

from community.fold import fold
from community.site import Device, Site, Text, Threshold
from community.state import Alarm, State, alarm_state
from tests.community.isa_18_2 import NORMAL, Machine
from tests.community.story import T0_MS, record

SEQUENCES, BLOCKS = 10_000, 10

AT_ONCE = Threshold(on_delay_s=0, off_delay_s=0)
BEFORE_S, COMES_BACK_S = 120, 182
"""A cause takes in what began so long before it; its devices may be silent for so long after it (three periods, and
the grace of a beat on its way)."""
SHELF_S, PAUSE_S, WAIT_S = 3000, 200, 3600
SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    devices=(
        Device("B-1", "bins", "bin", "bins"),
        Device("L-1", "plant", "level_sensor", "plant"),
        Device("S-1", "sos", "button", "sos"),
        Device("F-1", "plant", "feeder", "plant"),
        Device("G-1", "parking", "barrier", "parking", parent="F-1"),
    ),
    thresholds=dict.fromkeys(("BIN_FULL", "GARAGE_WATER", "GATE_FAULT", "POWER_LOST"), AT_ONCE),
)
STATES = ("normal", "unacknowledged", "acknowledged", "returned", "shelved", "suppressed", "out_of_service")
LETTERS = dict(zip(STATES, "ABCDEFG", strict=True))


class Process(NamedTuple):
    """What a device says, and the severity that it is there."""

    type: str
    data: dict[str, Any]
    severity: str


class Kind(NamedTuple):
    alarm: str
    device: str
    process: dict[str, Process]
    orders: tuple[str, ...] = ()
    """What happens to the feeder, beside what people do."""

    @property
    def key(self) -> str:
        return f"{self.alarm}/{self.device}"


KINDS = (
    Kind(
        "BIN_FULL",
        "B-1",
        {
            "low": Process("bin.status", {"fill_percent": 85}, "Low"),
            "high": Process("bin.status", {"fill_percent": 97}, "Medium"),
            "gone": Process("bin.status", {"fill_percent": 10}, NORMAL),
        },
    ),
    Kind(
        "GARAGE_WATER",
        "L-1",
        {
            "low": Process("plant.water", {"level_cm": 10}, "High"),
            "high": Process("plant.water", {"level_cm": 40}, "Critical"),
            "gone": Process("plant.water", {"level_cm": 0}, NORMAL),
        },
    ),
    Kind("SOS", "S-1", {"press": Process("sos.press", {"press": "short"}, "Critical")}),
    Kind(
        "GATE_FAULT",
        "G-1",
        {
            "fault": Process("parking.barrier", {"barrier": "fault"}, "Medium"),
            "gone": Process("parking.barrier", {"barrier": "closed"}, NORMAL),
        },
        ("fail", "fail", "feed", "feed", "pause"),
    ),
)
ORDERS = ("ack", "ack", "reset", "shelve", "unshelve", "out", "back", "wait")


class Walk:
    """One alarm in both machines."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.state = State(SITE)
        self.theirs = Machine()
        self.at_s = self.offset = 0
        self.said: list[str] = []
        """Types of what the journal has of the last step."""
        self.severity = NORMAL
        """There, before the last step."""
        self.down = False
        self.release_s: int | None = None
        """The feeder is back: until then nothing of its devices is news."""

    @property
    def alarm(self) -> Alarm | None:
        return self.state.alarms.get(self.kind.key)

    @property
    def ours(self) -> str:
        if self.kind.device in self.state.out_of_service:
            return "G"  # also where nothing stands, and the state has no alarm to ask
        return LETTERS[alarm_state(self.alarm)] if self.alarm is not None else "A"

    @property
    def explained(self) -> bool:
        return self.down or self.release_s is not None

    def tell(self, type_: str, subject: str = "", **data: Any) -> None:
        self.offset += 1
        changes = fold(self.state, record(type_, subject, data, offset=self.offset, at_s=self.at_s))
        self.state.apply(changes)
        self.said = [entry.type for entry in changes.entries]

    def ahead_s(self, op: str) -> int:
        return {"pause": PAUSE_S, "wait": WAIT_S}.get(op, 1)

    def step(self, op: str) -> None:
        before, alarm, (key, device) = self.ours, self.alarm, (self.kind.key, self.kind.device)
        self.severity = self.theirs.severity
        self.at_s = self.release_s if op == "release" and self.release_s else self.at_s + self.ahead_s(op)
        boss = {"by": "post:a", "role": "supervisor", "reason": "r"}
        if op in self.kind.process:
            process = self.kind.process[op]
            self.tell(process.type, device, **process.data)
            begins = before in "AD" and process.severity != NORMAL
            self.theirs.process(process.severity, suppressed=self.explained and (begins or before == "F"))
        elif op in ("fail", "feed"):
            self.tell("plant.feeder", "F-1", energised=op == "feed")
            if op == "fail" and not self.down and alarm is not None and before != "G":
                recent = alarm.activated_ms >= T0_MS + 1000 * (self.at_s - BEFORE_S)
                if alarm.active and recent:
                    self.theirs.state = "F"
            self.release_s = None if op == "fail" else self.at_s + COMES_BACK_S if self.down else self.release_s
            self.down = op == "fail"
        elif op in ("release", "pause"):
            self.tell("clock.tick")
            if op == "release":
                self.release_s = None
                if before == "F":
                    self.theirs.unmask()
        elif op in ("ack", "reset"):
            self.tell(f"command.alarm.{'acknowledge' if op == 'ack' else op}", key, by="post:a")
            if op == "ack":
                self.theirs.operator("ack")
        elif op == "shelve":
            self.tell("command.alarm.shelve", key, **boss, until_ms=T0_MS + 1000 * (self.at_s + SHELF_S))
            self.theirs.operator("shelve")
        elif op == "unshelve":
            self.tell("command.alarm.unshelve", key, by="post:a")
            self.theirs.operator("unshelve")
        elif op == "out":
            self.tell("command.device.out_of_service", device, **boss)
            self.theirs.state = "G"
        elif op == "back":
            self.tell("command.device.return_to_service", device, by="post:a")
            if before == "G":
                self.theirs.unmask()
        elif op == "wait":  # longer than a shelf: it ends by itself, there by their own clock's `unshelve`
            self.tell("clock.tick")
            if before == "E":
                self.theirs.operator("unshelve")


def difference(walk: Walk, op: str, before: str, alarm: Alarm | None) -> tuple[str, str, str] | None:
    """(name, ours, theirs) where the two must differ after `op`; `before` and `alarm` are of the moment before it."""
    severity = walk.theirs.severity
    raised = walk.severity != severity
    bare = "A" if severity == NORMAL else "B"  # what a mask that ends leaves behind there
    if "command.refused" in walk.said:
        moves = {"shelve": "E", "unshelve": bare, "out": "G", "ack": before}
        if op == "ack" and (before in "FG" or (before == "A" and bare == "B") or (before == "C" and bare == "A")):
            moves["ack"] = bare
        return "refused", before, moves.get(op, before)
    if op == "reset":
        return "reset", "G" if before == "G" else "A", before
    if op == "ack" and before in "FG":
        return "seen masked", before, bare
    falls = op in ("unshelve", "back") or (op == "wait" and before == "E") or (op == "release" and before == "F")
    if falls and before in "EFG" and alarm is not None:
        if op == "unshelve" and before in "FG":
            return "two masks", before, bare
        if op == "back" and alarm.suppressed_by:
            return "two masks", "F", bare
        if op in ("back", "release") and alarm.shelved_until_ms is not None:
            return "two masks", "E", bare
        if op == "back" and alarm.withheld and (walk.kind.alarm == "SOS" or not alarm.active):
            return "dropped", "A", bare
        if alarm.withheld and alarm.active and walk.explained:
            return "explained", "F", bare
        if alarm.active or alarm.latched:
            return "uncovered", "C" if alarm.acknowledged else "B", bare
        return "uncovered", "A" if alarm.acknowledged else "D", bare
    if alarm is None or op not in walk.kind.process:
        return None
    if before == "F" and op == "gone" and alarm.shelved_until_ms is not None:
        return "two masks", "E", "A"
    if before == "E" and walk.kind.alarm == "GARAGE_WATER" and op == "high":
        return "critical", "B", "E"
    if before == "C" and op == "press":
        return "press", "B", "C"
    if before == "C" and op == "high" and alarm.priority == "P3" and walk.kind.alarm == "BIN_FULL":
        return "graver", "C", "B" if raised else "C"
    if before in "BC" and walk.kind.alarm == "GARAGE_WATER" and op == "gone":
        return "latched", before, "D" if before == "B" else "A"
    if before == "C" and alarm.latched:
        return "again", "B", "C"
    return None


def walked(seeds: range) -> Counter[str]:
    """Walks and compares after every step; where they differ as expected theirs is put where ours is."""
    met: Counter[str] = Counter()
    for seed in seeds:
        rng = random.Random(seed)
        walk = Walk(KINDS[seed % len(KINDS)])
        ops = [*walk.kind.process, *walk.kind.process, *walk.kind.orders, *ORDERS]
        history: list[str] = []
        for _ in range(rng.randrange(3, 30)):
            op = rng.choice(ops)
            due = walk.release_s is not None and walk.release_s <= walk.at_s + walk.ahead_s(op)
            for step in ("release", op) if due else (op,):
                history.append(f"{walk.ours} {step}")
                _compared(walk, step, met, f"seed {seed}: {history}")
    return met


def _compared(walk: Walk, op: str, met: Counter[str], story: str) -> None:
    before, alarm = walk.ours, walk.alarm
    walk.step(op)
    met["steps"] += 1
    met[f"from {before}"] += 1
    expected = difference(walk, op, before, alarm)
    found = walk.ours, walk.theirs.state
    if expected is None:
        assert found[0] == found[1], f"{story}, then ours and theirs {found}"
        return
    name, *pair = expected
    assert found == tuple(pair), f"{story}, {name}: not {pair} but {found}"
    if found[0] != found[1]:
        met[name] += 1
        walk.theirs.state = found[0]
    if name in ("reset", "dropped"):
        walk.theirs.severity = NORMAL  # no device says so: it is over by a person's word


EXPLAINED = [line.split("|")[1].strip() for line in (__doc__ or "").splitlines() if line.startswith("| ")][1:]


@pytest.mark.parametrize("block", range(BLOCKS))
def test_sequences(block: int) -> None:
    size = SEQUENCES // BLOCKS
    met = walked(range(block * size, (block + 1) * size))
    assert met["steps"] > 10 * size
    assert all(met[f"from {letter}"] > met["steps"] / 200 for letter in "ABCDEFG"), met
    names = {name for name in met if name != "steps" and not name.startswith("from ")}
    assert names == set(EXPLAINED), "a difference that the table explains and that is none, or the other way round"


def test_the_other_machine_is_itself() -> None:
    """Its published path A B C, re-alarm, D, A, so that a comparison with something that does nothing cannot pass."""
    machine, path = Machine(), []
    for severity in ("Low", "ack", "Medium", "ack", NORMAL, "High", NORMAL, "ack"):
        if severity == "ack":
            machine.operator("ack")
        else:
            machine.process(severity)
        path.append(machine.state)
    assert "".join(path) == "BCBCABDA"
