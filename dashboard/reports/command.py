"""Reports from the command line; the history database is all they need.

    python -m dashboard report KIND --date D [--format pdf|xlsx|csv] [--out FILE]     make one (日报 is daily, ..)
    python -m dashboard report range --from D --date D [--format ..] [--out FILE]     of any days, both included
    python -m dashboard reports [--kind KIND]                                         those that are kept
    python -m dashboard sign NUMBER --role manager --by post:manager                  the manager's signature issues it
    python -m dashboard correct NUMBER                                                a 更正版, where figures changed
    python -m dashboard verify [FILE]                                                 refuses a changed byte
    python -m dashboard due                                                           what the site's hours ask for now
    python -m dashboard reader add NAME [--for ID,..]                                 a token for open data

Exit codes: 0 done; 1 refused (a changed byte, a report that cannot be signed, nothing to correct); 2 called or set up
wrongly; 3 the database does not answer.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from community.clock import local_day
from community.history.days import days_before
from community.reports.model import EDITIONS, KINDS, decoded
from community.reports.words import KIND_NAMES, moment_words
from community.site import Site, Text
from store.children import end_with
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history import reports as kept
from store.history.database import migrate, open_engine
from store.history.figures import NoRange
from store.history.report_chain import Broken, check
from store.history.report_pages import page_of
from store.history.reports import AlreadyIssued, NoReport
from store.settings import Settings, SettingsError, read_settings

from ..open import readers
from ..open.readers import Taken
from . import keep
from .evidence import Tampered, bundle, check_bundle
from .keep import NotAllowed
from .make import WRITERS, Asked, CannotMake, files, incident_of, make, settled, written
from .schedule import work

KIND_WORDS = {text.zh: kind for kind, text in KIND_NAMES.items()} | {kind: kind for kind in KINDS}
ZIP = "zip"
FORMATS = (*WRITERS, ZIP)
LINES = 500
"""Of the list that are read at once."""


def main(argv: list[str]) -> int:
    asked = _parser().parse_args(argv)
    try:
        settings = read_settings()
        site = _site(settings, asked.community)
        engine = open_engine(settings.database_url, write=True)
        migrate(engine)
    except (SettingsError, HistoryMisconfigured) as error:
        return _say(2, str(error))
    except HistoryUnavailable as error:
        return _say(3, str(error))
    run: Callable[[sa.Engine, Site, argparse.Namespace], int] = asked.run
    try:
        return run(engine, site, asked)
    except (CannotMake, NoRange, OSError) as error:
        return _say(2, str(error))
    except (NoReport, NotAllowed, AlreadyIssued, Broken, Tampered, Taken) as error:
        return _say(1, str(error))
    except HistoryMisconfigured as error:
        return _say(2, str(error))
    except HistoryUnavailable as error:
        return _say(3, str(error))
    finally:
        engine.dispose()


def _say(code: int, sentence: str) -> int:
    print(f"reports: {sentence}", file=sys.stderr)
    return code


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _site(settings: Settings, community: str) -> Site:
    sites = settings.load_sites()
    if community and community not in sites:
        raise SettingsError(f"no community {community!r} here: {', '.join(sites)}")
    return sites[community] if community else next(iter(sites.values()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m dashboard", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    report = commands.add_parser("report", help="make a report")
    report.add_argument("kind", metavar="KIND", choices=sorted(KIND_WORDS), help=", ".join(KIND_WORDS))
    report.add_argument(
        "--date", metavar="D", default="", help="2026-03-12, any day of the week or month; default: yesterday"
    )
    report.add_argument(
        "--from", dest="first", metavar="D", default="", help="of a 时段报 its first day, --date its last"
    )
    report.add_argument(
        "--format", choices=sorted(FORMATS), default="", help="default: what the file is called, else pdf"
    )
    report.add_argument("--out", type=Path, metavar="FILE", help="default: NUMBER.FORMAT here; - is stdout")
    report.add_argument("--edition", choices=EDITIONS, default="internal")
    report.add_argument("--lang", choices=("zh", "en"), help="default: the community's")
    report.add_argument(
        "--incident", metavar="ID", default="", help="of a 报警处置单: the occurrence, SOS/SOS-035@1773.."
    )
    report.add_argument("--at", metavar="HH:MM", default="", help="of a 交接班: when the shift ends")
    report.add_argument("--span", choices=("day", "week", "month"), default="day", help="of a comparison")
    report.add_argument("--keep", action="store_true", help="keep it as a draft that can be signed")
    report.add_argument("--fresh", action="store_true", help="from the data as they are now, though it was issued")
    report.set_defaults(run=_report)
    listed = commands.add_parser("reports", help="list those that are kept")
    listed.add_argument("--kind", choices=sorted(KIND_WORDS), default="")
    listed.set_defaults(run=_list)
    sign = commands.add_parser("sign", help="sign a draft; the manager's signature issues it")
    sign.add_argument("number", metavar="NUMBER")
    sign.add_argument("--role", choices=("guard", "supervisor", "manager", "off", "on"), default="manager")
    sign.add_argument("--by", metavar="POST", required=True, help="post:manager")
    sign.set_defaults(run=_sign)
    correct = commands.add_parser("correct", help="a correction of an issued report, where figures changed")
    correct.add_argument("number", metavar="NUMBER")
    correct.set_defaults(run=_correct)
    verify = commands.add_parser("verify", help="is the file what was issued? without a file: are all that are kept?")
    verify.add_argument("file", nargs="?", type=Path, metavar="FILE")
    verify.set_defaults(run=_verify)
    due = commands.add_parser("due", help="make what the site's hours ask for now; the web process does so by itself")
    due.add_argument("--parent", type=int, default=0, metavar="PID", help="end with this process, which started it")
    due.set_defaults(run=_due)
    reader = commands.add_parser("reader", help="who may read open data: add, list, revoke")
    reader.add_argument("do", choices=("add", "list", "revoke"))
    reader.add_argument("name", metavar="NAME", nargs="?", default="")
    reader.add_argument("--for", dest="communities", metavar="ID,..", default="", help="default: the one community")
    reader.set_defaults(run=_reader)
    for one in (report, listed, sign, correct, verify, due, reader):
        one.add_argument("--community", metavar="ID", default="", help="default: the first")
    return parser


def _report(engine: sa.Engine, site: Site, asked: argparse.Namespace) -> int:
    day = asked.date or days_before(local_day(_now_ms(), site.timezone), 1)
    kind = KIND_WORDS[asked.kind]
    if bool(asked.first) != (kind == "range"):
        raise CannotMake(Text(en="--from is the first day of a 时段报 (range), and it needs one"))
    subject = asked.first or asked.incident or asked.at or (asked.span if kind == "comparison" else "")
    wanted = Asked(kind, day, asked.edition, asked.lang or site.language, subject)
    format_ = asked.format or (asked.out.suffix.removeprefix(".") if asked.out is not None else "") or "pdf"
    if format_ not in FORMATS or (format_ == ZIP and (wanted.kind, wanted.edition) != ("incident", "internal")):
        said = f"--format {'|'.join(WRITERS)}; zip, with the evidence, is for a 报警处置单 of the internal edition"
        raise CannotMake(Text(en=f"{asked.out or '--format zip'}: what format? {said}"))
    settings = read_settings()
    sites = list(settings.load_sites().values())
    wanted = settled(engine, site, wanted)
    paper = make(engine, site, wanted, _now_ms(), tell=_tell, var=settings.var, sites=sites)
    report = keep.placed(engine, paper, wanted)
    content = None if asked.fresh or report is None else kept.file_of(engine, site.id, report.number, format_)
    if content is not None:
        _tell(f"{paper.number} was issued: this is that file (--fresh makes it anew)")
        if later := kept.superseded(engine, site.id).get(paper.number):
            _tell(f"{paper.number} was corrected: what holds is {later} (更正版)")
    else:
        if asked.keep:
            paper = keep.drafted(engine, site, wanted, _now_ms(), var=settings.var, sites=sites)
        _tell(f"setting {format_}")
        if format_ == ZIP:
            number = paper.number
            paper, evidence = incident_of(engine, site, wanted, _now_ms(), var=settings.var)
            paper.number = number
            content = bundle(paper, files(paper, var=settings.var), evidence)
        else:
            content = written(paper, format_, settings.var)
    if asked.out == Path("-"):
        sys.stdout.buffer.write(content)
        return 0
    out = asked.out or Path(f"{paper.number}.{format_}")
    out.write_bytes(content)
    _tell(f"{out}: {paper.number}, {len(content):,} bytes")
    return 0


def _due(engine: sa.Engine, site: Site, asked: argparse.Namespace) -> int:
    if asked.parent:
        end_with(asked.parent)
    for number in work(engine, site, _now_ms(), read_settings().var):
        print(number)
    return 0


def _reader(engine: sa.Engine, site: Site, asked: argparse.Namespace) -> int:
    if asked.do == "list":
        for one in readers.listed(engine):
            state = "revoked" if one.revoked_ms else "reads"
            print(f"{one.name}\t{state}\t{','.join(one.communities)}")
        return 0
    if not asked.name:
        raise CannotMake(Text(en="a reader has a name"))
    if asked.do == "revoke":
        if not readers.revoke(engine, asked.name, _now_ms()):
            return _say(1, f"no reader {asked.name!r} has a token")
        return 0
    communities = [one.strip() for one in asked.communities.split(",") if one.strip()] or [site.id]
    here = read_settings().load_sites()
    if unknown := [one for one in communities if one not in here]:
        raise CannotMake(Text(en=f"no community {unknown[0]!r} here: {', '.join(here)}"))
    print(readers.add(engine, asked.name, communities, "command line", _now_ms()))
    _tell("this token is shown once")
    return 0


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _list(engine: sa.Engine, site: Site, asked: argparse.Namespace) -> int:
    """All of them, the newest first."""
    after, more = "", True
    while more:
        page = page_of(engine, site.id, LINES, kind=KIND_WORDS.get(asked.kind, ""), after=after)
        signatures = kept.signatures_of(engine, site.id, [one.number for one in page.reports])
        for one in page.reports:
            when = moment_words(one.issued_ms, site.timezone, site.language) if one.issued_ms else "draft"
            signed = " ".join(f"{s.role}:{s.post}" for s in signatures.get(one.number, []))
            days = f"{one.from_day}..{one.to_day}"
            print(one.number, one.kind, one.edition, days, when, signed, one.corrects, sep="\t")
        after, more = page.older, bool(page.older)
    return 0


def _sign(engine: sa.Engine, site: Site, asked: argparse.Namespace) -> int:
    var = read_settings().var
    done = keep.signed(engine, site, asked.number, asked.role, asked.by, _now_ms(), tell=_tell, var=var)
    said = f"issued, sha256 {done.sha256}" if done.issued_ms else "endorsed, a draft still"
    _tell(f"{done.number}: {said}")
    return 0


def _correct(engine: sa.Engine, site: Site, asked: argparse.Namespace) -> int:
    settings = read_settings()
    sites = settings.load_sites().values()
    made = keep.corrected(engine, site, asked.number, _now_ms(), tell=_tell, var=settings.var, sites=sites)
    if made is None:
        newest = kept.superseded(engine, site.id).get(asked.number, asked.number)
        return _say(1, f"{newest}: no figure has changed")
    _tell(f"{made.number}: a draft that lists {len(made.changes)} changes; sign it")
    for change in made.changes:
        print(f"{change.id}\t{change.keys}\t{change.before}\t{change.after}")
    return 0


def _verify(engine: sa.Engine, site: Site, asked: argparse.Namespace) -> int:
    if asked.file is None:
        right, newest = check(engine, site.id), kept.newest_issued(engine, site.id)
        print(f"{site.id}: {right} issued reports are what they were, and so is their chain")
        if newest is not None:
            when = moment_words(newest.issued_ms or 0, site.timezone, site.language)
            print(f"the newest of the {right} is {newest.number}, issued {when} by {newest.issued_by}, {newest.chain}")
            print("whether newer ones were taken away the database cannot say: hold this against what is on paper")
        return 0
    content = asked.file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    bundled = check_bundle(content) if asked.file.suffix == f".{ZIP}" else ""
    found = kept.found_by_hash(engine, digest)
    if not found:
        return _say(1, f"{asked.file}: no report was ever issued with these bytes (sha256 {digest})")
    for community, number, format_ in found:
        check(engine, community, number)
        if bundled:
            print(f"{asked.file}: evidence of {bundled}, every file as its manifest says")
        paper = decoded(kept.body_of(engine, community, number))
        report = kept.one(engine, community, number)
        when = moment_words(report.issued_ms or 0, paper.timezone, paper.lang)
        print(f"{asked.file}: {number} ({format_}), {paper.title}, {paper.period}, issued {when} by {report.issued_by}")
        for one in kept.signatures(engine, community, number):
            print(f"  {one.role}: {one.post}, {moment_words(one.at_ms, paper.timezone, paper.lang)}")
        if later := kept.superseded(engine, community).get(number):
            print(f"  corrected by {later}")
    return 0
