"""People and their grants from the command line.

    python -m dashboard people export                       writes them to standard output
    python -m dashboard people import FILE [--check] [--complete] [--by STAFF]

`import` carries out what the file says otherwise than the register, all of it or, where a line is wrong, nothing;
`--check` only says what it would do; `--complete` disables whoever the file does not name. New people have no password
until a security administrator gives them one on /people. Each change stands in the audit before it is made.

Exit codes: 0 done; 1 what is wrong, by its line; 2 called or set up wrongly; 3 log or database do not answer: what was
said to be done is done, say it again for the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from community.audit import FACT, Said
from community.roles import regions_of, second_factor
from community.site import Site
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history.database import migrate
from store.log import LogMisconfigured, LogUnavailable
from store.log.open import open_writer
from store.people import open_engines
from store.people.register import Conflict, Taken
from store.seal import Seal, Unsealable
from store.settings import SettingsError, read_settings

from ..persons.command import CONSOLE
from ..sending import Commands
from .service import Service
from .staff_file import Change, changes, locks_out, read, write


def main(argv: list[str]) -> int:
    asked = _parser().parse_args(argv[1:])
    try:
        settings = read_settings()
        sites = settings.load_sites()
        engines = open_engines(settings.database_url)
        service = Service(engines, Seal(settings.var), sites=lambda: sites)
        try:
            migrate(engines.write)
            if asked.what == "export":
                sys.stdout.write(write(service.register.everybody()))
                return 0
            text = asked.file.read_text("utf-8")
            with contextlib.closing(Commands(partial(open_writer, settings), "console")) as commands:
                return _import(service, commands, sites, text, asked)
        finally:
            service.close()
    except (SettingsError, HistoryMisconfigured, LogMisconfigured, Unsealable, UnicodeDecodeError) as error:
        return _say(2, str(error))
    except FileNotFoundError as error:
        return _say(2, f"{error.filename}: there is no such file")
    except (HistoryUnavailable, LogUnavailable, OSError) as error:
        return _say(3, str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboard people", description=__doc__.partition("\n")[0])
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("export", help="people and grants to standard output; no passwords")
    into = what.add_parser("import", help="make the register say what the file says")
    into.add_argument("file", type=Path, metavar="FILE")
    into.add_argument("--check", action="store_true", help="say what would change, and change nothing")
    into.add_argument("--complete", action="store_true", help="disable whoever the file does not name")
    into.add_argument("--by", metavar="STAFF", default=CONSOLE, help="who imports, by the id of the audit")
    return parser


def _import(
    service: Service, commands: Commands, sites: Mapping[str, Site], text: str, asked: argparse.Namespace
) -> int:
    """Raises HistoryUnavailable, LogUnavailable."""
    people = service.register.everybody()
    wanted, wrong = read(text, sites, regions_of((site.id, site.region) for site in sites.values()))
    for one in wrong:
        print(f"{asked.file}:{one.line}: {one.why}", file=sys.stderr)
    if wrong:
        return _say(1, f"{len(wrong)} wrong: nothing was changed")
    if locks_out(people, wanted, complete=asked.complete):
        return _say(1, "no security administrator of all communities would be left: nothing was changed")
    ordered = changes(people, wanted, complete=asked.complete)
    for change in ordered:
        if not asked.check:
            _carry_out(service, commands, sites, change, asked.by)
        print(f"{change.action.removeprefix('people.')} {change.account} {change.what}".rstrip())
    print(f"{len(ordered)} changes{' would be made' if asked.check else ''}")
    return 0


def _carry_out(service: Service, commands: Commands, sites: Mapping[str, Site], change: Change, by: str) -> None:
    """The audit first: what it has not heard of is not done. Raises HistoryUnavailable, LogUnavailable."""
    register, now_ms = service.register, service.now_ms()
    person = register.by_account(change.account)
    grant = change.grant
    community = grant.community if grant is not None and grant.community in sites else next(iter(sites))
    detail = change.what if grant is not None else "file"
    target = person.id if person is not None else change.account
    asyncio.run(commands.write(community, FACT, by, Said(change.action, "allowed", by, target, detail)))
    if person is None:
        with contextlib.suppress(Taken):  # by somebody on /people at this moment: the next import says what differs
            register.add(change.account, change.what, "", now_ms)
        return
    if change.action == "people.rename":
        register.rename(person.id, change.what)
    elif change.action == "people.disable":
        register.disable(person.id, now_ms)
        service.end_all(person.id)
    elif change.action == "people.enable":
        register.disable(person.id, None)
    elif grant is not None and change.action == "people.ungrant":
        register.ungrant(person.id, grant)
    elif grant is not None:
        try:
            register.grant(person.id, grant)
        except Conflict as conflict:  # somebody granted the other role at this moment
            _say(1, f"{change.account}: {conflict.said.en}")
            return
        if second_factor((grant.role,)):
            service.end_all(person.id)  # what was opened by a password alone is no session of this role


def _say(code: int, sentence: str) -> int:
    print(f"dashboard: {sentence}", file=sys.stderr)
    return code
