"""python -m ingest site apply FILE [--by POST]: puts a description in force while everything runs.

Exit code 0: in force, or in the log and not yet folded (it says which); 1: nothing was changed, with the reason.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import redis
from redis.exceptions import RedisError

from community.description import Description, description
from community.site import SiteError, read_site
from ingest.describe import append
from store.described import described_now
from store.log import LogMisconfigured, LogUnavailable
from store.log.open import open_writer
from store.log.streams import connect
from store.settings import Settings, SettingsError, read_settings

CONSOLE = "post:console"
"""Who describes it unless they say so: whoever may type on this machine."""

POST = re.compile(r"post:[a-z][a-z0-9_-]{0,30}")

FOLDED_S = 10.0
"""The worker folds a record within milliseconds; one that starts just now needs a few seconds."""
ASK_S = 0.1


class NotApplied(Exception):
    """Why nothing was changed, a line each."""


def apply(path: Path, by: str) -> str:
    """What came of it, in a sentence. Raises NotApplied."""
    told = _read(path)
    if not POST.fullmatch(by):
        raise NotApplied(f"--by {by}: a post is written post:office")
    try:
        settings = read_settings()
    except SettingsError as error:
        raise NotApplied(str(error)) from error
    client = connect(settings.redis_url)
    try:
        said = _put(client, settings, told, by)
    except (RedisError, OSError) as error:
        raise NotApplied(f"Redis does not answer: {error}") from error
    except (LogUnavailable, LogMisconfigured) as error:
        raise NotApplied(f"the log does not take it: {error}") from error
    finally:
        client.close()
    if path.resolve() not in (file.resolve() for file in settings.sites):
        said += f"; {path} is not a file of SITE, and the next start of the live worker goes back to what that says"
    return f"{path}: {said}"


def _read(path: Path) -> Description:
    """Raises NotApplied with every fault and its line."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise NotApplied(f"{path}: cannot be read: {error.strerror}") from error
    _, faults = read_site(text)
    if faults:
        raise NotApplied(*(f"{path}:{fault}" for fault in faults))
    try:
        return description(text, str(path))
    except SiteError as error:
        raise NotApplied(str(error)) from error


def _put(client: redis.Redis, settings: Settings, told: Description, by: str) -> str:
    """Raises RedisError, LogUnavailable, LogMisconfigured, NotApplied."""
    held = described_now(client, told.site.id)
    if held is None:
        id_ = told.site.id
        raise NotApplied(
            f"no live worker has folded {id_!r} here: SITE has to name its file when everything is started"
        )
    if held.hash == told.hash:
        return f"is in force already ({told.hash})"
    if held.site.clock != told.site.clock:
        raise NotApplied(f"clock: the clock of a community does not change, it is {held.site.clock!r}")
    writer = open_writer(settings)
    try:
        append(writer, told, held.hash, by).result()
    finally:
        writer.close()
    deadline_s = time.monotonic() + FOLDED_S
    while time.monotonic() < deadline_s:
        now = described_now(client, told.site.id)
        if now is not None and now.hash == told.hash:
            added = len(told.site.by_id.keys() - held.site.by_id.keys())
            removed = len(held.site.by_id.keys() - told.site.by_id.keys())
            return f"in force ({told.hash}): {len(told.site.devices)} devices, {added} new, {removed} gone"
        if now is not None and now.hash != held.hash:
            raise NotApplied(f"another description came first ({now.hash}): look at it, then apply yours again")
        time.sleep(ASK_S)
    return "is in the log; the live worker has not folded it yet"


def main(path: Path, by: str) -> int:
    try:
        print(apply(path, by))
    except NotApplied as error:
        print(*error.args, sep="\n", file=sys.stderr)
        return 1
    return 0
