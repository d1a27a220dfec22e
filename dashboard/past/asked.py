"""What the web process and its traveller say to each other: frames of JSON with their length before them."""

from __future__ import annotations

import msgspec

from community.site import Site
from community.words import Lang

HEAD = 4
"""Bytes of the length."""


class Setup(msgspec.Struct):
    """The first frame, without an answer."""

    url: str
    segments: str
    """The folder where raw records lie."""
    sites: dict[str, Site]


class Question(msgspec.Struct):
    viewer: str
    """Whose film it is: going forwards costs only what lies between."""
    community: str
    at_ms: int
    lang: Lang
    visit: bool = False


class Answer(msgspec.Struct, omit_defaults=True):
    why: str = ""
    """Why there is no picture, in the words of `community.past.PAST`; empty: there is one."""
    to_ms: int | None = None
    """From when on another moment can be shown."""
    at_ms: int = 0
    clock_ms: int = 0
    """The community's clock in the picture: when the last record until then was there."""
    next_ms: int | None = None
    ticked: bool = False
    """A clock ticks in its log: where nothing stands for long, nothing was recorded."""
    invented: bool = False
    revision: str = ""
    described: str = ""
    """Hash of the description in force then."""
    parts: msgspec.Raw = msgspec.Raw(b"null")


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(HEAD, "big") + body
