"""What a device's newer values mean: first what is remembered of them (trackers), then the alarm rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from . import actions, alarms, door
from .agenda import WAKE
from .draft import Draft
from .numbers import House, ms
from .state import DeviceState
from .systems import HEEDING, SYSTEMS, plan_of, rules_after
from .systems.base import Look, Moment, Patch, Rule, Telling, Tracker

HEEDED = "heeded"
"""The group by which a rule looks again because of an alarm nearby: nothing of its own device has changed."""

WAKES_AT_ONCE, WAKE_AGAIN_MS = 100, 1_000
"""A tracker may ask for the same moment again, so that what it says is over as it begins; a hundred times is a bug of
its own, and then it is woken once a second."""

NEVER_SAID = (-(1 << 62), "")
"""Stamp of what was never said: older than every sample."""

_NOTHING_HELD: Mapping[str, Any] = {}


def judge(draft: Draft, device: DeviceState, before: DeviceState | None, group: str, at_ms: int) -> None:
    """A group of the device's values changed, true as of `at_ms` (effective device time)."""
    trackers, rules = plan_of(device.system, device.kind, group)
    if trackers or rules:
        site = draft.state.site
        look = Look(device, before, site.by_id.get(device.id), site, draft, False)
        lag_ms = draft.clock_ms - at_ms
        for tracker, after in trackers:
            if not tracker.only_while or _awake(look.device, tracker):
                look = _track(draft, look, tracker, after, at_ms, lag_ms=lag_ms)
        if rules:
            _rules(draft, look, rules, group, at_ms, lag_ms)


def _awake(device: DeviceState, tracker: Tracker) -> bool:
    name = tracker.name
    return bool(device.values.get(tracker.only_while)) or name in device.memory or name in device.wakes


def told(
    draft: Draft, device: DeviceState, before: DeviceState | None, patch: Patch, said_ms: int, *, own: bool = False
) -> None:
    """Something happened at `said_ms` that counts even where something newer was heard before it. `own`: see Look."""
    at_ms, site = draft.clock_ms, draft.state.site
    trackers, rules = plan_of(device.system, device.kind, patch.group)
    look = Look(device, before, site.by_id.get(device.id), site, draft, False, own=own)
    for tracker, after in trackers:
        if tracker.heeds is None or tracker.heeds(patch.values):
            look = _track(draft, look, tracker, after, at_ms, patch, said_ms)
    if rules:
        _rules(draft, look, rules, patch.group, at_ms)


def pass_on(draft: Draft, from_id: str, telling: Telling) -> None:
    """Tells those who hear it what a device has said beyond its own system, as happenings of their own."""
    hearers = door.hearers(draft.state.site, from_id, telling.name, telling.to)
    if not hearers:
        return
    for fact in telling.facts():
        if fact.said_ms > draft.clock_ms:
            continue  # by a clock that is ahead of the log
        for described in hearers:
            device = draft.device(described.id) or DeviceState(
                described.id, described.system, described.kind, described.source, described.parent
            )
            patch = SYSTEMS[described.system].hears[telling.name](fact)
            if patch.kept is not None:
                stamps = {**device.stamps, patch.group: (fact.said_ms, "")}
                if patch.group not in patch.kept(patch, {**device.values, **patch.values}, stamps)[1]:
                    continue  # nothing of it may be kept, so nothing of it may be remembered
            told(draft, device, device, patch, fact.said_ms)


def stir(draft: Draft) -> None:
    """Lets the rules look again that heed an alarm which has begun or ended near their device."""
    site, clock_ms = draft.state.site, draft.clock_ms
    while draft.stirred:
        key, *rest = draft.stirred
        draft.stirred = tuple(rest)
        alarm_id, _, origin = key.partition("/")
        for system, rule in HEEDING[alarm_id]:
            for device_id in door.neighbours(site, origin, system):
                device = draft.device(device_id)
                if device is not None and device_id != origin and (not rule.kinds or device.kind in rule.kinds):
                    look = Look(device, device, site.by_id.get(device_id), site, draft, False)
                    _rules(draft, look, (rule,), HEEDED, clock_ms)


def wake(draft: Draft, device: DeviceState, name: str, due_ms: int) -> None:
    """The moment has come at which a tracker wanted to look again. One that is no longer there is forgotten."""
    wakes = {other: ms for other, ms in device.wakes.items() if other != name}
    device = replace(device, wakes=wakes)
    draft.put_device(device)
    tracker = next((t for t in SYSTEMS[device.system].trackers if t.name == name), None)
    if tracker is not None:
        site = draft.state.site
        _track(
            draft,
            Look(device, device, site.by_id.get(device.id), site, draft, False),
            tracker,
            rules_after(device.system, device.kind, tracker.group),
            due_ms,
            woken=_woken(draft, name, device.id, due_ms),
        )


def _woken(draft: Draft, name: str, device_id: str, due_ms: int) -> int:
    """How often it has been woken at this moment by this record."""
    key = f"{name}/{device_id}"
    latest_ms, times = draft.woken.get(key, (due_ms, 0))
    times = times + 1 if due_ms <= latest_ms else 1
    draft.woken[key] = (max(due_ms, latest_ms), times)
    return times


def _track(
    draft: Draft,
    look: Look,
    tracker: Tracker,
    rules: Sequence[Rule],
    at_ms: int,
    patch: Patch | None = None,
    said_ms: int = 0,
    *,
    woken: int = 0,
    lag_ms: int = 0,
) -> Look:
    """One step of a tracker, and the rules that look after it; returns the look at the device as it is then."""
    device, name = look.device, tracker.name
    held, held_ms = device.memory.get(name, _NOTHING_HELD), device.wakes.get(name)
    if patch is None:
        step = tracker.step(Moment(look, held, at_ms, draft.fed_since_ms))
    else:
        step = tracker.step(Moment(look, held, at_ms, draft.fed_since_ms, patch.group, patch.values, said_ms))
    changed, wake_ms = step.memory is not held and step.memory != held, step.wake_ms
    if not changed and wake_ms == held_ms:
        return look
    if not look.own:
        device = replace(device, memory=device.memory.copy(), wakes=device.wakes.copy())
        draft.put_device(device)
        look = Look(device, look.before, look.described, look.site, draft, False, own=True)
    memory, wakes = device.memory, device.wakes
    memory.pop(name, None)  # what was told last stands last
    wakes.pop(name, None)
    if step.memory:
        memory[name] = dict(step.memory)
    if wake_ms is not None:
        # One that asks for the moment at which it was woken again and again would be woken there for ever.
        if woken > WAKES_AT_ONCE and wake_ms <= at_ms:
            wake_ms = draft.clock_ms + WAKE_AGAIN_MS
        wakes[name] = wake_ms
        if wake_ms != held_ms:
            draft.wait(wake_ms, WAKE, f"{name}/{device.id}")
    if step.order:
        device = actions.order_stop(draft, device, step.order, at_ms)
        look = Look(device, look.before, look.described, look.site, draft, False, own=True)
    if changed and rules and not (tracker.unread and _as_read(step.memory, held, tracker.unread)):
        _rules(draft, look, rules, tracker.group, at_ms, lag_ms)
    return look


def _as_read(memory: Mapping[str, Any], held: Mapping[str, Any], unread: frozenset[str]) -> bool:
    """Whether both are the same to the rules."""
    for name, kept in memory.items():
        if name not in unread and (name not in held or held[name] != kept):
            return False
    return memory.keys() | unread >= held.keys()


def _rules(draft: Draft, calm: Look, rules: Sequence[Rule], group: str, at_ms: int, lag_ms: int = 0) -> None:
    """`calm`: the look of a rule that has no alarm, as most have none most of the time. `lag_ms`: how long after
    `at_ms` the log has heard what the rules look at; 0 where nothing was said."""
    device, before = calm.device, calm.before
    standing, changed = draft.state.alarms, draft.changes.alarms
    for rule in rules:
        key = f"{rule.alarm}/{device.id}"
        alarm = changed[key] if key in changed else standing.get(key)
        if alarm is None:
            seen = rule.test(calm)
            if seen is None or not seen.condition:
                continue
        else:
            facts = (alarm.condition, alarm.active, alarm.priority)
            look = Look(device, before, calm.described, calm.site, draft, *facts)
            seen = rule.test(look)
            if seen is None:
                continue
        if seen.pulse and before is not None and before.stamps.get(group, NEVER_SAID)[0] == at_ms:
            continue  # the same press once more, under another id
        entry = draft.definition(rule.alarm)
        lag = _lag(lag_ms, before, calm.site.house) if lag_ms else None
        outcome = alarms.observe(alarm, entry, device.id, seen, at_ms, lag)
        draft.settle(key, alarm, outcome)


def _lag(lag_ms: int, before: DeviceState | None, house: House) -> alarms.Lag:
    """What comes out of a queue is late by something else each time, a clock that is behind by the same."""
    clock_ms = before.heard_ms - before.seen_ms if before is not None and before.seen_ms else 0
    steady = abs(lag_ms - clock_ms) <= ms(house.feed_skew_steady_s) and lag_ms <= ms(house.max_skew_s)
    return alarms.Lag(lag_ms, min(lag_ms, clock_ms) if steady else 0)
