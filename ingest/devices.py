"""python -m ingest devices ..: who speaks and is not described, and how they come into the site.

devices unknown [--community C] [--csv]     the list, each with its last payload; or the table to fill in
devices adopt FILE.csv [--community C]      the filled table: the site's file is written anew and put in force
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any, cast

import msgspec
import redis
from redis.exceptions import RedisError

from community.model import Position, to_rfc3339
from community.site import Site, read_site
from community.state import DeviceState
from ingest import site_apply
from ingest.registry import NotAdopted, Unknown, adopted, table, unknown_of, written
from store import keys
from store.described import described_now
from store.log import LogUnavailable
from store.log.open import open_reader
from store.log.streams import connect
from store.settings import Settings, SettingsError, read_settings


def last_payload(settings: Settings, one: Unknown) -> Any:
    """What it said last, as it stands in its vendor topic; None: it is not kept any more, or never was there.

    Raises LogUnavailable.
    """
    _, *place = one.place.split(":")
    if len(place) != 4 or not (place[1].isdigit() and place[2].isdigit()) or not place[0].startswith(keys.vendor("")):
        return None
    topic, partition, offset = place[0], int(place[1]), int(place[2])
    reader = open_reader(settings, topic, f"devices-{uuid.uuid4().hex}")
    try:
        reader.poll(50, limit=1)
        if partition not in reader.assigned():
            return None
        reader.seek(partition, Position(reader.epoch, partition, offset - 1))
        entries = [e for e in reader.poll(500, limit=1) if e.position.offset == offset]
    finally:
        reader.close()
    try:
        return msgspec.json.decode(entries[0].value) if entries else None
    except (msgspec.DecodeError, UnicodeError):
        return None


def unknown(client: redis.Redis, community: str, site: Site) -> list[Unknown]:
    """Raises RedisError."""
    raw = cast("dict[bytes, bytes]", client.hgetall(keys.devices(community)))
    return unknown_of(site, (msgspec.json.decode(value, type=DeviceState) for value in raw.values()))


def adopt(settings: Settings, community: str, rows: Path, by: str) -> str:
    """What came of it. Raises NotAdopted, NotApplied, OSError."""
    path = next((path for path in settings.sites if _id_of(path) == community), None)
    if path is None:
        raise NotAdopted(f"no file of SITE describes {community!r}")
    before = path.read_bytes()
    source, count = adopted(json.loads(before), rows.read_text("utf-8"))
    text = written(source)
    _, faults = read_site(text.encode())
    if faults:
        raise NotAdopted(*faults)
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(text, "utf-8")
    kept = path.with_name(f"{path.name}.before")
    kept.write_bytes(before)
    os.replace(temporary, path)
    return f"{count} adopted (what was before: {kept}); {site_apply.apply(path, by)}"


def _id_of(path: Path) -> Any:
    return json.loads(path.read_bytes()).get("id")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ingest devices", description="devices that nobody has described")
    commands = parser.add_subparsers(dest="do", required=True)
    listing = commands.add_parser("unknown", help="who speaks and is not described")
    listing.add_argument("--csv", action="store_true", help="the table to fill in")
    adopting = commands.add_parser("adopt", help="the filled table becomes a change of the site")
    adopting.add_argument("file", type=Path)
    adopting.add_argument("--by", default=site_apply.CONSOLE, metavar="POST", help="who says so (post:console)")
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
            print(adopt(settings, community, options.file, options.by))
            return 0
        client = connect(settings.redis_url)
        held = described_now(client, community)
        site = held.site if held is not None else sites[community]
        found = unknown(client, community, site)
        if options.csv:
            print(table(site, found), end="")
            return 0
        for one in found:
            print(f"{one.vendor} {one.vendor_id}  {one.system or '?'}  heard {to_rfc3339(one.heard_ms)}")
            print(f"  {json.dumps(last_payload(settings, one) or one.says, ensure_ascii=False)[:400]}")
        print(f"{len(found)} unknown devices", file=sys.stderr)
        return 0
    except (NotAdopted, site_apply.NotApplied) as error:
        print(*error.args, sep="\n", file=sys.stderr)
    except (SettingsError, LogUnavailable, RedisError, OSError, json.JSONDecodeError) as error:
        print(error, file=sys.stderr)
    return 1
