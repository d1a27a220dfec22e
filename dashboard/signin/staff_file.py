"""People and their grants as a file, for those who keep configuration in git. It holds no password and no secret.

    account,name,state,grants
    li.min,李敏,,guard@lanting/post:control supervisor@region:chengxi
    zhao.liu,赵六,disabled,

A line is a person; grants are role@where, separated by blanks, where is a community, `region:<name>` or `*`, and after
a stroke may stand the post. Lines that begin with # say something to people alone.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import msgspec

from community.roles import EVERYWHERE, ROLES, Grant, Role, conflict
from community.site import Site
from store.people.register import Person

COLUMNS = ("account", "name", "state", "grants")
ACCOUNT = re.compile(r"[a-z0-9][a-z0-9.-]{1,31}")
LONGEST_NAME = 40
GIVEN: tuple[Role, ...] = tuple(role for role in ROLES if role != "wall")


class Wrong(NamedTuple):
    line: int
    why: str


class Staff(msgspec.Struct, frozen=True):
    account: str
    name: str
    disabled: bool
    grants: frozenset[Grant]


def write(people: Iterable[Person]) -> str:
    """As `read` takes it; the same people always give the same text."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for one in sorted(people, key=lambda person: person.account):
        state = "disabled" if one.disabled_ms is not None else ""
        rows.writerow([one.account, one.name, state, " ".join(sorted(map(_said, one.grants)))])
    return out.getvalue()


def _said(grant: Grant) -> str:
    return f"{grant.role}@{grant.community}" + (f"/{grant.post}" if grant.post else "")


def read(text: str, sites: Mapping[str, Site], regions: Collection[str]) -> tuple[list[Staff], list[Wrong]]:
    """Whom the file names, and what is wrong in it by its line: all of it at once. `regions`: `region:<name>` each."""
    found: list[Staff] = []
    wrong: list[Wrong] = []
    seen: dict[str, int] = {}
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
    rows = csv.reader("\n" if line.startswith("#") else line for line in lines)
    head: list[str] | None = None
    try:
        for row in rows:
            if not row:
                continue
            if head is None:
                head = [cell.strip() for cell in row]
                if tuple(head) != COLUMNS:
                    return [], [Wrong(rows.line_num, f"the head has to be {','.join(COLUMNS)}")]
                continue
            if len(row) != len(COLUMNS):
                wrong.append(Wrong(rows.line_num, f"{len(row)} columns instead of {len(COLUMNS)}"))
                continue
            staff, why = _staff(*(cell.strip() for cell in row), sites=sites, regions=regions)
            if staff.account in seen:
                why.append(f"{staff.account} stands on line {seen[staff.account]} already")
            seen.setdefault(staff.account, rows.line_num)
            wrong += [Wrong(rows.line_num, one) for one in why]
            found.append(staff)
    except csv.Error as error:
        wrong.append(Wrong(rows.line_num, str(error)))
    if head is None:
        wrong.append(Wrong(1, f"the head has to be {','.join(COLUMNS)}"))
    return found, wrong


def _staff(
    account: str, name: str, state: str, grants: str, *, sites: Mapping[str, Site], regions: Collection[str]
) -> tuple[Staff, list[str]]:
    why: list[str] = []
    if not ACCOUNT.fullmatch(account):
        why.append(f"{account!r} is no account: 2 to 32 lower-case letters, digits, dots, dashes")
    if len(name) > LONGEST_NAME:
        why.append(f"a name has at most {LONGEST_NAME} characters")
    if state not in ("", "disabled"):
        why.append(f"no state {state!r}: it is empty or disabled")
    held: dict[tuple[str, str], Grant] = {}
    for said in grants.split():
        role, _, place = said.partition("@")
        where, _, post = place.partition("/")
        if role not in GIVEN:
            why.append(f"no role {role!r} in {said!r}: {', '.join(GIVEN)}")
            continue
        if where not in sites and where not in regions and where != EVERYWHERE:
            known = ", ".join((*sites, *regions, EVERYWHERE))
            why.append(f"no community or region {where!r} in {said!r}: {known}")
            continue
        if post and post not in {one.id for one in (sites[where].posts if where in sites else ())}:
            why.append(f"no post {post!r} of {where} in {said!r}")
            continue
        if (role, where) in held:
            why.append(f"{role} in {where} twice")
        held[role, where] = Grant(role, where, post)
    if said_apart := conflict(grant.role for grant in held.values()):
        why.append(said_apart.en)
    return Staff(account, name, state == "disabled", frozenset(held.values())), why


class Change(NamedTuple):
    """`action` as the audit names it; `what`: the grant, or the name."""

    action: str
    account: str
    what: str = ""
    grant: Grant | None = None


def changes(people: Iterable[Person], wanted: Iterable[Staff], *, complete: bool) -> list[Change]:
    """From what is to what the file says, in the order in which it is carried out. `complete`: whoever it does not name
    is disabled; else they are left as they are."""
    known = {person.account: person for person in people}
    told: list[Change] = []
    named = set()
    for staff in wanted:
        named.add(staff.account)
        person = known.get(staff.account)
        if person is None:
            told.append(Change("people.add", staff.account, staff.name))
        elif person.name != staff.name:
            told.append(Change("people.rename", staff.account, staff.name))
        held = frozenset(person.grants) if person is not None else frozenset()
        # first what is taken: roles that one person cannot hold together may follow one another
        for action, grants in (("people.ungrant", held - staff.grants), ("people.grant", staff.grants - held)):
            told += [Change(action, staff.account, _said(one), one) for one in sorted(grants, key=_said)]
        was_off = person is not None and person.disabled_ms is not None
        if staff.disabled != was_off:
            told.append(Change("people.disable" if staff.disabled else "people.enable", staff.account))
    for person in known.values() if complete else ():
        if person.account not in named and person.disabled_ms is None:
            told.append(Change("people.disable", person.account))
    return told


def locks_out(people: Iterable[Person], wanted: Iterable[Staff], *, complete: bool) -> bool:
    """Whether nobody would be left who may say who may what: such a file locks everybody out for good."""
    after = {staff.account: staff for staff in wanted}
    for person in people:
        if person.account not in after and not complete:
            disabled = person.disabled_ms is not None
            after[person.account] = Staff(person.account, person.name, disabled, frozenset(person.grants))
    keeper = ("secadmin", EVERYWHERE)
    return not any(
        (grant.role, grant.community) == keeper for one in after.values() if not one.disabled for grant in one.grants
    )
