"""Counts dead letters by feed, from their own topic, and tells each community when the count of the last minutes has
changed (`source.letters`): letters never grow in silence."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

import msgspec

from community.model import SOURCE_LETTERS, encode_event
from community.newcomers import homes
from community.place import THE_LOG
from community.site import Site
from store import keys
from store.letters import Letter
from store.log import LogReader

WINDOW_MS = 600_000
AT_ONCE = 500
"""Letters a round: after a start the whole topic, thousands, is read within seconds and no tick is late for it."""
MOST = 10_000
"""Of one feed in one window; a device that is not understood and speaks ten times a second fills six thousand."""


class _Envelope(msgspec.Struct):
    community: str = ""
    device: str = ""


class LetterWatch:
    def __init__(self, reader: LogReader, sites: Mapping[str, Site]) -> None:
        """`reader`: of the dead letters, without a stored position: what was told before a restart is told again."""
        self._reader = reader
        self._sites = sites
        self._sought: set[int] = set()
        self._moments: dict[tuple[str, str], deque[int]] = {}
        self._told: dict[tuple[str, str], int] = {}

    def step(self, now_ms: int) -> Iterator[tuple[str, bytes]]:
        """(community, record) of what has changed. Raises LogUnavailable."""
        entries = self._reader.poll(1, AT_ONCE)
        for partition in self._reader.assigned() - self._sought:
            self._reader.seek(partition, None)
            self._sought.add(partition)
            entries = []  # they come again
        for entry in entries:
            try:
                letter = msgspec.json.decode(entry.value, type=Letter)
            except msgspec.MsgspecError:
                continue  # not ours: a stranger wrote it
            place = feed_of(letter, self._sites)
            self._moments.setdefault(place, deque(maxlen=MOST)).append(entry.appended_ms)
        if len(entries) == AT_ONCE:
            return  # first all of them
        for place, moments in list(self._moments.items()):
            while moments and moments[0] <= now_ms - WINDOW_MS:
                moments.popleft()
            if self._told.get(place) != len(moments):
                self._told[place] = len(moments)
                yield place[0], _record(*place, len(moments), now_ms)
            if not moments:
                del self._moments[place], self._told[place]

    def close(self) -> None:
        self._reader.close()


def feed_of(letter: Letter, sites: Mapping[str, Site]) -> tuple[str, str]:
    """(community, feed). What belongs to no community is told to the first one, what came by no feed is the log's."""
    first = next(iter(sites))
    prefix = keys.vendor("")
    if not letter.origin.topic.startswith(prefix):
        return (letter.key if letter.key in sites else first), THE_LOG
    source = letter.origin.topic.removeprefix(prefix)
    try:
        envelope = msgspec.json.decode((letter.payload or "").encode(), type=_Envelope)
    except (msgspec.MsgspecError, UnicodeError):
        envelope = _Envelope()
    known = homes(source, sites)
    named = (envelope.community, known.get(envelope.device, ""), known.get(letter.key, ""))
    community = next((one for one in named if one in sites), first)
    return community, source if source in sites[community].source_by_id else THE_LOG


def _record(community: str, feed: str, letters: int, now_ms: int) -> bytes:
    return encode_event(
        id=f"{feed}/letters/{now_ms}",
        source="shouwang/tick",
        type=SOURCE_LETTERS,
        community=community,
        subject=feed,
        time_ms=now_ms,
        received_ms=now_ms,
        data={"letters": letters, "window_s": WINDOW_MS // 1000},
    )
