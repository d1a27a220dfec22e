"""云广播: one message, by a person, to the speakers of some zones. Each is told by an order of its own, owes an answer
from that moment on (BCAST_FAIL), and has played it when it says so itself.

What is said stands in the blob store under its hash, a recorded message in the site: the log has neither.
"""

from __future__ import annotations

from typing import Any

import msgspec

from . import actions
from .audit import HOUSE
from .draft import JOURNAL, Draft
from .judge import told
from .place import Device
from .roles import OF_DESK
from .site import Site
from .state import DeviceState
from .systems.base import Patch, typed
from .systems.broadcast import EVERYWHERE, offered

PLAY = "broadcast.play"


class Play(msgspec.Struct):
    """`zones`: ids of the site's, or `all`. Either `recording`, the site's id of one, or `text`, the words' hash."""

    by: str
    zones: tuple[str, ...] = ()
    recording: str = ""
    text: str = ""
    role: str = ""
    reason: str = ""
    expires_ms: int | None = None


def speakers(site: Site, zones: tuple[str, ...]) -> list[Device]:
    """Whom a message to these zones reaches, as the site has them. What is in no zone hears only what all hear."""
    wanted = frozenset(zones)
    return [
        device
        for device in site.devices
        if device.system == "broadcast"
        and (EVERYWHERE in wanted or not wanted.isdisjoint(site.zones_of.get(device.id, frozenset())))
    ]


def play(draft: Draft) -> None:
    """The record's subject is the message's id."""
    said: Play = typed(Play, draft.record.data)
    site, message = draft.state.site, draft.record.subject
    why = _refusal(draft, said, message)
    if why:
        return draft.refuse(said.by, why)
    expires_ms = actions.expiry_ms(draft, said.expires_ms, quick=False)
    if expires_ms <= draft.clock_ms:
        return draft.refuse(said.by, "the order had expired before it arrived")
    out = draft.out_of_service()
    meant = [device for device in speakers(site, said.zones) if out.get(device.id) is None]
    if not meant:
        return draft.refuse(said.by, "no speaker is in service there")
    about: dict[str, Any] = {"message": message, "zones": list(said.zones)}
    about |= {name: value for name, value in (("recording", said.recording), ("text", said.text)) if value}
    ordered = {"action": message, "type": PLAY, "by": said.by, "reason": said.reason, **about}
    ordered |= {"speakers": [device.id for device in meant], "expires_ms": expires_ms}
    draft.entry(JOURNAL, "action.ordered", message, draft.clock_ms, ordered)
    patch = Patch("offer", offered(message, list(said.zones), draft.clock_ms), every=True)
    for described in meant:
        device = draft.device(described.id) or DeviceState(
            described.id, described.system, described.kind, described.source, described.parent
        )
        device = actions.give(draft, device, PLAY, said.by, said.reason, draft.clock_ms, expires_ms, about, told=False)
        told(draft, device, device, patch, draft.clock_ms)
    return None


def _refusal(draft: Draft, said: Play, message: str) -> str:
    site = draft.state.site
    if said.by != HOUSE and said.role not in OF_DESK:
        return f"a broadcast is for a guard, not for a {said.role or '?'}"
    if not message:
        return "the message has no id"
    unknown = [zone for zone in said.zones if zone != EVERYWHERE and zone not in {one.id for one in site.zones}]
    if unknown or not said.zones:
        return f"no zone {unknown[0]!r}" if unknown else "no zone is named"
    if bool(said.recording) == bool(said.text):
        return "a message is either recorded or written"
    if said.recording and said.recording not in {one.id for one in site.recordings}:
        return f"no recording {said.recording!r}"
    return ""
