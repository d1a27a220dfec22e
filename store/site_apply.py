"""Puts a description in force while everything runs: a record of the log, then the wait until it is folded."""

from __future__ import annotations

import re
import time
from pathlib import Path

import redis
from redis.exceptions import RedisError

from community.description import Description, data_of, description
from community.model import SITE_DESCRIBED, encode_event
from community.site import SiteError, read_site

from . import keys
from .described import described_now
from .log import Appended, LogMisconfigured, LogUnavailable, LogWriter
from .log.open import open_writer
from .log.streams import connect
from .settings import Settings

CONSOLE = "post:console"
"""Who describes it unless they say so: whoever may type on this machine."""

POST = re.compile(r"post:[a-z][a-z0-9_-]{0,30}")

FOLDED_S = 10.0
"""The worker folds a record within milliseconds; one that starts just now needs a few seconds."""
ASK_S = 0.1


class NotApplied(Exception):
    """Why nothing was changed, a line each."""


def apply(settings: Settings, path: Path, by: str) -> str:
    """What came of the file, in a sentence. Raises NotApplied."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise NotApplied(f"{path}: cannot be read: {error.strerror}") from error
    if not POST.fullmatch(by):
        raise NotApplied(f"--by {by}: a post is written post:office")
    said = put_in_force(settings, read(text, str(path)), by)
    if path.resolve() not in (file.resolve() for file in settings.sites):
        said += f"; {path} is not a file of SITE, and the next start of the live worker goes back to what that says"
    return f"{path}: {said}"


def read(text: bytes, origin: str) -> Description:
    """Raises NotApplied with every fault and its line."""
    _, faults = read_site(text)
    if faults:
        raise NotApplied(*(f"{origin}:{fault}" for fault in faults))
    try:
        return description(text, origin)
    except SiteError as error:
        raise NotApplied(str(error)) from error


def put_in_force(settings: Settings, told: Description, by: str) -> str:
    """What came of it, in a sentence. Raises NotApplied."""
    client = connect(settings.redis_url)
    try:
        return _put(client, settings, told, by)
    except (RedisError, OSError) as error:
        raise NotApplied(f"Redis does not answer: {error}") from error
    except (LogUnavailable, LogMisconfigured) as error:
        raise NotApplied(f"the log does not take it: {error}") from error
    finally:
        client.close()


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
            before, after = ({device.id for device in site.devices} for site in (held.site, told.site))
            added, removed = len(after - before), len(before - after)
            return f"in force ({told.hash}): {len(told.site.devices)} devices, {added} new, {removed} gone"
        if now is not None and now.hash != held.hash:
            raise NotApplied(f"another description came first ({now.hash}): look at it, then apply yours again")
        time.sleep(ASK_S)
    return "is in the log; the live worker has not folded it yet"


def append(writer: LogWriter, told: Description, before: str, by: str) -> Appended:
    """The record. Its time is the log's; the id is that of what it says, so that a consumer tells a repetition.

    Raises LogUnavailable.
    """
    community = told.site.id
    value = encode_event(
        id=f"site/{told.hash}/{before}",
        source="shouwang/site",
        type=SITE_DESCRIBED,
        community=community,
        data=data_of(told, before, by),
    )
    return writer.append(keys.LOG, community, value)
