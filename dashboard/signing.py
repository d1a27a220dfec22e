"""A command is signed by the server: who gives it, for which post, as what. The body may only say less, never more."""

from __future__ import annotations

import msgspec

from community.site import Site

from .access import Denied, require
from .commands import Command
from .signin.who import Who, desk_roles, post_of


def signed(command: Command, who: Who | None, site: Site, at_ms: int) -> Command:
    """With the post (and role) that the person acts for in this community. Raises Denied."""
    action = str(command.__struct_config__.tag)
    who = require(who, action, site.id)
    roles = desk_roles(who, site.id)
    posts = {post.id: post.role for post in site.posts}
    by = command.by or post_of(who, site, at_ms)
    if command.by and posts and posts.get(by) not in roles:
        raise Denied(who, action, site.id, f"you do not stand at {by}")
    changes = {"by": by}
    role = getattr(command, "role", None)
    if role is not None:
        if role and role not in roles:
            raise Denied(who, action, site.id, f"you are no {role} here")
        changes["role"] = role or str(roles[-1])
    return msgspec.structs.replace(command, **changes)
