"""`make prove`: a wall does not grow. PROVE_MINUTES=20 is the whole; the figures say how long it was."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.benchmarks.long_run import run

MINUTES = float(os.environ.get("PROVE_MINUTES") or 20)
GROWTH_MB = 3.0
"""Of the heap after a collection: what a browser's own caches come to."""


@pytest.mark.slow
def test_a_wall_does_not_grow(chromium: str, record_property: Any) -> None:
    found = run(MINUTES)
    for name, value in found.items():
        record_property(name, value)
    begin, end = found["begin"], found["end"]
    assert end["listeners"] <= begin["listeners"] + 10, "of rows that happen to stand there"
    assert end["nodes"] - end["marks_nodes"] <= 1.1 * (begin["nodes"] - begin["marks_nodes"])
    assert end["documents"] == begin["documents"]
    assert end["heap_mb"] <= begin["heap_mb"] + GROWTH_MB
    work = found["ms_per_update"]
    assert work["ScriptDuration"] + work["LayoutDuration"] + work["RecalcStyleDuration"] < 8
