"""Frigate: MQTT lines `{"topic", "payload"}`, bare events and reviews, and what its HTTP API lists.

Sub-labels, descriptions, faces, plates and transcripts name people: they are never read.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from community.pictures import picture_type
from community.site import Site
from ingest.mapping.personal import Personal

from .base import Canonical, Ignored, Names, Payload, Refused, decode_json, numbered, when, zone_of
from .frigate_topics import by_topic, camera_status
from .lenient import branch, filled, flag, number, text, tidy

NAME = "frigate"

PERSONAL = Personal(
    drop=frozenset(
        ("sub_label", "sub_labels", "description", "recognized_license_plate", "plate", "name", "transcription")
    )
)
"""Faces by name, plates, and what a model wrote about a picture."""

_VEHICLES = {"car", "truck", "bus", "motorcycle", "van", "boat", "train", "airplane"}
_PERSONAL_UPDATES = {"description", "face", "lpr", "classification"}
_CAMERAS_LIMIT = 1000


class Frigate:
    name = NAME

    def __init__(self, site: Site | None = None) -> None:
        self._names = Names(NAME, site)
        self._zone = zone_of(site)

    def adapt(self, payload: Payload) -> list[Canonical] | Ignored:
        body = payload.body
        if isinstance(body, str):
            body = decode_json(body)
        if not isinstance(body, dict):
            raise Refused(f"neither an MQTT line nor a Frigate object: {type(body).__name__}")
        if isinstance(topic := body.get("topic"), str) and "payload" in body:
            return self._mqtt(topic, body["payload"], payload)
        return self._object(body, payload)

    def _mqtt(self, topic: str, message: Any, payload: Payload) -> list[Canonical] | Ignored:
        tail = topic_tail(topic)
        if tail and tail[0] in ("events", "reviews", "stats", "tracked_object_update"):
            message = decode_json(message) if isinstance(message, str) else message
            if not isinstance(message, dict):
                raise Refused(f"the message on {text(topic)} is not an object")
            return self._object(message, payload)
        if tail == ["available"]:
            return self._available(topic, text(message).lower(), payload)
        if len(tail) > 1 and tail[-1] == "snapshot":
            return self._snapshot(tail[0], message, payload)
        found = by_topic(tail, message)
        if isinstance(found, Ignored):
            return found
        camera, type_, data = found
        notes: list[str] = []
        time_ms = when(None, payload, self._zone, notes, due=False)
        return [Canonical(type_, self._names.subject(camera), time_ms, data | filled(notes=notes))]

    def _snapshot(self, camera: str, message: Any, payload: Payload) -> list[Canonical]:
        """The last picture. MQTT carries the bytes as they are; in JSON lines they stand as base64."""
        try:
            content = base64.b64decode(message if isinstance(message, str) else "", validate=True)
        except ValueError as error:
            raise Refused("a snapshot that is not base64") from error
        content_type = picture_type(content)
        if content_type is None:
            raise Refused("a snapshot that is neither JPEG nor PNG")
        notes: list[str] = []
        time_ms = when(None, payload, self._zone, notes, due=False)
        name = "sha256:" + hashlib.sha256(content).hexdigest()
        data = filled(hash=name, content_type=content_type, size_bytes=len(content), notes=notes)
        return [Canonical("camera.picture", self._names.subject(camera), time_ms, data, blob=content)]

    def _available(self, topic: str, state: str, payload: Payload) -> list[Canonical] | Ignored:
        """'online' is a beat of the feed. That Frigate went away says nothing of its cameras: the feed falls silent."""
        if state != "online":
            return Ignored("frigate.available not online", state)
        notes: list[str] = []
        time_ms = when(None, payload, self._zone, notes, due=False)
        subject = payload.device or text(topic).split("/")[0]
        return [Canonical("source.heartbeat", subject, time_ms, filled(notes=notes))]

    def _object(self, body: dict[str, Any], payload: Payload) -> list[Canonical] | Ignored:
        kind = text(body.get("type"))
        after = body.get("after")
        if isinstance(after, dict):
            if "severity" in after:
                return self._review(after, kind, payload, text(branch(body.get("before")).get("severity")))
            return self._event(after, kind, payload)
        if kind in _PERSONAL_UPDATES and "id" in body:
            return Ignored("frigate.tracked_object_update")
        if "event_id" in body:
            return Ignored("frigate.trigger")
        if text(body.get("camera")) and text(body.get("id")):
            return self._listed(body, payload)
        cameras = body.get("cameras", body)
        if isinstance(cameras, dict) and any(_is_stats(entry) for entry in cameras.values()):
            return self._stats(body, cameras, payload)
        if "cameras" in body and "service" in body:
            return Ignored("frigate.stats without a camera")
        if body and all(isinstance(entry, dict) and "total_alert" in entry for entry in body.values()):
            return Ignored("frigate.review_summary")
        raise Refused("not a Frigate message: no after, no camera and id, no stats")

    def _listed(self, entry: dict[str, Any], payload: Payload) -> list[Canonical] | Ignored:
        """An entry of the API's history: what began, and what ended when it says so."""
        one = self._review if "severity" in entry else self._event
        began = one({**entry, "end_time": None}, "new", payload)
        if isinstance(began, Ignored) or entry.get("end_time") is None:
            return began
        ended = one(entry, "end", payload)
        return began if isinstance(ended, Ignored) else numbered([*began, *ended])

    def _event(self, event: dict[str, Any], kind: str, payload: Payload) -> list[Canonical] | Ignored:
        if flag(event.get("false_positive")):
            return Ignored("frigate.false_positive")
        camera = text(event.get("camera"))
        if not camera:
            raise Refused("an event without a camera")
        notes: list[str] = []
        active = _is_active(kind, event, notes)
        inner = branch(event.get("data"))
        label = text(event.get("label"))
        if not label:
            notes.append("label_missing")
        data = filled(
            event="object",
            active=active,
            target=_target(label),
            score=_score(event, inner),
            region=_zones(event.get("current_zones") or event.get("entered_zones") or event.get("zones")),
            vendor_event=label,
            detection_id=text(event.get("id")),
            notes=notes,
        )
        moment = _moment(event, kind, active)
        return [Canonical("camera.event", self._names.subject(camera), when(moment, payload, self._zone, notes), data)]

    def _review(
        self, review: dict[str, Any], kind: str, payload: Payload, severity_before: str = ""
    ) -> list[Canonical] | Ignored:
        """A review item; its severity (`alert`, `detection`) is the event. A raised severity ends the lower one."""
        camera = text(review.get("camera"))
        if not camera:
            raise Refused("a review without a camera")
        notes: list[str] = []
        active = _is_active(kind, review, notes)
        inner = branch(review.get("data"))
        objects = inner.get("objects")
        labels = [
            label
            for entry in (objects if isinstance(objects, list) else [])
            if (label := text(entry).removesuffix("-verified"))
        ]
        severity = text(review.get("severity")) or "review"
        moment = _moment(review, kind, active)
        time_ms = when(moment, payload, self._zone, notes)
        subject = self._names.subject(camera)
        shared = filled(
            target=_target(labels[0]) if labels else "",
            region=_zones(inner.get("zones")),
            vendor_event=",".join(dict.fromkeys(labels[:8])),
            detection_id=text(review.get("id")),
            notes=notes,
        )
        records = [Canonical("camera.event", subject, time_ms, {"event": severity, "active": active, **shared})]
        if severity_before and severity_before != severity:
            ended = {"event": severity_before, "active": False, **shared}
            records.append(Canonical("camera.event", subject, time_ms, ended))
        return numbered(records)

    def _stats(self, stats: dict[str, Any], cameras: dict[str, Any], payload: Payload) -> list[Canonical]:
        service = stats.get("service")
        moment = service.get("last_updated") if isinstance(service, dict) else None
        notes: list[str] = []
        time_ms = when(moment, payload, self._zone, notes, due=False)
        entries = [(name, entry) for key, entry in cameras.items() if _is_stats(entry) and (name := text(key))]
        if not entries:
            raise Refused("stats of a camera without a name")
        if len(entries) > _CAMERAS_LIMIT:
            raise Refused(f"stats of {len(entries)} cameras, more than {_CAMERAS_LIMIT}")
        return numbered(
            [
                Canonical("camera.status", self._names.subject(camera), time_ms, data | filled(notes=notes))
                for camera, entry in entries
                if (data := camera_status(entry["camera_fps"])) is not None
            ]
        )


def topic_tail(topic: str) -> list[str]:
    """`frigate/front_door/motion` -> [front_door, motion]; a prefix of several levels ends with `frigate`."""
    levels = [name for level in topic.split("/", 32) if (name := text(level))]
    start = levels.index("frigate") + 1 if "frigate" in levels else 1
    return levels[start:]


def _is_stats(entry: object) -> bool:
    return isinstance(entry, dict) and number(entry.get("camera_fps")) is not None


def _is_active(kind: str, item: dict[str, Any], notes: list[str]) -> bool:
    if kind not in ("new", "update", "end"):
        notes.append("unknown_type" if kind else "type_missing")
    return kind != "end" and item.get("end_time") is None


def _moment(item: dict[str, Any], kind: str, active: bool) -> Any:
    """When it happened: the end, the frame that changed it, or the start."""
    if not active and item.get("end_time") is not None:
        return item["end_time"]
    if kind == "new" and item.get("start_time") is not None:
        return item["start_time"]
    return item.get("frame_time") or (item.get("start_time") if kind != "update" else None)


def _score(event: dict[str, Any], inner: dict[str, Any]) -> float | int | None:
    for value in (event.get("top_score"), inner.get("top_score"), event.get("score"), inner.get("score")):
        if (score := number(value)) is not None:
            return tidy(score, 4)
    return None


def _zones(zones: object) -> str:
    return ",".join(name for zone in zones[:16] if (name := text(zone))) if isinstance(zones, list) else text(zones)


def _target(label: str) -> str:
    return "human" if label == "person" else "vehicle" if label in _VEHICLES else label
