"""python -m tests.recorded [FOLDER] [--write docs/recorded.md]: what becomes of each recorded file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.engines.fixtures import FIXTURES
from tests.recorded.table import Undecided, page


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.recorded", description=__doc__.partition(":")[2])
    parser.add_argument("folder", nargs="?", type=Path, default=FIXTURES)
    parser.add_argument("--write", type=Path, metavar="PAGE.md", help="renew this page instead of printing it")
    asked = parser.parse_args(argv)
    if not asked.folder.is_dir():
        print(f"{asked.folder} is not there", file=sys.stderr)
        return 2
    try:
        told = page(asked.folder)
    except Undecided as error:
        print(f"nobody has decided what these are: {error}", file=sys.stderr)
        return 1
    if asked.write is None:
        print(told, end="")
    else:
        asked.write.write_text(told, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
