"""What stands in the journal and in the orders to devices: the shape of each type's data, as the fold writes it.

The fold writes plain dicts, from what it has at hand; what they may hold stands here, is published (`docs/contracts/`),
and every entry that a test of the fold sees written is held against it (tests/community/conftest.py). `person`: who was
signed in when the command came. `by`: as what somebody acted, a post; `house` for a rule of the house.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from .actions import ACTIONS
from .audit import FACT
from .audit import Said as Fact
from .notice_log import Delivery
from .order_book import MOVED


class Transition(msgspec.Struct, omit_defaults=True):
    """A transition of an alarm (ISA-18.2). `occurrence` ends with the moment at which it began (`..@ms`)."""

    alarm: str
    device: str
    priority: str
    occurrence: str
    count: int
    """How often it came within one occurrence; 0: nobody was told of it."""
    detail: dict[str, Any] = {}
    state: str = ""
    """Where a mask is or was on it: the state that it has now."""
    until_ms: int | None = None
    """Of `shelved`."""
    cause: str = ""
    """Of `suppressed`: the alarm that explains it."""
    post: str = ""
    """Who was called (`escalated`), or got it (`assigned`)."""
    work: str = ""
    """Of `taken`."""
    verdict: str = ""
    """Of `closed` by a person."""
    by: str = ""
    reason: str = ""
    person: str = ""


class Commented(msgspec.Struct, omit_defaults=True):
    alarm: str
    by: str
    text: str
    occurrence: str
    picture: str = ""
    step: str = ""
    whom: str = ""
    result: str = ""
    person: str = ""


class Judged(msgspec.Struct, omit_defaults=True):
    """The verdict on an alarm that had closed by itself a little while before."""

    alarm: str
    by: str
    verdict: str
    occurrence: str
    reason: str = ""
    person: str = ""


class Refused(msgspec.Struct, omit_defaults=True):
    """`id`: of the command's record."""

    command: str
    id: str
    by: str
    reason: str
    person: str = ""


class OutOfService(msgspec.Struct, omit_defaults=True):
    by: str
    reason: str
    until_ms: int | None = None
    person: str = ""


class ReturnedToService(msgspec.Struct, omit_defaults=True):
    """Without `by`: its end had come."""

    by: str = ""
    reason: str = ""
    person: str = ""


class Described(msgspec.Struct, omit_defaults=True):
    """Another description of the community is in force; `devices` of it, and how many came and went with it."""

    hash: str
    before: str
    by: str
    devices: int
    added: int
    removed: int
    person: str = ""


class NotDescribed(msgspec.Struct, omit_defaults=True):
    hash: str
    before: str
    by: str
    reason: str
    person: str = ""


class OrderMoved(msgspec.Struct, omit_defaults=True):
    order: str
    phase: str
    by: str
    post: str = ""
    reason: str = ""
    person: str = ""


class Order(msgspec.Struct, omit_defaults=True):
    """What a gateway tells a device. `vendor`: the device's ids by source. It is dropped after `expires_ms`."""

    by: str
    reason: str
    expires_ms: int
    vendor: dict[str, str] = {}
    call: str = ""
    session: str | int | None = None
    transaction: str | int | None = None
    message: str = ""
    zones: tuple[str, ...] = ()
    recording: str = ""
    text: str = ""
    """The hash of the words, which no log has."""


class Ordered(Order, omit_defaults=True, kw_only=True):
    """`action`: the order's id. A broadcast has one line for all its `speakers`."""

    action: str
    type: str
    speakers: tuple[str, ...] = ()
    person: str = ""


class Ended(msgspec.Struct, omit_defaults=True):
    """An order that the device's own word has confirmed, or that was not done in time."""

    action: str
    type: str
    by: str
    call: str = ""
    message: str = ""
    reason: str = ""
    person: str = ""
    picture: str = ""
    """Of a camera that was asked for one: its hash in the blob store."""


TRANSITIONS = (
    "activated reactivated withheld passed returned acknowledged taken assigned escalated closed shelved unshelved"
    " suppressed unsuppressed out_of_service returned_to_service"
).split()

JOURNAL: Mapping[str, type[msgspec.Struct]] = {
    **{f"alarm.{transition}": Transition for transition in TRANSITIONS},
    "alarm.commented": Commented,
    "alarm.judged": Judged,
    "command.refused": Refused,
    "device.out_of_service": OutOfService,
    "device.returned_to_service": ReturnedToService,
    "site.described": Described,
    "site.refused": NotDescribed,
    "action.ordered": Ordered,
    "action.confirmed": Ended,
    "action.expired": Ended,
    **{f"notice.{outcome}": Delivery for outcome in ("sent", "failed", "held", "answered")},
    MOVED: OrderMoved,
    FACT: Fact,
}
"""By the type of a journal entry."""

ORDERS: Mapping[str, type[msgspec.Struct]] = dict.fromkeys(ACTIONS, Order)
"""By the type of an entry of `community.actions`."""
