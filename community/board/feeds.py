"""Feeds by name: live, late, stale, or never heard from."""

from __future__ import annotations

from typing import Any

from ..freshness import Freshness, source_freshness
from ..site import Source
from ..state import State
from ..words import WALL, Lang, say
from .alarm_words import width

LOOKS: dict[Freshness, str] = {"fresh": "live", "late": "late", "stale": "stale", "unknown": "never"}


NAMED = 24
"""Half-widths of names that the line below the counts has room for; of more feeds it says how many."""


def feed_states(state: State) -> dict[str, Freshness]:
    return {source.id: source_freshness(state, source.id) for source in state.site.sources}


def feeds_board(state: State, feeds: dict[str, Freshness], lang: Lang) -> dict[str, Any]:
    """One bar a feed in the site's order, the sentence beside them, and when each was last heard."""
    bars = []
    for source in state.site.sources:
        heard = state.sources.get(source.id)
        bars.append(
            {
                "id": source.id,
                "name": source.name.get(lang),
                "look": LOOKS[feeds[source.id]],
                "seen_ms": heard.seen_ms if heard is not None else 0,
            }
        )
    return {"bars": bars, "words": _words(state, feeds, lang)}


def left_out(state: State, feeds: dict[str, Freshness], lang: Lang) -> str:
    """What no count of alarms can have in it: feeds that would not tell of one now. '' where all would."""
    silent = [source for source in state.site.sources if feeds[source.id] in ("stale", "unknown")]
    if not silent:
        return ""
    names = ("、" if lang == "zh" else ", ").join(source.name.get(lang) for source in silent)
    if width(names) > NAMED:
        return say(WALL["left_out_n"], lang, len(silent))
    return say(WALL["left_out"], lang, names)


def _words(state: State, feeds: dict[str, Freshness], lang: Lang) -> str:
    """The worst that can be said, and of whom."""
    sources = state.site.sources
    for look, one, many in (("stale", "feed_stale", "feeds_stale"), ("late", "feed_late", "feeds_late")):
        named: list[Source] = [s for s in sources if feeds[s.id] == look]
        if len(named) == 1:
            return say(WALL[one], lang, named[0].name.get(lang))
        if named:
            return say(WALL[many], lang, len(named))
    never = sum(feeds[s.id] == "unknown" for s in sources)
    if never:
        return say(WALL["feeds_of"], lang, len(sources) - never, len(sources))
    for source in sources:
        spooled = state.sources[source.id].spooled
        if spooled:
            return say(WALL["feed_spool"], lang, source.name.get(lang), spooled)
    return say(WALL["feeds_ok"], lang, len(sources))
