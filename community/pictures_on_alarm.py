"""What it looks like there, at once: cameras near a P1 or P2 that begins are asked for a picture, by the house."""

from __future__ import annotations

from . import actions
from .audit import HOUSE
from .draft import Draft
from .nearby import cameras_near
from .systems.cameras import Numbers

SNAPSHOT = "camera.snapshot"
GRAVE = ("P1", "P2")


def ask(draft: Draft) -> None:
    """After a record by which alarms have begun. A camera that is being asked, or is out of service, is left alone."""
    site = draft.state.site
    most = site.numbers_of(Numbers).alarm_pictures
    if not most:
        return
    for activation in draft.changes.activations:
        if activation.priority not in GRAVE:
            continue
        device = site.by_id.get(activation.key.partition("/")[2])
        for camera in cameras_near(site, device)[:most]:
            known = draft.device(camera.id)
            if known is None or known.pending is not None or draft.out_of_service().get(camera.id) is not None:
                continue
            expires_ms = actions.expiry_ms(draft, None, quick=True)
            actions.give(draft, known, SNAPSHOT, HOUSE, activation.key, draft.clock_ms, expires_ms, {})
