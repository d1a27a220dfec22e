"""One cause, one alarm: what stands behind a switch, feeder, recorder or pile that is down is its symptom.

Which alarm explains which is data (catalogue.csv, `symptom_of`); who stands behind whom is the site's parents, at any
number of levels. The highest cause that stands, or whose on-delay runs, explains all beneath it: a switch that does not
answer is an alarm after a minute, its forty cameras would be forty after a second. A P1 is never a symptom, nor is what
the catalogue does not call one. A cause also takes in symptoms that were told of up to `group_window_s` before it, and
those that turn up while its devices are still coming back: each has as long as its silence and off-delay together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from . import alarms, masks
from .catalogue import CAUSES
from .freshness import silence_ms
from .numbers import ms
from .state import Alarm

if TYPE_CHECKING:
    from .draft import Draft

REMEMBERED_MS = 3 * 86_400_000
"""How long a cause is remembered that is gone: meters that speak once a day are silent after three."""

BEGAN = frozenset((*alarms.TOLD, "withheld", "suppressed"))


def cause_of(draft: Draft, alarm: Alarm, at_ms: int) -> tuple[str, int | None]:
    """(key of the alarm that explains this one, when it no longer will); ('', None): it stands for itself."""
    entry = draft.definition(alarm.id)
    if not entry.symptom_of or alarm.priority == "P1":
        return "", None
    found: tuple[str, int | None] = ("", None)
    for parent in _parents(draft, alarm.device):
        for cause in entry.symptom_of:
            key = f"{cause}/{parent}"
            standing = draft.alarm(key)
            if standing is not None and (standing.active or standing.pending_ms is not None):
                found = (key, None)
            elif (not found[0] or found[1] is not None) and (ended_ms := _ended_ms(draft, key)) is not None:
                release_ms = ended_ms + _grace_ms(draft, alarm)
                if release_ms > at_ms:
                    found = (key, release_ms)
    return found


def follow(draft: Draft, cause: Alarm, types: set[str], at_ms: int) -> None:
    """A cause began or ended: its symptoms, by their keys, are taken in or have their time to come back."""
    if types & BEGAN and cause.active:
        window_ms = ms(draft.state.site.house.group_window_s)
        for key, alarm in _beneath(draft, cause):
            recent = alarm.activated_ms >= cause.activated_ms - window_ms
            if alarm.suppressed_by or (alarm.active and recent):
                _explain(draft, key, alarm, at_ms)
    else:
        for key, alarm in sorted(draft.all_alarms().items()):
            if alarm.suppressed_by == cause.key and alarm.release_ms is None:
                _explain(draft, key, alarm, at_ms)


def _explain(draft: Draft, key: str, alarm: Alarm, at_ms: int) -> None:
    """By the cause that stands now. Where none does, it keeps the one that has just gone until it must be back."""
    cause, release_ms = cause_of(draft, alarm, at_ms)
    if release_ms is not None or not cause:
        if alarm.suppressed_by:
            until_ms = release_ms if release_ms is not None else at_ms + _grace_ms(draft, alarm)
            draft.settle(key, alarm, (replace(alarm, release_ms=until_ms), []))
        return
    draft.settle(key, alarm, masks.suppress(alarm, cause, at_ms))


def _beneath(draft: Draft, cause: Alarm) -> Iterator[tuple[str, Alarm]]:
    for key, alarm in sorted(draft.all_alarms().items()):
        if cause.id in draft.definition(alarm.id).symptom_of and cause.device in _parents(draft, alarm.device):
            yield key, alarm


def _parents(draft: Draft, device_id: str) -> list[str]:
    """From the nearest up; the site has made sure that there is no ring."""
    by_id = draft.state.site.by_id
    found: list[str] = []
    device = by_id.get(device_id)
    while device is not None and device.parent and device.parent not in found:
        found.append(device.parent)
        device = by_id.get(device.parent)
    return found


def _ended_ms(draft: Draft, key: str) -> int | None:
    """When the cause was over, as far as anybody remembers."""
    alarm = draft.alarm(key)
    if alarm is not None:
        return alarm.cleared_ms
    lately = draft.lately(key)
    return lately.ended_ms if lately is not None else None


def _grace_ms(draft: Draft, alarm: Alarm) -> int:
    device = draft.device(alarm.device)
    quiet_ms = silence_ms(draft.state, device) if device is not None else 0
    return quiet_ms + draft.definition(alarm.id).off_delay_ms


def is_cause(alarm: Alarm) -> bool:
    return alarm.id in CAUSES
