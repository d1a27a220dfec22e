"""The clock of a gateway: it stamps what it receives, so a wrong one would make its devices look silent or wrong.

The gateway's own heartbeat is stamped by that clock and by the log. What waited (in its spool, in a vendor topic) is
off as well, but differently from beat to beat: a queue that is read out brings in a second what was said in minutes. A
clock that is off is off by the same from beat to beat. From then on the log's time stands in for the gateway's.
"""

from __future__ import annotations

from msgspec.structs import replace

from . import alarms
from .draft import Draft
from .model import Record
from .numbers import ms
from .state import DeviceState, SourceState

ALARM = "CLOCK_SKEW"


def heartbeat(draft: Draft, before: SourceState, after: SourceState) -> SourceState:
    """`after` with what this heartbeat says of the gateway's clock; its alarm with it."""
    record, house = draft.record, draft.state.site.house
    if record.received_ms is None or draft.state.site.clock != "live":
        return after
    off_ms, steady_ms = record.received_ms - record.appended_ms, ms(house.feed_skew_steady_s)
    held = before.skew_ms
    if abs(off_ms) <= ms(house.max_skew_s):
        right = held is None or abs(off_ms) < ms(house.good_skew_s)
        after = replace(after, off_ms=None, off_beats=0, skew_ms=None if right else held)
    elif before.off_ms is None or abs(off_ms - before.off_ms) > steady_ms:
        after = replace(after, off_ms=off_ms, off_beats=1, off_at_ms=record.appended_ms)
    elif record.appended_ms - before.off_at_ms >= ms(house.feed_skew_apart_s):
        beats = min(before.off_beats + 1, house.feed_skew_beats)
        steady = beats >= house.feed_skew_beats
        skew_ms = off_ms if steady and (held is None or abs(off_ms - held) > steady_ms) else held
        after = replace(after, off_ms=off_ms, off_beats=beats, off_at_ms=record.appended_ms, skew_ms=skew_ms)
    if after.skew_ms is not None or held is not None:
        key = f"{ALARM}/{after.id}"
        alarm = draft.alarm(key)
        detail = {} if after.skew_ms is None else {"skew_s": round(after.skew_ms / 1000)}
        seen = alarms.Seen(after.skew_ms is not None, detail)
        draft.settle(key, alarm, alarms.observe(alarm, draft.definition(ALARM), after.id, seen, draft.clock_ms))
    return after


def corrected(draft: Draft, device: DeviceState, record: Record, received_ms: int) -> tuple[int, int]:
    """(device's time, arrival) of a record whose gateway stamped it far from when the log had it.

    A gateway that is known to be wrong is set right; a device that has its time from it as well. Where a device agrees
    with the log and not with its gateway, the gateway is wrong before it is known to be, and the device spoke just now.
    Else the record waited, and its stamp is true.
    """
    time_ms, max_skew_ms = record.time_ms, ms(draft.state.site.house.max_skew_s)
    source = draft.source(device.source)
    if source is not None and source.skew_ms is not None:
        follows = abs(time_ms - received_ms) <= max_skew_ms
        return time_ms - source.skew_ms if follows else time_ms, received_ms - source.skew_ms
    if abs(time_ms - record.appended_ms) <= max_skew_ms:
        return time_ms, record.appended_ms
    return time_ms, received_ms
