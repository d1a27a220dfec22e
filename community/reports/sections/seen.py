"""What was seen of the gravest alarms of a day: a row of pictures, one of each."""

from __future__ import annotations

from ...history.lives import Life
from ...nearby import cameras_near
from ..editions import Eyes
from ..facts import Facts, Shot
from ..model import Picture

MOST = 4
"""As many stand in a row of the page and can be looked at."""
GRAVE = ("P1", "P2")
WITHIN_MS = 300_000
"""As long after an alarm has come a camera shows what it was."""


def seen(facts: Facts, eyes: Eyes) -> list[Picture]:
    """In the order of time, those of the gravest. Inside alone, and of no resident in care."""
    if eyes.outside or not facts.shots:
        return []
    chosen: dict[str, tuple[Shot, Life]] = {}
    for life in sorted(facts.lives, key=lambda one: (one.priority, one.began_ms)):
        if life.priority not in GRAVE or eyes.personal(life.alarm, life.device):
            continue
        shot = next((shot for shot in facts.shots if shot.sha256 not in chosen and _is_of(shot, life, eyes)), None)
        if shot is not None:
            chosen[shot.sha256] = shot, life
        if len(chosen) == MOST:
            break
    return [
        Picture(shot.sha256, shot.at_ms, f"{eyes.alarm(life.alarm)} {eyes.place(life.device)}")
        for shot, life in sorted(chosen.values(), key=lambda one: one[0].at_ms)
    ]


def _is_of(shot: Shot, life: Life, eyes: Eyes) -> bool:
    if shot.about == life.occurrence:
        return True
    if not life.began_ms <= shot.at_ms < life.began_ms + WITHIN_MS:
        return False
    if shot.about:
        return shot.about == f"{life.alarm}/{life.device}"
    site = eyes.site
    return any(camera.id == shot.device for camera in cameras_near(site, site.by_id.get(life.device)))
