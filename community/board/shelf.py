"""What people have put aside for a while: shelved alarms, and what is out of service. It is watched on, in grey."""

from __future__ import annotations

from typing import Any

from ..state import Alarm, OutOfService, State, alarm_state
from ..words import WALL, Lang, post, say
from .alarm_words import name
from .naming import clock_time as time_of
from .naming import date_words, local, place_of, place_of_key, where

LINES = 2
"""A wall is for what stands; the head says how many there are."""


def shelf_board(state: State, lang: Lang) -> dict[str, Any]:
    """`head` counts all; `lines` are those that come back first: p (0: a whole device), what, where, until, who."""
    shelved = [a for a in state.alarms.values() if alarm_state(a) == "shelved"]
    out = state.out_of_service
    lines = [(a.shelved_until_ms, _of_alarm(state, a, lang)) for a in shelved]
    lines += [(m.until_ms, _of_device(state, key, m, lang)) for key, m in out.items()]
    lines.sort(key=lambda line: (line[0] is None, line[0] or 0, line[1]["what"]))
    parts = [
        say(WALL["shelved_n"], lang, len(shelved)) if shelved else "",
        say(WALL["out_n"], lang, len(out)) if out else "",
    ]
    return {"head": " · ".join(part for part in parts if part), "lines": [line for _, line in lines[:LINES]]}


def _of_alarm(state: State, alarm: Alarm, lang: Lang) -> dict[str, Any]:
    return {
        "p": int(alarm.priority[1:]),
        "what": name(alarm.id, lang),
        "where": place_of(state.site, alarm, lang),
        "until": _until(state, alarm.shelved_until_ms, lang),
        "who": post(alarm.shelved_by, lang, state.site.posts),
    }


def _of_device(state: State, key: str, masked: OutOfService, lang: Lang) -> dict[str, Any]:
    """A device, or where people took out one alarm of it that alarm."""
    alarm_id, _, device = key.partition("/")
    return {
        "p": 0,
        "what": name(alarm_id, lang) if device else WALL["out"].get(lang),
        "where": place_of_key(state.site, key, lang) if device else where(state.site, key, lang),
        "until": _until(state, masked.until_ms, lang),
        "who": post(masked.by, lang, state.site.posts),
    }


def _until(state: State, until_ms: int | None, lang: Lang) -> str:
    """`至 22:30`, on another day `至 3月13日 10:00`; '' until somebody ends it."""
    if until_ms is None:
        return ""
    at = time_of(state.site, until_ms)
    if local(state.site, until_ms).date() != local(state.site, state.clock_ms).date():
        at = f"{day_words(state, until_ms, lang)} {at}"
    return say(WALL["until"], lang, at)


def day_words(state: State, ms: int, lang: Lang) -> str:
    """The date without its weekday."""
    words = date_words(state.site, ms, lang)
    return words.partition(" ")[0] if lang == "zh" else words.partition(" ")[2]
