"""What of an alarm about a person may leave the server before people sign in: that it is one of care, and the unit.

The catalogue's id says what is wrong with somebody, the subject who it is; both stand in the alarm's key. Screens and
whoever orders get a name in its place, the same for the same alarm at any time and from any process.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec

from ..site import Text
from ..state import Alarm, State, alarm_state
from .alarm_words import CARE, CARE_TITLE
from .naming import place_of_key

SYSTEM = "care"
"""The system whose devices are residents."""

NAMED = f"{SYSTEM}/"

FACTS = (
    "acknowledged",
    "acknowledged_by",
    "acknowledged_ms",
    "activated_ms",
    "active",
    "cleared_ms",
    "condition",
    "count",
)
"""Where the alarm stands and who has seen it; not what was measured."""


def is_care(state: State, alarm: Alarm) -> bool:
    """Of a person, whether or not the person is described: a battery that is worn tells of the one who wears it."""
    if alarm.id in CARE:
        return True
    device = state.site.by_id.get(alarm.device) or state.devices.get(alarm.device)
    return device is not None and device.system == SYSTEM


def shown_key(state: State, alarm: Alarm) -> str:
    """`care/9f3c..` of a person's alarm, the key of any other. The register's ids are random: nobody can guess them."""
    if not is_care(state, alarm):
        return alarm.key
    return NAMED + blake2b(f"{state.site.id}/{alarm.key}".encode(), digest_size=12).hexdigest()


def shown_occurrence(state: State, alarm: Alarm) -> str:
    """As `shown_key`; what ends the occurrence is its moment."""
    return shown_key(state, alarm) + alarm.occurrence.removeprefix(alarm.key)


def key_of(state: State, shown: str) -> str:
    """The key behind what was shown; '' where no such alarm stands. A person's alarm does not answer to its own key."""
    if not shown.startswith(NAMED):
        alarm = state.alarms.get(shown)
        return shown if alarm is not None and not is_care(state, alarm) else ""
    return next((key for key, alarm in state.alarms.items() if shown_key(state, alarm) == shown), "")


def care_document(state: State, alarm: Alarm) -> dict[str, Any]:
    """Of a person's alarm what `/api/v1/state` says of it."""
    facts = msgspec.to_builtins(alarm)
    place = Text(place_of_key(state.site, alarm.key, "zh"), place_of_key(state.site, alarm.key, "en"))
    return {
        "key": shown_key(state, alarm),
        "state": alarm_state(alarm),
        "id": SYSTEM,
        "device": "",
        "place": msgspec.to_builtins(place),
        "priority": alarm.priority,
        "name": msgspec.to_builtins(CARE_TITLE),
        "steps": [],
        "facts": {name: facts[name] for name in FACTS if name in facts}
        | {"occurrence": shown_occurrence(state, alarm)},
    }
