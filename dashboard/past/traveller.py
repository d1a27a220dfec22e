"""python -m dashboard.past.traveller: draws walls of the past, in a process of its own so that no live wall waits.

Questions come by stdin, answers go to stdout; when stdin ends, so does it: it outlives nobody.
"""

from __future__ import annotations

import os
import sys
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from community.board import Lens, board
from community.board.visit import Visitors
from community.site import Site
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history.database import open_engine
from store.history.travel import Journey, Untold, invented

from .asked import HEAD, Answer, Question, Setup, framed

NICE = 5
"""The wall goes first."""
FILMS = 4
"""Journeys that are kept where they are, some 20 MB each; a fifth viewer's begins at a snapshot every time."""

_encode = msgspec.json.encode


class Film:
    """One viewer's way through a community's past."""

    def __init__(self, journey: Journey) -> None:
        self._journey = journey
        self._site: Site | None = None

    def frame(self, question: Question) -> Answer:
        """Raises Untold, HistoryUnavailable."""
        state, next_ms = self._journey.to(question.at_ms)
        if state.site is not self._site:
            self._site, self._lens, self._visitors = state.site, Lens(state.site), Visitors(state.site)
        drawn = (
            self._visitors.board(state, question.lang) if question.visit else board(state, question.lang, self._lens)
        )
        described = state.described.hash if state.described is not None else ""
        parts = msgspec.Raw(_encode(drawn))
        return Answer(
            at_ms=question.at_ms,
            clock_ms=state.clock_ms,
            next_ms=next_ms,
            ticked=state.site.clock == "live",
            invented=invented(state.position),
            revision=state.position,
            described=described,
            parts=parts,
        )


class Traveller:
    def __init__(self, setup: Setup) -> None:
        """Raises HistoryMisconfigured."""
        self._setup = setup
        self._engine = open_engine(setup.url)
        self._films: OrderedDict[tuple[str, str], Film] = OrderedDict()

    def answer(self, question: Question) -> Answer:
        try:
            return self._film(question, self._setup.sites).frame(question)
        except Untold as error:
            return Answer(error.why, error.to_ms)
        except HistoryUnavailable:
            return Answer("away")

    def _film(self, question: Question, sites: Mapping[str, Site]) -> Film:
        key = (question.viewer, question.community)
        if key not in self._films:
            while len(self._films) >= FILMS:
                self._films.popitem(last=False)
            self._films[key] = Film(Journey(self._engine, Path(self._setup.segments), sites[question.community]))
        self._films.move_to_end(key)
        return self._films[key]


def _read(stream: BinaryIO) -> bytes | None:
    head = stream.read(HEAD)
    return stream.read(int.from_bytes(head, "big")) if len(head) == HEAD else None


def main() -> int:
    os.nice(NICE)
    told = _read(sys.stdin.buffer)
    if told is None:
        return 0
    try:
        traveller = Traveller(msgspec.json.decode(told, type=Setup))
    except HistoryMisconfigured as error:
        print(error, file=sys.stderr)
        return 2
    while (asked := _read(sys.stdin.buffer)) is not None:
        said = traveller.answer(msgspec.json.decode(asked, type=Question))
        sys.stdout.buffer.write(framed(_encode(said)))
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
