"""What `python -m ingest mapping try` and `mapping list` answer, one line of JSON each: /mappings reads it."""

from __future__ import annotations

from typing import Any

import msgspec

from .board.trial import Shown


class Tried(msgspec.Struct, omit_defaults=True):
    """One payload. `outcome`: mapped, ignored, refused."""

    origin: str
    """live, sample, pasted."""
    payload: Any
    outcome: str = "mapped"
    why: str = ""
    records: list[Any] = []
    unused: list[str] = []
    """Fields that decide nothing and that nobody has named."""
    not_used: list[list[str]] = []
    """[field, why]: those that somebody has looked at and decided not to use."""
    shown: Shown | None = None


class Trial(msgspec.Struct):
    """Of `try`."""

    source: str
    title: str
    written: str
    """The mapping's file; empty: the source is read by a program."""
    tried: list[Tried]


class Source(msgspec.Struct):
    source: str
    title: str
    """Empty: a program reads it."""
    refused: str = ""
    """Why its file cannot be used, as it stands."""
    since_ms: int = 0
    """Of an own mapping: since when the normaliser reads by it."""
    own: bool = False


class Waiting(msgspec.Struct):
    """A topic that nothing reads."""

    source: str
    payloads: int
    """Of the newest SCANNED entries of the topic (store/log/topics.py)."""
    at_ms: int
    sender: str
    payload: Any
    """The newest; None where it is another community's."""


class Listing(msgspec.Struct):
    """Of `list`."""

    folder: str
    """Where an own mapping is to be written."""
    sources: list[Source]
    waiting: list[Waiting]
    said: str = ""
    """Why nothing is known of who waits."""
    unconnected: list[str] = []
    """What is wrong with the file CONNECTIONS, each fault with its line."""
