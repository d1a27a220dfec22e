"""Who may be what: roles, grants (a role in a community, or in all), and which one person cannot hold together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec

from .place import Text

Role = Literal["wall", "guard", "supervisor", "manager", "sysadmin", "secadmin", "auditor"]

ROLES: Mapping[Role, Text] = {
    "wall": Text("值班大屏", "Wall"),
    "guard": Text("保安", "Guard"),
    "supervisor": Text("班长", "Supervisor"),
    "manager": Text("经理", "Manager"),
    "sysadmin": Text("系统管理员", "System administrator"),
    "secadmin": Text("安全管理员", "Security administrator"),
    "auditor": Text("审计员", "Auditor"),
}

OF_DESK: tuple[Role, ...] = ("guard", "supervisor", "manager")
"""Those who handle alarms, in rising order: a post's role, and what a command says of who gives it."""

APART: frozenset[Role] = frozenset(("sysadmin", "secadmin", "auditor"))
"""Who runs the machines, who says who may what, and who reads what both did are three persons."""

SECOND_FACTOR: frozenset[Role] = frozenset(("manager", *APART))
"""Signing in takes more than a password."""

EVERYWHERE = "*"
REGION = "region:"
"""Before the name of a region, in the place of a community: all that say they lie in it (`region` of a site)."""

IDLE_MIN: Mapping[Role, int] = {"guard": 240, "supervisor": 240}
IDLE_OTHERS_MIN = 30
"""A control room is never empty, and a guard who watches a quiet night touches nothing for hours; an office is left for
lunch."""

SESSION_H = 13
"""A shift of twelve hours and its hand-over."""


class Grant(msgspec.Struct, frozen=True):
    """`community`: its id, EVERYWHERE, or in the register `region:<name>` (`in_force`). `post`: which post of it the
    person stands for; empty: the first of the role."""

    role: Role
    community: str
    post: str = ""

    def covers(self, community: str) -> bool:
        return self.community in (community, EVERYWHERE)


def regions_of(sites: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """`region:<name>` -> its communities, of (id, region) of each; who says no region lies in none."""
    found: dict[str, list[str]] = {}
    for id_, region in sites:
        if region:
            found.setdefault(REGION + region, []).append(id_)
    return found


def in_force(grants: Iterable[Grant], regions: Mapping[str, Iterable[str]]) -> tuple[Grant, ...]:
    """Of a grant in a region one in each of its communities as they are now; a post belongs to one community. All of
    a region is never EVERYWHERE, though nothing else is served."""
    found: dict[Grant, None] = {}
    for grant in grants:
        if not grant.community.startswith(REGION):
            found[grant] = None
            continue
        for community in regions.get(grant.community, ()):
            found[Grant(grant.role, community)] = None
    return tuple(found)


SAID: Final = {
    "apart": Text(
        "系统管理员、安全管理员、审计员必须是三个人",
        "system administrator, security administrator and auditor are three persons",
    ),
    "auditor": Text("审计员不能兼任其他角色", "an auditor holds no other role"),
    "wall": Text("大屏不是人：用配对码", "a wall is no person: pair it with a code"),
}


def conflict(roles: Iterable[Role]) -> Text | None:
    """Why one person cannot hold these together; None: they can."""
    held = set(roles)
    if "wall" in held:
        return SAID["wall"]
    if len(held & APART) > 1:
        return SAID["apart"]
    return SAID["auditor"] if "auditor" in held and len(held) > 1 else None


def idle_ms(roles: Iterable[Role]) -> int:
    """How long a person may do nothing: the strictest of the roles."""
    return 60_000 * min((IDLE_MIN.get(role, IDLE_OTHERS_MIN) for role in roles), default=IDLE_OTHERS_MIN)


def second_factor(roles: Iterable[Role]) -> bool:
    return not SECOND_FACTOR.isdisjoint(roles)
