"""The wall's tiles: each system says in its own file what its tile counts; here the counting, one way for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .. import systems
from ..freshness import Freshness
from ..state import Alarm, State, alarm_state
from ..systems.tile import Cases, Note, Tally, Tile
from ..words import TILE, UNKNOWN, Lang, say
from .lens import Lens

BADGES = {"unacknowledged": "unack", "acknowledged": "ack", "returned": "rtn"}

TILES = systems.TILES
"""Every tile a site may name in `tiles`."""

CLAIMS: Mapping[str, tuple[str, ...]] = {
    alarm: tuple(tile.id for tile in TILES.values() if alarm in tile.claims)
    for owner in TILES.values()
    for alarm in owner.claims
}


class Figure(msgspec.Struct):
    """`value` stands large, `of` and `words` small beside it; `bar` is (look, share) from left to right."""

    value: str
    of: str = ""
    words: str = ""
    bar: list[tuple[str, int]] = []
    keep: str = ""
    """The part of `words` that a page says before all others where there is no room for all."""


class Scope(msgspec.Struct):
    """What one tile is read from."""

    tile: Tile
    lens: Lens
    alarms: Sequence[Alarm]
    """The annunciated ones that belong to the tile, worst first."""
    standing: Sequence[Alarm]
    """All that stand at the moment, shelved and suppressed ones too: a full bin that is shelved is full."""
    lang: Lang

    @property
    def worst(self) -> str:
        return f"a{self.alarms[0].priority[1:]}" if self.alarms else "use"

    def said(self, *parts: str) -> str:
        return " · ".join(part for part in parts if part)


def tiles_board(
    state: State, lens: Lens, alarms: Sequence[Alarm], feeds: dict[str, Freshness], lang: Lang
) -> dict[str, dict[str, Any]]:
    """Every tile of the site's wall. `alarms`: the annunciated ones, worst first."""
    shown = [TILES[name] for name in state.site.tiles if name in TILES]
    names = {tile.id for tile in shown}
    by_tile: dict[str, list[Alarm]] = {}
    for alarm in alarms:
        for name in tiles_of_alarm(state, lens, alarm, names):
            by_tile.setdefault(name, []).append(alarm)
    standing = [alarm for alarm in state.alarms.values() if alarm.active or alarm.latched]
    return {tile.id: tile_board(Scope(tile, lens, by_tile.get(tile.id, ()), standing, lang), feeds) for tile in shown}


def tiles_of_alarm(state: State, lens: Lens, alarm: Alarm, shown: set[str]) -> list[str]:
    """Those that claim the alarm; else the device's; else, of a charger or a switch without one, the tiles of what
    hangs on it. A feed's alarm belongs to all that it feeds."""
    claimed = [tile for tile in CLAIMS.get(alarm.id, ()) if tile in shown]
    if claimed:
        return claimed
    described = state.site.by_id.get(alarm.device)
    device = described or state.devices.get(alarm.device)
    if device is None:
        return [tile for tile, fed_by in lens.sources.items() if alarm.device in fed_by]
    own = [tile.id for tile in systems.tiles_of(device.system, device.kind, described) if tile.id in shown]
    reader = systems.any_tile(device.system)
    return own or lens.behind.get(alarm.device) or ([reader.id] if reader is not None else [])


def tile_board(scope: Scope, feeds: dict[str, Freshness]) -> dict[str, Any]:
    """One tile as the page draws it."""
    tile, lens, lang = scope.tile, scope.lens, scope.lang
    if not lens.heard(tile.id):
        waits = lens.totals[tile.id] and lens.expected(tile.id, feeds)
        return _drawn(scope, "none", Figure(UNKNOWN, "", TILE["waiting" if waits else "none"].get(lang)), silent=True)
    feed = feed_of(lens.sources.get(tile.id, frozenset()), feeds)
    if feed == "stale":
        return _drawn(scope, "stale", Figure(last(scope), "", "", [("off", 1)]), lens.newest_ms(tile.id))
    # One of 4,000 meters is always late; what stands of them is no older for it.
    late = feed == "late" or (lens.late[tile.id] > 0 and (tile.cases is None or not tile.cases.beside))
    return _drawn(scope, "late" if late else "", read(scope), lens.oldest_ms(tile.id) if late else None)


def _drawn(
    scope: Scope, look: str, figure: Figure, oldest_ms: int | None = None, *, silent: bool = False
) -> dict[str, Any]:
    return {
        "id": scope.tile.id,
        "state": look,
        "value": figure.value,
        "of": figure.of,
        "words": figure.words,
        "bar": [part for part in figure.bar if part[1]],
        "keep": figure.keep,
        "oldest_ms": oldest_ms,
        "alarm": None if silent else _badge(scope.alarms),
    }


def feed_of(ids: frozenset[str], feeds: dict[str, Freshness]) -> Freshness:
    """Stale when every feed of the tile is; late when one of them is not as it should be."""
    states = [feeds.get(i, "unknown") for i in ids]
    if states and all(s == "stale" for s in states):
        return "stale"
    return "late" if "late" in states else "fresh"


def read(scope: Scope) -> Figure:
    """The figure of a tile whose feed lives."""
    if scope.tile.tally is not None:
        return _tally(scope, scope.tile.tally)
    cases = scope.tile.cases
    if cases is not None and (cases.beside or _cases(scope, cases)):
        return _read_cases(scope, cases)
    return _share(scope)


def last(scope: Scope) -> str:
    """The feed is gone: the last figure stays, dimmed, and its age is what the tile says."""
    tile = scope.tile
    if tile.tally is not None:
        return _tally(scope, tile.tally).value
    if tile.cases is not None and (tile.cases.beside or _cases(scope, tile.cases)):
        return str(len(_cases(scope, tile.cases)))
    return str(scope.lens.said[tile.id][tile.figure]) if scope.lens.totals[tile.id] else UNKNOWN


def _share(scope: Scope) -> Figure:
    """`23 /24 · 1停梯`: of the tile's devices those that surely say its figure."""
    tile, lens, lang = scope.tile, scope.lens, scope.lang
    unknown, total = lens.unknown(tile.id), lens.total(tile.id)
    left_out = _left_out(scope)
    if unknown >= total:
        return Figure(UNKNOWN, "", left_out, [("off", max(total, 1))])
    ill = {a.device for a in scope.standing if a.id in tile.ill and lens.now_of(a.device, tile.id) == tile.figure}
    parts = []
    for look, words in tile.bar:
        n = lens.known(tile.id, *words)
        parts.append((scope.worst if look == "worst" else look, n - len(ill) if tile.figure in words else n))
    if ill:
        parts.append((scope.worst, len(ill)))
    parts.insert(len(parts) - (parts[-1][0] == "free"), ("off", unknown))
    notes = _left_out(scope, *(_note(scope, note) for note in tile.notes))
    beside = f"· {notes}" if notes else tile.words.get(lang)
    return Figure(str(lens.known(tile.id, tile.figure) - len(ill)), f"/{total}", beside, parts)


def _note(scope: Scope, note: Note) -> str:
    lens, tile = scope.lens, scope.tile.id
    devices = {a.device for a in scope.standing if a.id in note.alarms and lens.now_of(a.device, tile)}
    n = len(devices) + lens.known(tile, *note.says)
    return say(note.words, scope.lang, n) if n else ""


def _left_out(scope: Scope, *notes: str) -> str:
    """What the figure does not count: first devices that are not sure now, last those that nobody has described. A page
    shows as many of the parts as there is room for; the bar shows them all."""
    unknown, strangers = scope.lens.unknown(scope.tile.id), scope.lens.strangers[scope.tile.id]
    parts = [say(TILE["unknown"], scope.lang, unknown) if unknown else "", *notes]
    parts.append(say(TILE["strangers"], scope.lang, strangers) if strangers else "")
    return TILE["and"].get(scope.lang).join(part for part in parts if part)


def _cases(scope: Scope, cases: Cases) -> list[Alarm]:
    return [alarm for alarm in scope.standing if alarm.id in cases.alarms]


def _read_cases(scope: Scope, cases: Cases) -> Figure:
    """`1 起 · 未确认`, `0 起 · 60 在守`, `2 将满 /36`."""
    tile, lens, lang = scope.tile, scope.lens, scope.lang
    calls = _cases(scope, cases)
    total, armed, left_out = lens.total(tile.id), lens.known(tile.id, tile.figure), _left_out(scope)
    words, keep = cases.words.get(lang), left_out.split(TILE["and"].get(lang))[0]
    if calls and cases.beside != "total":
        unacked = any(alarm_state(alarm) == "unacknowledged" for alarm in calls)
        said = scope.said(words, TILE["unacked" if unacked else "acked"].get(lang))
        return Figure(str(len(calls)), "", said, [(scope.worst, 1)])
    rest = lens.total(tile.id) - lens.unknown(tile.id)
    if not calls and not rest:
        return Figure(UNKNOWN, "", left_out, [("off", 1)])
    if cases.beside == "total":
        devices = len({alarm.device for alarm in calls})
        said = scope.said(words, left_out) if left_out else f"{words} /{total}"
        bar = [(scope.worst, devices), ("ok", max(0, rest - devices)), ("off", lens.unknown(tile.id))]
        return Figure(str(len(calls)), "", said, bar, keep)
    said = scope.said(words, left_out or say(TILE["armed"], lang, armed))
    return Figure("0", "", said, [("ok", armed), ("off", total - armed)], keep)


def _tally(scope: Scope, tally: Tally) -> Figure:
    """`5 在办 · 无超时`: what is remembered, by whomever."""
    lens, tile, lang = scope.lens, scope.tile, scope.lang
    counts = [tally.count(device) for device in lens.members(tile.id)]
    n, late, more = sum(c[0] for c in counts), sum(c[1] for c in counts), any(c[2] for c in counts)
    unknown = lens.unknown(tile.id)
    state = say(tally.late, lang, late) if late else tally.none_late.get(lang)
    said = scope.said(tally.words.get(lang), say(TILE["unknown"], lang, unknown) if unknown else state)
    bar = [(scope.worst, late), ("use", n - late)] if n else [("ok", 1)]
    return Figure(f"{n}+" if more else str(n), "", said, bar)


def _badge(alarms: Sequence[Alarm]) -> dict[str, Any] | None:
    if not alarms:
        return None
    worst = alarms[0].priority
    states = [alarm_state(a) for a in alarms if a.priority == worst]
    best = next(s for s in ("unacknowledged", "acknowledged", "returned") if s in states)
    return {"p": int(worst[1:]), "badge": BADGES[best]}
