"""What a device's newer values mean: first what is remembered of them (trackers), then the alarm rules."""

from __future__ import annotations

from msgspec.structs import replace

from . import alarms, commands
from .draft import Draft
from .state import DeviceState
from .systems import RULES, SYSTEMS, TRACKERS
from .systems.base import Look, Moment, Patch, Tracker

NEVER_SAID = (-(1 << 62), "")
"""Stamp of what was never said: older than every sample."""


def judge(draft: Draft, device: DeviceState, before: DeviceState | None, group: str, at_ms: int) -> None:
    """A group of the device's values changed, true as of `at_ms` (effective device time)."""
    for tracker in TRACKERS.get((device.system, group), ()):
        device = _track(draft, device, before, tracker, at_ms)
    _rules(draft, device, before, group, at_ms)


def told(draft: Draft, device: DeviceState, before: DeviceState | None, patch: Patch, said_ms: int) -> None:
    """Something happened at `said_ms` that counts even where something newer was heard before it."""
    at_ms = draft.clock_ms
    for tracker in TRACKERS.get((device.system, patch.group), ()):
        device = _track(draft, device, before, tracker, at_ms, patch, said_ms)
    _rules(draft, device, before, patch.group, at_ms)


def wake(draft: Draft, device: DeviceState, name: str, due_ms: int) -> None:
    """The moment has come at which a tracker wanted to look again. One that is no longer there is forgotten."""
    wakes = {other: ms for other, ms in device.wakes.items() if other != name}
    device = replace(device, wakes=wakes)
    draft.put_device(device)
    tracker = next((t for t in SYSTEMS[device.system].trackers if t.name == name), None)
    if tracker is not None:
        _track(draft, device, device, tracker, due_ms)


def _track(
    draft: Draft,
    device: DeviceState,
    before: DeviceState | None,
    tracker: Tracker,
    at_ms: int,
    patch: Patch | None = None,
    said_ms: int = 0,
) -> DeviceState:
    site, held = draft.state.site, device.memory.get(tracker.name, {})
    look = Look(device, before, site.by_id.get(device.id), site, False)
    moment = Moment(look, held, at_ms, lambda: _fed_since_ms(draft, device))
    if patch is not None:
        moment.group, moment.said, moment.said_ms = patch.group, patch.values, said_ms
    step = tracker.step(moment)
    if step.memory == held and step.wake_ms == device.wakes.get(tracker.name):
        return device
    memory = {name: kept for name, kept in device.memory.items() if name != tracker.name}
    wakes = {name: ms for name, ms in device.wakes.items() if name != tracker.name}
    if step.memory:
        memory[tracker.name] = step.memory
    if step.wake_ms is not None:
        wakes[tracker.name] = step.wake_ms
        draft.near(step.wake_ms)
    device = replace(device, memory=memory, wakes=wakes)
    draft.put_device(device)
    if step.order:
        device = commands.order_stop(draft, device, step.order, at_ms)
    if step.memory != held:
        _rules(draft, device, before, tracker.group, at_ms)
    return device


def _fed_since_ms(draft: Draft, device: DeviceState) -> int | None:
    presence = draft.device(device.parent) if device.parent else device
    if presence is not None and presence.silent_ms is not None:
        return None
    source = draft.source(device.source)
    if source is None:
        return 0
    return source.since_ms or None


def _rules(draft: Draft, device: DeviceState, before: DeviceState | None, group: str, at_ms: int) -> None:
    rules = RULES.get((device.system, group))
    if rules is None:
        return
    site = draft.state.site
    described = site.by_id.get(device.id)
    calm = Look(device, before, described, site, False)  # most rules have no alarm most of the time
    for rule in rules:
        key = f"{rule.alarm}/{device.id}"
        alarm = draft.alarm(key)
        if alarm is None:
            look = calm
        else:
            look = Look(device, before, described, site, alarm.condition, alarm.active, alarm.priority)
        seen = rule.test(look)
        if seen is None or (alarm is None and not seen.condition):
            continue
        if seen.pulse and before is not None and before.stamps.get(group, NEVER_SAID)[0] == at_ms:
            continue  # the same press once more, under another id
        entry = draft.definition(rule.alarm)
        outcome = alarms.observe(alarm, entry, device.id, seen, at_ms)
        draft.settle(key, alarm, outcome)
        if outcome[0] is not None:
            due = alarms.due_ms(outcome[0], entry)
            if due is not None:
                draft.near(due)
