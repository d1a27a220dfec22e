"""The description of a community as a record of its log, `site.described`: from there on it is the one in force.

    {"hash": "sha256:..", "before": "sha256:.." or "", "by": "post:office", "site": {...} or "packed": "eJy.."}

The record carries the whole source text as canonical JSON (sorted keys, no spaces; fleets stay compact), so a replay
needs nothing beside the log. `before` names the description it was written to replace: of two who change the same one
the second is refused, in the journal. One too large for a record is packed (zlib, base64): a blob would be swept out
after 30 days and the log could not be folded any more.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from .alarms import Outcome, Transition, masked
from .draft import JOURNAL, Draft
from .model import MAX_RECORD_BYTES, BadRecord
from .site import Site, SiteError, parse_site
from .state import Alarm, Described, DeviceState
from .systems.base import typed

INLINE_BYTES = MAX_RECORD_BYTES - 4096
"""What a record can carry beside its own attributes."""

MAX_TEXT_BYTES = 16 * 1024 * 1024
"""Of the source text: twenty times five thousand devices written out one by one. A packed text may claim anything."""

HOUSE = "house"
"""Who described it where no person did: the program, at its start."""


class Description(NamedTuple):
    """One text and what it means."""

    site: Site
    text: bytes
    """Canonical JSON."""
    hash: str
    """`sha256:<hex>` of the text."""


class Said(msgspec.Struct):
    """Data of the record."""

    hash: str
    by: str
    before: str = ""
    site: dict[str, Any] | None = None
    packed: str = ""


@lru_cache(maxsize=8)
def description(text: bytes, origin: str = "site") -> Description:
    """The source text of a description. Raises SiteError naming the line of the first mistake, or its size."""
    site = parse_site(text, origin)
    told = canonical(msgspec.json.decode(text))
    if len(told) > INLINE_BYTES and (len(told) > MAX_TEXT_BYTES or len(pack(told)) > INLINE_BYTES):
        raise SiteError(
            f"{origin}: {len(told)} bytes are too many for one record of the log, packed too (at most {INLINE_BYTES}): "
            "describe devices of one kind as a fleet"
        )
    return Description(site, told, hash_of(told))


def canonical(source: Any) -> bytes:
    return msgspec.json.encode(source, order="sorted")


def hash_of(text: bytes) -> str:
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def pack(text: bytes) -> str:
    return base64.b64encode(zlib.compress(text, 9)).decode()


def unpack(packed: str) -> bytes:
    """Raises BadRecord."""
    try:
        opened = zlib.decompressobj()
        text = opened.decompress(base64.b64decode(packed, validate=True), MAX_TEXT_BYTES)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise BadRecord(f"data: packed cannot be unpacked: {error}") from error
    if not opened.eof:
        raise BadRecord(f"data: packed is cut off or larger than {MAX_TEXT_BYTES} bytes")
    return text


def data_of(told: Description, before: str, by: str) -> dict[str, Any]:
    """Data of the record that puts `told` in force in the place of `before`."""
    head: dict[str, Any] = {"hash": told.hash, "before": before, "by": by}
    if len(told.text) <= INLINE_BYTES:
        return head | {"site": msgspec.Raw(told.text)}
    return head | {"packed": pack(told.text)}


@lru_cache(maxsize=8)
def site_of(packed: str) -> Site:
    """What a stored description means. Raises BadRecord, SiteError (written by a program that knows more)."""
    return parse_site(unpack(packed), "the description in force")


def describe(draft: Draft) -> None:
    """The record itself: `state.site` changes with it, and what is no longer described is forgotten."""
    said: Said = typed(Said, draft.record.data)
    if not said.by:
        raise BadRecord("data: nobody says so: by is empty")
    text = canonical(said.site) if said.site is not None else unpack(said.packed)
    if hash_of(text) != said.hash:
        raise BadRecord(f"data: the description has the hash {hash_of(text)}, not {said.hash}")
    try:
        site = parse_site(text, "data")
    except SiteError as error:
        raise BadRecord(str(error)) from error
    before, held = draft.state.site, draft.state.described
    if site.id != before.id:
        raise BadRecord(f"data: it describes {site.id!r}, not {before.id!r}")
    if held is not None and held.hash == said.hash:
        return  # said once more
    if held is not None and held.hash != said.before:
        _refuse(draft, said, f"it was written to replace {said.before or 'nothing'}, and {held.hash} is in force")
    elif site.clock != before.clock:
        _refuse(draft, said, f"a community's clock does not change: it is {before.clock!r}")
    else:
        _put_in_force(draft, said, site, pack(text))


def _refuse(draft: Draft, said: Said, reason: str) -> None:
    data = {"hash": said.hash, "before": said.before, "by": said.by, "reason": reason}
    draft.entry(JOURNAL, "site.refused", draft.state.site.id, draft.clock_ms, data)


def _put_in_force(draft: Draft, said: Said, site: Site, packed: str) -> None:
    state, changes = draft.state, draft.changes
    before, was = state.site, state.described
    data: dict[str, Any] = {"hash": said.hash, "before": was.hash if was is not None else "", "by": said.by}
    data["devices"] = len(site.devices)
    data["added"] = sum(device.id not in before.by_id for device in site.devices)
    data["removed"] = sum(device.id not in site.by_id for device in before.devices)
    draft.entry(JOURNAL, "site.described", site.id, draft.clock_ms, data)
    gone: dict[str, str] = {}
    for device in {**state.devices, **changes.devices}.values():
        why = _fate(draft, device, site)
        if why:
            gone[device.id] = why
    gone_sources = [id_ for id_ in state.sources if id_ in before.source_by_id and id_ not in site.source_by_id]
    gone |= dict.fromkeys(gone_sources, "the source is no longer described")
    for key, alarm in draft.all_alarms().items():
        if alarm.device in gone:
            draft.settle(key, alarm, withdrawn(alarm, draft.clock_ms), said.by, gone[alarm.device])
    for subject, out in draft.out_of_service().items():
        why = gone.get(subject) or gone.get(subject.partition("/")[2], "")
        if out is not None and why:
            changes.out_of_service[subject] = None
            back = {"by": said.by, "reason": why}
            draft.entry(JOURNAL, "device.returned_to_service", subject, draft.clock_ms, back)
    for key in {**state.lately, **changes.lately}:
        if key.partition("/")[2] in gone:
            changes.lately[key] = None
    changes.site, changes.described = site, Described(said.hash, draft.record.position, packed)
    changes.forgotten = tuple(id_ for id_ in gone if id_ not in gone_sources)
    changes.forgotten_sources = tuple(gone_sources)
    changes.due_ms, draft.recheck = 0, False  # what falls due from now on falls due by the new numbers


def _fate(draft: Draft, device: DeviceState, site: Site) -> str:
    """Why the device is forgotten; empty: it stays, and stands where the new description puts it."""
    described = site.by_id.get(device.id)
    if described is None:
        if device.id in draft.state.site.by_id:
            why = "the device is no longer described"
        elif (device.source, device.id) in site.by_vendor:
            why = "the device is described, and has a name of its own now"
        else:
            return ""  # nobody ever described it
    elif device.system not in (described.system, "unknown"):
        why = "the id is described as another device"
    else:
        place = (described.system, described.kind, described.source, described.parent)
        if place != (device.system, device.kind, device.source, device.parent):
            moved = dict(zip(("system", "kind", "source", "parent"), place, strict=True))
            draft.put_device(replace(device, **moved))
        return ""
    if device.pending is not None:
        order = {name: device.pending[name] for name in ("action", "type", "by")}
        draft.entry(JOURNAL, "action.expired", device.id, draft.clock_ms, {**order, "reason": why})
    return why


def withdrawn(alarm: Alarm, at_ms: int) -> Outcome:
    """The alarm of a device that is no longer there. A P1 that nobody has acknowledged returns and waits for a person:
    an edited file must not take a call for help off the wall."""
    standing = alarm.active or alarm.latched or not alarm.acknowledged
    returned = [Transition("returned", at_ms)] if alarm.active else []
    if standing and alarm.priority == "P1" and not alarm.acknowledged and not masked(alarm):
        gone = replace(alarm, condition=False, active=False, latched=False, pending_ms=None, clearing_ms=None)
        return replace(gone, cleared_ms=at_ms if alarm.active else alarm.cleared_ms), returned
    return None, [*returned, Transition("closed", at_ms)] if standing else []
