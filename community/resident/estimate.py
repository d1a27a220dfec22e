"""When a session under way is likely to end. Said as an estimate, and not at all where nothing speaks for it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal, NamedTuple

from ..numbers import ms
from ..state import DeviceState, State
from ..systems import cutoff

LEAST = 20
"""So many earlier sessions that lasted at least as long: of fewer no middle is worth telling."""

By = Literal["full", "usual"]


class Expected(NamedTuple):
    at_ms: int
    by: By
    """full: the battery draws next to nothing, and the house cuts it off then; usual: as sessions here went before."""


def ends(state: State, device: DeviceState, lasted: Sequence[int]) -> Expected | None:
    """`lasted`: what earlier sessions of the kind took (milliseconds), rising."""
    numbers = state.site.numbers_of(cutoff.Numbers)
    full_ms = device.memory.get(cutoff.NAME, {}).get("full_ms")
    if isinstance(full_ms, int):
        due_ms = full_ms + ms(numbers.full_after_s)
        return Expected(due_ms, "full") if due_ms > state.clock_ms else None
    started_ms = device.values.get("session_start_ms")
    if not device.values.get("charging") or not isinstance(started_ms, int):
        return None
    left_ms = usually_left_ms(state.clock_ms - started_ms, lasted)
    if left_ms is None:
        return None
    at_ms = state.clock_ms + left_ms
    if device.kind == "ebike_port":
        at_ms = min(at_ms, started_ms + ms(numbers.session_max_s))
    return Expected(at_ms, "usual") if at_ms > state.clock_ms else None


def usually_left_ms(passed_ms: int, lasted: Sequence[int]) -> int | None:
    """The middle of what was still to come in those sessions that had gone on for so long."""
    first = bisect_right(lasted, passed_ms)
    longer = len(lasted) - first
    if longer < LEAST:
        return None
    return lasted[first + longer // 2] - passed_ms
