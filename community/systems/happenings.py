"""What trackers share that count happenings: lists of [ms, id] that neither a duplicate nor a late one disturbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

SubjectId = Annotated[str, msgspec.Meta(pattern=r"^(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9_:-]{10,64}\Z")]
"""The register's random id of a person or a vehicle (DOMAIN.md): a UUID, `p-7f3a91c2`. A name, a phone number and a
plate (at most eight characters) do not look like it and are refused with their field."""

Happening = list[Any]
"""[own time in ms, record id, ..]: JSON-able, and in order of time once sorted."""


def known(held: Sequence[Happening], id_: str) -> bool:
    for happening in held:  # a loop: `any` and `map` take twice as long, and each pass of a gate asks
        if happening[1] == id_:
            return True
    return False


def remember(held: list[Happening], happening: Happening, most: int) -> list[Happening]:
    """The newest `most` of them, oldest first; one that is there already changes nothing: `held` itself."""
    if known(held, happening[1]):
        return held
    if held and not held[-1] <= happening:
        return sorted([*held, happening])[-most:]
    now = held[max(0, len(held) + 1 - most) :]  # in order, as nearly all are
    now.append(happening)
    return now


Strip = str
"""Happenings of which many are kept and few are looked at, as one text: `[ms,"id"]` with commas between, JSON without
its outer brackets. Sixty-four lists of a gate lie all over the memory, and each pass would go through them."""

PIECE = 96
"""Characters of a strip for each happening that has to be kept: of ids of a usual length it holds twice as many."""


def inscribed(strip: Strip, at_ms: int, id_: str, least: int) -> Strip:
    """At least the newest `least` of them are kept; one that is there already changes nothing."""
    end = f",{msgspec.json.encode(id_).decode()}]"  # within another id its quotation marks would have a stroke before
    if end in strip:
        return strip
    strip = f"{strip},[{at_ms}{end}" if strip else f"[{at_ms}{end}"
    return strip if len(strip) <= PIECE * least else as_strip(read_strip(strip)[-least:])


def read_strip(strip: Strip) -> list[Happening]:
    """Oldest first."""
    held: list[Happening] = msgspec.json.decode(f"[{strip}]")
    return sorted(held)


def as_strip(held: Sequence[Happening]) -> Strip:
    return msgspec.json.encode(held).decode()[1:-1]


def around(held: Sequence[Happening], at_ms: int, window_ms: int) -> int:
    """How many of them, oldest first, lie together in one window that the one at `at_ms` lies in too."""
    best = 0
    for first, *_ in held:
        if at_ms - window_ms <= first <= at_ms:
            best = max(best, sum(first <= ms <= first + window_ms for ms, *_ in held))
    return best
