"""python -m ingest letters ..: what could not be read. List it, look at one, write it into its topic again.

    letters list [--code CODE] [--topic TOPIC]     newest last; those that were replayed are marked
    letters show ID                                reason, origin and the whole payload
    letters replay ID .. | --code CODE [--topic T] after the mapping, the site or the program was mended
    letters replay ID --with FILE                  this payload in its place

A payload that is replayed is read as if it came now; ids of records derive from its new place. One that was replayed
before is left alone unless `--again` is said. A letter that still cannot be read comes back as a new one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redis.exceptions import RedisError

from community.model import to_rfc3339
from store.blobs import Blobs
from store.letters import CannotReplay, Letter, chosen, letters_of, replay, replayed, whole
from store.log import LogUnavailable
from store.log.streams import connect
from store.settings import SettingsError, read_settings


def main(argv: list[str]) -> int:
    options = _options(argv)
    try:
        settings = read_settings()
        client = connect(settings.redis_url)
        letters, before = letters_of(settings), replayed(client)
        blobs = Blobs(settings.var / "blobs")
        if options.do == "list":
            return _list(chosen(letters, options.code, options.topic), before)
        named = [letters[id] for id in ([options.id] if options.do == "show" else options.ids) if id in letters]
        missing = set([options.id] if options.do == "show" else options.ids) - letters.keys()
        if missing:
            print(f"there is no letter {', '.join(sorted(missing))}", file=sys.stderr)
            return 1
        if options.do == "show":
            return _show(named[0], whole(named[0], blobs))
        if not named and not options.code and not options.topic:
            print("which? ids, --code or --topic", file=sys.stderr)
            return 2
        picked = named or chosen(letters, options.code, options.topic)
        fresh = [one for one in picked if options.again or one.id not in before]
        values = [(one, _read(options.instead) if options.instead else whole(one, blobs)) for one in fresh]
        if values:
            replay(settings, values, client, set(letters))
        print(f"{len(values)} replayed, {len(picked) - len(fresh)} had been before")
        return 0
    except (SettingsError, CannotReplay, LogUnavailable, RedisError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m ingest letters", description="dead letters: what could not be read"
    )
    commands = parser.add_subparsers(dest="do", required=True)
    listing = commands.add_parser("list", help="newest last")
    showing = commands.add_parser("show", help="reason, origin and the whole payload")
    showing.add_argument("id")
    replaying = commands.add_parser("replay", help="into its topic again")
    replaying.add_argument("ids", nargs="*", metavar="ID")
    replaying.add_argument("--with", dest="instead", type=Path, metavar="FILE", help="this payload in its place")
    replaying.add_argument("--again", action="store_true", help="also what was replayed before")
    for command in (listing, replaying):
        command.add_argument("--code", default="")
        command.add_argument("--topic", default="")
    options = parser.parse_args(argv)
    if options.do == "replay" and options.instead and len(options.ids) != 1:
        parser.error("--with goes with one ID")
    return options


def _list(letters: Sequence[Letter], before: Mapping[str, int]) -> int:
    for one in letters:
        mark = "replayed" if one.id in before else "-"
        what = " ".join(one.reason.split())[:100]
        print(f"{one.id}  {to_rfc3339(one.origin.appended_ms)}  {one.code}  {one.key or '-'}  {mark}  {what}")
    print(f"{len(letters)} letters", file=sys.stderr)
    return 0


def _show(letter: Letter, value: bytes) -> int:
    facts: dict[str, Any] = {
        "id": letter.id,
        "code": letter.code,
        "reason": letter.reason,
        "topic": letter.origin.topic,
        "key": letter.key,
        "appended": to_rfc3339(letter.origin.appended_ms),
        "size_bytes": letter.size_bytes,
    }
    for name, said in facts.items():
        print(f"{name}: {said}", file=sys.stderr)
    sys.stdout.buffer.write(value + (b"" if value.endswith(b"\n") else b"\n"))
    sys.stdout.flush()
    return 0


def _read(path: Path) -> bytes:
    return path.read_bytes().strip()
