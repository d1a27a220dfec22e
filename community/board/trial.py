"""What records would change on the wall, without being told to it: the same fold and board on a state of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from ..fold import fold
from ..model import TICK, BadRecord, Position, Record
from ..state import State, annunciated
from ..systems import TILES
from ..words import Lang
from . import board
from .alarm_words import name
from .naming import where
from .rows import alarm_rows

STEP_MS = 15_000
"""A log that slept for longer begins every deadline anew."""


class Shown(msgspec.Struct):
    """`refused`: per record why the fold would set it aside, '' where it takes it."""

    refused: list[str]
    devices: list[dict[str, str]]
    """Whom the records are about, as a wall names them."""
    tiles: list[dict[str, Any]]
    """Of each tile that changes: its name, the value before and after."""
    alarms: list[dict[str, Any]]
    """Rows of the wall's list that stand then, each with `after_s`: how long the condition had to last."""


def tried(state: State, records: Sequence[Record], lang: Lang, wait_s: int) -> Shown:
    """`state` is the caller's own and is changed. The records are taken as said just now, their distances kept; devices
    that they are about speak for the first time. Then `wait_s` of silence, so that delays run out."""
    clock_ms = max(state.clock_ms, 1)
    newest_ms = max((record.time_ms for record in records), default=clock_ms)
    subjects = list(dict.fromkeys(record.subject for record in records if record.subject))
    for subject in subjects:
        state.devices.pop(subject, None)
        for key in [key for key in state.alarms if key.partition("/")[2] == subject]:
            del state.alarms[key]
    before = board(state, lang)
    refused = []
    for record in records:
        at_ms = clock_ms - min(newest_ms - record.time_ms, clock_ms)
        now = replace(record, appended_ms=clock_ms, received_ms=None, time_ms=at_ms, position=_next(state))
        try:
            state.apply(fold(state, now))
            refused.append("")
        except BadRecord as error:
            refused.append(str(error))
    found: dict[str, dict[str, Any]] = {}
    at_once = board(state, lang)
    for passed_ms in range(0, 1000 * wait_s + 1, STEP_MS):
        if passed_ms:
            at_ms = clock_ms + passed_ms
            state.apply(fold(state, Record("", "", TICK, state.site.id, "", at_ms, at_ms, at_ms, _next(state), {})))
        for alarm in annunciated(state.alarms.values()):
            if alarm.device in subjects and alarm.key not in found:
                row = alarm_rows(state, [alarm], False, False, lang)["rows"][0]
                found[alarm.key] = {**row, "id": alarm.id, "name": name(alarm.id, lang), "after_s": passed_ms // 1000}
    return Shown(
        refused,
        [{"id": subject, "where": where(state.site, subject, lang)} for subject in subjects],
        [
            {"tile": TILES[id_].name.get(lang), "before": _said(was), "after": _said(at_once["tiles"][id_])}
            for id_, was in before["tiles"].items()
            if at_once["tiles"].get(id_) != was
        ],
        list(found.values()),
    )


def _next(state: State) -> str:
    at = Position.parse(state.position) if state.position else Position(0, 0, 0)
    return Position(at.epoch, at.partition, at.offset + 1).token()


def _said(tile: dict[str, Any]) -> str:
    return " ".join(part for part in (str(tile["value"]), str(tile["of"]), str(tile["words"])) if part)
