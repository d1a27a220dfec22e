"""Reports that were made: drafts, and those that were issued, with files, signatures and a chain over all of them.

What is issued is never changed: its body (community/reports/model.py) and its files stay byte for byte, and `chain`
(report_chain.py) binds it to the report issued before it, so that a row that was altered, or taken away, is found.
Later data makes a report of its own that corrects it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from community.reports.model import content_sha256, decoded

from . import tables
from .database import reaching
from .report_chain import BOUND, link, signatures_at

FORMATS = ("pdf", "xlsx", "csv")


NTH = 3
"""Digits of the last part of a number, at most, where it tells reports of one number apart: an hour has four."""


class NoReport(LookupError):
    """There is no report of this number."""


class AlreadyIssued(ValueError):
    """It was issued: it can be corrected, not changed."""


class Another(ValueError):
    """The number is that of another report."""


class Kept(msgspec.Struct):
    """A report as a list shows it."""

    community: str
    number: str
    kind: str
    edition: str
    lang: str
    from_day: str
    to_day: str
    subject: str
    made_ms: int
    issued_ms: int | None
    issued_by: str
    sha256: str
    corrects: str
    chain: str
    own: dict[str, Any] | None
    """Sentences as persons left them."""


class Signed(msgspec.Struct):
    role: str
    post: str
    at_ms: int
    sha256: str
    """Of the content (community/reports/model.py) that was signed."""
    person: str = ""
    """Whose login it was, by the register's id; empty: the command line's."""


_ALIKE = ("kind", "edition", "lang")
LISTED = [column for column in tables.report.c if column.name not in ("body", "previous", "place")]
NEWEST = (tables.report.c.to_day.desc(), tables.report.c.made_ms.desc(), tables.report.c.number)


def listed(
    engine: sa.Engine,
    community: str,
    *,
    kind: str = "",
    from_day: str = "",
    to_day: str = "",
    most: int | None = None,
) -> list[Kept]:
    """The newest first, all of them but for `most`. Raises HistoryUnavailable."""
    table = tables.report.c
    asked = sa.select(*LISTED).where(table.community == community)
    if kind:
        asked = asked.where(table.kind == kind)
    if from_day:
        asked = asked.where(table.to_day >= from_day)
    if to_day:
        asked = asked.where(table.from_day <= to_day)
    with reaching(), engine.connect() as connection:
        rows = connection.execute(asked.order_by(*NEWEST).limit(most))
        return [Kept(**row) for row in rows.mappings()]


def newest_issued(engine: sa.Engine, community: str) -> Kept | None:
    """The end of the chain; None: none was issued."""
    table = tables.report.c
    asked = sa.select(*LISTED).where(table.community == community, table.issued_ms.is_not(None))
    with reaching(), engine.connect() as connection:
        row = connection.execute(asked.order_by(table.place.desc()).limit(1)).mappings().first()
    return Kept(**row) if row is not None else None


def one(engine: sa.Engine, community: str, number: str) -> Kept:
    """Raises NoReport, HistoryUnavailable."""
    with reaching(), engine.connect() as connection:
        row = connection.execute(sa.select(*LISTED).where(*_here(community, number))).mappings().first()
    if row is None:
        raise NoReport(f"no report {number!r}")
    return Kept(**row)


def body_of(engine: sa.Engine, community: str, number: str) -> bytes:
    with reaching(), engine.connect() as connection:
        found = connection.execute(sa.select(tables.report.c.body).where(*_here(community, number))).scalar()
    if found is None:
        raise NoReport(f"no report {number!r}")
    return bytes(found)


def held(engine: sa.Engine, head: Mapping[str, Any]) -> Kept | None:
    """The report that `head` is of, under whichever number it is kept; None: it is not kept. No correction of it.

    A 报警处置单 is that of its occurrence. Its number was once that of a second alone, and it was kept as it had been
    asked for: by the alarm's key alone, or under what another alarm of that second had been asked by.
    """
    table, number, subject = tables.report.c, head["number"], head["subject"]
    stretch = (table.from_day == head["from_day"], table.to_day == head["to_day"], table.corrects == "")
    asked = sa.select(*LISTED).where(table.community == head["community"], *_alike(head), *stretch)
    with reaching(), engine.connect() as connection:
        rows = connection.execute(asked.order_by(table.issued_ms.is_(None), table.made_ms.desc())).mappings()
        found = [Kept(**row) for row in rows]
    if head["kind"] != "incident":
        return next((one for one in found if one.number == number or one.number.startswith(f"{number}-")), None)
    for report in found:
        of_second = number.startswith(report.number)
        if (of_second or report.subject == subject) and _is_of(
            subject, report.subject, body_of(engine, report.community, report.number), of_second
        ):
            return report
    return None


def _is_of(occurrence: str, subject: str, body: bytes, of_second: bool) -> bool:
    """A paper of the internal edition says itself what it is of."""
    about = decoded(bytes(body)).subject or subject
    return about == occurrence or (of_second and about == occurrence.partition("@")[0])


def free(engine: sa.Engine, community: str, number: str) -> str:
    """The number, or where another report has it the next: `LT-I20260312-352013`, `-2`, `-3`, .."""
    base, _, last = number.rpartition("-")
    base, nth = (base, int(last)) if last.isdecimal() and len(last) <= NTH else (number, 1)
    table = tables.report.c
    asked = sa.select(table.number).where(table.community == community, table.number.startswith(base, autoescape=True))
    with reaching(), engine.connect() as connection:
        taken = set(connection.execute(asked).scalars())
    while number in taken:
        nth += 1
        number = f"{base}-{nth}"
    return number


def chain(engine: sa.Engine, community: str, number: str) -> list[Kept]:
    """The report that was issued first, and what corrects it, drafts too, in the order in which they were made.

    Raises NoReport, HistoryUnavailable."""
    first = one(engine, community, number)
    while first.corrects:
        first = one(engine, community, first.corrects)
    found, table = [first], tables.report.c
    with reaching(), engine.connect() as connection:
        numbers = [first.number]
        while numbers:
            asked = sa.select(*LISTED).where(table.community == community, table.corrects.in_(numbers))
            later = [Kept(**row) for row in connection.execute(asked.order_by(table.made_ms)).mappings()]
            numbers = [report.number for report in later]
            found += later
    return sorted(found, key=lambda report: report.made_ms)


def superseded(engine: sa.Engine, community: str) -> dict[str, str]:
    """Number of a report that was corrected -> of its newest issued correction."""
    table = tables.report.c
    asked = sa.select(table.number, table.corrects).where(
        table.community == community, table.corrects != "", table.issued_ms.is_not(None)
    )
    with reaching(), engine.connect() as connection:
        corrects = {row.number: row.corrects for row in connection.execute(asked.order_by(table.place))}
    chains: dict[str, list[str]] = {}
    for number in corrects:
        first = number
        while first in corrects:
            first = corrects[first]
        chains.setdefault(first, [first]).append(number)
    return {number: numbers[-1] for numbers in chains.values() for number in numbers[:-1]}


def _alike(head: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    return [tables.report.c[name] == head[name] for name in _ALIKE]


def _here(community: str, number: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return tables.report.c.community == community, tables.report.c.number == number


def draft(engine: sa.Engine, head: Mapping[str, Any], body: bytes) -> bool:
    """Puts a draft in the place of the one before; False: it was issued, and stays. `own` words stay as they are;
    who endorsed other figures has to endorse it again. Raises Another: the number is."""
    insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
    row = dict(head) | {"body": body, "sha256": hashlib.sha256(body).hexdigest()}
    said, table = insert(tables.report).values(row), tables.report.c
    with reaching(), engine.begin() as connection:
        here = _here(row["community"], row["number"])
        before = connection.execute(
            sa.select(table.kind, table.edition, table.lang, table.subject, table.body).where(*here)
        ).first()
        if before is not None and not _same(before, head):
            raise Another(f"{row['number']} is the number of another report")
        as_seen = (*_alike(head), table.subject == (head["subject"] if before is None else before.subject))
        done = connection.execute(
            said.on_conflict_do_update(
                index_elements=["community", "number"],
                set_={name: said.excluded[name] for name in ("body", "sha256", "made_ms", "corrects", "subject")},
                where=sa.and_(table.issued_ms.is_(None), *as_seen),
            ).returning(table.number)  # PostgreSQL counts no rows here
        ).first()
        signatures_ = tables.report_signature.c
        stale = sa.and_(
            signatures_.community == row["community"],
            signatures_.number == row["number"],
            signatures_.sha256 != content_sha256(decoded(body)),
        )
        if done is not None:
            connection.execute(tables.report_signature.delete().where(stale))
        return done is not None


def _same(before: Any, head: Mapping[str, Any]) -> bool:
    if any(getattr(before, name) != head[name] for name in _ALIKE):
        return False
    return head["kind"] != "incident" or _is_of(head["subject"], before.subject, before.body, True)


def put_words(engine: sa.Engine, community: str, number: str, own: Mapping[str, Any]) -> None:
    """A person's sentences of a draft; what was endorsed before them has to be endorsed again.

    Raises NoReport, AlreadyIssued.
    """
    with reaching(), engine.begin() as connection:
        table = tables.report
        here = (*_here(community, number), table.c.issued_ms.is_(None))
        if not connection.execute(table.update().where(*here).values(own=dict(own))).rowcount:
            raise _refused(connection, community, number)
        signatures = tables.report_signature
        connection.execute(
            signatures.delete().where(signatures.c.community == community, signatures.c.number == number)
        )


def _refused(connection: sa.Connection, community: str, number: str) -> NoReport | AlreadyIssued:
    if connection.execute(sa.select(tables.report.c.number).where(*_here(community, number))).first() is None:
        return NoReport(f"no report {number!r}")
    return AlreadyIssued(f"{number} was issued: make a correction")


def sign(engine: sa.Engine, community: str, number: str, signed: Signed) -> bool:
    """False: this role has signed already. Raises NoReport."""
    one(engine, community, number)
    insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
    row = {"community": community, "number": number} | msgspec.to_builtins(signed)
    said = insert(tables.report_signature).values(row).on_conflict_do_nothing()
    with reaching(), engine.begin() as connection:
        return connection.execute(said.returning(tables.report_signature.c.role)).first() is not None


def signatures(engine: sa.Engine, community: str, number: str) -> list[Signed]:
    return signatures_of(engine, community, [number]).get(number, [])


def signatures_of(engine: sa.Engine, community: str, numbers: Iterable[str]) -> dict[str, list[Signed]]:
    """By number, in the order of time; who has none is not in it."""
    table = tables.report_signature.c
    asked = sa.select(table.number, table.role, table.post, table.at_ms, table.sha256, table.person)
    found: dict[str, list[Signed]] = {}
    with reaching(), engine.connect() as connection:
        rows = connection.execute(
            asked.where(table.community == community, table.number.in_(list(numbers))).order_by(table.at_ms, table.role)
        )
        for number, *signed in rows:
            found.setdefault(number, []).append(Signed(*signed))
    return found


def issue(
    engine: sa.Engine, community: str, number: str, body: bytes, files: Mapping[str, bytes], at_ms: int, by: str
) -> Kept:
    """Freezes the report with its files. Raises NoReport, AlreadyIssued."""
    table, kept_files = tables.report, tables.report_file
    digest = hashlib.sha256(body).hexdigest()
    with reaching(), engine.begin() as connection:
        newest = (
            sa.select(table.c.chain, table.c.issued_ms)
            .where(table.c.community == community, table.c.issued_ms.is_not(None))
            .order_by(table.c.place.desc())
            .limit(1)
        )
        before = connection.execute(newest).first()
        place = connection.execute(
            sa.select(sa.func.coalesce(sa.func.max(table.c.place), 0)).where(table.c.community == community)
        ).scalar_one()
        previous = before.chain if before is not None else ""
        hashes = {format_: hashlib.sha256(content).hexdigest() for format_, content in files.items()}
        here = (*_here(community, number), table.c.issued_ms.is_(None))
        drafted = connection.execute(sa.select(*(table.c[name] for name in BOUND)).where(*here)).mappings().first()
        if drafted is None:
            raise _refused(connection, community, number)
        new = {"sha256": digest, "issued_ms": at_ms, "issued_by": by, "place": place + 1}
        bound = link(previous, {**drafted, **new}, hashes, signatures_at(connection, community, number))
        done = connection.execute(table.update().where(*here).values(**new, body=body, previous=previous, chain=bound))
        if not done.rowcount:
            raise _refused(connection, community, number)
        for format_, content in files.items():
            connection.execute(
                kept_files.insert().values(
                    community=community, number=number, format=format_, sha256=hashes[format_], body=content
                )
            )
    return one(engine, community, number)


def file_of(engine: sa.Engine, community: str, number: str, format_: str) -> bytes | None:
    """The issued file; None: there is none of this format."""
    table = tables.report_file.c
    asked = sa.select(table.body).where(table.community == community, table.number == number, table.format == format_)
    with reaching(), engine.connect() as connection:
        found = connection.execute(asked).scalar()
    return bytes(found) if found is not None else None


def found_by_hash(engine: sa.Engine, sha256: str) -> list[tuple[str, str, str]]:
    """(community, number, format) of the issued files with this hash."""
    table = tables.report_file.c
    asked = sa.select(table.community, table.number, table.format).where(table.sha256 == sha256)
    with reaching(), engine.connect() as connection:
        return [(row.community, row.number, row.format) for row in connection.execute(asked)]
