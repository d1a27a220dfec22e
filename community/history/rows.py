"""One record -> the rows it gives. A fact is a row of its own; a word is merged with the others on the same thing.

What the fold refuses gives no row: the same reducers read the data. No row holds more than the record did: ids, places
and posts, of a person at most the register's subject id; of residents in care nothing is kept here at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

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


class Fact(NamedTuple):
    table: str
    at_ms: int
    record_id: str
    columns: dict[str, Any]


class Word(NamedTuple):
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


def of_log(record: Record, site: Site, values: Mapping[str, Any] | None = None) -> list[Fact | Word]:
    """`values`: what its reducer said, where that was asked before. Raises BadRecord where the fold would."""
    if values is None:
        found = REDUCERS.get(record.type)
        if found is None:
            return []
        if not record.subject:
            raise BadRecord("no subject: which device is it?")
        values = found[1].reduce(record).values
    rows = _ROWS.get(record.type)
    return rows(record, values, when(record, site), site) if rows is not None else []


def _pass(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    columns = {
        "method": _text(values, "method"),
        "result": _text(values, "result"),
        "reader": _text(values, "reader"),
        "direction": _text(values, "direction"),
        "person": _text(values, "person"),
    }
    return [_fact("door_pass", record, at_ms, site, columns)]


def _scan(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    return [_fact("patrol_scan", record, at_ms, site, {"post": _text(values, "post")})]


def _fact(table: str, record: Record, at_ms: int, site: Site, columns: dict[str, Any]) -> Fact:
    day, hour_ms = bucket(at_ms, site.timezone)
    columns["day"], columns["hour_ms"] = day, hour_ms
    columns["arrived_ms"], columns["device"] = arrived_ms(record, site), plain(record.subject)
    return Fact(table, at_ms, plain(record.id), columns)


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return plain(value if type(value) is str else str(value or ""))


def _session(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    kept = clean({name: values[name] for name in _OF_SESSION if name in values})
    return [
        Word("charging_session", (plain(record.subject), plain(values["session"])), (at_ms, plain(record.id), kept))
    ]


_OF_SESSION = ("charging", "meter_start_wh", "meter_stop_wh", "session_energy_wh", "stop_reason")


def _order(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    said = clean({name: values[name] for name in ("phase", "category", "post", "rating") if name in values})
    order = plain(values["order"])
    phase = {"work_order": order, "phase": said["phase"], "post": _text(said, "post")}
    word = Word("work_order", (order,), (at_ms, plain(record.id), said | {"desk": plain(record.subject)}))
    return [_fact("order_phase", record, at_ms, site, phase), word]


def _call(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    said = {name: _text(values, name) for name in ("phase", "caller", "answered_by", "opened_by") if name in values}
    return [Word("intercom_call", (plain(record.subject), plain(values["call"])), (at_ms, plain(record.id), said))]


def _offer(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    said = {"offer": True, "withdrawn": values["withdrawn"], "zones": plain(" ".join(values["zones"]))}
    return [Word("broadcast", (plain(values["message"]), plain(record.subject)), (at_ms, plain(record.id), said))]


def _ack(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    key = (plain(values["answered_message"]), plain(record.subject))
    return [Word("broadcast", key, (at_ms, plain(record.id), {"result": values["result"]}))]


def _window(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    said = {"from_ms": min(values["from_ms"], LAST_MS), "until_ms": min(values["until_ms"], LAST_MS)}
    said |= {"cancelled": values["cancelled"], "route": _text(values, "route")}
    return [Word("patrol_window", (plain(record.subject), plain(values["round"])), (at_ms, plain(record.id), said))]


def _waiver(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    said = {"waived": True, "by": _text(values, "waived_by")}
    round_ = plain(values["waived_round"])
    return [Word("patrol_window", (plain(record.subject), round_), (at_ms, plain(record.id), said))]


def _intervals(record: Record, values: Mapping[str, Any], at_ms: int, site: Site) -> list[Fact | Word]:
    """In the row of each local day that the half-hours touch: two, where a delivery is not from midnight on."""
    series = {name: values[name] for name in ("volume_l", "energy_wh") if name in values}
    start_ms = values["start_ms"]
    last_ms = start_ms + (max(map(len, series.values())) - 1) * HALF_HOUR_MS
    days = dict.fromkeys(bucket(ms, site.timezone)[0] for ms in (start_ms, last_ms))  # 48 of them: two days at most
    said: Said = (at_ms, plain(record.id), {"start_ms": start_ms} | series)
    return [Word("meter_day", (day, plain(record.subject)), said) for day in days]


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
    alarm = record.type.startswith("alarm.")
    columns = {
        "day": day,
        "hour_ms": hour_ms,
        "type": plain(record.type),
        "subject": plain(record.subject),
        "alarm": plain(record.subject.partition("/")[0]) if alarm else "",
        "device": plain(record.subject.partition("/")[2] if alarm else record.subject),
        "priority": _text(data, "priority"),
        "occurrence": occurrence,
        "since_ms": min(int(began), LAST_MS) if began.isascii() and began.isdigit() and len(began) < 16 else None,
        "by": _text(data, "by"),
        "reason": _text(data, "reason"),
        "person": _text(data, "person"),
        "data": clean(data),
    }
    return Fact("journal", at_ms, plain(record.id), columns)


Heard = tuple[int, int, tuple[str, ...]]
"""When the log itself was heard, and when those were who were heard besides it."""


def presence_of(record: Record, site: Site) -> Heard:
    """Who was heard, and when. A port's word proves that its pile is there; that a recorder calls a camera offline
    proves the contrary. Who looks after residents in care is heard, the residents are not followed."""
    type_, subject = record.type, record.subject
    if type_ == TICK and not record.community:
        return record.appended_ms, record.appended_ms, ()
    arrived = min(arrived_ms(record, site), LAST_MS)
    clock_ms = record.appended_ms if site.clock == "live" else arrived
    if type_ == SOURCE_HEARTBEAT:
        return clock_ms, arrived, (f"source:{plain(subject)}",)
    found = REDUCERS.get(type_)
    if found is None or found[0].id == "care" or not subject:
        return clock_ms, arrived, ()
    if type_ == "camera.status" and record.data.get("status") == "offline":
        return clock_ms, arrived, ()
    described = site.by_id.get(subject)
    if described is None:
        return clock_ms, arrived, (plain(subject),)
    if described.system == "care":
        return clock_ms, arrived, ()
    parent = described.parent
    return clock_ms, arrived, (plain(subject), plain(parent)) if parent else (plain(subject),)
