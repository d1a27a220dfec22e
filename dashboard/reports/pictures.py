"""The pictures of a paper, as they are printed: small, and drawn anew, so that a damaged one cannot spoil the paper."""

from __future__ import annotations

from pathlib import Path

from community.reports.model import Paper
from store.blobs import BlobMissing, Blobs

from ..resident.photos import NotAPhoto, TooLarge, redrawn

SIDE_PX, SMALL_PX = 720, 360
"""Half a printed page wide, and a quarter: 200 dots an inch."""
MOST = 6
"""The bundle has all."""


def printable(paper: Paper, var: Path) -> dict[str, bytes]:
    """By SHA-256, in the order of the paper; what is past its retention, or no picture, is left out."""
    blobs = Blobs(var / "blobs")
    found: dict[str, bytes] = {}
    side_px = SMALL_PX if paper.kind == "daily" else SIDE_PX
    for picture in paper.pictures:
        if len(found) == MOST:
            break
        try:
            found[picture.sha256] = redrawn(blobs.get(picture.sha256), side_px)
        except (BlobMissing, NotAPhoto, TooLarge):
            continue
    return found
