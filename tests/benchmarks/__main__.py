"""python -m tests.benchmarks [--only a b .. o] [--minutes 10] [--marks 120] [--days 10] [--write docs/bench.md]

Prints a line a figure and keeps all in bench.json; a run of some figures leaves the others as they were. `--write`
also renews the reviewed table and the JSON beside it. A figure that misses its limit is no error: it is reported.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psutil
from playwright.async_api import Error as BrowserError

from tests.benchmarks import (
    acknowledge,
    adapters,
    charge_points,
    city,
    first_load,
    latency,
    memory,
    plan,
    reports,
    screens,
    stored,
    travel,
    worker,
    year,
)
from tests.benchmarks.figures import Figure, table
from tests.benchmarks.pace import pace_ms
from tests.benchmarks.programs import ROOT
from tests.engines.browser import find_chromium
from tests.engines.kafka import kraft_missing

KEPT = ROOT / "bench.json"
ORDER = (
    "a",
    "b_kafka",
    "b_embedded",
    "c",
    "d",
    "e",
    "f",
    "g",
    "h",
    "i",
    "j",
    "k",
    "l",
    "m",
    "n",
    "o_kafka",
    "o_embedded",
)
IDLE_LOOK_S = 3.0


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--only",
        nargs="+",
        choices=(*"abcdefghijklmno", "b_kafka", "b_embedded", "o_kafka", "o_embedded"),
        help="only these",
    )
    parser.add_argument("--minutes", type=float, default=1.0, help="how long make run stands before (e); 10 in full")
    parser.add_argument("--marks", type=int, default=120, help="paints that (b) waits for on each log")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long (c) watches the web process")
    parser.add_argument("--days", type=int, default=10, help="so many days of the year that (g) is about; 365 in full")
    parser.add_argument("--write", type=Path, metavar="TABLE.md", help="renew this table and the .json beside it")
    asked = parser.parse_args(argv)
    measures: dict[str, Callable[[], Figure]] = {
        "a": worker.measure,
        "b_kafka": lambda: latency.measure("kafka", asked.marks),
        "b_embedded": lambda: latency.measure("embedded", asked.marks),
        "c": lambda: screens.measure(asked.seconds),
        "d": first_load.measure,
        "e": lambda: memory.measure(asked.minutes),
        "f": adapters.measure,
        "g": lambda: year.measure(asked.days),
        "h": city.measure,
        "i": charge_points.measure,
        "j": plan.measure,
        "k": reports.measure,
        "l": worker.measure_all,
        "m": travel.measure,
        "n": stored.measure,
        "o_kafka": lambda: acknowledge.measure("kafka"),
        "o_embedded": lambda: acknowledge.measure("embedded"),
    }
    wanted = [key for key in ORDER if not asked.only or key in asked.only or key[0] in asked.only]
    for key in wanted:
        print(f"{key} ..", end=" ", flush=True)
        figure = _figure(key, measures[key])
        _keep(KEPT, figure)
        met = {True: "met", False: "MISSED", None: "not measured"}[figure.met]
        print(f"{figure.what}: {figure.value} (limit {figure.limit}): {met}. {figure.note}", flush=True)
    if asked.write:
        asked.write.write_text(table(list(_kept(KEPT).values()), _machine()), "utf-8")
        asked.write.with_suffix(".json").write_bytes(KEPT.read_bytes())
    return 0


def _figure(key: str, measure: Callable[[], Figure]) -> Figure:
    if missing := _missing(key):
        return Figure(key, f"({key[0]})", "", "", met=None, note=missing)
    busy, before_ms = psutil.cpu_percent(IDLE_LOOK_S), pace_ms()
    try:
        figure = measure()
    except (RuntimeError, AssertionError, TimeoutError, BrowserError) as error:
        figure = Figure(key, f"({key[0]})", "", "", met=None, note=f"broke off: {error}".replace("\n", " "))
    figure.busy_percent, figure.pace_ms = busy, round(max(before_ms, pace_ms()), 1)
    figure.at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    return figure


def _missing(key: str) -> str:
    if key in ("a", "b_kafka", "l", "o_kafka") and (missing := kraft_missing()):
        return missing
    if key in ("b_kafka", "b_embedded", "d", "h", "j") and find_chromium() is None:
        return "no Chromium here: apt-get install chromium fonts-noto-cjk"
    return ""


def _kept(path: Path) -> dict[str, Figure]:
    if not path.exists():
        return {}
    figures = msgspec.json.decode(path.read_bytes(), type=list[Figure])
    return {figure.key: figure for figure in figures}


def _keep(path: Path, figure: Figure) -> None:
    known = {**_kept(path), figure.key: figure}
    ordered = [msgspec.to_builtins(known[key]) for key in ORDER if key in known]
    path.write_text(json.dumps(ordered, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _machine() -> str:
    memory_gb = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores ({platform.machine()}), {memory_gb:.0f} GB, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
