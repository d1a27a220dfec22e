"""`python -m ingest mapping test [NAME ...]`: are the mappings right? Needs no server. `mapping try` is trial.py's.

Reads each mapping, runs its samples, and compares the records with those expected (`--update` writes them: read the
difference). Exit code 0: all is as expected; 1: something differs; 2: called wrongly, or a mapping cannot be read.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from community.site import SiteError
from ingest import adapters
from ingest.adapters import ADAPTERS
from ingest.adapters.base import Refused
from store.log import LogUnavailable
from store.settings import Settings, SettingsError, read_settings

from .catalogue import CATALOGUE, read
from .check import check, samples_of, site_of, undecided_fields
from .folder import FOLDER, sources
from .listing import listed
from .places import MappingError
from .trial import recorded, run


def main(argv: list[str]) -> int:
    try:
        settings = read_settings()
    except SettingsError as error:
        print(f"mapping: {error}", file=sys.stderr)
        return 2
    adapters.own(settings.mappings)
    parser = argparse.ArgumentParser(prog="python -m ingest mapping", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    testing = verbs.add_parser("test", help="are the mappings right?")
    testing.add_argument("names", metavar="NAME", nargs="*", help="sources; none: all there are")
    testing.add_argument("--folder", metavar="DIR", type=Path, help="where the mappings stand (MAPPINGS, then ours)")
    testing.add_argument("--update", action="store_true", help="write the expected records anew")
    trying = verbs.add_parser("try", help="a payload on standard input: its records, and what a wall would show")
    trying.add_argument("source", choices=sorted({*ADAPTERS, *CATALOGUE.refused}))
    trying.add_argument("--community", default="", help="whose devices these are (the first of SITE)")
    trying.add_argument("--lang", choices=("zh", "en"), default="zh")
    trying.add_argument("--live", metavar="N", type=int, default=0, help="the newest N payloads of the vendor's topic")
    keeping = verbs.add_parser("recorded", help="what a vendor's topic holds, a payload a line: samples for a mapping")
    keeping.add_argument("source", help="also one that has no mapping yet")
    keeping.add_argument("--newest", metavar="N", type=int, default=1000)
    listing = verbs.add_parser("list", help="every source, and who speaks without a mapping; as JSON")
    listing.add_argument("--community", default="", help="payloads of others are left out (the first of SITE)")
    args = parser.parse_args(argv)
    if args.verb == "list":
        return listed(settings, args.community)
    if args.verb == "test":
        return _test_all(args, settings)
    return _try(args, settings) if args.verb == "try" else _recorded(args, settings)


def _try(args: argparse.Namespace, settings: Settings) -> int:
    try:
        community = args.community or next(iter(settings.load_sites()))
        return run(settings, args.source, community, args.lang, args.live)
    except (MappingError, SettingsError, KeyError, Refused) as error:
        print(f"mapping: {error}", file=sys.stderr)
        return 2


def _recorded(args: argparse.Namespace, settings: Settings) -> int:
    try:
        return recorded(settings, args.source, args.newest)
    except LogUnavailable as error:
        print(f"mapping: {error}", file=sys.stderr)
        return 2


def _test_all(args: argparse.Namespace, settings: Settings) -> int:
    folders = [args.folder.resolve()] if args.folder is not None else [settings.mappings, FOLDER]
    where = {name: folder for folder in reversed(folders) for name in sources(folder)}
    names = args.names or sorted(where)
    if unknown := [name for name in names if name not in where]:
        there = ", ".join(map(str, folders))
        print(
            f"mapping: {unknown[0]!r} is none of {', '.join(sorted(where)) or 'none at all'} in {there}",
            file=sys.stderr,
        )
        return 2
    return max((_test(name, where[name], args.update) for name in names), default=0)


def _test(name: str, folder: Path, update: bool) -> int:
    try:
        found = read(name, folder)
        samples = list(check(found, folder / name, update=update))
        fields = undecided_fields(found, site_of(folder / name), samples_of(folder / name))
    except (MappingError, SiteError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if not samples:
        print(f"{name}: no samples in {folder / name / 'samples'}: nothing shows that it is right", file=sys.stderr)
        return 1
    for sample in samples:
        print(f"{name}/{sample.path.name}: {sample.sentence}")
        for complaint in sample.complaints:
            print(f"{name}/{sample.path.name}: {complaint}", file=sys.stderr)
    for field in fields:
        print(f"{name}: {field} decides nothing: use it, or name it in not_used", file=sys.stderr)
    return 1 if fields or any(sample.complaints for sample in samples) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
