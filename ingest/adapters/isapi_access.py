"""Hikvision access-control events (AccessControllerEvent): what happened is told by major and minor code alone.

`currentVerifyMode` says how the reader is configured, not how somebody came in: it is never read. Nor are names, card
numbers and pictures; who it was goes out only where the edge has put a pseudonym in the place of the number.
Codes: the vendor's SDK manual, NET_DVR_ACS_ALARM_INFO.
"""

from __future__ import annotations

from typing import Any

from .base import Ignored
from .isapi_tree import Tree
from .lenient import filled, integer, pseudonym, text

EVENT = "accesscontrollerevent"

_ALARM, _OPERATION, _EVENT = 1, 3, 5

Fact = tuple[str, dict[str, Any]]
"""(type, data) of a record."""


def _passed(method: str) -> Fact:
    return "access.pass", {"method": method, "result": "granted"}


def _refused(method: str, reason: str) -> Fact:
    return "access.pass", {"method": method, "result": "denied", "reason": reason}


def _lock(lock: str, cause: str = "") -> Fact:
    return "access.lock", filled(lock=lock, cause=cause)


def _contact(state: str) -> Fact:
    return "access.contact", {"state": state}


_FACTORS = {
    # method: (completed, failed, timed out); of several factors the one that identifies
    0x02: ("card", 0x03, 0x04),
    0x26: ("fingerprint", 0x27, None),
    0x28: ("card", 0x29, 0x2A),
    0x2B: ("card", 0x2C, 0x2D),
    0x2E: ("fingerprint", 0x2F, 0x30),
    0x36: ("face", 0x37, 0x38),
    0x39: ("face", 0x3A, 0x3B),
    0x3C: ("face", 0x3D, 0x3E),
    0x3F: ("face", 0x40, 0x41),
    0x42: ("face", 0x43, 0x44),
    0x45: ("fingerprint", 0x46, 0x47),
    0x48: ("fingerprint", 0x49, 0x4A),
    0x4B: ("face", 0x4C, None),
    0x4D: ("face", 0x4E, 0x4F),
    0x65: ("password", 0x66, 0x67),
    0x69: ("id_card", 0x70, None),
    0x99: ("combined", None, 0x9A),
    0x9F: ("bluetooth", 0xA0, None),
    0xB3: ("password", 0xB4, None),  # a code for once
}

FACTS: dict[tuple[int, int], Fact] = {
    (_EVENT, 0x01): _passed("card"),
    (_EVENT, 0x05): _refused("card", "too_often"),
    (_EVENT, 0x06): _refused("card", "no_right"),
    (_EVENT, 0x07): _refused("card", "period"),
    (_EVENT, 0x08): _refused("card", "expired"),
    (_EVENT, 0x09): _refused("card", "unknown"),
    (_EVENT, 0x0A): _refused("card", "anti_passback"),
    (_EVENT, 0x0B): _refused("card", "interlock"),
    (_EVENT, 0x0C): _refused("card", "group"),
    (_EVENT, 0x0D): _refused("card", "period"),
    (_EVENT, 0x10): _passed("card"),
    (_EVENT, 0x13): _lock("free", "schedule"),
    (_EVENT, 0x14): _lock("locked", "schedule"),
    (_EVENT, 0x15): _lock("unlocked"),
    (_EVENT, 0x16): _lock("locked"),
    (_EVENT, 0x17): _lock("unlocked", "exit_button"),
    (_EVENT, 0x19): _contact("open"),
    (_EVENT, 0x1A): _contact("closed"),
    (_EVENT, 0x1B): _contact("forced"),
    (_EVENT, 0x1C): _contact("held"),
    (_EVENT, 0x1F): _lock("locked", "schedule"),
    (_EVENT, 0x22): _passed("password"),
    (_EVENT, 0x31): _refused("fingerprint", "unknown"),
    (_EVENT, 0x34): _lock("free", "fire"),
    (_EVENT, 0x35): _lock("locked", "fire"),
    (_EVENT, 0x50): _refused("face", "unknown"),
    (_EVENT, 0x71): _refused("id_card", "block_list"),
    (_EVENT, 0x75): _refused("card", "dormant"),
    (_EVENT, 0x76): _refused("card", "dormant"),
    (_EVENT, 0x77): _refused("card", "encryption"),
    (_EVENT, 0x85): ("access.crossing", {"persons": 2}),  # one more than was let in
    (_EVENT, 0x97): _refused("password", "wrong"),
    (_EVENT, 0x98): _refused("password", "unknown"),
    (_EVENT, 0x9B): _refused("combined", "other_way"),
    (_EVENT, 0xA2): _refused("card", "unknown"),
    (_EVENT, 0xA3): _refused("card", "encryption"),
    (_EVENT, 0xB5): _passed("password"),
    (_OPERATION, 0x400): _passed("remote"),
    (_OPERATION, 0x401): _lock("locked", "remote"),
    (_OPERATION, 0x402): _lock("free", "remote"),
    (_OPERATION, 0x403): _lock("locked", "remote"),
    (_OPERATION, 0x40F): _passed("password"),
    (_OPERATION, 0x41C): _lock("locked", "remote"),
    (_OPERATION, 0x41D): _passed("remote"),
    (_OPERATION, 0x41E): _lock("free", "remote"),
    (_ALARM, 0x40A): ("access.pass", {"method": "unknown", "result": "granted", "duress": True}),
    (_ALARM, 0x418): ("fire.call_point", {"event": "alarm"}),
    (_ALARM, 0x419): ("fire.call_point", {"event": "normal"}),
}
"""(major, minor) -> what it is a fact of."""

for _done, (_method, _failed, _late) in _FACTORS.items():
    FACTS[_EVENT, _done] = _passed(_method)
    if _failed is not None:
        FACTS[_EVENT, _failed] = _refused(_method, "failed")
    if _late is not None:
        FACTS[_EVENT, _late] = _refused(_method, "timeout")

RINGS = {0x25: None, 0x33: "guard"}
"""Minor code of a bell or a call -> where it rings, as far as the code says."""

PART_OF_A_DOOR = {"intercom.call": "panel", "fire.call_point": "fire"}
"""What one controller carries beside its doors, each a device of its own: `mac/panel1`, `mac/fire1`."""


def access_fact(alert: Tree) -> tuple[str, dict[str, Any], str] | Ignored:
    """(type, data, number of the door or empty) of an alert that carries an access-control event."""
    event = alert.get(EVENT)
    event = event if isinstance(event, dict) else alert
    major, minor = integer(event.get("majoreventtype")), integer(event.get("subeventtype"))
    codes = f"{text(event.get('majoreventtype'))}/{text(event.get('subeventtype'))}"
    door = text(event.get("doorno"))
    if major is None or minor is None:
        return Ignored("isapi.access_event without codes")
    if major == _EVENT and minor in RINGS:
        call = text(event.get("serialno")) or text(alert.get("datetime"))
        if not call:
            return Ignored("isapi.access_event without a number", codes)
        return "intercom.call", filled(call=call, phase="ringing", rings=RINGS[minor]), door
    fact = FACTS.get((major, minor))
    if fact is None:
        return Ignored("isapi.access_event", codes)
    type_, data = fact
    if type_ == "access.pass":
        who = pseudonym(event.get("employeenostring")) or pseudonym(event.get("cardno"))
        data = data | filled(reader=text(event.get("cardreaderno")), person=who)
    return type_, data | {"vendor_event": codes}, door
