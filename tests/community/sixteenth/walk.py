"""Run beside a copy of the product that has `noise.py` among its systems: from record to alarm and tile."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from community.board import board
from community.catalogue import CATALOGUE
from community.fold import fold
from community.model import SOURCE_HEARTBEAT, Position, decode, encode_event
from community.site import Device, Site, Source, Text
from community.site_check import faults_of
from community.state import State, alarm_state

SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    clock="log",
    sources=(Source("noise", Text("噪声", "Noise"), period_s=60),),
    devices=(Device("N-1", "noise", "microphone", "noise", building="7"),),
    tiles=("noise",),
)


def told(state: State, n: int, value: bytes) -> None:
    record = decode(value, position=Position(0, 0, n), appended_ms=0)
    state.apply(fold(state, record))


def main(fixture: Path) -> list[dict[str, str]]:
    assert not list(faults_of(SITE, ["devices[0]"])), "a site may name it"
    state, n, seen = State(SITE), 0, []
    for line in fixture.read_bytes().splitlines():
        n += 10
        told(state, n, line)
        at_ms = state.clock_ms
        beat = encode_event(
            id=f"beat/{n}", source="noise", type=SOURCE_HEARTBEAT, community="garden", subject="noise", time_ms=at_ms
        )
        told(state, n + 1, beat)
        shown = board(state, "zh")
        tile = next(iter(shown["tiles"].values()))
        alarm = state.alarms.get("NOISE/N-1")
        seen.append(
            {
                "alarm": alarm_state(alarm) if alarm is not None else "",
                "row": shown["alarms"]["rows"][0]["title"] if shown["alarms"]["rows"] else "",
                "tile": f"{tile['value']} {tile['words']}",
            }
        )
    assert CATALOGUE["NOISE"].steps
    return seen


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1])), ensure_ascii=False))
