"""A draft of what one record changes: reads through to the state, writes beside it. The state stays untouched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import msgspec
from msgspec.structs import replace

from . import alarms, door, service, suppression
from .agenda import CLOCK
from .alarms import Outcome, Transition
from .catalogue import CAUSES, Definition, definition
from .clock import local_day
from .freshness import speaker_id, stale_ms
from .model import Record
from .numbers import ms
from .state import (
    Activation,
    Alarm,
    Changes,
    Closed,
    DeviceState,
    Entry,
    Lately,
    OutOfService,
    SourceState,
    State,
    alarm_state,
)
from .systems import HEEDING

JOURNAL, ACTIONS = "community.journal", "community.actions"
"""Topics of entries (the names of store/keys.py, which this room must not import)."""


class Draft(msgspec.Struct, gc=False):
    """One is made for each record: a struct costs a third of what a class of its own would."""

    state: State
    record: Record
    clock_ms: int
    changes: Changes
    feed: str = ""
    """The feed whose heartbeat this record is: the one moment at which its devices may be found silent."""
    person: str = ""
    """Who gave the command that is being carried out, by the register's id: what it causes names them."""
    settled: tuple[str, ...] = ()
    """Keys of the alarms that were settled: the sweep has to ask anew when they change by themselves."""
    stirred: tuple[str, ...] = ()
    """Alarms that began or ended, and that rules of devices near them heed."""
    woken: dict[str, tuple[int, int]] = {}
    """Tracker and device -> the latest moment at which this record has woken it, and how often it did by then."""
    recheck: bool = False
    """A deadline may have come nearer than the cache knows: look again before the record is done."""

    # ---- reading
    def device(self, device_id: str) -> DeviceState | None:
        return self.changes.devices.get(device_id) or self.state.devices.get(device_id)

    def source(self, source_id: str) -> SourceState | None:
        return self.changes.sources.get(source_id) or self.state.sources.get(source_id)

    def alarm(self, key: str) -> Alarm | None:
        if key in self.changes.alarms:
            return self.changes.alarms[key]
        return self.state.alarms.get(key)

    def all_alarms(self) -> dict[str, Alarm]:
        merged = dict(self.state.alarms)
        for key, alarm in self.changes.alarms.items():
            if alarm is None:
                merged.pop(key, None)
            else:
                merged[key] = alarm
        return merged

    def fed_since_ms(self, device: DeviceState) -> int | None:
        """See Moment.fed_since_ms."""
        presence = self.device(speaker_id(device))
        if presence is not None and presence.silent_ms is not None:
            return None
        source = self.source(device.source)
        if source is None:
            return 0
        return source.since_ms or None

    def out_of_service(self) -> dict[str, OutOfService | None]:
        """By device id or alarm key; None: returned to service by this record."""
        changed = self.changes.out_of_service
        return {**self.state.out_of_service, **changed} if changed else {**self.state.out_of_service}

    def lately(self, key: str) -> Lately | None:
        if key in self.changes.lately:
            return self.changes.lately[key]
        return self.state.lately.get(key)

    def standing_near(self, device_id: str, ids: Iterable[str]) -> list[str]:
        return door.standing_near(self, device_id, ids)

    def in_place(self, device_id: str, system: str) -> list[DeviceState]:
        return door.in_place(self, device_id, system)

    def unheard(self, device_id: str, kind: str) -> bool:
        return door.unheard(self, device_id, kind)

    def definition(self, alarm_id: str) -> Definition:
        return definition(self.state.site, alarm_id)

    def alarm_due_ms(self, alarm: Alarm) -> int | None:
        """When the alarm changes by itself: by its delays and masks, or because works on its device begin or end."""
        own, works = alarms.due_ms(alarm, self.definition(alarm.id)), service.due_ms(self, alarm)
        return own if works is None else works if own is None else min(own, works)

    # ---- writing
    def put_device(self, device: DeviceState) -> None:
        self.changes.devices[device.id] = device

    def put_source(self, source: SourceState) -> None:
        self.changes.sources[source.id] = source
        moment = stale_ms(self.state.site, source)
        if moment is not None:
            self.near(moment)

    def near(self, due_ms: int) -> None:
        """Of a feed, an alarm or what is out of service a deadline at this moment exists now."""
        if due_ms < self.changes.due_ms:
            self.changes.due_ms = due_ms
        if due_ms <= self.clock_ms:
            self.recheck = True

    def wait(self, due_ms: int, kind: int, key: str, whose: str = CLOCK) -> None:
        """A device wants to be looked at then; see agenda.py."""
        self.changes.agenda += ((whose, (due_ms, kind, key)),)
        if due_ms <= self.clock_ms and whose in (CLOCK, self.feed):
            self.recheck = True

    def asked_by(self, device: DeviceState) -> str:
        """At whose heartbeats silence is asked of the device; without a feed of its own by the clock alone."""
        return CLOCK if self.source(device.source) is None else device.source

    def refuse(self, by: str, reason: str) -> None:
        """The command that is being carried out is not."""
        record = self.record
        data = {"command": record.type, "id": record.id, "by": by, "reason": reason}
        self.entry(JOURNAL, "command.refused", record.subject, self.clock_ms, data)

    def settle(
        self,
        key: str,
        before: Alarm | None,
        outcome: Outcome,
        by: str = "",
        reason: str = "",
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Writes the alarm, its journal entries (`more`: what else they say), the day's figures, the moment at which it
        changes by itself."""
        after, transitions = outcome
        if after is before and not transitions:
            return
        if after is not None and transitions and transitions[-1].type in alarms.TOLD:
            after, transitions = self._told(before, after, transitions)
        self.changes.alarms[key] = after
        for transition in transitions:
            shown = after or before
            assert shown is not None  # a transition belongs to an alarm that was or is there
            self._journal_transition(key, shown, before, transition, by, reason, more or {})
        if after is None:
            if before is not None:
                self._remember(before, transitions)
        else:
            self.look_again(key, after)
        spoken = after or before
        if spoken is None:
            return
        if spoken.id in CAUSES and (transitions or _came_to_nothing(before, after)):
            at_ms = transitions[-1].at_ms if transitions else self.clock_ms
            suppression.follow(self, spoken, {t.type for t in transitions}, at_ms)
        if transitions and spoken.id in HEEDING:
            self.stirred += (key,)

    def look_again(self, key: str, alarm: Alarm) -> None:
        """The moment at which it changes by itself may have come nearer."""
        self.settled += (key,)
        due = self.alarm_due_ms(alarm)
        if due is not None:
            self.near(due)

    def _told(self, before: Alarm | None, alarm: Alarm, transitions: list[Transition]) -> Outcome:
        """People would be told of it now: not where its device is out of service or a cause explains it."""
        last = transitions[-1]
        if service.covers(self, alarm.id, alarm.device, last.at_ms):
            return alarms.withhold(replace(alarm, out_of_service=True), transitions)
        cause, release_ms = suppression.cause_of(self, alarm, last.at_ms)
        if cause:
            symptom = replace(alarm, suppressed_by=cause, release_ms=release_ms)
            return alarms.withhold(symptom, transitions, "suppressed")
        lately = self.lately(alarm.key)
        if alarm.count == 1 and lately is not None and last.at_ms < lately.closed_ms + self._repeats_ms():
            if not self.definition(alarm.id).latched:  # those a person has ended; what comes then is news
                times = (*lately.times, *alarm.times)[-alarms.KEPT_TIMES :]
                alarm = replace(alarm, count=lately.count + 1, times=times)
                transitions = [*transitions[:-1], last._replace(type="reactivated")]
        if alarm.unseen_ms is not None and (before is None or before.unseen_ms != alarm.unseen_ms):
            # nobody can have seen it sooner than the log had it
            alarm = replace(alarm, unseen_ms=max(alarm.unseen_ms, self.clock_ms))
        return alarm, transitions

    def _remember(self, alarm: Alarm, transitions: list[Transition]) -> None:
        """It is normal again: what a repeat within the reactivation window, or a late symptom of it, has to know."""
        if not transitions or not (alarm.count or alarm.id in CAUSES):
            return
        at_ms, kept_ms = transitions[-1].at_ms, self._repeats_ms()
        ended_ms = next((t.at_ms for t in transitions if t.type in ("returned", "passed")), alarm.cleared_ms)
        changed = self.changes.lately
        for key, held in self.state.lately.items():
            of_a_cause = key.partition("/")[0] in CAUSES
            if held.closed_ms + (max(kept_ms, suppression.REMEMBERED_MS) if of_a_cause else kept_ms) <= self.clock_ms:
                changed[key] = None
        changed[alarm.key] = Lately(at_ms if ended_ms is None else ended_ms, at_ms, alarm.count, alarm.times)

    def _repeats_ms(self) -> int:
        return ms(self.state.site.house.reactivation_window_s)

    def _journal_transition(
        self,
        key: str,
        alarm: Alarm,
        before: Alarm | None,
        transition: Transition,
        by: str,
        reason: str,
        more: Mapping[str, Any],
    ) -> None:
        data: dict[str, Any] = {
            "alarm": key,
            "device": alarm.device,
            "priority": alarm.priority,
            "occurrence": alarm.occurrence,
            "count": alarm.count,
        }
        if alarm.detail:
            data["detail"] = alarm.detail
        state = alarm_state(alarm)
        if alarms.masked(alarm) or (state == "normal" and transition.type in alarms.UNMASKED):
            data["state"] = state
        if transition.type == "shelved":
            data["until_ms"] = alarm.shelved_until_ms
        if transition.type == "suppressed":
            data["cause"] = alarm.suppressed_by
        if transition.post:
            data["post"] = transition.post
        if transition.type == "taken":
            data["work"] = alarm.work
        data |= more
        if by:
            data["by"] = by
        if reason:
            data["reason"] = reason
        self.entry(JOURNAL, f"alarm.{transition.type}", key, transition.at_ms, data)
        told = before.count if before is not None else 0
        if alarm.count or told:  # of what nobody was told nobody counts the end
            count = self._COUNTS.get(transition.type)
            if count is not None:
                count(self, key, alarm, transition.at_ms)

    def _count_activated(self, key: str, alarm: Alarm, at_ms: int) -> None:
        today = self._today()
        self.changes.today = replace(today, alarms=today.alarms + 1)
        self.changes.activations += (Activation(at_ms, alarm.priority, key),)
        if alarm.priority == "P1":
            self.changes.critical_ms = max(at_ms, self.changes.critical_ms or self.state.critical_ms)

    def _count_reactivated(self, key: str, alarm: Alarm, at_ms: int) -> None:
        """ISA-18.2: a repeat raises the count on its row, it is no further alarm."""
        if alarm.priority == "P1":
            self.changes.critical_ms = max(at_ms, self.changes.critical_ms or self.state.critical_ms)

    def _count_acknowledged(self, key: str, alarm: Alarm, at_ms: int) -> None:
        today = self._today()
        self.changes.today = replace(
            today,
            acknowledged=today.acknowledged + 1,
            acknowledge_sum_ms=today.acknowledge_sum_ms + max(0, at_ms - alarm.activated_ms),
        )

    def _count_returned(self, key: str, alarm: Alarm, at_ms: int) -> None:
        today = self._today()
        self.changes.today = replace(
            today, cleared=today.cleared + 1, clear_sum_ms=today.clear_sum_ms + max(0, at_ms - alarm.activated_ms)
        )

    def _count_closed(self, key: str, alarm: Alarm, at_ms: int) -> None:
        self.changes.closed += (Closed(key, alarm.priority, alarm.activated_ms, at_ms),)

    _COUNTS: ClassVar = {
        "activated": _count_activated,
        "reactivated": _count_reactivated,
        "acknowledged": _count_acknowledged,
        "returned": _count_returned,
        "closed": _count_closed,
    }

    def _today(self) -> Any:
        today = self.changes.today or self.state.today
        day = local_day(self.clock_ms, self.state.site.timezone)
        return today if today.day == day else type(today)(day=day)

    def entry(self, topic: str, type_: str, subject: str, at_ms: int, data: dict[str, Any]) -> str:
        entry_id = f"{self.record.position}/{len(self.changes.entries)}"
        if self.person and "by" in data and topic == JOURNAL:
            data = {**data, "person": self.person}
        self.changes.entries += (Entry(topic, entry_id, type_, subject, at_ms, data),)
        return entry_id


def _came_to_nothing(before: Alarm | None, after: Alarm | None) -> bool:
    """Its on-delay ran and its condition is gone."""
    return before is not None and before.pending_ms is not None and (after is None or after.pending_ms is None)
