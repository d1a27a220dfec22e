"""python -m ingest site check FILE ...: is the description of a community whole? Names every line that is wrong.

`site apply FILE [--by POST]` puts one in force while everything runs. Exit code 0: in force, or in the log and not yet
folded (it says which); 1: nothing was changed, with the reason.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from community.site import Site, read_site
from community.site_check import notes_of
from community.site_lines import line_of
from community.systems import SYSTEMS
from store.settings import SettingsError, plan_beside, read_settings
from store.site_apply import CONSOLE, NotApplied, apply


def check(path: Path) -> bool:
    """Prints what the file describes, or each fault with its line; False: it cannot be used."""
    try:
        text = path.read_bytes()
    except OSError as error:
        print(f"{path}: cannot be read: {error.strerror}", file=sys.stderr)
        return False
    began = time.perf_counter()
    site, faults = read_site(text)
    took_ms = 1000 * (time.perf_counter() - began)
    if site is not None and site.plan and plan_beside(site.plan, path) is None:
        line = line_of(text.decode(), "$.plan")
        faults = [*faults, f"{line}: plan: there is no file {site.plan!r} beside this one"]
    for fault in faults:
        print(f"{path}:{fault}", file=sys.stderr)
    if site is None or faults:
        return False
    for place, what in notes_of(site):
        print(f"{path}:{line_of(text.decode(), f'$.{place}')}: note: {place}: {what}")
    for line in summary(site):
        print(line if line.startswith(" ") else f"{path}: {line}")
    print(f"  read in {took_ms:.0f} ms")
    return True


def summary(site: Site) -> list[str]:
    """What is described, for a person who counts it on the plan."""
    homes = f"{len(site.homes)} homes" if site.homes else "homes not described"
    lines = [f"{site.id} ({site.name.zh}), {len(site.buildings)} buildings, {homes}, {len(site.devices)} devices"]
    for system in SYSTEMS:
        kinds = Counter(device.kind for device in site.devices if device.system == system)
        if kinds:
            counts = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
            lines.append(f"  {system:<10} {sum(kinds.values()):>5}  {counts}")
    lines.append(f"  {len(site.sources)} feeds: " + ", ".join(_feed(site, source.id) for source in site.sources))
    around = {"zones": site.zones, "facilities": site.facilities, "posts": site.posts, "works": site.maintenance}
    if any(around.values()):
        lines.append("  " + ", ".join(f"{len(found)} {name}" for name, found in around.items() if found))
    changed = sum(len(numbers) for numbers in site.numbers.values())
    if changed or site.thresholds:
        lines.append(f"  {changed} numbers and {len(site.thresholds)} alarms are not as they come")
    return lines


def _feed(site: Site, source_id: str) -> str:
    source = site.source_by_id[source_id]
    count = sum(device.source == source_id for device in site.devices)
    marks = [word for word, said in (("safety", source.safety), ("not required", not source.required)) if said]
    return f"{source_id} {count}" + (f" ({', '.join(marks)})" if marks else "")


def _apply(path: Path, by: str) -> int:
    try:
        print(apply(read_settings(), path, by))
    except (NotApplied, SettingsError) as error:
        print(*error.args, sep="\n", file=sys.stderr)
        return 1
    return 0


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ingest site", description="descriptions of communities")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="is a description whole? names every line that is wrong")
    checking.add_argument("file", type=Path, nargs="+")
    applying = commands.add_parser("apply", help="put a description in force while everything runs")
    applying.add_argument("file", type=Path)
    applying.add_argument("--by", default=CONSOLE, metavar="POST", help="who says so (post:console)")
    options = parser.parse_args(argv)
    if options.command == "apply":
        return _apply(options.file, options.by)
    whole = [check(path) for path in options.file]
    return 0 if all(whole) else 1
