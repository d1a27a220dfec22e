"""The life of each alarm, put together from its journal rows; what an alarm's list in a report or a page shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

CAME = ("alarm.activated", "alarm.reactivated")


class Life(msgspec.Struct):
    """One row of an alarm list, from its first coming until it closed; what came again on the row is a repeat."""

    occurrence: str
    alarm: str
    device: str
    priority: str
    """As it came."""
    began_ms: int
    priority_now: str = ""
    """As it is: a bin that fills further is raised."""
    acknowledged_ms: int | None = None
    acknowledged_by: str = ""
    returned_ms: int | None = None
    closed_ms: int | None = None
    closed_by: str = ""
    reason: str = ""
    shelved_until_ms: int | None = None
    shelved_by: str = ""
    shelved_reason: str = ""
    repeats: int = 0
    again: bool = False
    """Its first coming lies before the rows: no alarm more."""

    @property
    def open(self) -> bool:
        return self.closed_ms is None


def lives(rows: Iterable[Any]) -> list[Life]:
    """`rows` of the journal in the order of (at_ms, record_id); lives in the order in which they came.

    What was only withheld from people (a symptom, a device out of service) is no life.
    """
    last: dict[str, Life] = {}
    found: list[Life] = []
    for row in rows:
        type_: str = row.type
        if not type_.startswith("alarm."):
            continue
        life = last.get(row.subject)
        if type_ == "alarm.activated" or (type_ == "alarm.reactivated" and life is None):
            again = type_ == "alarm.reactivated"
            life = Life(row.occurrence or row.subject, row.alarm, row.device, row.priority, row.at_ms, again=again)
            life.priority_now = row.priority
            last[row.subject] = life
            found.append(life)
        elif life is not None:
            _tell(life, row)
    return found


def _tell(life: Life, row: Any) -> None:
    life.priority_now = row.priority or life.priority_now
    match row.type.removeprefix("alarm."):
        case "reactivated" if not life.again or life.began_ms < row.at_ms:
            life.repeats += 1
            life.closed_ms = life.returned_ms = None
        case "acknowledged" if life.acknowledged_ms is None:
            life.acknowledged_ms, life.acknowledged_by = row.at_ms, row.by
        case "returned":
            life.returned_ms = row.at_ms
        case "closed":
            life.closed_ms, life.closed_by, life.reason = row.at_ms, row.by, row.reason or life.reason
        case "shelved":
            life.shelved_until_ms = row.data.get("until_ms")
            life.shelved_by, life.shelved_reason = row.by, row.reason
        case "unshelved":
            life.shelved_until_ms = None
        case _:
            pass
