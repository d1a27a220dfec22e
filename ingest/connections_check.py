"""python -m ingest connections check [FILE]: are the connections of this installation right? Needs no server.

Without a file it is the one that CONNECTIONS names; communities are those of SITE.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ingest import adapters
from ingest.connections import read
from ingest.ways import Ocpp
from store.settings import SettingsError, read_settings


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ingest connections", description=(__doc__ or "").partition(".")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="names the line that is wrong")
    checking.add_argument("file", type=Path, nargs="?")
    options = parser.parse_args(argv)
    try:
        settings = read_settings()
        adapters.own(settings.mappings)
        path = options.file or settings.connections
        if path is None:
            print("CONNECTIONS names no file: only charge points connect", file=sys.stderr)
            return 2
        found, faults = read(path, settings.load_sites())
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    for way in found:
        if isinstance(way, Ocpp):
            print(f"{way.id}: charge points on {way.listen}, {len(way.table)} passwords")
            continue
        print(f"{way.id}: {way.__struct_config__.tag} to vendor.{way.source}, feed {way.feed} of {way.community}")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0
