"""python -m ingest site check FILE ...: is the description of a community whole? Names every line that is wrong."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from community.site import read_site


def check(path: Path) -> bool:
    """Prints what the file describes, or each fault with its line; False: it cannot be used."""
    try:
        text = path.read_bytes()
    except OSError as error:
        print(f"{path}: cannot be read: {error.strerror}", file=sys.stderr)
        return False
    site, faults = read_site(text)
    for fault in faults:
        print(f"{path}:{fault}", file=sys.stderr)
    if site is None or faults:
        return False
    systems = sorted({device.system for device in site.devices})
    print(
        f"{path}: {site.id}, {len(site.buildings)} buildings, {len(site.devices)} devices of {len(systems)} systems "
        f"({', '.join(systems)}), {len(site.sources)} feeds"
    )
    return True


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ingest site", description="descriptions of communities")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="is a description whole? names every line that is wrong")
    checking.add_argument("file", type=Path, nargs="+")
    options = parser.parse_args(argv)
    whole = [check(path) for path in options.file]
    return 0 if all(whole) else 1
