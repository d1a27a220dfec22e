"""What trackers share that count happenings: lists of [ms, id] that neither a duplicate nor a late one disturbs."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Annotated, Any

import msgspec

SubjectId = Annotated[str, msgspec.Meta(pattern=r"^(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9_:-]{10,64}\Z")]
"""The register's random id of a person or a vehicle (DOMAIN.md): a UUID, `p-7f3a91c2`. A name, a phone number and a
plate (at most eight characters) do not look like it and are refused with their field."""

Happening = list[Any]
"""[own time in ms, record id, ..]: JSON-able, and in order of time once sorted."""


_ID = itemgetter(1)

_LONG, _AT_MOST = 8, 4096

_IDS: dict[int, tuple[Sequence[Happening], set[str]]] = {}
"""A cache: identity of a long list -> the list and the ids in it. Each pass of a gate asks for its id among sixty-four,
and to look at each of them is a twelfth of what a pass takes. Lists in a state are never written into: one that is
succeeded by another hands its ids on."""


def known(held: Sequence[Happening], id_: str) -> bool:
    if len(held) < _LONG:
        return id_ in map(_ID, held)
    ids = _taken_ids(held)
    _keep_ids(held, ids)
    return id_ in ids


def remember(held: Sequence[Happening], happening: Happening, most: int) -> list[Happening]:
    """The newest `most` of them, oldest first; one that is there already changes nothing."""
    id_, long = happening[1], len(held) >= _LONG
    ids = _taken_ids(held) if long else None
    if id_ in (map(_ID, held) if ids is None else ids):
        if ids is not None:
            _keep_ids(held, ids)
        return list(held)
    if held and not held[-1] <= happening:
        return sorted([*held, happening])[-most:]
    first = max(0, len(held) + 1 - most)  # in order, as nearly all are
    now = list(held[first:])
    now.append(happening)
    if ids is not None:
        ids.difference_update(map(_ID, held[:first]))
        ids.add(id_)
        _keep_ids(now, ids)
    return now


def _taken_ids(held: Sequence[Happening]) -> set[str]:
    """Out of the cache: whoever has them may write into them, and nobody else has them meanwhile."""
    found = _IDS.pop(id(held), None)
    if found is not None and found[0] is held and len(found[1]) == len(held):
        return found[1]
    return set(map(_ID, held))


def _keep_ids(held: Sequence[Happening], ids: set[str]) -> None:
    if len(_IDS) >= _AT_MOST:
        _IDS.clear()
    _IDS[id(held)] = held, ids


def around(held: Sequence[Happening], at_ms: int, window_ms: int) -> int:
    """How many of them, oldest first, lie together in one window that the one at `at_ms` lies in too."""
    best = 0
    for first, *_ in held:
        if at_ms - window_ms <= first <= at_ms:
            best = max(best, sum(first <= ms <= first + window_ms for ms, *_ in held))
    return best
