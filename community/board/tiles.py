"""The wall's tiles as data: a name, an icon, and a function from the lens to the figure. One class renders all.

A tile whose system is not built yet has no function and says 未接入.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from ..site import Text
from ..state import Alarm, State, alarm_state
from ..words import TILE, UNKNOWN, Lang, say
from .lens import Lens

BADGES = {"unacknowledged": "unack", "acknowledged": "ack", "returned": "rtn"}


class Figure(msgspec.Struct):
    """`value` stands large, `of` and `words` small beside it; `bar` is (look, share) from left to right."""

    value: str
    of: str = ""
    words: str = ""
    bar: list[tuple[str, int]] = []


class Tile(msgspec.Struct, frozen=True):
    id: str
    name: Text
    icon: str
    read: Callable[[Lens, Sequence[Alarm], Lang], Figure] | None = None


def _suffix(lens: Lens, tile: str, lang: Lang, word: str) -> str:
    unknown = lens.unknown(tile)
    return f"· {say(TILE['unknown'], lang, unknown)}" if unknown else TILE[word].get(lang)


def _worst(alarms: Sequence[Alarm]) -> str:
    return f"a{alarms[0].priority[1:]}" if alarms else "off"


def _cameras(lens: Lens, alarms: Sequence[Alarm], lang: Lang) -> Figure:
    online, offline, unknown = (
        lens.known("cameras", "online"),
        lens.known("cameras", "offline"),
        lens.unknown("cameras"),
    )
    total = lens.total("cameras")
    if unknown == total:
        return Figure(UNKNOWN, "", say(TILE["unknown"], lang, unknown), [("off", total)])
    bar = [("ok", online), (_worst(alarms), offline), ("off", unknown)]
    return Figure(str(online), f"/{total}", _suffix(lens, "cameras", lang, "online"), bar)


def _ports(tile: str) -> Callable[[Lens, Sequence[Alarm], Lang], Figure]:
    """Free counts only what is surely free: what is not known is neither free nor taken."""

    def read(lens: Lens, alarms: Sequence[Alarm], lang: Lang) -> Figure:
        unknown, total = lens.unknown(tile), lens.total(tile)
        if unknown == total:
            return Figure(UNKNOWN, "", say(TILE["unknown"], lang, unknown), [("off", total)])
        free, use, full = (lens.known(tile, word) for word in ("free", "use", "full"))
        shut = lens.known(tile, "off") + lens.known(tile, "fault")
        bar = [("use", use), ("full", full), (_worst(alarms), shut), ("off", unknown), ("free", free)]
        return Figure(str(free), f"/{total}", _suffix(lens, tile, lang, "free"), bar)

    return read


def _sos(lens: Lens, alarms: Sequence[Alarm], lang: Lang) -> Figure:
    calls = [a for a in alarms if a.id == "SOS"]
    armed = lens.known("sos", "ready")
    if calls:
        word = "unacked" if any(alarm_state(a) == "unacknowledged" for a in calls) else "acked"
        words = f"{TILE['cases'].get(lang)} · {TILE[word].get(lang)}"
        return Figure(str(len(calls)), "", words, [("a1", 1)])
    if lens.unknown("sos") == lens.total("sos"):
        return Figure(UNKNOWN, "", say(TILE["unknown"], lang, lens.total("sos")), [("off", 1)])
    tail = _suffix(lens, "sos", lang, "online") if lens.unknown("sos") else f"· {say(TILE['armed'], lang, armed)}"
    return Figure("0", "", f"{TILE['cases'].get(lang)} {tail}", [("ok", armed), ("off", lens.unknown("sos"))])


TILES = {
    tile.id: tile
    for tile in (
        Tile("cameras", Text("摄像机", "Cameras"), "camera", _cameras),
        Tile("falling", Text("高空抛物", "Falling obj."), "falling"),
        Tile("access", Text("门禁道闸", "Gates"), "door"),
        Tile("lifts", Text("电梯", "Lifts"), "lift"),
        Tile("sos", Text("一键求助", "SOS"), "sos", _sos),
        Tile("care", Text("特殊关怀", "Care"), "care"),
        Tile("ev", Text("汽车充电", "EV piles"), "ev", _ports("ev")),
        Tile("ebike", Text("两轮充电", "E-bikes"), "ebike", _ports("ebike")),
        Tile("meters", Text("水电表", "Meters"), "drop"),
        Tile("bins", Text("垃圾桶", "Bins"), "bin"),
        Tile("orders", Text("居民工单", "Tickets"), "order"),
        Tile("broadcast", Text("云广播", "Broadcast"), "horn"),
        Tile("fire", Text("消防", "Fire"), "flame"),
    )
}
"""Every tile a site may name in `tiles`."""


def tile_board(tile: Tile, state: State, lens: Lens, alarms: Sequence[Alarm], feed: str, lang: Lang) -> dict[str, Any]:
    """One tile as the page draws it. `alarms`: the annunciated ones of this tile, worst first."""
    if tile.read is None or not lens.total(tile.id):
        return _silent(tile, "none", TILE["none"].get(lang))
    if not lens.heard(tile.id):
        return _silent(tile, "none", TILE["waiting"].get(lang))
    if feed == "stale":
        return _stale(tile, state, lens, alarms, lang)
    figure = tile.read(lens, alarms, lang)
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


def _silent(tile: Tile, look: str, words: str) -> dict[str, Any]:
    return {
        "id": tile.id,
        "state": look,
        "value": UNKNOWN,
        "of": "",
        "words": words,
        "bar": [],
        "oldest_ms": None,
        "alarm": None,
    }


STALE_FIGURE = {"cameras": "online", "ev": "free", "ebike": "free", "sos": "ready"}


def _stale(tile: Tile, state: State, lens: Lens, alarms: Sequence[Alarm], lang: Lang) -> dict[str, Any]:
    """The feed is gone: the last figure stays, dimmed, and its age is what the tile says."""
    calls = sum(a.id == "SOS" for a in alarms)
    figure = calls if tile.id == "sos" else lens.said[tile.id][STALE_FIGURE[tile.id]]
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
