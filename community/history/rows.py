"""One record -> the rows it gives. A fact is a row of its own; a word is merged with the others on the same thing.

What the fold refuses gives no row: the same reducers read the data. No row holds more than the record did: ids, places
and posts, of a person at most the register's subject id; of residents in care nothing is kept here at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from ..model import LAST_MS, SOURCE_HEARTBEAT, TICK, BadRecord, Record
from ..order_book import MOVED
from ..site import Site
from ..systems import REDUCERS
from ..systems.bulkwater import HALF_HOUR_MS
from .days import bucket

Said = tuple[int, str, dict[str, Any]]
"""(moment, record id, values): two of the same id are one."""

NO_CLOCK_MS = 946_684_800_000
"""2000-01-01: a device clock before it has lost its battery, and the arrival counts."""

LONGEST_KEY = 200
"""Characters of a text in a key; PostgreSQL indexes 2,700 bytes at most. Real ids have 40."""

CLOCK = "@clock"
"""Who is heard whenever anything is: the log itself. Where it was not heard nothing was recorded."""


class Fact(msgspec.Struct, frozen=True, gc=False):
    table: str
    line: tuple[Any, ...]
    """Its row as the table has it: community, moment, record id, local day and hour, then the table's own columns."""


class Word(msgspec.Struct, frozen=True, gc=False):
    table: str
    key: tuple[str, ...]
    said: Said


def plain(text: str) -> str:
    """As every database takes it: without NUL and lone surrogates, in a key never longer than an index can hold."""
    if text.isascii() and "\0" not in text:
        if len(text) <= LONGEST_KEY:
            return text
    else:
        text = text.replace("\0", "").encode("utf-8", "replace").decode()
    if len(text) <= LONGEST_KEY:
        return text
    return f"{text[: LONGEST_KEY - 65]}#{sha256(text.encode()).hexdigest()}"


def clean(value: Any) -> Any:
    """JSON with every text in it as `plain` has it, of any length."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {clean(name): clean(one) for name, one in value.items()}
    return [clean(one) for one in value] if isinstance(value, list | tuple) else value


def arrived_ms(record: Record, site: Site) -> int:
    """When a gateway had it; the log's time where nobody said so."""
    if record.received_ms is not None:
        return record.received_ms
    return record.appended_ms if site.clock == "live" else record.time_ms


def when(record: Record, site: Site) -> int:
    """The record's own moment, never after its arrival. Late is late: it belongs to the day in which it happened."""
    arrived = arrived_ms(record, site)
    return record.time_ms if NO_CLOCK_MS <= record.time_ms <= arrived else arrived


def of_log(record: Record, site: Site, values: Mapping[str, Any] | None = None) -> Sequence[Fact | Word]:
    """`values`: what its reducer said, where that was asked before. Raises BadRecord where the fold would."""
    rows = _ROWS.get(record.type)
    if values is None:
        found = REDUCERS.get(record.type)
        if found is None:
            return ()
        if not record.subject:
            raise BadRecord("no subject: which device is it?")
        values = found[1].reduce(record).values
    return rows(record, values, when(record, site), site) if rows is not None else ()


def _pass(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    told = [_known[word] if type(word := values.get(name)) is str else _text(values, name) for name in _OF_PASS]
    return [_fact("door_pass", record, at_ms, site, *told)]


_OF_PASS = ("method", "result", "reader", "direction", "person")


def _scan(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    return [_fact("patrol_scan", record, at_ms, site, _text(values, "post"))]


def _fact(table: str, record: Record, at_ms: int, site: Site, *told: str) -> Fact:
    head = (site.id, at_ms, plain(record.id), *bucket(at_ms, site.timezone))
    return Fact(table, (*head, arrived_ms(record, site), _known[record.subject], *told))


class _Known(dict[str, str]):
    """Short words that come again and again, as `plain` has them: ids of devices, ways of opening a door."""

    def __missing__(self, text: str) -> str:
        found = plain(text)
        if len(text) <= SHORT:
            if len(self) >= MOST_KNOWN:
                self.clear()
            self[text] = found
        return found


SHORT, MOST_KNOWN = 40, 32_768
_known = _Known()


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return _known[value if type(value) is str else str(value or "")]


def _session(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    kept = clean({name: values[name] for name in _OF_SESSION if name in values})
    return [
        Word("charging_session", (_known[record.subject], plain(values["session"])), (at_ms, plain(record.id), kept))
    ]


_OF_SESSION = ("charging", "meter_start_wh", "meter_stop_wh", "session_energy_wh", "stop_reason")


def _order(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    said = clean({name: values[name] for name in ("phase", "category", "post", "rating") if name in values})
    order = plain(values["order"])
    word = Word("work_order", (order,), (at_ms, plain(record.id), said | {"desk": _known[record.subject]}))
    return [_fact("order_phase", record, at_ms, site, order, said["phase"], _text(said, "post")), word]


def _call(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    said = {name: _text(values, name) for name in ("phase", "caller", "answered_by", "opened_by") if name in values}
    return [Word("intercom_call", (_known[record.subject], plain(values["call"])), (at_ms, plain(record.id), said))]


def _offer(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    said = {"offer": True, "withdrawn": values["withdrawn"], "zones": plain(" ".join(values["zones"]))}
    return [Word("broadcast", (plain(values["message"]), _known[record.subject]), (at_ms, plain(record.id), said))]


def _ack(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    key = (plain(values["answered_message"]), _known[record.subject])
    return [Word("broadcast", key, (at_ms, plain(record.id), {"result": values["result"]}))]


def _window(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    said = {"from_ms": min(values["from_ms"], LAST_MS), "until_ms": min(values["until_ms"], LAST_MS)}
    said |= {"cancelled": values["cancelled"], "route": _text(values, "route")}
    return [Word("patrol_window", (_known[record.subject], plain(values["round"])), (at_ms, plain(record.id), said))]


def _waiver(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    said = {"waived": True, "by": _text(values, "waived_by")}
    round_ = plain(values["waived_round"])
    return [Word("patrol_window", (_known[record.subject], round_), (at_ms, plain(record.id), said))]


def _intervals(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    """In the row of each local day that the half-hours touch: two, where a delivery is not from midnight on."""
    series = {name: values[name] for name in ("volume_l", "energy_wh") if name in values}
    start_ms = values["start_ms"]
    last_ms = start_ms + (max(map(len, series.values())) - 1) * HALF_HOUR_MS
    days = dict.fromkeys(bucket(ms, site.timezone)[0] for ms in (start_ms, last_ms))  # 48 of them: two days at most
    said: Said = (at_ms, plain(record.id), {"start_ms": start_ms} | series)
    return [Word("meter_day", (day, _known[record.subject]), said) for day in days]


_ROWS: Mapping[str, Callable[[Record, Mapping[str, Any], int, Site], list[Fact | Word]]] = {
    "access.pass": _pass,
    "patrol.scan": _scan,
    "charging.session": _session,
    "order.phase": _order,
    "intercom.call": _call,
    "broadcast.offer": _offer,
    "broadcast.ack": _ack,
    "patrol.window": _window,
    "patrol.waiver": _waiver,
    "meter.intervals": _intervals,
}


def of_journal(record: Record, site: Site) -> list[Fact | Word]:
    """An entry of the journal; its moment is when it was due. What the desk has done with an order is said there."""
    rows: list[Fact | Word] = [_entry(record, site)]
    return rows + (_order(record, record.data, record.time_ms, site) if record.type == MOVED else [])


def _entry(record: Record, site: Site) -> Fact:
    data, at_ms = record.data, record.time_ms
    day, hour_ms = bucket(at_ms, site.timezone)
    occurrence = data.get("occurrence")
    occurrence = plain(occurrence) if isinstance(occurrence, str) else ""
    began = occurrence.rpartition("@")[2]
    alarm, _, device = record.subject.partition("/") if record.type.startswith("alarm.") else ("", "", record.subject)
    since_ms = min(int(began), LAST_MS) if began.isascii() and began.isdigit() and len(began) < 16 else None
    line = (
        *(site.id, at_ms, plain(record.id), day, hour_ms),
        *(plain(record.type), _known[record.subject], plain(alarm), plain(device), _text(data, "priority")),
        *(occurrence, since_ms, _text(data, "by"), _text(data, "reason"), _text(data, "person"), _json(clean(data))),
    )
    return Fact("journal", line)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


Heard = tuple[int, int, tuple[str, ...]]
"""When the log itself was heard, and when those were who were heard besides it."""


def presence_of(record: Record, site: Site) -> Heard:
    """Who was heard, and when. A port's word proves that its pile is there; that a recorder calls a camera offline
    proves the contrary. Who looks after residents in care is heard, the residents are not followed."""
    type_ = record.type
    if type_ == TICK and not record.community:
        return record.appended_ms, record.appended_ms, ()
    arrived = arrived_ms(record, site)
    if arrived > LAST_MS:
        arrived = LAST_MS
    clock_ms = record.appended_ms if site.clock == "live" else arrived
    if type_ == "camera.status" and record.data.get("status") == "offline":
        return clock_ms, arrived, ()
    known: dict[tuple[str, str], tuple[str, ...]] = site.__dict__.setdefault("heard_by", {})
    who = known.get((type_, record.subject))
    if who is None:
        if len(known) >= MOST_KNOWN:
            known.clear()
        who = known[type_, record.subject] = _heard_by(type_, record.subject, site)
    return clock_ms, arrived, who


def _heard_by(type_: str, subject: str, site: Site) -> tuple[str, ...]:
    if type_ == SOURCE_HEARTBEAT:
        return (f"source:{plain(subject)}",)
    found = REDUCERS.get(type_)
    if found is None or found[0].id == "care" or not subject:
        return ()
    described = site.by_id.get(subject)
    if described is None or not described.parent:
        return () if described is not None and described.system == "care" else (plain(subject),)
    return () if described.system == "care" else (plain(subject), plain(described.parent))
