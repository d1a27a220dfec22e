"""python -m tests.faults [--write docs/faults.md]: tries every fault and writes the table, its figures beside it."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from playwright.sync_api import sync_playwright

from tests.engines.browser import find_chromium
from tests.engines.kafka import kraft_missing
from tests.faults.chain import whole_house
from tests.faults.kiosk import frozen_page
from tests.faults.table import Proof, document, try_all


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.partition(":")[2])
    parser.add_argument("--write", type=Path, metavar="TABLE.md", help="renew this table and the .json beside it")
    asked = parser.parse_args(argv)
    if missing := kraft_missing() or ("" if find_chromium() else "no Chromium here"):
        print(missing, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="shouwang-faults-") as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        with whole_house(Path(folder)) as chain:
            rows = try_all(Proof(chain, browser), lambda row: print(row, flush=True))
            browser.close()
            rows.append(frozen_page(chain.url, Path(folder)))
            print(rows[-1], flush=True)
    if asked.write:
        asked.write.write_text(document(rows, datetime.now(UTC).strftime("%Y-%m-%d"), os.getloadavg()[2]), "utf-8")
        asked.write.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=1) + b"\n")
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
