"""`python -m ingest score`: how right the alarms are, measured on worlds that know their truth.

Worlds of several seeds are folded, well told and badly told (`--disorder`, by kind); for each alarm a row: incidents,
recall, precision, the delay from its cause, and why what was lost was lost. Needs no server. Exit code 1: an alarm is
below recall 0.99 or precision 0.98 although everything was told well. `--page FILE` writes it all into a page, each
loss with its reason.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from community.site import Site
from community.world.day import Sort
from community.world.disorder import KINDS, Touched, disturb
from community.world.score import Tally, added, explained, reasons, score
from community.world.site import by_log, excerpt
from community.world.stream import PLOTS
from ingest.simulation.batch import load_site
from store.settings import SettingsError, read_settings

RECALL, PRECISION = 0.99, 0.98
FIRST_DAY = 20_512
"""2026-02-28: a stretch of four days begins."""

ALL = "all"


class World(NamedTuple):
    site: Site
    seed: int
    days: int
    each: int
    disorder: str
    """'': told well; `all`, or one kind."""


def play(world: World) -> dict[str, Tally]:
    sort = Sort(world.site, world.seed, PLOTS, each=world.each, obeyed=True)
    if not world.disorder:
        return score(sort, FIRST_DAY, world.days)
    kinds = KINDS if world.disorder == ALL else (world.disorder,)
    touched = Touched()
    told = partial(disturb, seed=world.seed, kinds=kinds, touched=touched)
    return explained(score(sort, FIRST_DAY, world.days, told), touched)


def play_all(worlds: Sequence[World], workers: int) -> dict[str, Tally]:
    if workers == 1 or len(worlds) == 1:
        return added(map(play, worlds))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return added(pool.map(play, worlds))


def table(tallies: dict[str, Tally], *, reasoned: bool = True) -> list[str]:
    """Rows under a head, in columns of fixed width; with the three most frequent reasons of losses."""
    rows = [f"{'alarm':<17} {'incidents':>9} {'near':>5} {'recall':>7} {'precision':>9} {'median s':>9} {'p95 s':>9}"]
    for alarm, tally in tallies.items():
        delay = tally.delay_s()
        median, late = (f"{delay[0]:.0f}", f"{delay[1]:.0f}") if delay else ("-", "-")
        row = f"{alarm:<17} {tally.incidents:>9} {tally.near_misses:>5} {_share(tally.recall):>7} "
        row += f"{_share(tally.precision):>9} {median:>9} {late:>9}"
        lost = "; ".join(f"{count} x {reason}" for reason, count in reasons(tally).most_common(3))
        rows.append(f"{row}  {lost}".rstrip() if reasoned else row)
    incidents, found = (sum(getattr(t, name) for t in tallies.values()) for name in ("incidents", "found"))
    false = sum(t.false for t in tallies.values())
    near = sum(t.near_misses for t in tallies.values())
    all_of_it = Tally(incidents, found, false)
    rows.append(f"{'all':<17} {incidents:>9} {near:>5} {_share(all_of_it.recall):>7} {_share(all_of_it.precision):>9}")
    return rows


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def below(tallies: dict[str, Tally]) -> list[str]:
    """Alarms that miss the target."""
    return [
        alarm
        for alarm, tally in tallies.items()
        if (tally.recall is not None and tally.recall < RECALL)
        or (tally.precision is not None and tally.precision < PRECISION)
    ]


KINDS_IN_WORDS = {
    "duplicates": "a record comes twice, up to 30 s apart",
    "late": "one record in a hundred comes 2 to 90 s late, behind younger ones",
    "lost_beats": "three heartbeats in a hundred never come",
    "skew": "the clock of one device in twenty is off by up to 100 s",
    "bursts": "a device loses its network for 2 to 12 minutes, keeps what it has to say and tells it afterwards; that "
    "it was silent is true, although no scene of the world planned it",
    "stuck": "a sensor repeats its last numbers for hours",
    "firmware": "numbers come as text, beside fields that nobody knows",
}


def page(head: str, told: Mapping[str, dict[str, Tally]]) -> str:
    """`told`: '' (told well) or the kind of disorder -> tallies."""
    lines = ["# How right the alarms are", "", head, ""]
    for disorder, tallies in told.items():
        lines += [f"## Told {'badly' if disorder else 'well'}", "", "```", *table(tallies, reasoned=False), "```", ""]
        lost = {alarm: reasons(tally) for alarm, tally in tallies.items() if tally.losses}
        if not lost:
            lines += ["Nothing was lost, nothing was false.", ""]
            continue
        lines += ["| alarm | times | what, and why |", "|---|---|---|"]
        lines += [f"| {alarm} | {n} | {why} |" for alarm, counted in lost.items() for why, n in counted.most_common()]
        lines += [""]
    lines += ["## What misbehaves", "", "In brackets stands what befell the device around the loss:", ""]
    lines += [f"- **{kind}**: {words}" for kind, words in KINDS_IN_WORDS.items()]
    return "\n".join(lines) + "\n"


def commit() -> str:
    """Short name of the commit this was measured on; with a plus where files differ from it."""
    here = Path(__file__).parent
    try:
        name = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=here, capture_output=True, text=True)
        changed = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", ".."], cwd=here, capture_output=True)
    except OSError:
        return "unknown"
    return (name.stdout.strip() or "unknown") + ("+" if changed.returncode else "")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ingest score", description="alarms held against the truth")
    parser.add_argument("--site", default="", help="a shipped site by its id, or a file (the first of SITE)")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="so many worlds (3)")
    parser.add_argument("--seed", type=int, default=1, help="the first of them (1)")
    parser.add_argument("--days", type=int, default=4, help="days of each (4; what lasts weeks needs 60)")
    parser.add_argument("--each", type=int, default=2, help="every incident and near miss so often in each stretch (2)")
    parser.add_argument("--per-kind", type=int, default=6, help="so many devices of a kind of the site's (6)")
    parser.add_argument("--disorder", default="both", choices=("none", "both", ALL, "kinds", *KINDS))
    parser.add_argument("--page", default="", metavar="FILE", help="write a page about it, as Markdown")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(argv)
    try:
        given = load_site(options.site) if options.site else next(iter(read_settings().load_sites().values()))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    site = excerpt(by_log(given), options.per_kind)
    plans = {"none": [""], "both": ["", ALL], "kinds": ["", *KINDS, ALL]}.get(options.disorder, [options.disorder])
    seeds = range(options.seed, options.seed + options.seeds)
    code, told_so = 0, {}
    for disorder in plans:
        began_s = time.monotonic()
        worlds = [World(site, seed, options.days, options.each, disorder) for seed in seeds]
        told_so[disorder] = tallies = play_all(worlds, options.workers)
        told = f"told badly ({disorder})" if disorder else "told well"
        print(f"{site.id}, {len(site.devices)} devices, {options.days} days, seeds {seeds[0]} to {seeds[-1]}, {told}")
        print("\n".join(table(tallies)))
        print(f"in {time.monotonic() - began_s:.0f} s\n", flush=True)
        if not disorder and (missed := below(tallies)):
            print(f"below recall {RECALL} or precision {PRECISION}: {', '.join(missed)}", file=sys.stderr)
            code = 1
    if options.page:
        ran = " ".join(["python -m ingest score", *argv])
        head = (
            f"Written by `{ran}` on commit {commit()}: {len(seeds)} worlds of {options.days} days with the seeds "
            f"{seeds[0]} to {seeds[-1]}, each an excerpt of {site.id} with {len(site.devices)} devices, in which every "
            f"incident and every near miss is planted {options.each} times a stretch. Truth comes from the world, "
            "which knows no rule and no threshold (ARCHITECTURE.md, 'The simulated place')."
        )
        Path(options.page).write_text(page(head, told_so), "utf-8")
    return code
