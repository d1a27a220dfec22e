"""The wall's tiles: each system says in its own file what its tile counts; here the counting, one way for all.

A tile whose system is not built yet has a name and an icon, and says 未接入.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .. import systems
from ..site import Text
from ..state import Alarm, alarm_state
from ..systems.base import Tile
from ..words import TILE, UNKNOWN, Lang, say
from .lens import Lens

BADGES = {"unacknowledged": "unack", "acknowledged": "ack", "returned": "rtn"}


class Figure(msgspec.Struct):
    """`value` stands large, `of` and `words` small beside it; `bar` is (look, share) from left to right."""

    value: str
    of: str = ""
    words: str = ""
    bar: list[tuple[str, int]] = []


class Named(msgspec.Struct, frozen=True):
    """What a page needs to draw the frame of a tile."""

    id: str
    name: Text
    icon: str


_PLANNED = (
    Named("falling", Text("高空抛物", "Falling obj."), "falling"),
    Named("access", Text("门禁道闸", "Gates"), "door"),
    Named("lifts", Text("电梯", "Lifts"), "lift"),
    Named("care", Text("特殊关怀", "Care"), "care"),
    Named("meters", Text("水电表", "Meters"), "drop"),
    Named("bins", Text("垃圾桶", "Bins"), "bin"),
    Named("orders", Text("居民工单", "Tickets"), "order"),
    Named("broadcast", Text("云广播", "Broadcast"), "horn"),
    Named("fire", Text("消防", "Fire"), "flame"),
)

TILES: Mapping[str, Named] = {tile.id: tile for tile in _PLANNED} | {
    tile.id: Named(tile.id, tile.name, tile.icon) for tile in systems.TILES.values()
}
"""Every tile a site may name in `tiles`."""


def read(tile: Tile, lens: Lens, alarms: Sequence[Alarm], lang: Lang) -> Figure:
    """The figure of a tile whose feed lives."""
    unknown, total = lens.unknown(tile.id), lens.total(tile.id)
    if tile.cases:
        return _cases(tile, lens, alarms, lang)
    if unknown == total:
        return Figure(UNKNOWN, "", say(TILE["unknown"], lang, unknown), [("off", total)])
    parts = [(look, sum(lens.known(tile.id, word) for word in words)) for look, words in tile.bar]
    bar = [(_worst(alarms) if look == "worst" else look, n) for look, n in parts]
    bar.insert(len(bar) - (bar[-1][0] == "free"), ("off", unknown))
    words = f"· {say(TILE['unknown'], lang, unknown)}" if unknown else tile.words.get(lang)
    return Figure(str(lens.known(tile.id, tile.figure)), f"/{total}", words, bar)


def _cases(tile: Tile, lens: Lens, alarms: Sequence[Alarm], lang: Lang) -> Figure:
    calls = [alarm for alarm in alarms if alarm.id == tile.cases]
    unknown, armed = lens.unknown(tile.id), lens.known(tile.id, tile.figure)
    if calls:
        word = "unacked" if any(alarm_state(a) == "unacknowledged" for a in calls) else "acked"
        words = f"{tile.words.get(lang)} · {TILE[word].get(lang)}"
        return Figure(str(len(calls)), "", words, [(_worst(calls), 1)])
    if unknown == lens.total(tile.id):
        return Figure(UNKNOWN, "", say(TILE["unknown"], lang, unknown), [("off", 1)])
    tail = say(TILE["unknown"], lang, unknown) if unknown else say(TILE["armed"], lang, armed)
    return Figure("0", "", f"{tile.words.get(lang)} · {tail}", [("ok", armed), ("off", unknown)])


def _worst(alarms: Sequence[Alarm]) -> str:
    return f"a{alarms[0].priority[1:]}" if alarms else "off"


def tile_board(id_: str, lens: Lens, alarms: Sequence[Alarm], feed: str, lang: Lang) -> dict[str, Any]:
    """One tile as the page draws it. `alarms`: the annunciated ones of this tile, worst first."""
    tile = systems.TILES.get(id_)
    if tile is None or not lens.total(id_):
        return _silent(id_, TILE["none"].get(lang))
    if not lens.heard(id_):
        return _silent(id_, TILE["waiting"].get(lang))
    if feed == "stale":
        return _stale(tile, lens, alarms)
    figure = read(tile, lens, alarms, lang)
    late = feed == "late" or lens.late[tile.id] > 0
    return {
        "id": tile.id,
        "state": "late" if late else "",
        "value": figure.value,
        "of": figure.of,
        "words": figure.words,
        "bar": [part for part in figure.bar if part[1]],
        "oldest_ms": lens.oldest_ms(tile.id) if late else None,
        "alarm": _badge(alarms),
    }


def _silent(id_: str, words: str) -> dict[str, Any]:
    return {
        "id": id_,
        "state": "none",
        "value": UNKNOWN,
        "of": "",
        "words": words,
        "bar": [],
        "oldest_ms": None,
        "alarm": None,
    }


def _stale(tile: Tile, lens: Lens, alarms: Sequence[Alarm]) -> dict[str, Any]:
    """The feed is gone: the last figure stays, dimmed, and its age is what the tile says."""
    calls = sum(a.id == tile.cases for a in alarms)
    figure = calls if tile.cases else lens.said[tile.id][tile.figure]
    return {
        "id": tile.id,
        "state": "stale",
        "value": str(figure),
        "of": "",
        "words": "",
        "bar": [("off", 1)],
        "oldest_ms": lens.newest_ms(tile.id),
        "alarm": _badge(alarms),
    }


def _badge(alarms: Sequence[Alarm]) -> dict[str, Any] | None:
    if not alarms:
        return None
    worst = alarms[0].priority
    states = [alarm_state(a) for a in alarms if a.priority == worst]
    best = next(s for s in ("unacknowledged", "acknowledged", "returned") if s in states)
    return {"p": int(worst[1:]), "badge": BADGES[best]}
