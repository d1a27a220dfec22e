"""python -m ingest devices ..: who speaks and is not described, and how they come into the site.

devices unknown [--community C] [--csv]     the list, each with its last payload; or the table, as far as it is guessed
devices adopt FILE.csv [--community C]      the filled table: the site's file is written anew and put in force
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from redis.exceptions import RedisError

from community.model import to_rfc3339
from community.newcomer_guess import guess
from community.newcomers import NotAdopted, table
from store.described import described_now
from store.log import LogUnavailable
from store.log.streams import connect
from store.newcomers import adopt, last_payloads, unknown
from store.settings import SettingsError, read_settings
from store.site_apply import CONSOLE, NotApplied


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ingest devices", description="devices that nobody has described")
    commands = parser.add_subparsers(dest="do", required=True)
    listing = commands.add_parser("unknown", help="who speaks and is not described")
    listing.add_argument("--csv", action="store_true", help="the table to fill in")
    adopting = commands.add_parser("adopt", help="the filled table becomes a change of the site")
    adopting.add_argument("file", type=Path)
    adopting.add_argument("--by", default=CONSOLE, metavar="POST", help="who says so (post:console)")
    for command in (listing, adopting):
        command.add_argument("--community", default="", help="where there are several")
    options = parser.parse_args(argv)
    try:
        settings = read_settings()
        sites = settings.load_sites()
        community = options.community or next(iter(sites))
        if community not in sites:
            raise NotAdopted(f"there is no community {community!r}, only {', '.join(sites)}")
        if options.do == "adopt":
            print(adopt(settings, community, options.file.read_text("utf-8"), options.by))
            return 0
        client = connect(settings.redis_url)
        held = described_now(client, community)
        site = held.site if held is not None else sites[community]
        found = unknown(client, community, site)
        if options.csv:
            said = last_payloads(settings, found)
            print(table([(one, guess(site, one, said.get(one.place))._asdict()) for one in found]), end="")
            return 0
        said = last_payloads(settings, found)
        for one in found:
            print(f"{one.vendor} {one.vendor_id}  {one.system or '?'}  heard {to_rfc3339(one.heard_ms)}")
            print(f"  {json.dumps(said.get(one.place, one.says), ensure_ascii=False)[:400]}")
        print(f"{len(found)} unknown devices", file=sys.stderr)
        return 0
    except (NotAdopted, NotApplied) as error:
        print(*error.args, sep="\n", file=sys.stderr)
    except (SettingsError, LogUnavailable, RedisError, OSError, json.JSONDecodeError) as error:
        print(error, file=sys.stderr)
    return 1
