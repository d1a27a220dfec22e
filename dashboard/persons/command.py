"""A person of the register from the command line.

    python -m dashboard erase ID [--community C] [--by STAFF]   erases the person and looks whether anything is left
    python -m dashboard traces [--community C]                  words on standard input, a line each: where they stand

Exit codes: 0 nothing of the person is left; 1 the places where something is; 2 called or set up wrongly; 3 log, live
state or database do not answer, and nothing or not all was erased: say it again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Mapping
from functools import partial
from typing import Any

from redis.exceptions import RedisError

from community.audit import FACT, Said
from community.site import Site
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history.database import migrate
from store.log import LogMisconfigured, LogUnavailable
from store.log.open import open_writer
from store.people import open_engines
from store.residents.persons import Contact, Persons, Resident
from store.residents.reports import Reports
from store.seal import Seal, Unsealable
from store.settings import Settings, SettingsError, read_settings
from store.site_apply import CONSOLE as CONSOLE_POST
from store.site_apply import NotApplied
from store.site_change import change

from ..sending import Commands
from .acts import erase_rows, face_stands, tell_consent
from .traces import traces

CONSOLE = "staff:console"
"""Whoever may type on this machine, unless they say who they are."""


def main(argv: list[str]) -> int:
    asked = _parser().parse_args(argv)
    try:
        settings = read_settings()
        sites = settings.load_sites()
        if asked.community and asked.community not in sites:
            raise SettingsError(f"no community {asked.community!r} here: {', '.join(sites)}")
        site = sites[asked.community or next(iter(sites))]
        words = _erase(settings, site, asked.id, asked.by) if asked.command == "erase" else _asked()
        found = traces(settings, words)
    except (SettingsError, HistoryMisconfigured, LogMisconfigured, Unsealable) as error:
        return _say(2, str(error))
    except (HistoryUnavailable, LogUnavailable, RedisError, OSError) as error:
        return _say(3, str(error))
    for place in found:
        print(place)
    print(f"{len(words)} words searched for: {'nothing is left' if not found else f'{len(found)} places'}")
    return 1 if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboard", description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    erase = commands.add_parser("erase", help="erase a person of the register")
    erase.add_argument("id", metavar="ID", help="what the log calls the person: p-7f3a91c2")
    erase.add_argument("--by", metavar="STAFF", default=CONSOLE, help="who erases, by the id of the audit")
    search = commands.add_parser("traces", help="where words of standard input stand")
    for one in (erase, search):
        one.add_argument("--community", metavar="C", default="", help="default: the first")
    return parser


def _asked() -> list[str]:
    """Not as arguments: those stand in the list of processes and in the shell's history."""
    return [line.strip() for line in sys.stdin if line.strip()]


def _erase(settings: Settings, site: Site, subject: str, by: str) -> list[str]:
    """The words that named the person. Raises HistoryUnavailable, LogUnavailable, Unsealable."""
    engines = open_engines(settings.database_url)
    try:
        migrate(engines.write)
        persons, reports = Persons(engines, Seal(settings.var)), Reports(engines)
        one, contacts = persons.find(site.id, subject), persons.contacts(site.id, subject)
        with contextlib.closing(Commands(partial(open_writer, settings), "console")) as commands:
            asyncio.run(_begin(commands, site.id, subject, by))
            known = face_stands(persons, site.id, subject)
            gone = erase_rows(persons, reports, one, site.id, subject)
            erased = Said("care.erased", "allowed", by, subject, f"rows={gone.rows}")
            asyncio.run(commands.write(site.id, FACT, by, erased))
    finally:
        for engine in engines:
            engine.dispose()
    print(f"{subject}: {gone.rows} rows, the words of {len(gone.reports)} reports erased")
    if known:
        print(f"the doors' own platform may still know the face of {subject}: delete it there")
    if subject in site.by_id:
        print(_undescribed(settings, site.id, subject))
    return words_of(one, contacts, site)


def _undescribed(settings: Settings, community: str, subject: str) -> str:
    """The site does not describe the person any more, where that can be said just now."""

    def edit(source: Mapping[str, Any]) -> Mapping[str, Any]:
        devices = [device for device in source.get("devices", ()) if device.get("id") != subject]
        return {**source, "devices": devices}

    try:
        return change(settings, community, edit, CONSOLE_POST)
    except NotApplied as refused:
        reasons = "; ".join(map(str, refused.args))
        return f"the site still describes {subject} ({reasons}): take it out of the file and apply that"


def words_of(one: Resident | None, contacts: list[Contact], site: Site) -> list[str]:
    """What would lead to the person: names, telephones, and the home unless the plan of the site has it anyway."""
    named = [word for each in (*([one] if one else []), *contacts) for word in (each.name, each.phone)]
    homes = homes_of(one.home, site) if one is not None else []
    return [word for word in dict.fromkeys([*named, *homes]) if len(word) > 1]


def homes_of(home: str, site: Site) -> list[str]:
    """As it may have been written down. Empty where devices stand in it, so that it says nothing about anybody."""
    parts = tuple(home.split("/"))
    if len(parts) != 3 or any((d.building, d.unit, d.room) == parts for d in site.devices):
        return []
    building, unit, room = parts
    return [home, "-".join(parts), f"{building}号楼{unit}单元{room}", f"{building}号楼{unit}单元 {room}"]


async def _begin(commands: Commands, community: str, subject: str, by: str) -> None:
    """The audit has who and whose, by ids; then the fold forgets the person. Raises LogUnavailable."""
    await commands.write(community, FACT, by, Said("care.erase", "allowed", by, subject, ""))
    await tell_consent(commands.write, community, subject, "care", given=False)


def _say(code: int, sentence: str) -> int:
    print(f"dashboard: {sentence}", file=sys.stderr)
    return code
