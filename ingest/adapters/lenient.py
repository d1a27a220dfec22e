"""What devices write, read kindly: numbers as text, decimal commas, clocks without a zone. Nothing here raises."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from community.model import to_ms

TEXT_LIMIT = 200
"""Words and short sentences; the longest the standards allow is 255, and a screen shows fewer."""

_LARGEST = 1e15
"""Beyond it a float no longer tells neighbouring integers apart, and no meter counts so far."""

_LAST_MS = 253_402_300_799_000  # 9999-12-31T23:59:59Z, where RFC 3339 ends
_MS_FROM = 100_000_000_000  # as seconds the year 5138, as milliseconds 1973: numbers from here on are milliseconds

_QUANTITY = re.compile(r"([+-]?[\d.,'\u00a0 ]*\d[.,]?(?:[eE][+-]?\d{1,3})?)\s*([^\d\s].{0,20})?", re.DOTALL)
_SHORT_OFFSET = re.compile(r"([+-])(\d):(\d\d)$")
_TRUE, _FALSE = {"true", "1", "on", "yes", "active", "start"}, {"false", "0", "off", "no", "inactive", "stop"}


def text(value: object, limit: int = TEXT_LIMIT) -> str:
    """A word as said, trimmed and cut; numbers become text; anything else is empty."""
    if isinstance(value, str):
        return value.strip()[:limit].rstrip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)[:limit]
    return ""


def quantity(value: object) -> tuple[float | None, str]:
    """A number and the unit written behind it: `"158,7 kWh"` -> (158.7, "kWh"). No number: (None, "")."""
    if isinstance(value, bool):
        return None, ""
    if isinstance(value, int | float):
        return (float(value) if abs(value) < _LARGEST else None), ""
    if not isinstance(value, str) or len(value) > 64:
        return None, ""
    match = _QUANTITY.fullmatch(value.strip())
    if match is None:
        return None, ""
    digits = re.sub(r"[\s\u00a0']", "", match[1])
    if "," in digits and "." in digits:  # the last of the two is the decimal sign, the other one groups
        group = "," if digits.rfind(".") > digits.rfind(",") else "."
        digits = digits.replace(group, "")
    try:
        parsed = float(digits.replace(",", "."))
    except ValueError:
        return None, ""
    return (parsed, (match[2] or "").strip()) if isfinite(parsed) and abs(parsed) < _LARGEST else (None, "")


def number(value: object) -> float | None:
    return quantity(value)[0]


def integer(value: object) -> int | None:
    """A whole number, also as text or as 1.0; None for anything else."""
    parsed = quantity(value)[0]
    return int(parsed) if parsed is not None and parsed == int(parsed) else None


def tidy(value: float, digits: int = 3) -> float | int:
    """Rounded; a whole number without a fraction."""
    rounded = round(value, digits)
    return int(rounded) if rounded == int(rounded) else rounded


def flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    word = text(value).lower()
    return True if word in _TRUE else False if word in _FALSE else None


def plain(word: str) -> str:
    """For comparing words: `Suspended EV`, `SUSPENDED_EV` and `SuspendedEV` are one."""
    return re.sub(r"[\s_-]", "", word).lower()


def by_plain(words: Iterable[str]) -> Mapping[str, str]:
    """Compared form -> the standard's spelling."""
    return {plain(word): word for word in words}


def moment_ms(value: object, zone: ZoneInfo) -> tuple[int | None, bool]:
    """(milliseconds since the epoch or None, whether it named its zone).

    Takes ISO 8601 in its usual disguises and epoch seconds or milliseconds, also as text. Without a zone: `zone`.
    """
    if isinstance(value, str) and not re.fullmatch(r"\s*\d{9,}(\.\d*)?\s*", value):
        try:
            moment = datetime.fromisoformat(_SHORT_OFFSET.sub(r"\g<1>0\2:\3", value.strip().replace("z", "Z")))
        except ValueError:
            return None, True
    else:
        return _epoch_ms(number(value)), True
    zoned = moment.tzinfo is not None
    try:
        at_ms = to_ms(moment if zoned else moment.replace(tzinfo=zone))
    except OverflowError:
        return None, True
    return (at_ms if 0 <= at_ms <= _LAST_MS else None), zoned


def _epoch_ms(value: float | None) -> int | None:
    if value is None or value < 0:
        return None
    at_ms = round(value) if value >= _MS_FROM else round(value * 1000)
    return at_ms if at_ms <= _LAST_MS else None


_PSEUDONYM = re.compile(r"t-[0-9a-f]{18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def pseudonym(value: object) -> str | None:
    """Who it was: what the edge has put in a card's place, or a register's UUID. Anything else may name a person."""
    word = text(value).lower()
    return word if _PSEUDONYM.fullmatch(word) else None


_PERSONAL = re.compile(
    r"(?<!\d)1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)"  # mobile number
    r"|[\u4e00-\u9fa5][A-Z][\s·]?[A-Z0-9]{5,6}(?![A-Z0-9])"  # number plate
    r"|(?<![0-9A-Za-z])(?=(?:[0-9A-Fa-f]*\d){4})[0-9A-Fa-f]{8,32}(?![0-9A-Za-z])"  # card or identity number
)


def free_text(value: object) -> str:
    """Text a device wrote for people, without what may name a person: phone, plate, card number."""
    return _PERSONAL.sub("***", text(value))


def branch(value: object) -> dict[str, Any]:
    """The object there, or an empty one."""
    return value if isinstance(value, dict) else {}


def filled(**fields: Any) -> dict[str, Any]:
    """The fields that say something: not None and not empty."""
    return {name: value for name, value in fields.items() if value is not None and value != "" and value != []}
