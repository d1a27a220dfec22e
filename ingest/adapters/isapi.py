"""Hikvision ISAPI alerts (EventNotificationAlert) of cameras, recorders and door controllers.

Only the fields named here go out: faces, plates, people's names and channel names of an alert are never read.
"""

from __future__ import annotations

import re
from typing import Any

from community.model import DEVICE_HEARTBEAT
from community.site import Site
from ingest.mapping.personal import Personal

from .base import Canonical, Ignored, Names, Payload, Refused, numbered, when, zone_of
from .isapi_access import EVENT, PART_OF_A_DOOR, access_fact
from .isapi_tree import Tree, alert_tree, channel_states, every, said
from .lenient import filled, flag, integer, number, plain, text, tidy

NAME = "isapi"

EVENTS = {
    "videoloss": "black",
    "videoblind": "occluded",
    "shelteralarm": "occluded",
    "tamperdetection": "occluded",
    "scenechangedetection": "moved",
    "defocus": "moved",
    "defocusdetection": "moved",
    "videounfocus": "moved",
    "videoabnormaldetection": "moved",
    "fielddetection": "intrusion",
    "linedetection": "line_crossing",
    "vmd": "motion",
    "motion": "motion",
    "motiondetection": "motion",
    "pir": "motion",
    "parking": "parking",
    "firedetection": "flame",
    "smokedetection": "smoke",
    "io": "io",
}
"""eventType, compared without case -> the word of `camera.event`. What is not here keeps the vendor's word."""

STORAGE = {"diskfull": "disk_full", "diskerror": "disk_error"}
"""eventType of a recorder's disks -> the fault of `recorder.storage`."""

SAID_AGAIN = frozenset(("intrusion", "line_crossing"))
LASTS_S = 10
"""Of somebody in a region a camera posts again each second or so and, with many firmwares, never that nobody is there
any more. alarms.csv PERIMETER: over with 'no active 10 s'."""

PERSONAL = Personal(
    pseudonym=frozenset(
        ("employeeNoString", "employeeNo", "cardNo", "licensePlate", "originalLicensePlate", "plateNumber")
    ),
    drop=frozenset(("name", "certificateNumber", "phoneNumber", "humanName", "bornTime")),
)
"""Who passed, and which car: a keyed pseudonym, or nothing. Names of devices go with those of people."""

_REGIONS_LIMIT = 16
"""Regions of one alert that become records; a camera has 4 to 8."""

_MAC = re.compile(r"[0-9a-f]{12}")


class Isapi:
    name = NAME

    def __init__(self, site: Site | None = None) -> None:
        self._names = Names(NAME, site, _comparable)
        self._zone = zone_of(site)

    def adapt(self, payload: Payload) -> list[Canonical] | Ignored:
        channels = channel_states(payload.body)
        if channels is not None:
            return self._channels(channels, payload)
        alert = alert_tree(payload.body)
        subject = self._subject(alert, payload)
        notes: list[str] = []
        time_ms = when(text(alert.get("datetime")), payload, self._zone, notes)
        vendor_event = text(alert.get("eventtype"))
        if plain(vendor_event) == EVENT:
            return self._access(alert, payload, time_ms, notes)
        active = _active(alert, notes)
        post_count = integer(alert.get("activepostcount"))
        again = {"post_count": post_count, "retransmission": flag(alert.get("isdataretransmission")) or None}
        if _keep_alive(plain(vendor_event), active, post_count):
            return [Canonical(DEVICE_HEARTBEAT, subject, time_ms, filled(**again, notes=notes))]
        if not vendor_event:
            raise Refused("no alert: its eventType is empty")
        fault = STORAGE.get(plain(vendor_event))
        if fault is not None:
            what = {"fault": fault, "active": active, "vendor_event": vendor_event}
            return [Canonical("recorder.storage", subject, time_ms, filled(**what, **again, notes=notes))]
        records = []
        for word, details in _happenings(alert, vendor_event):
            lasts_s = LASTS_S if active and word in SAID_AGAIN else None
            what = {"event": word, "active": active, **details, "lasts_s": lasts_s, "vendor_event": vendor_event}
            data = filled(**what, **_detection(alert), **again, notes=notes)
            records.append(Canonical("camera.event", subject, time_ms, data))
        return numbered(records)

    def _channels(self, online: dict[str, bool], payload: Payload) -> list[Canonical]:
        """What a recorder says of its channels when it is asked, and that it lives itself."""
        sender = payload.device or payload.fallback or "unknown"
        notes: list[str] = []
        time_ms = when(None, payload, self._zone, notes, due=False)
        records = [Canonical(DEVICE_HEARTBEAT, self._names.subject(sender), time_ms, filled(notes=notes))]
        for channel, is_online in online.items():
            status = {"status": "online" if is_online else "offline", "reason": "recorder"}
            subject = self._subject({"channelid": channel}, payload)
            records.append(Canonical("camera.status", subject, time_ms, status | filled(notes=notes)))
        return numbered(records)

    def _access(
        self, alert: Tree, payload: Payload, time_ms: int | None, notes: list[str]
    ) -> list[Canonical] | Ignored:
        fact = access_fact(alert)
        if isinstance(fact, Ignored):
            return fact
        type_, data, door = fact
        subject = self._subject(alert | {"channelid": PART_OF_A_DOOR.get(type_, "") + door}, payload)
        return [Canonical(type_, subject, time_ms, data | filled(notes=notes))]

    def _subject(self, alert: Tree, payload: Payload) -> str:
        """`mac/channel` in the site's spelling or the device's; a recorder may name its serial number only. Of a door
        controller the door stands in the channel's place."""
        channel = text(alert.get("channelid")) or text(alert.get("dynchannelid"))
        senders = [
            _mac(said(alert, "macaddress")),
            payload.device,
            said(alert, "serialnumber"),
            text(alert.get("ipaddress")),
            payload.fallback,
            "unknown",
        ]
        named = [sender for sender in senders if sender]
        full = [f"{sender}/{channel}" if channel else sender for sender in named]
        whole = [payload.device] if payload.device else []  # a gateway may use the site's own name of the camera
        # A single camera leaves its only channel out, or calls it 0.
        only = [f"{sender}/1" for sender in named] if channel in ("", "0") else []
        return self._names.subject(*full, *whole, *only)


def _keep_alive(event: str, active: bool, post_count: int | None) -> bool:
    """Hikvision's beat: 'no video loss', posted while nothing is active."""
    return event == "heartbeat" or (event == "videoloss" and not active and (post_count or 0) == 0)


def _happenings(alert: Tree, vendor_event: str) -> list[tuple[str, dict[str, Any]]]:
    """(word, region and target) of each thing one alert reports."""
    if plain(vendor_event) == "duration":  # 'it goes on': the event that lasts stands inside
        lasting = [word for value in every(alert, "relationevent") if (word := text(value))]
        return [(_word(word), {}) for word in lasting[:_REGIONS_LIMIT] or [vendor_event]]
    word = _word(vendor_event)
    entries = [entry for entry in _regions(alert) if isinstance(entry, dict)]
    if not entries:
        return [(word, _where(alert))]
    return [(word, _where(entry) or {}) for entry in entries[:_REGIONS_LIMIT]]


def _regions(alert: Tree) -> list[Any]:
    """XML has DetectionRegionList/DetectionRegionEntry, JSON often the list alone."""
    found = list(every(alert, "detectionregionentry"))
    return found or [entry for entry in every(alert, "detectionregionlist") if isinstance(entry, dict)]


def _where(entry: Tree) -> dict[str, Any]:
    score = number(said(entry, "confidence"))
    return {
        "target": (said(entry, "detectiontarget") or said(entry, "targettype")).lower(),
        "region": said(entry, "regionid"),
        "score": tidy(score / 100 if score > 1 else score, 4) if score is not None else None,
    }


def _detection(alert: Tree) -> dict[str, Any]:
    detection_id = text(alert.get("uuid")) or text(alert.get("eventid"))
    return {"detection_id": detection_id, "port": text(alert.get("inputioportid"))}


def _word(vendor_event: str) -> str:
    return EVENTS.get(plain(vendor_event), vendor_event)


def _active(alert: Tree, notes: list[str]) -> bool:
    """An alert that does not say is taken for active: better one look too many."""
    state = text(alert.get("eventstate"))
    active = flag(state)
    if active is None:
        notes.append("state_unknown" if state else "state_missing")
        return True
    return active


def _mac(said_mac: str) -> str:
    digits = re.sub(r"[^0-9a-f]", "", said_mac.lower())
    return ":".join(re.findall("..", digits)) if _MAC.fullmatch(digits) else said_mac


def _comparable(vendor_id: str) -> str:
    """`44-19-B6-00-00-01/1` and `4419b6000001/1` are one camera."""
    sender, slash, channel = vendor_id.partition("/")
    return f"{_mac(sender)}{slash}{channel}" if slash else _mac(sender)
