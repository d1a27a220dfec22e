"""`python -m ingest mapping list`: every source there is, and who speaks though nothing reads it. One line of JSON."""

from __future__ import annotations

import sys

import msgspec
from redis.exceptions import RedisError

from community.mapping_answers import Listing, Source, Waiting
from ingest.adapters import ADAPTERS, CODE
from ingest.adapters.lenient import text
from ingest.following import Standing, standing
from store import connection_faults, keys
from store.log import LogUnavailable
from store.log.streams import connect
from store.log.topics import SCANNED, topics
from store.settings import Settings

from .catalogue import CATALOGUE, mapping
from .folder import sources
from .places import MappingError
from .trial import envelopes


def listing(settings: Settings, community: str) -> Listing:
    client = connect(settings.redis_url)
    try:
        told, unconnected = standing(client), connection_faults.told(client)
    except (RedisError, OSError):
        told, unconnected = {}, []
    finally:
        client.close()
    names = [*ADAPTERS, *(name for name in CATALOGUE.refused if name not in ADAPTERS)]
    found = Listing(str(settings.mappings), [_source(name, told.get(name, Standing())) for name in names], [])
    found.unconnected = unconnected
    others = settings.load_sites().keys() - {community}
    try:
        sources = [topic.removeprefix(keys.vendor("")) for topic in topics(settings, keys.vendor(""))]
        in_force = {*ADAPTERS, *(name for name, one in told.items() if one.since_ms)}  # or what was before goes on
        for source in sources:
            if source not in in_force and (one := _waiting(settings, source, others)) is not None:
                found.waiting.append(one)
    except LogUnavailable as error:
        found.said = str(error)
    return found


def _source(name: str, told: Standing) -> Source:
    refused = CATALOGUE.refused.get(name, told.refused)
    try:
        title = "" if name in CODE else mapping(name).title
    except MappingError as error:
        title, refused = name, refused or str(error)
    own = name in CATALOGUE.versions or name in CATALOGUE.refused or (bool(told.since_ms) and name not in sources())
    return Source(name, title, refused, told.since_ms, own)


def _waiting(settings: Settings, source: str, others: set[str]) -> Waiting | None:
    """None: only the gateway's own signs of life are there."""
    found = list(envelopes(settings, source, SCANNED))
    if not found:
        return None
    entry, envelope = found[0]
    said = envelope if isinstance(envelope, dict) else {}
    sender = text(said.get("device")) or entry.key.decode("utf-8", "replace")
    payload = None if text(said.get("community")) in others else envelope
    return Waiting(source, len(found), entry.appended_ms, sender, payload)


def listed(settings: Settings, community: str) -> int:
    found = listing(settings, community or next(iter(settings.load_sites())))
    sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
    return 0
