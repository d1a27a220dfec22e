"""What a picture is: told from its first bytes, never from what somebody says of it."""

from __future__ import annotations


def picture_type(content: bytes) -> str | None:
    """`image/jpeg`, `image/png`, or None: not a picture that a screen of ours shows."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return None
