"""A change of a site from a page or a table: its file is written anew and put in force, by one at a time."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import msgspec

from community.description import unpack
from community.newcomers import written
from community.site import SITES
from community.state import Described

from . import keys, site_apply
from .log.streams import connect
from .settings import Settings
from .site_apply import NotApplied

Edit = Callable[[Mapping[str, Any]], Mapping[str, Any]]

_ONE_AT_A_TIME = threading.Lock()
"""Two who change the same file would each write what the other has not seen."""


def change(settings: Settings, community: str, edit: Edit, by: str) -> str:
    """What came of it, in a sentence. Raises NotApplied, OSError, and whatever `edit` does.

    A file of SITE is written anew and what was there before kept beside it. One that comes with the program is the
    program's: there the change is in force until the live worker starts again, and the sentence says so.
    """
    path = next((path for path in settings.sites if _id_of(path) == community), None)
    if path is None:
        raise NotApplied(f"no file of SITE describes {community!r}")
    with _ONE_AT_A_TIME:
        if path.resolve().parent == SITES.resolve():
            return _for_now(settings, community, edit, by, path)
        before = path.read_bytes()
        text = written(edit(json.loads(before)))
        told = site_apply.read(text.encode(), path.name)
        temporary = path.with_name(f".{path.name}.part")
        temporary.write_text(text, "utf-8")
        kept = path.with_name(f"{path.name}.before")
        kept.write_bytes(before)
        os.replace(temporary, path)
        said = site_apply.put_in_force(settings, told, by)
    return f"{path}: {said} (what was before: {kept})"


def _for_now(settings: Settings, community: str, edit: Edit, by: str, path: Path) -> str:
    text = written(edit(json.loads(source_of(settings, community) or path.read_bytes())))
    said = site_apply.put_in_force(settings, site_apply.read(text.encode(), path.name), by)
    return f"{said}; {path.name} comes with the program and is not changed: until the next start"


def source_of(settings: Settings, community: str) -> bytes | None:
    """The source of the description in force; None: no worker has folded one. Raises RedisError, BadRecord."""
    client = connect(settings.redis_url)
    try:
        raw = cast("bytes | None", client.hget(keys.meta(community), "described"))
    finally:
        client.close()
    return unpack(msgspec.json.decode(raw, type=Described).packed) if raw is not None else None


def _id_of(path: Path) -> Any:
    source: Mapping[str, Any] = json.loads(path.read_bytes())
    return source.get("id")
