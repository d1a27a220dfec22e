"""Who a request comes from, and what that one may do in a community."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from community.roles import EVERYWHERE, OF_DESK, Grant, Role
from community.site import Site

WALL_TOKEN_HOLDER = "wall:token"
VISITOR = "demo:visitor"
"""Whoever opens the demo on its own machine: a guard, so that everything can be tried at once."""

STAGES = {"code": "/login/code", "enrol": "/login/code", "password": "/login/password"}
"""Where somebody goes on who is half way in."""


class Who(msgspec.Struct, frozen=True):
    """`id`: what log and audit carry, never a name. `session`: its row, empty where there is none to end."""

    id: str
    grants: tuple[Grant, ...]
    session: str = ""
    name: str = ""
    stage: str = ""
    """What is still missing before the person is in: `code`, `enrol`, `password`; empty: nothing."""
    demo: bool = False
    ends_ms: int | None = None
    lang: str = ""
    """The language that is kept with the person; empty: none has been chosen."""

    def roles(self, community: str) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants if grant.covers(community))

    def may(self, allowed: Iterable[Role], community: str) -> bool:
        return not self.roles(community).isdisjoint(allowed)

    def anywhere(self, allowed: Iterable[Role]) -> bool:
        """In some community, whichever."""
        wanted = frozenset(allowed)
        return any(grant.role in wanted for grant in self.grants)

    def everywhere(self, allowed: Iterable[Role]) -> bool:
        return self.may(allowed, EVERYWHERE)


def desk_roles(who: Who, community: str) -> list[Role]:
    """In which of the desk's roles the person may act, rising; whoever leads may also do what those do whom they
    lead."""
    held = [OF_DESK.index(role) for role in who.roles(community) if role in OF_DESK]
    return list(OF_DESK[: max(held) + 1]) if held else []


def post_of(who: Who, site: Site, at_ms: int) -> str:
    """For which post the person acts where nothing else is said: the grant's, else the first of the role that is on
    duty, else the first of the role; `post:<role>` where the site has none."""
    roles = desk_roles(who, site.id)
    if not roles:
        return ""
    for grant in who.grants:
        if grant.role == roles[-1] and grant.covers(site.id) and grant.post:
            return grant.post
    posts = [post for post in site.posts if post.role == roles[-1]]
    on_duty = [post for post in posts if post.on_duty(at_ms, site.timezone)]
    found = next(iter([*on_duty, *posts]), None)
    return found.id if found is not None else f"post:{roles[-1]}"
