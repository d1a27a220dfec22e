"""A figure with its limit, and the table of all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec


class Figure(msgspec.Struct):
    key: str
    what: str
    value: str
    limit: str
    met: bool | None
    """None: could not be measured here; `note` says why."""
    note: str = ""
    details: dict[str, Any] = {}
    at: str = ""
    """When it was measured (UTC)."""
    busy_percent: float = 0.0
    """What other programs took of the machine just before: a figure from a busy machine says little."""
    pace_ms: float = 0.0
    """Just before and just after, the slower one: see pace.py. 0: not looked at."""


def quantile(values: Sequence[float], q: float) -> float:
    """Nearest rank: the smallest value that at least `q` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


def table(figures: Sequence[Figure], machine: str) -> str:
    lines = [
        "# Figures of `make bench`",
        "",
        "Written by `python -m tests.benchmarks --write docs/bench.md`; the numbers behind it are in `bench.json`",
        f"beside it. Machine: {machine}. A figure that misses is shown as it is. The pace is what a fixed piece of",
        "Python took just before or after (pace.py): 3 to 5 ms while nobody else uses the host, 10 and more when they",
        "do, and then everything takes as much longer.",
        "",
        "| what | measured | limit | met | behind it | when (UTC), the machine's other work, its pace |",
        "|---|---|---|---|---|---|",
    ]
    words = {True: "yes", False: "**no**", None: "not measured"}
    for figure in figures:
        when = f"{figure.at}, {figure.busy_percent:.0f} %" + (f", {figure.pace_ms:.1f} ms" if figure.pace_ms else "")
        cells = (figure.what, figure.value, figure.limit, words[figure.met], figure.note, when)
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
