"""巡更 patrol: the checkpoints of a route, the windows in which a round has to pass them, scans, waivers.

The subject is the checkpoint: it has a place on the plan, and a guard who is late at one is not late at the others. A
round's plan comes as one window for each of its checkpoints; the site need not describe them.

A scan counts for every window of its checkpoint that has begun, so that the next round ends what the one before missed;
minutes late are those from the window's end to the first such scan. Readers are emptied after the round: scans come in
one go, in any order, long after they were made, and then take back what was missed without them.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

import msgspec

from ..alarms import CLEAR, Seen
from ..model import BadRecord, Record
from ..numbers import Lasting, SystemNumbers
from ..site import Text
from ..state import DeviceState
from ..world import rounds as walks
from .base import Look, Moment, Patch, Reducer, Rule, Step, System, Tracker, look_again_ms, present, typed
from .tile import Cases, Tile

LONGEST_WINDOW_MS = 24 * 3_600_000

KEPT_MS, WINDOWS_KEPT, SCANS_KEPT = 24 * 3_600_000, 200, 100
"""A week of hourly rounds, planned at once, fits; of what was met, a day is kept for scans that come late."""


MINUTE_MS = 60_000

WORD = re.compile(r"[\w.:/-]{1,64}", re.ASCII)


class Numbers(SystemNumbers, frozen=True):
    """`heartbeat_s`: DOMAIN.md."""

    section: ClassVar[str] = "patrol"

    heartbeat_s: Lasting = 86_400


class Window(msgspec.Struct, omit_defaults=True):
    round: str
    from_ms: int
    until_ms: int
    route: str | None = None
    cancelled: bool = False


class Scan(msgspec.Struct, omit_defaults=True):
    post: str | None = None


class Waiver(msgspec.Struct, omit_defaults=True):
    round: str
    by: str
    reason: str | None = None


def _ids(said: dict[str, Any], *names: str) -> None:
    for name in names:
        if name in said and not WORD.fullmatch(said[name]):
            raise BadRecord(f"data: {name} must be an id of letters, digits and . : / - _")


def _post(said: dict[str, Any], name: str) -> None:
    _ids(said, name)
    if not said.get(name, "post:").startswith("post:"):
        raise BadRecord(f"data: {name} must begin with post: (staff appear by their post, never by name)")


def reduce_window(record: Record) -> Patch:
    window: Window = typed(Window, record.data)
    said = present(window)
    _ids(said, "round", "route")
    length_ms = window.until_ms - window.from_ms
    if not 0 <= length_ms <= LONGEST_WINDOW_MS or window.from_ms < 0:
        raise BadRecord(
            f"data: until_ms is {length_ms} ms after from_ms; a window has at most a day, and not less than 0"
        )
    return Patch("window", {"cancelled": False, **said}, every=True)


def reduce_scan(record: Record) -> Patch:
    said = present(typed(Scan, record.data))
    _post(said, "post")
    return Patch("scan", {"scanned_ms": record.time_ms, **said}, every=True, clears=("post",))


def reduce_waiver(record: Record) -> Patch:
    said = present(typed(Waiver, record.data))
    _ids(said, "round", "reason")
    _post(said, "by")
    values = {f"waived_{name}": value for name, value in said.items()}
    return Patch("waiver", values, every=True, clears=("waived_reason",))


def rounds(moment: Moment) -> Step:
    """Memory: `windows` {round: {from_ms, until_ms, said_ms, heard_ms, scanned_ms, cancelled}}, `scans` [ms], `waived`
    {round: ms}, `overdue` {round: since ms}, `history_ms`."""
    held, at_ms, fed_ms = moment.memory, moment.at_ms, moment.fed_since_ms
    windows: dict[str, Any] = dict(held.get("windows", {}))
    scans: list[int] = list(held.get("scans", ()))
    waived: dict[str, int] = dict(held.get("waived", {}))
    history_ms = held.get("history_ms", 0)
    if moment.group == "scan" and moment.said_ms not in scans:
        scans = sorted((*scans, moment.said_ms))[-SCANS_KEPT:]
        for name, window in windows.items():
            if window["from_ms"] <= moment.said_ms < window.get("scanned_ms", moment.said_ms + 1):
                windows[name] = window | {"scanned_ms": moment.said_ms}
    elif moment.group == "waiver":
        waived[moment.said["waived_round"]] = moment.said_ms
        waived = dict(sorted(waived.items(), key=lambda item: item[1])[-WINDOWS_KEPT:])
    elif moment.group == "window":
        _plan(windows, scans, moment, max(history_ms, at_ms - KEPT_MS))
    by_end = sorted(windows, key=lambda name: (windows[name]["until_ms"], name))
    for number, name in enumerate(by_end):
        old = windows[name]["until_ms"] <= at_ms - KEPT_MS and _met(windows[name], name, waived)
        if old or number < len(by_end) - WINDOWS_KEPT:
            history_ms = max(history_ms, windows.pop(name)["until_ms"])
    scans = [ms for ms in scans if ms > at_ms - KEPT_MS - LONGEST_WINDOW_MS]
    open_ = {name: window for name, window in windows.items() if not _met(window, name, waived)}
    overdue, wakes = {}, []
    for name, window in open_.items():
        until_ms, since_ms = window["until_ms"], held.get("overdue", {}).get(name, -1)
        if until_ms > at_ms:
            wakes.append(until_ms)
        elif since_ms >= until_ms:
            overdue[name] = since_ms
        elif fed_ms is None or fed_ms > at_ms:  # a scan could not be heard: nobody is late before it could
            wakes.append(fed_ms or look_again_ms(moment))
        else:
            overdue[name] = max(until_ms, window["heard_ms"], fed_ms)
    memory = {"windows": windows, "scans": scans, "waived": waived, "overdue": overdue, "history_ms": history_ms}
    return Step(memory, min(wakes, default=None))


def _plan(windows: dict[str, Any], scans: list[int], moment: Moment, history_ms: int) -> None:
    """Takes a window; of two plans for one round the newer holds."""
    said, name = moment.said, moment.said["round"]
    before = windows.get(name)
    if before is None and said["until_ms"] <= history_ms:
        return
    if before is not None and before["said_ms"] >= moment.said_ms:
        return
    heard_ms = moment.at_ms if before is None else before["heard_ms"]
    window = {key: said[key] for key in ("from_ms", "until_ms", "cancelled")}
    window |= {"said_ms": moment.said_ms, "heard_ms": heard_ms}
    known = [*scans, *([before["scanned_ms"]] if before is not None and "scanned_ms" in before else [])]
    counted = [ms for ms in known if ms >= window["from_ms"]]
    windows[name] = window | ({"scanned_ms": min(counted)} if counted else {})


def _met(window: dict[str, Any], name: str, waived: dict[str, int]) -> bool:
    return "scanned_ms" in window or window["cancelled"] or name in waived


def minutes_late(device: DeviceState, clock_ms: int) -> dict[str, int]:
    """Whole minutes by round: of windows scanned after their end, and of those that wait for their scan since."""
    memory = device.memory.get(ROUNDS.name, {})
    late: dict[str, int] = {}
    for name, window in memory.get("windows", {}).items():
        open_ = not _met(window, name, memory["waived"])
        scanned_ms = window.get("scanned_ms", clock_ms if open_ else 0)
        if scanned_ms > window["until_ms"] and not window["cancelled"]:
            late[name] = (scanned_ms - window["until_ms"]) // MINUTE_MS
    return late


def next_window(device: DeviceState) -> tuple[str, int] | None:
    """(round, end of its window) of what has to be scanned next, the most overdue first; None: nothing waits."""
    memory = device.memory.get(ROUNDS.name, {})
    waiting = [
        (window["until_ms"], name)
        for name, window in memory.get("windows", {}).items()
        if not _met(window, name, memory["waived"])
    ]
    return (min(waiting)[1], min(waiting)[0]) if waiting else None


def missed(look: Look) -> Seen | None:
    """The catalogue's on-delay is the ten minutes after the window's end."""
    overdue = look.device.memory.get(ROUNDS.name, {}).get("overdue", {})
    if not overdue:
        return CLEAR
    since_ms, first = min((since_ms, name) for name, since_ms in overdue.items())
    detail: dict[str, Any] = {"round": first, "rounds": len(overdue)}
    if "route" in look.device.values:
        detail["route"] = look.device.values["route"]
    return Seen(True, detail, since_ms=since_ms)


ROUNDS = Tracker("rounds", frozenset(("window", "scan", "waiver")), rounds)

TILE = Tile(
    id="patrol",
    name=Text("巡更", "Patrol"),
    icon="patrol",
    quiet=True,
    cases=Cases(frozenset(("PATROL_MISS",)), Text("漏检", "missed"), beside="total"),
)

SYSTEM = System(
    id="patrol",
    name=Text("巡更", "Patrol"),
    numbers=Numbers,
    reducers={
        "patrol.window": Reducer(reduce_window, "checkpoint"),
        "patrol.scan": Reducer(reduce_scan, "checkpoint"),
        "patrol.waiver": Reducer(reduce_waiver, "checkpoint"),
    },
    rules=(Rule("PATROL_MISS", frozenset((ROUNDS.group,)), missed),),
    trackers=(ROUNDS,),
    tiles=(TILE,),
    simulate=walks.simulate,
    plots=walks.PLOTS,
)
