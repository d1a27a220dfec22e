"""`python -m ingest mapping try SOURCE`: a payload, what it becomes, and what a wall would show of it.

The payload comes on standard input, as the vendor sends it or in the envelope of its topic; `--live N` takes the newest
N payloads of `vendor.<source>` instead, and the mapping's own samples where there are none. The answer is one line of
JSON (`Trial`). Nothing is written anywhere; the page `/mappings` stands on this, in a process with a deadline.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from redis.exceptions import RedisError

from community.board.trial import tried
from community.mapping_answers import Trial, Tried
from community.model import BadRecord, Position, Record, decode
from community.newcomers import homes
from community.site import Site
from community.state import State
from community.systems import REDUCERS
from community.words import Lang
from ingest.adapters import ADAPTERS, CODE
from ingest.adapters.base import Adapter, Canonical, Ignored, Payload, Refused, encode, unwrap, zone_of
from ingest.adapters.files import payloads_of
from ingest.adapters.markup import decoded
from ingest.envelope import as_json, unfold
from store import keys
from store.blobs import BlobMissing, Blobs
from store.live import LiveCorrupt, LiveUnavailable, LiveWriter
from store.log import Entry, LogUnavailable
from store.log.streams import connect
from store.log.topics import newest
from store.settings import Settings

from .adapter import body_and_topic
from .catalogue import CATALOGUE, folder_of, mapping
from .check import samples_of
from .folder import FILE
from .places import MappingError
from .usage import deciding, undecided

LIVE_SCANNED = 200
"""So many of the newest payloads of a topic are looked through for those of the community."""
WAIT_S = 660
"""The longest on-delay that a wall should be seen to wait for (a patrol's ten minutes)."""
NOW_MS = 1_800_000_000_000
"""The clock of a state that nobody has folded yet."""


def trial(settings: Settings, source: str, community: str, lang: Lang, pasted: bytes | None, live: int) -> Trial:
    """Raises MappingError, KeyError for a source or community that does not exist."""
    site = settings.load_sites()[community]
    if why := CATALOGUE.refused.get(source):
        raise MappingError(why)  # what is tried is the file as it stands
    state = _state(settings, site)
    adapter, site = ADAPTERS[source](state.site), state.site
    written, folder = None if source in CODE else mapping(source), folder_of(source, settings.mappings)
    if pasted is not None:
        values = [("pasted", _value(pasted))]
    else:
        values = [("live", value) for value in live_payloads(settings, source, site, live)]
        values = values or [("sample", value) for value in _samples(folder)[:live]]
    found = []
    for origin, value in values:
        found.append(_one(settings, adapter, state, lang, origin, value))
    title = written.title if written is not None else source
    text = (folder / FILE).read_text("utf-8") if written is not None else ""
    return Trial(source, title, text, found)


def _one(settings: Settings, adapter: Adapter, state: State, lang: Lang, origin: str, value: Any) -> Tried:
    site = state.site
    try:
        payload = unwrap(value, zone_of(site), received_ms=state.clock_ms)
        outcome = Ignored(payload.aside) if payload.aside else adapter.adapt(payload)
    except Refused as error:
        return Tried(origin, value, "refused", str(error))
    if isinstance(outcome, Ignored):
        return Tried(origin, value, "ignored", f"{outcome.rule} {outcome.detail}".strip())
    unused, named = _fields(adapter, payload)
    told = Tried(origin, value, records=[_plain(one) for one in outcome], unused=unused, not_used=named)
    try:
        records = [_record(adapter.name, site, one, n) for n, one in enumerate(outcome)]
    except (Refused, BadRecord) as error:
        return msgspec.structs.replace(told, outcome="refused", why=str(error))
    # each payload for itself, on a state of its own
    told.shown = tried(_state(settings, site), [one for one in records if one.type in REDUCERS], lang, WAIT_S)
    return told


def _plain(one: Canonical) -> dict[str, Any]:
    return {"type": one.type, "subject": one.subject, "time_ms": one.time_ms, "data": one.data}


def _record(source: str, site: Site, one: Canonical, n: int) -> Record:
    line = encode(one, id=f"trial-{n}", source=source, community=site.id, received_ms=None)
    return decode(line, position=Position(0, 0, n), appended_ms=one.time_ms or NOW_MS)


def _fields(adapter: Adapter, payload: Payload) -> tuple[list[str], list[list[str]]]:
    """Of a payload that became records."""
    written = getattr(adapter, "mapping", None)
    body, topic = body_and_topic(payload.body)
    tree = written.read(body) if written is not None else body

    def outcome(tree: Any) -> Any:
        try:
            if written is not None:
                return adapter.adapt_tree(tree, payload, topic)  # type: ignore[attr-defined]  # a mapping's adapter
            return adapter.adapt(msgspec.structs.replace(payload, body=tree))
        except Refused as error:
            return str(error)

    known: dict[str, bool] = {}
    deciding(tree, outcome, known)
    idle = [path for path, decides in known.items() if not decides]
    not_used = written.not_used if written is not None else ()
    unused = undecided(idle, not_used)
    named = [[path, why] for path, why in not_used if set(undecided(idle, [(path, why)])) != set(idle)]
    return unused, named


def _value(pasted: bytes) -> Any:
    """As the intake reads it: JSON, or text in whatever encoding it declares."""
    text, facts = as_json(pasted)
    return msgspec.json.decode(text) if not facts else decoded(pasted)


def _samples(folder: Path) -> list[Any]:
    return [found.value for path in samples_of(folder) for found in payloads_of(Path(path)) if not found.refused]


def _state(settings: Settings, site: Site) -> State:
    """The live state as it is now; an empty one where none is folded or Redis is away."""
    client = connect(settings.redis_url)
    try:
        state = LiveWriter(client).load(site)
    except (LiveUnavailable, LiveCorrupt, RedisError):
        state = State(site)
    finally:
        client.close()
    state.clock_ms = state.clock_ms or NOW_MS
    return state


def live_payloads(settings: Settings, source: str, site: Site, most: int) -> list[Any]:
    """The newest envelopes of the community in the vendor's topic, the newest first; none where the log is away."""
    known = homes(source, {site.id: site})
    try:
        values = envelopes(settings, source, LIVE_SCANNED)
    except LogUnavailable:
        return []
    found = []
    for _, value in values:
        said = value if isinstance(value, dict) else {}
        if said.get("community") == site.id or known.get(str(said.get("device", ""))) == site.id:
            found.append(value)
    return found[:most]


def envelopes(settings: Settings, source: str, most: int) -> Iterator[tuple[Entry, Any]]:
    """The newest of the vendor's topic, as they stand there and read, the newest first. Raises LogUnavailable."""
    blobs = Blobs(settings.var / "blobs")
    for entry in newest(settings, keys.vendor(source), most):
        try:
            envelope = unfold(msgspec.json.decode(entry.value), blobs)
        except (msgspec.DecodeError, UnicodeError, RecursionError, BlobMissing):
            continue
        if not (isinstance(envelope, dict) and envelope.get("specversion")):  # the gateway's own sign of life
            yield entry, envelope


def run(settings: Settings, source: str, community: str, lang: Lang, live: int) -> int:
    pasted = None if live else sys.stdin.buffer.read()
    found = trial(settings, source, community, lang, pasted, live)
    sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
    return 0


def recorded(settings: Settings, source: str, most: int) -> int:
    """The newest payloads of the vendor's topic as lines of a sample, the oldest first, each with its place: `adapt`
    gives its records the ids that they have in the log. Raises LogUnavailable."""
    found = list(envelopes(settings, source, most))[::-1]
    for entry, envelope in found:
        if isinstance(envelope, dict):
            envelope.pop("community", None)  # a sample does not say whose it is
            envelope["place"] = entry.position.partition, entry.position.offset
        sys.stdout.buffer.write(msgspec.json.encode(envelope) + b"\n")
    print(f"{len(found)} payloads of vendor.{source}", file=sys.stderr)
    return 0 if found else 1
