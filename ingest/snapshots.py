"""python -m ingest snapshots verify [--community ID] [--last N]: is the past that walls show the one that was?

Folds the raw records from each kept state to the next and compares its hash with the one that was kept: what
`/past` shows is then byte for byte what the live wall was made of.
"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime

import msgspec
import sqlalchemy as sa

from community.clock import local
from community.site import Site
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history.database import open_engine
from store.history.segments import SegmentDamaged
from store.history.snapshots import Pair, pairs
from store.history.travel import meets
from store.settings import Settings, SettingsError, read_settings

LAST = 8
"""Two hours of quarters: some ten seconds of the demo's records."""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ingest snapshots", description=__doc__)
    parser.add_argument("what", choices=["verify"])
    parser.add_argument("--community", default="")
    parser.add_argument("--last", type=int, default=LAST, help=f"so many stretches, the newest ({LAST})")
    asked = parser.parse_args(argv)
    try:
        settings = read_settings()
        sites = settings.load_sites()
        if asked.community and asked.community not in sites:
            parser.error(f"no site describes {asked.community!r}")
        engine = open_engine(settings.database_url)
        wanted = [site for site in sites.values() if asked.community in ("", site.id)]
        whole = [_told(engine, settings, site, pair) for site in wanted for pair in pairs(engine, site.id, asked.last)]
    except (SettingsError, HistoryMisconfigured, HistoryUnavailable) as error:
        print(f"snapshots: {error}", file=sys.stderr)
        return 2
    print(f"{sum(whole)} of {len(whole)} stretches fold into the state that was kept")
    return 0 if all(whole) else 1


def _told(engine: sa.Engine, settings: Settings, site: Site, pair: Pair) -> bool:
    """Raises HistoryUnavailable."""
    at: datetime = local(pair.after.clock_ms, site.timezone)
    try:
        same, why = meets(engine, settings.segments, site, pair), "another state"
    except (SegmentDamaged, ValueError, msgspec.MsgspecError) as error:
        same, why = False, str(error)
    said = f"{site.id} {at:%Y-%m-%d %H:%M:%S} {pair.after.sha256[:16]}"
    print(f"{said} same" if same else f"{said} NOT met: {why}", flush=True)
    return same
