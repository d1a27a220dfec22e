"""Frigate's plain MQTT topics below the prefix: which say something of a camera, and which do not (each by name)."""

from __future__ import annotations

from typing import Any

from .base import Ignored, Refused
from .lenient import filled, flag, number, text, tidy

_GENERAL = {"restart", "triggers", "camera_activity", "profile", "notifications", "onConnect", "model_state"}
_SETTINGS = {"set", "state", "suspend", "suspended", "ptz", "ptz_autotracker"}
_SPOKEN = {"dBFS", "rms", "transcription", "all"}

Found = tuple[str, str, dict[str, Any]]
"""Camera, record type, data."""


def by_topic(tail: list[str], message: Any) -> Found | Ignored:
    """Raises Refused for a message the topic cannot have."""
    match tail:
        case [general, *_] if general in _GENERAL:
            return Ignored("frigate.general_topic")
        case [camera, "status", "detect"]:
            return camera, "camera.status", filled(status=_word(tail, message), reason="frigate_status")
        case [camera, "status", role]:
            # The stream that records or listens is not the picture: the camera itself stays what it is.
            down = _word(tail, message) == "offline"
            return camera, "camera.event", {"event": f"{text(role)}_offline", "active": down}
        case [camera, "camera_fps"]:
            status = camera_status(message)
            if status is None:
                raise Refused(f"{text(message)!r} is not a frame rate")
            return camera, "camera.status", status
        case [camera, "motion"]:
            return camera, "camera.event", {"event": "motion", "active": _switch(tail, message)}
        case [_, "audio", kind] if kind in _SPOKEN:
            return Ignored("frigate.audio_level")
        case [camera, "audio", kind] if kind not in _SETTINGS:
            return camera, "camera.event", {"event": text(kind), "active": _switch(tail, message)}
        case [_, "review_status"]:
            return Ignored("frigate.review_status")
        case [_, "classification", _]:
            return Ignored("frigate.classification")
        case [_, *_, last] if last in _SETTINGS:
            return Ignored("frigate.setting")
        case [_, _] | [_, _, "active"] if number(message) is not None:
            return Ignored("frigate.object_count")
    return Ignored("frigate.unknown_topic", text("/".join(tail)))


def camera_status(camera_fps: object) -> dict[str, Any] | None:
    """No frame a second means no picture; None when it is no number."""
    fps = number(camera_fps)
    if fps is None:
        return None
    if fps > 0:
        return {"status": "online", "fps": tidy(fps)}
    return {"status": "offline", "fps": tidy(fps), "reason": "camera_fps=0"}


def _word(tail: list[str], message: Any) -> str:
    """`online`, `offline`, `disabled`, or what it says."""
    word = text(message).lower()
    if not word:
        raise Refused(f"an empty message on {'/'.join(tail)[:80]}")
    return word


def _switch(tail: list[str], message: Any) -> bool:
    on = flag(message)
    if on is None:
        raise Refused(f"{text(message)[:40]!r} on {'/'.join(tail)[:80]} is neither ON nor OFF")
    return on
