"""Every Redis key, channel, stream and topic of the system, a comment each.

All keys of one community share the hash tag `{community}`: one Cluster slot, one atomic script.
"""

from __future__ import annotations

# ---- topics of the log (Kafka topics; Redis streams of the same names when there is no Kafka)
LOG = "community.log"  # canonical records, key = community
JOURNAL = "community.journal"  # what the fold decided, key = community
ACTIONS = "community.actions"  # orders to devices, key = community
DEADLETTER = "community.deadletter"  # what could not be read, with its reason; key as it came

TOPICS = (LOG, JOURNAL, ACTIONS, DEADLETTER)


def vendor(source: str) -> str:
    """Payloads as they came from one kind of gateway, key = device or gateway id."""
    return f"vendor.{source}"


# ---- live state of one community
def meta(community: str) -> str:
    """Hash: position, clock_ms, fold and the fields of store.live.Meta (described, sources, ..), each as JSON."""
    return f"{{{community}}}:meta"


def devices(community: str) -> str:
    """Hash: device id -> DeviceState JSON."""
    return f"{{{community}}}:devices"


def alarms(community: str) -> str:
    """Hash: alarm key (`CATALOGUE_ID/device`) -> Alarm JSON; only alarms that are not normal."""
    return f"{{{community}}}:alarms"


def site(community: str) -> str:
    """Hash: position of a `site.described` -> Described JSON, `0` the one before the first; a rebuild needs it."""
    return f"{{{community}}}:site"


def outbox(community: str) -> str:
    """Stream: journal entries and actions written with the state, until the relay has produced them."""
    return f"{{{community}}}:outbox"


def kpis(community: str) -> str:
    """Hash: version, position (in the journal), as_of_ms, open, and `day:<local day>` -> Day JSON (store/kpis.py)."""
    return f"{{{community}}}:kpis"


def delta(community: str) -> str:
    """Pub/sub channel: what one flush changed (see store/live.py)."""
    return f"{{{community}}}:delta"


def tour(community: str) -> str:
    """String, JSON, and channel: the caption that the demo's tour shows just now; expires when the tour was killed."""
    return f"{{{community}}}:tour"


def tour_wish(community: str) -> str:
    """String: what the visitor asked the tour for (start, next, skip), until the tour has seen it."""
    return f"{{{community}}}:tour:wish"


def claim(community: str, action: str) -> str:
    """String, set once before an action is sent to its device; expires after the action."""
    return f"{{{community}}}:claim:{action}"


def notices(community: str) -> str:
    """Hash: channel -> name, when and by whom it passed its test, how the last notice went (store/notices.py)."""
    return f"{{{community}}}:notices"


def notice(community: str, id: str) -> str:
    """String, a day: trying, sent or failed; of a channel's test its code, and how often a wrong one was said."""
    return f"{{{community}}}:notice:{id}"


def notice_tests(community: str) -> str:
    """List: tests of channels that somebody has asked for, until they are sent."""
    return f"{{{community}}}:notices:tests"


def notice_outbox(community: str) -> str:
    """List: the last notices of the local outbox, newest first."""
    return f"{{{community}}}:notices:outbox"


# ---- the installation
LEASE_LIVE = "shouwang:lease:live"  # string: which worker folds the one stream (Streams only)
READERS = "shouwang:readers"  # hash: `topic/reader` -> last stream entry read; trimming stays below the least
COUNTERS = "shouwang:counters"  # hash: dead letters by reason and topic, for /metrics
EPOCH = "shouwang:epoch"  # hash: which log the live state was folded from, and its epoch; another log is a new epoch
HISTORY = (
    "shouwang:history"  # hash: `topic/partition` -> append time of the last record in SQL; waiting, database: /metrics
)
LETTERS = "shouwang:letters"  # hash: id of a dead letter -> when (ms) somebody replayed it
NORMALISE = "shouwang:normalise"  # hash: `source/partition` -> position; `../community` -> the adapter's context
MAPPINGS = "shouwang:mappings"  # hash: source of an own mapping -> since when it is in force, why its file is refused
CONNECTIONS = (
    "shouwang:connections"  # string: what is wrong with the file CONNECTIONS, a list of lines, told each minute
)
