"""参观模式: what visitors in front of a wall may see. No room, and nothing that names one: ids of what stands in homes
(`WM-7-2-1203`) carry it as well.

The site of such a wall shows no rooms, so nothing in the board is made from one; keys become names that say nothing,
and nothing can be acknowledged.
"""

from __future__ import annotations

from copy import copy
from hashlib import blake2b

from msgspec.structs import replace

from ..site import Site
from ..state import State
from ..words import Lang
from . import Board, Lens, board


class Visitors:
    """A community as visitors see it; one for all of them, kept between frames as a `Lens` is."""

    def __init__(self, site: Site) -> None:
        self._site = replace(site, wall=replace(site.wall, show_room=False))
        self._lens = Lens(self._site)
        self._of: State | None = None
        self._seen = State(self._site)

    def board(self, state: State, lang: Lang) -> Board:
        """As `board.board`."""
        if state is not self._of:
            self._of, self._seen = state, copy(state)
        for name in State.__slots__:
            setattr(self._seen, name, getattr(state, name))
        self._seen.site = self._site
        return self._without_ids(board(self._seen, lang, self._lens))

    def _without_ids(self, shown: Board) -> Board:
        for row in shown["alarms"]["rows"]:
            row["key"], row["occurrence"] = _name(row["key"]), _name(row["occurrence"])
            row["acknowledge"] = False
        for plate in shown["plan"]["callouts"]:
            plate["key"] = _name(plate["key"])
            plate["device"] = plate["device"] if self._lens.on_plan(plate["device"]) else ""
        shown["sound"]["alarms"] = [[_name(id_), *rest] for id_, *rest in shown["sound"]["alarms"]]
        shown["devices"] = {id_: look for id_, look in shown["devices"].items() if self._lens.on_plan(id_)}
        return shown


def _name(key: str) -> str:
    return blake2b(key.encode(), digest_size=12).hexdigest() if key else ""
