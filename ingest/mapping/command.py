"""`python -m ingest mapping test [NAME ...]`: are the mappings right? Needs no server.

Reads each mapping, runs its samples, and compares the records with those expected (`--update` writes them: read the
difference). Exit code 0: all is as expected; 1: something differs; 2: called wrongly, or a mapping cannot be read.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from community.site import SiteError

from .catalogue import mapping
from .check import check, samples_of, site_of, undecided_fields
from .folder import FOLDER, sources
from .places import MappingError


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ingest mapping", description=__doc__)
    parser.add_argument("verb", choices=["test"])
    parser.add_argument("names", metavar="NAME", nargs="*", help="sources; none: all there are")
    parser.add_argument("--folder", metavar="DIR", type=Path, default=FOLDER, help="where the mappings stand")
    parser.add_argument("--update", action="store_true", help="write the expected records anew")
    args = parser.parse_args(argv)
    folder: Path = args.folder.resolve()
    known = sources(folder)
    names = args.names or known
    if unknown := [name for name in names if name not in known]:
        print(f"mapping: {unknown[0]!r} is none of {', '.join(known) or 'none at all'} in {folder}", file=sys.stderr)
        return 2
    return max((_test(name, folder, args.update) for name in names), default=0)


def _test(name: str, folder: Path, update: bool) -> int:
    try:
        found = mapping(name, folder)
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
