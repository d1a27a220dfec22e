"""The chain over a community's issued reports: what each was at its issue, and which came before it.

A link begins with the form that it has: `2:manager,supervisor:9f86..` is over the report's row, its files, who issued
it and when, and the signatures of the roles that it names; who endorses later is not under it. Links without a mark are
older: over body and files alone. They are believed only before the first that is marked.

Nothing here is secret: whoever writes the newest rows anew, or takes them away, has a chain that is whole. `verify`
says which is the newest, so that it can be held against what is on paper.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from community.reports.model import Paper, content_sha256, decoded

from . import tables
from .database import reaching

MARK = "2:"
BOUND = (
    "community", "number", "kind", "edition", "lang", "from_day", "to_day", "subject", "made_ms", "corrects", "sha256",
    "place", "issued_ms", "issued_by",
)  # fmt: skip
"""Columns of a report that its link is over."""
SIGNED = ("role", "post", "at_ms", "sha256", "person")


class Broken(ValueError):
    """A kept report is not what was issued; the sentence says what differs."""


def link(
    previous: str, row: Mapping[str, Any], files: Mapping[str, str], signatures: Iterable[Mapping[str, Any]]
) -> str:
    """`row`: the issued report's columns; `files`: SHA-256 by format; `signatures`: those that it has at issue."""
    signed = sorted(([one[name] for name in SIGNED] for one in signatures), key=lambda one: one[0])
    bound = [previous, [row[name] for name in BOUND], sorted(files.items()), signed]
    return f"{MARK}{','.join(one[0] for one in signed)}:{hashlib.sha256(msgspec.json.encode(bound)).hexdigest()}"


def earlier_link(previous: str, number: str, body_sha256: str, files: Mapping[str, str]) -> str:
    parts = [previous, number, body_sha256, *(f"{name}:{files[name]}" for name in sorted(files))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def signatures_at(connection: sa.Connection, community: str, number: str) -> list[dict[str, Any]]:
    """Those that stand there now, as `link` takes them."""
    table = tables.report_signature
    asked = sa.select(*(table.c[name] for name in SIGNED))
    rows = connection.execute(asked.where(table.c.community == community, table.c.number == number))
    return [dict(row) for row in rows.mappings()]


def check(engine: sa.Engine, community: str, number: str = "") -> int:
    """Recomputes every hash of the issued reports and the chain over them (`number`: of that one); how many were right.

    Raises Broken at the first that is not what was issued.
    """
    table = tables.report.c
    asked = (
        sa.select(table.previous, table.chain, *(table[name] for name in BOUND))
        .where(table.community == community, table.issued_ms.is_not(None))
        .order_by(table.place)
    )
    previous, at, right, marked = "", 0, 0, False
    with reaching(), engine.connect() as connection:
        for row in connection.execute(asked):
            at += 1
            if row.place != at:
                raise Broken(f"{community}: the report issued as number {at} is gone")
            if row.previous != previous:
                raise Broken(f"{row.number}: what was issued before it is not what stands there now")
            if marked and not row.chain.startswith(MARK):
                raise Broken(f"{row.number}: its link has the earlier form, and one before it the newer")
            previous, marked = row.chain, row.chain.startswith(MARK)
            if number and row.number != number:
                continue
            _check_one(connection, row)
            right += 1
    return right


def _check_one(connection: sa.Connection, row: sa.Row[Any]) -> None:
    table = tables.report.c
    here = (table.community == row.community, table.number == row.number)
    body = bytes(connection.execute(sa.select(table.body).where(*here)).scalar_one())
    if hashlib.sha256(body).hexdigest() != row.sha256:
        raise Broken(f"{row.number}: its figures are not those that were issued")
    files = _files(connection, row)
    signatures = signatures_at(connection, row.community, row.number)
    if row.chain.startswith(MARK):
        roles = row.chain.removeprefix(MARK).partition(":")[0].split(",")
        at_issue = [one for one in signatures if one["role"] in roles]
        if link(row.previous, row._asdict(), files, at_issue) != row.chain:
            raise Broken(f"{row.number}: a hash, its issue or a signature was written anew")
    elif earlier_link(row.previous, row.number, row.sha256, files) != row.chain:
        raise Broken(f"{row.number}: a hash was written anew")
    _check_signatures(row.number, decoded(body), signatures)


def _files(connection: sa.Connection, row: sa.Row[Any]) -> dict[str, str]:
    """SHA-256 by format."""
    table, found = tables.report_file.c, {}
    asked = sa.select(table.format, table.sha256, table.body).where(
        table.community == row.community, table.number == row.number
    )
    for file in connection.execute(asked):
        if hashlib.sha256(bytes(file.body)).hexdigest() != file.sha256:
            raise Broken(f"{row.number}: its {file.format} is not the one that was issued")
        found[file.format] = file.sha256
    return found


def _check_signatures(number: str, paper: Paper, signatures: Iterable[Mapping[str, Any]]) -> None:
    """Each is of these figures, and whoever is printed as having signed did so at that moment."""
    content, moments = content_sha256(paper), set()
    for one in signatures:
        moments.add(one["at_ms"])
        if one["sha256"] != content:
            raise Broken(f"{number}: {one['role']} signed other figures")
    for line in paper.signatures:
        if line.at_ms and line.at_ms not in moments:
            raise Broken(f"{number}: the signature of {line.role} is not the one that is printed")
