"""Silence is an event: what falls due by itself when the community's clock moves."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from msgspec.structs import replace

from . import actions, agenda, alarms, service
from .agenda import ALARM, CLOCK, DEVICE, NEVER, ORDER, SERVICE, SOURCE, WAKE, Deadline
from .draft import Draft
from .freshness import silence_ms, stale_ms
from .judge import wake
from .state import DeviceState
from .systems import SYSTEMS


def sweep(draft: Draft) -> None:
    """Lets everything happen that was due by the draft's clock, in the order in which it was due."""
    clock_ms, changes = draft.clock_ms, draft.changes
    waiting = _of_devices(draft)
    if clock_ms >= changes.due_ms:
        changes.due_ms = NEVER
        for deadline in _of_others(draft):
            if deadline[0] <= clock_ms:
                waiting.append(deadline)
            else:
                draft.near(deadline[0])
    heapq.heapify(waiting)
    draft.settled = ()
    while waiting:
        due, kind, key = heapq.heappop(waiting)
        for following in (*_happen(draft, due, kind, key), *_settled(draft)):
            if following[0] <= clock_ms:
                heapq.heappush(waiting, following)
            elif following[1] == ALARM:
                draft.near(following[0])
    draft.recheck = False


def _settled(draft: Draft) -> Iterator[Deadline]:
    """When the alarms that have just been settled change by themselves next."""
    for key in draft.settled:
        alarm = draft.alarm(key)
        moment = None if alarm is None else draft.alarm_due_ms(alarm)
        if moment is not None:
            yield moment, ALARM, key
    draft.settled = ()


def _of_devices(draft: Draft) -> list[Deadline]:
    """Of thousands few wait for anything that is due: those are asked."""
    state, changes, clock_ms = draft.state, draft.changes, draft.clock_ms
    asked = changes.asked = (CLOCK, draft.feed) if draft.feed else (CLOCK,)
    waiting: list[Deadline] = []
    if state.agenda is None:
        changes.afresh = True
        changes.agenda = tuple(
            due for device in {**state.devices, **changes.devices}.values() for due in _device_due(draft, device)
        )
    else:
        for whose in asked:
            waiting += agenda.due(state.agenda, whose, clock_ms)
    return waiting + [due for whose, due in changes.agenda if whose in asked and due[0] <= clock_ms]


def _of_others(draft: Draft) -> Iterator[Deadline]:
    state, changes = draft.state, draft.changes
    for source in {**state.sources, **changes.sources}.values():
        due = stale_ms(draft.state.site, source)
        if due is not None:
            yield due, SOURCE, source.id
    for ends_ms, subject in service.dues(draft):
        yield ends_ms, SERVICE, subject
    for key, alarm in draft.all_alarms().items():
        moment = draft.alarm_due_ms(alarm)
        if moment is not None:
            yield moment, ALARM, key


def _device_due(draft: Draft, device: DeviceState) -> Iterator[tuple[str, Deadline]]:
    if device.pending is not None:
        yield CLOCK, (device.pending["expires_ms"], ORDER, device.id)
    for name, wake_ms in device.wakes.items():
        yield CLOCK, (wake_ms, WAKE, f"{name}/{device.id}")
    moment = silent_at(draft, device)
    if moment is not None:
        yield draft.asked_by(device), (moment, DEVICE, device.id)


def silent_at(draft: Draft, device: DeviceState) -> int | None:
    """When the device counts as silent: three periods after it was last heard, or after its feed came back.

    A device is judged only by a feed that has proved itself alive at that moment or later (`Draft.asked_by`). A feed
    that died just before cannot tell a silent device from its own silence; the next heartbeat of the feed asks again.
    """
    silence = SYSTEMS[device.system].silence if device.system in SYSTEMS else None
    if silence is None or device.kind not in silence.kinds or device.silent_ms is not None or not device.heard_ms:
        return None
    source = draft.source(device.source)
    heard_ms = device.heard_ms if source is None else max(device.heard_ms, source.since_ms)
    return heard_ms + silence_ms(draft.state, device)


def _happen(draft: Draft, due: int, kind: int, key: str) -> Iterator[Deadline]:
    if kind == ALARM:
        service.follow_works(draft, key, due)
        alarm = draft.alarm(key)
        if alarm is not None:
            entry = draft.definition(alarm.id)
            outcome = alarms.advance(alarm, entry, due)
            draft.settle(key, alarm, outcome)
        return
    if kind == SOURCE:
        source = draft.source(key)
        if source is not None and stale_ms(draft.state.site, source) == due:
            stale = replace(source, since_ms=0, beats=0)
            draft.put_source(stale)
            _raise(draft, "SOURCE_STALE", key, alarms.Seen(True), due)
        return
    if kind == SERVICE:
        service.end(draft, key, due)
        return
    if kind == WAKE:
        yield from _wake(draft, due, *key.split("/", 1))
        return
    device = draft.device(key)
    if device is None:
        return
    if kind == ORDER:
        actions.expire(draft, device, due)
        return
    moment, whose = silent_at(draft, device), draft.asked_by(device)
    if moment is None:
        return
    if moment > draft.clock_ms or whose not in (CLOCK, draft.feed):  # heard since; or a feed has to say so that is new
        draft.wait(moment, DEVICE, key, whose)
        return
    if moment != due:
        yield moment, DEVICE, key
        return
    silence = SYSTEMS[device.system].silence
    assert silence is not None  # silent_at said so
    draft.put_device(replace(device, silent_ms=due, beats=0))
    priority = silence.priority(draft.state.site.by_id.get(key), draft.state.site)
    since_ms = due - draft.definition(silence.alarm).on_delay_ms if silence.waited else due
    _raise(draft, silence.alarm, key, alarms.Seen(True, {}, priority), since_ms)


def _wake(draft: Draft, due: int, name: str, device_id: str) -> Iterator[Deadline]:
    device = draft.device(device_id)
    if device is None or device.wakes.get(name) != due:
        return
    wake(draft, device, name, due)
    after = draft.device(device_id)
    if after is None:
        return
    if name in after.wakes:
        yield after.wakes[name], WAKE, f"{name}/{device_id}"
    if after.pending is not None and after.pending is not device.pending:
        yield after.pending["expires_ms"], ORDER, device_id


def _raise(draft: Draft, alarm_id: str, device: str, seen: alarms.Seen, due: int) -> None:
    key = f"{alarm_id}/{device}"
    before = draft.alarm(key)
    draft.settle(key, before, alarms.observe(before, draft.definition(alarm_id), device, seen, due))
