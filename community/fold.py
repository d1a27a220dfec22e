"""fold(state, record) -> Changes: the only way the state of a community changes.

Pure: neither the state nor the record is touched, nothing is read but them, and the clock is the log's. The caller
puts the changes in with `state.apply(changes)`. (HOUSE.md draws it as `-> (state, changes)`; a state of thousands of
devices is not copied for each record, so the new state is 'the old one plus the changes'.)
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from . import actions, alarms, commands, feed_clock, letters, order_desk, pictures_on_alarm
from .agenda import DEVICE
from .deadlines import silent_at, sweep
from .description import describe
from .draft import Draft
from .freshness import SPOKEN_FOR, source_period_ms
from .judge import NEVER_SAID, judge, pass_on, stir, told
from .model import (
    COMMAND_MOVE_ORDER,
    DEMO_PAST,
    SITE_DESCRIBED,
    SOURCE_HEARTBEAT,
    SOURCE_LETTERS,
    TICK,
    BadRecord,
    Record,
)
from .numbers import House
from .recall import recall
from .state import ACTIVATION_WINDOW_MS, GAPS, Changes, DeviceState, SourceState, State
from .systems import REDUCERS, SYSTEMS
from .systems.base import Patch, typed

COMMANDS = {**commands.COMMANDS, COMMAND_MOVE_ORDER: order_desk.move}
"""What people order, by the type of its record."""

HANDLERS = {SITE_DESCRIBED: describe, DEMO_PAST: recall, SOURCE_LETTERS: letters.counted, **COMMANDS}
"""Records that are no device's and no sign of life."""


def read(record: Record) -> Patch | None:
    """What its data say of a device; None: it is no device's. Raises BadRecord where they cannot be read."""
    reducer = REDUCERS.get(record.type)
    if reducer is None:
        return None
    if not record.subject:
        raise BadRecord("no subject: which device is it?")
    return reducer[1].reduce(record)


def fold(state: State, record: Record, patch: Patch | None = None) -> Changes:
    """What the record changes; `patch`: what `read` said of it, where that was asked before. Raises BadRecord where its
    data cannot be read; the clock does not move then."""
    type_, handler = record.type, None
    if patch is None:
        patch = read(record)
    if patch is None and type_ != TICK and type_ != SOURCE_HEARTBEAT:
        handler = HANDLERS.get(type_)
        if handler is None:
            raise BadRecord(f"unknown type {type_!r}")
    live = state.site.clock == "live"
    arrived_ms = record.appended_ms if live else _arrived(record)
    before_ms = state.clock_ms
    clock_ms = arrived_ms if arrived_ms > before_ms else before_ms
    draft = Draft(state, record, clock_ms, Changes(clock_ms, record.position, state.due_ms))
    if live and clock_ms - before_ms > 1000 * state.site.house.slept_s and before_ms:
        _wake_up(draft)
    if clock_ms >= state.due_ms or clock_ms >= state.wakes_ms:
        sweep(draft)
    if patch is not None:
        _device(draft, patch)
    elif handler is not None:
        draft.person = str(record.data.get("person", ""))
        handler(draft)
        draft.person = ""
    elif type_ == SOURCE_HEARTBEAT:
        beat(draft)
    if draft.stirred:
        stir(draft)
    if draft.recheck:
        sweep(draft)
        if draft.stirred:
            stir(draft)
    if draft.changes.activations:
        pictures_on_alarm.ask(draft)
    return draft.changes


def _wake_up(draft: Draft) -> None:
    """Nothing was written for a while, not even ticks: the log slept, not the feeds. Their deadlines start anew."""
    for source in draft.state.sources.values():
        if source.since_ms:
            draft.put_source(replace(source, since_ms=draft.clock_ms))


def _arrived(record: Record) -> int:
    """On a `clock: log` site the record itself says when it arrived."""
    if record.received_ms is not None:
        return record.received_ms
    return 0 if record.type in (TICK, SITE_DESCRIBED) else record.time_ms


def _device(draft: Draft, patch: Patch) -> None:
    record, clock_ms, state, changed = draft.record, draft.clock_ms, draft.state, draft.changes.devices
    site = state.site
    house, id_ = site.house, record.subject
    before = changed.get(id_) or state.devices.get(id_)
    device = before or _newcomer(draft)
    if device.system == "unknown":  # so far only signs of life
        now = _newcomer(draft)
        device = replace(device, system=now.system, kind=now.kind)
    arrived_ms, time_ms = record.received_ms, record.time_ms
    max_skew_ms = 1000 * house.max_skew_s
    if arrived_ms is None:
        arrived_ms = record.appended_ms if site.clock == "live" else clock_ms
    elif abs(record.appended_ms - arrived_ms) > max_skew_ms and site.clock == "live":
        time_ms, arrived_ms = feed_clock.corrected(draft, device, record, arrived_ms)
    skew_ms = time_ms - arrived_ms
    # A happening may be told long after it: of those only one from the future shows a wrong clock.
    off = skew_ms > max_skew_ms or (skew_ms < -max_skew_ms and not patch.every)
    # Nothing is newer than now, and a clock that is known to be wrong says nothing at all. Of a press it decides
    # nothing in any case: a button that was set back to 1970 by a new battery is heard at its first press.
    pulse = patch.pulse or (patch.pulse_by is not None and patch.pulse_by(site))
    trusted = device.skew_ms is None and not (off and pulse)
    at_ms = time_ms if time_ms < clock_ms and trusted else clock_ms
    heard_ms = arrived_ms if arrived_ms < clock_ms else clock_ms
    group, said, stamp = patch.group, patch.values, (at_ms, record.id)
    values, stamps = device.values, device.stamps
    if patch.each:
        fresh = [name for name in said if name not in stamps or stamp > stamps[name]]
        newer = bool(fresh)
        if newer:
            values, stamps = values.copy(), stamps.copy()
            for name in fresh:
                values[name], stamps[name] = said[name], stamp
    else:
        held = stamps.get(group, NEVER_SAID)
        newer = stamp > held and not (pulse and record.id == held[1])
        if newer:
            stamps = {**stamps, group: stamp}
            if said:
                values = {**values, **said}
                for name in patch.clears:
                    if name in values and name not in said:
                        del values[name]
    if patch.kept is not None:
        values, stamps = patch.kept(patch, values, stamps)
    silent = device.silent_ms is not None
    device = _heard(device, house, at_ms, heard_ms, values, stamps, own=patch.every)
    came_back = silent and device.silent_ms is None
    clock_changed = False
    if off or device.skew_ms is not None:
        device, clock_changed = _clock_skew(device, house, skew_ms, clock_ms, record.id)
    changed[id_] = device
    if came_back or before is None or not before.heard_ms:
        _listen(draft, device)
    if patch.every:
        told(draft, device, before, patch, at_ms, own=True)
    elif newer:
        judge(draft, device, before, group, at_ms)
    if patch.telling is not None:
        pass_on(draft, id_, patch.telling)
    if came_back:  # trackers may have changed the device meanwhile
        judge(draft, changed[id_], before, "presence", clock_ms)
    if clock_changed:
        judge(draft, changed[id_], before, "clock", at_ms)
    if device.pending is not None and (newer or patch.every):
        actions.confirm(draft, id_, group)
    if device.parent and device.kind in SPOKEN_FOR:
        _parent(draft, device.parent, at_ms, heard_ms)


def _newcomer(draft: Draft) -> DeviceState:
    """The first word of a device; one that nobody has described is kept under the name it gave itself."""
    record = draft.record
    described = draft.state.site.by_id.get(record.subject)
    if described is not None:
        return DeviceState(described.id, described.system, described.kind, described.source, described.parent)
    system, reducer = REDUCERS[record.type]
    known = system.id if system.id != "common" else "unknown"
    return DeviceState(record.subject, known, reducer.kind, record.source.rsplit("/", 1)[-1])


def _clock_skew(device: DeviceState, house: House, skew_ms: int, clock_ms: int, id_: str) -> tuple[DeviceState, bool]:
    """Notices a clock that is off; one late message is not a wrong clock, five in ten minutes are. What a device kept
    while it had no network comes within seconds, and says once that its clock may be off."""
    if abs(skew_ms) <= 1000 * house.max_skew_s:
        if device.skew_ms is not None and abs(skew_ms) < 1000 * house.good_skew_s:
            return replace(device, skew_ms=None, skews=()), True
        return device, False
    if any(known == id_ for _, known in device.skews):
        return device, False  # sent twice: no second sample of its clock
    recent = tuple(sample for sample in device.skews if sample[0] > clock_ms - 1000 * house.skew_window_s)
    if device.skew_ms is None and recent and clock_ms - recent[-1][0] < 1000 * house.skew_apart_s:
        return device, False
    skews = (*recent, (clock_ms, id_))[-house.skew_samples :]
    if device.skew_ms is None and len(skews) < house.skew_samples:
        return replace(device, skews=skews), False
    return replace(device, skews=skews, skew_ms=skew_ms), device.skew_ms is None


def _heard(
    device: DeviceState,
    house: House,
    at_ms: int,
    heard_ms: int,
    values: dict[str, Any],
    stamps: dict[str, tuple[int, str]],
    *,
    own: bool = False,
) -> DeviceState:
    """The device lives, with these values; that may end its silence. `own`: trackers may write into its memory."""
    beats, silent_ms = device.beats, device.silent_ms
    newer = heard_ms > device.heard_ms
    if newer and beats < house.good_beats:
        beats += 1
    if silent_ms is not None and beats >= _good_beats(device.system, house):
        silent_ms = None
    return DeviceState(
        device.id,
        device.system,
        device.kind,
        device.source,
        device.parent,
        at_ms if at_ms > device.seen_ms else device.seen_ms,
        heard_ms if newer else device.heard_ms,
        beats,
        silent_ms,
        values,
        stamps,
        device.skews,
        device.skew_ms,
        device.memory.copy() if own else device.memory,
        device.wakes.copy() if own else device.wakes,
        device.pending,
        device.ended,
    )


def _good_beats(system: str, house: House) -> int:
    """alarms.csv: '2 good beats' end a silence; a system may want fewer."""
    silence = SYSTEMS[system].silence if system in SYSTEMS else None
    return min(silence.good_beats or house.good_beats, house.good_beats) if silence is not None else house.good_beats


def _listen(draft: Draft, device: DeviceState) -> None:
    """From now on it may fall silent."""
    moment = silent_at(draft, device)
    if moment is not None:
        draft.wait(moment, DEVICE, device.id, draft.asked_by(device))


def _parent(draft: Draft, parent_id: str, at_ms: int, heard_ms: int) -> None:
    """A port's word proves that its pile is there."""
    before = draft.device(parent_id)
    if before is None:
        described = draft.state.site.by_id.get(parent_id)
        if described is None:
            return
        before = DeviceState(described.id, described.system, described.kind, described.source, described.parent)
    parent = _heard(before, draft.state.site.house, at_ms, heard_ms, before.values, before.stamps)
    draft.changes.devices[parent_id] = parent
    came_back = parent.silent_ms is None and before.silent_ms is not None
    if came_back or not before.heard_ms:
        _listen(draft, parent)
    if came_back:
        judge(draft, parent, before, "presence", draft.clock_ms)


class Heartbeat(msgspec.Struct):
    spooled: int = 0


def beat(draft: Draft) -> None:
    """A feed's own heartbeat: it is fresh again, and the deadlines of its devices start anew."""
    record, clock_ms, good_beats = draft.record, draft.clock_ms, draft.state.site.house.good_beats
    if not record.subject:
        raise BadRecord("no subject: which source is it?")
    spooled = typed(Heartbeat, record.data).spooled
    if spooled < 0:
        raise BadRecord(f"data: spooled {spooled} is not a count")
    before = draft.source(record.subject) or SourceState(record.subject)
    # The clock of a feed is the log's: a heartbeat that waited in the spool says that the feed lives now.
    source = replace(
        before,
        seen_ms=clock_ms,
        since_ms=before.since_ms or clock_ms,
        spooled=spooled,
        beats=min(good_beats, before.beats + 1),
    )
    source = _told_of(draft, feed_clock.heartbeat(draft, before, source))
    draft.put_source(source)
    # Redis hiccups for a second and a message or two take the way round: nobody needs to know. Ten seconds are news.
    lives_from_spool = spooled > 0 and before.spooled > 0
    source_alarm(draft, source, clock_ms, lives_from_spool)
    # The feed has proved itself: now, and at no other moment, its silent devices can be told from a silent feed.
    draft.feed = source.id
    draft.recheck = True


def _told_of(draft: Draft, source: SourceState) -> SourceState:
    """From heartbeat to heartbeat the gateway was there, and told what it heard; where too long lay between two of them
    it was not. What waited in its spool was made at its time, so a log that was away leaves no gap."""
    received_ms, clock_ms = draft.record.received_ms, draft.clock_ms
    said_ms = clock_ms if received_ms is None else min(clock_ms, received_ms - (source.skew_ms or 0))
    if said_ms <= source.said_ms:
        return source
    gaps, site = source.gaps, draft.state.site
    if source.said_ms and said_ms - source.said_ms > site.house.stale_periods * source_period_ms(site, source.id):
        gaps = (*gaps, (source.said_ms, said_ms))
    if gaps:
        gaps = tuple(gap for gap in gaps if gap[1] > clock_ms - ACTIVATION_WINDOW_MS)
    if len(gaps) > GAPS:  # too many to tell apart: it was hardly there between the first two
        gaps = ((gaps[0][0], gaps[1][1]), *gaps[2:])
    return replace(source, said_ms=said_ms, gaps=gaps)


def source_alarm(draft: Draft, source: SourceState, at_ms: int, lives_from_spool: bool) -> None:
    """SOURCE_STALE: the feed is silent, or it lives from its spool; over after two good heartbeats."""
    key = f"SOURCE_STALE/{source.id}"
    alarm = draft.alarm(key)
    troubled = source.since_ms == 0 or lives_from_spool
    if alarm is None and not troubled:
        return
    if not troubled and source.beats < draft.state.site.house.good_beats:
        return
    detail = {"spooled": source.spooled} if source.spooled else {}
    seen = alarms.Seen(troubled, detail)
    draft.settle(key, alarm, alarms.observe(alarm, draft.definition("SOURCE_STALE"), source.id, seen, at_ms))
