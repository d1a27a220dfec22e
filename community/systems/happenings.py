"""What trackers share that count happenings: lists of [ms, id] that neither a duplicate nor a late one disturbs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Annotated, Any

import msgspec

SubjectId = Annotated[str, msgspec.Meta(pattern=r"^(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9_:-]{10,64}\Z")]
"""The register's random id of a person or a vehicle (DOMAIN.md): a UUID, `p-7f3a91c2`. A name, a phone number and a
plate (at most eight characters) do not look like it and are refused with their field."""

Happening = list[Any]
"""[own time in ms, record id, ..]: JSON-able, and in order of time once sorted."""


_ID = itemgetter(1)


def known(held: Iterable[Happening], id_: str) -> bool:
    return id_ in map(_ID, held)  # each pass asks four times


def remember(held: Sequence[Happening], happening: Happening, most: int) -> list[Happening]:
    """The newest `most` of them, oldest first; one that is there already changes nothing."""
    if known(held, happening[1]):
        return list(held)
    if not held or held[-1] <= happening:  # in order, as nearly all are
        return [*held[max(0, len(held) + 1 - most) :], happening]
    return sorted([*held, happening])[-most:]


def around(held: Sequence[Happening], at_ms: int, window_ms: int) -> int:
    """How many of them, oldest first, lie together in one window that the one at `at_ms` lies in too."""
    best = 0
    for first, *_ in held:
        if at_ms - window_ms <= first <= at_ms:
            best = max(best, sum(first <= ms <= first + window_ms for ms, *_ in held))
    return best
