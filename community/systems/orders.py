"""居民诉求 work orders: 发布 -> 接单 -> 处理 -> 完成 -> 评价, told to the desk that answers for them.

The subject is the desk, not the order: a community closes ten thousand orders a year, and a state that kept each as a
device would only grow. The desk remembers its open orders, and of the closed ones for three days that they are closed,
so that a late word does not open them again; what became of them stands in the log, for the reports.

Each order keeps the newest time of each of its phases; its state is the latest of them, in whatever order they come.
Who wrote it, about whom and in which words never enters: an id, a category, the post that took it.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any, ClassVar

import msgspec

from ..alarms import CLEAR, Seen
from ..clock import local
from ..model import BadRecord, Record
from ..numbers import ClockTime, Lasting, Seconds, SystemNumbers, ms
from ..site import Text
from ..state import DeviceState
from ..world import desk as desk_world
from .base import Look, Moment, Patch, Reducer, Rule, Step, System, Tracker, look_again_ms, present, typed
from .tile import Tally, Tile

CLOSED_KEPT_MS, CLOSED_KEPT, OPEN_KEPT = 3 * 86_400_000, 500, 1000
"""2,000 households close some 30 orders a day. A desk with a thousand open ones has lost count before we do."""

SHOWN = 5
"""Orders an alarm names; its number counts them all."""

PHASES = ("published", "reopened", "taken", "in_progress", "done", "rated", "cancelled", "duplicate")
"""In the order of the life of an order: the later word holds where two were said at one moment."""

WAITING = frozenset(("published", "reopened"))
CLOSING = frozenset(("done", "rated", "cancelled", "duplicate"))
"""'done' closes: many are never rated, and the desk owes nothing any more."""

WORD = re.compile(r"[\w.:/-]{1,64}", re.ASCII)


class Numbers(SystemNumbers, frozen=True):
    """alarms.csv TICKET_SLA: 'no 接单 in 30 min (08-22)', of the community's own clock. A feed that comes back delivers
    what it kept: nobody is late for `spool_s`, before that can have been read.
    """

    section: ClassVar[str] = "orders"

    heartbeat_s: Lasting = 86_400
    taken_within_s: Lasting = 1_800
    counted_from: ClockTime = "08:00"
    counted_until: ClockTime = "22:00"
    spool_s: Seconds = 60

    def __post_init__(self) -> None:
        if not self.counted_from < self.counted_until:
            raise ValueError(f"counted_from {self.counted_from} must be before counted_until {self.counted_until}")


class Order(msgspec.Struct, omit_defaults=True):
    order: str
    phase: str
    category: str | None = None
    home: str | None = None
    """Where, as `7/2/1203`; never who."""
    post: str | None = None
    rating: int | None = None


def reduce_order(record: Record) -> Patch:
    order: Order = typed(Order, record.data)
    said = present(order)
    if order.phase not in PHASES:
        raise BadRecord(f"data: phase {order.phase!r} is none of {', '.join(PHASES)}")
    for name in ("order", "category", "home"):
        if name in said and not WORD.fullmatch(said[name]):
            raise BadRecord(f"data: {name} must be an id of letters, digits and . : / - _")
    if order.post is not None and not (order.post.startswith("post:") and WORD.fullmatch(order.post)):
        raise BadRecord("data: post must begin with post: (staff appear by their post, never by name)")
    if order.rating is not None and (order.phase != "rated" or not 1 <= order.rating <= 5):
        raise BadRecord("data: rating is 1 to 5, and only of phase rated")
    return Patch("order", said, every=True, clears=("category", "home", "post", "rating"))


BY_DEFAULT = Numbers()


@lru_cache(maxsize=4 * OPEN_KEPT)
def counted_due_ms(since_ms: int, zone: str, numbers: Numbers = BY_DEFAULT) -> int:
    """When `taken_within_s` of counted hours have passed since then."""
    need_ms = ms(numbers.taken_within_s)
    hours = [time.fromisoformat(at) for at in (numbers.counted_from, numbers.counted_until)]
    at = local(since_ms, zone)
    begin_ms = since_ms
    while True:
        opens_ms, closes_ms = (1000 * int(datetime.combine(at.date(), hour, at.tzinfo).timestamp()) for hour in hours)
        begin_ms = max(begin_ms, opens_ms)
        left_ms = max(0, closes_ms - begin_ms)
        if need_ms <= left_ms:
            return begin_ms + need_ms
        need_ms -= left_ms
        at = datetime.combine(at.date() + timedelta(days=1), time(), at.tzinfo)


def latest(phases: dict[str, int]) -> str:
    """The phase an order is in. Published is what it was before anything else, whatever its clock says."""
    return max(phases, key=lambda phase: (phase != "published", phases[phase], PHASES.index(phase)))


def desk(moment: Moment) -> Step:
    """Memory: `open` {order: {"phases": {phase: ms}, category, post}}, `closed` {order: [ms, phase]}, `history_ms`,
    `late` orders (sorted), `more`: the list has grown with this step; `dropped`: open orders beyond what is kept."""
    held, at_ms, zone = moment.memory, moment.at_ms, moment.look.site.timezone
    numbers = moment.look.site.numbers_of(Numbers)
    orders: dict[str, Any] = dict(held.get("open", {}))
    closed: dict[str, Any] = dict(held.get("closed", {}))
    # What is no longer remembered as closed is told apart from what is new by its time alone.
    history_ms = held.get("history_ms", 0)
    if moment.said:
        _take(orders, closed, moment.said, moment.said_ms, max(history_ms, at_ms - CLOSED_KEPT_MS))
    oldest = sorted(closed, key=lambda order: closed[order][0])
    for number, order in enumerate(oldest):
        if number < len(oldest) - CLOSED_KEPT or closed[order][0] <= at_ms - CLOSED_KEPT_MS:
            history_ms = max(history_ms, closed.pop(order)[0])
    dropped = held.get("dropped", 0)
    if len(orders) > OPEN_KEPT:
        least = min(
            orders, key=lambda o: (latest(orders[o]["phases"]) in WAITING, max(orders[o]["phases"].values()), o)
        )
        del orders[least]
        dropped += 1
    dues = {
        order: counted_due_ms(kept["phases"][phase], zone, numbers)
        for order, kept in orders.items()
        if (phase := latest(kept["phases"])) in WAITING
    }
    late, wake_ms = _late(moment, dues, held.get("late", []))
    memory: dict[str, Any] = {"open": orders, "closed": closed, "history_ms": history_ms, "late": late}
    memory |= {"more": bool(set(late) - set(held.get("late", [])))}
    return Step(memory | ({"dropped": dropped} if dropped else {}), wake_ms)


def _take(orders: dict[str, Any], closed: dict[str, Any], said: Any, said_ms: int, history_ms: int) -> None:
    """One word on one order."""
    order, phase = said["order"], said["phase"]
    if order in closed:
        ended_ms, ended = closed[order]
        if (said_ms, PHASES.index(phase)) <= (ended_ms, PHASES.index(ended)) or phase == "published":
            return
        kept: dict[str, Any] = {"phases": {ended: ended_ms}}
        del closed[order]
    elif order in orders:
        kept = dict(orders[order])
    elif said_ms <= history_ms:
        return
    else:
        kept = {"phases": {}}
    held_ms = kept["phases"].get(phase)
    if held_ms is None or (said_ms < held_ms if phase == "published" else said_ms > held_ms):
        kept["phases"] = {**kept["phases"], phase: said_ms}
    now = latest(kept["phases"])
    if now in CLOSING:
        orders.pop(order, None)
        closed[order] = [kept["phases"][now], now]
        return
    for name in ("category", "home", "post"):
        if name in said and (name not in kept or phase == now):
            kept[name] = said[name]
    if now in WAITING:
        kept.pop("post", None)
    orders[order] = kept


def _late(moment: Moment, dues: dict[str, int], held: list[str]) -> tuple[list[str], int | None]:
    """Orders that are late now, and when to look again. While their feed is silent nobody becomes late."""
    at_ms, fed_ms = moment.at_ms, moment.fed_since_ms
    spool_ms = ms(moment.look.site.numbers_of(Numbers).spool_s)
    still = {order for order in held if order in dues and dues[order] <= at_ms}
    if not dues:
        return [], None
    if fed_ms is None:
        return sorted(still), look_again_ms(moment)
    dues = {order: max(due_ms, fed_ms + spool_ms) if order not in still else due_ms for order, due_ms in dues.items()}
    late = sorted(order for order, due_ms in dues.items() if due_ms <= at_ms)
    return late, min((due_ms for due_ms in dues.values() if due_ms > at_ms), default=None)


def ticket_late(look: Look) -> Seen | None:
    """One alarm for the desk; an order that becomes late while it stands is heard again."""
    memory = look.device.memory.get(DESK.name, {})
    late = memory.get("late", [])
    if not late:
        return CLEAR
    return Seen(True, {"orders": late[:SHOWN], "late": len(late)}, pulse=memory["more"])


def in_hand(device: DeviceState) -> tuple[int, int, bool]:
    memory = device.memory.get(DESK.name, {})
    return len(memory.get("open", ())), len(memory.get("late", ())), bool(memory.get("dropped"))


DESK = Tracker("desk", frozenset(("order",)), desk)

TILE = Tile(
    id="orders",
    name=Text("居民工单", "Tickets"),
    icon="order",
    quiet=True,
    tally=Tally(in_hand, Text("在办", "open"), Text("{}超时", "{} late"), Text("无超时", "none late")),
)

SYSTEM = System(
    id="orders",
    name=Text("居民诉求", "Work orders"),
    numbers=Numbers,
    reducers={"order.phase": Reducer(reduce_order, "desk")},
    rules=(Rule("TICKET_SLA", frozenset((DESK.group,)), ticket_late),),
    trackers=(DESK,),
    tiles=(TILE,),
    simulate=desk_world.simulate,
    plots=desk_world.PLOTS,
)
