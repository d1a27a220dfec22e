"""Which page a request is about: its address, the community, the language, what else its query asks for.

Dash fetches layout and callbacks in requests that do not carry the page's address; there the referrer, which the
browser sends to this server, says it. A context variable carries the answer to layouts and callbacks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from community.site import Site
from community.words import Lang, language_named

from .signin.who import Who

DASHS_OWN = ("/_dash-layout", "/_dash-update-component")
"""What Dash asks for on behalf of a page."""


class Page(msgspec.Struct, frozen=True):
    site: Site
    lang: Lang
    path: str = "/"
    asked: Mapping[str, str] = {}
    """The query of the page's address, of each name the last value."""
    now_ms: int = 0
    """The community's clock, this machine's where nobody has told it."""
    build: str = ""
    """Of program and description: a page that was laid out for another than its stream tells of loads itself again."""
    who: Who | None = None
    """Who asks; None: an address for everybody, and nobody has signed in."""

    @property
    def visit(self) -> bool:
        """参观模式: there are visitors in front of it."""
        return self.asked.get("visit", "0") not in ("", "0")


class UnknownCommunity(LookupError):
    """The address names a community that is not described here."""


class ForeignCommunity(LookupError):
    """It is described here, and not for whoever asks."""


current: ContextVar[Page] = ContextVar("current_page")


def page_of(
    sites: Mapping[str, Site],
    path: str,
    query: str,
    headers: Mapping[str, str],
    mine: Sequence[str] | None = None,
    kept: str = "",
) -> Page:
    """Raises UnknownCommunity, ForeignCommunity. `mine`: those that whoever asks may see; without one in the
    address the first of them. `lang` goes before `kept`, the language of whoever is signed in, and that before
    Accept-Language."""
    if path in DASHS_OWN:
        page = urlsplit(headers.get("referer", ""))
        path, query = page.path or "/", page.query or query
    asked = {name: values[-1] for name, values in parse_qs(query).items()}
    open_to = list(sites) if mine is None else mine
    community = asked.get("community", next(iter(open_to), ""))
    if community not in sites and community:
        raise UnknownCommunity(community)
    if community not in open_to:
        raise ForeignCommunity(community)
    site = sites[community]
    lang = language(asked.get("lang", ""), headers.get("accept-language", ""), site, kept)
    return Page(site, lang, path, asked)


def language(asked: str, accepted: str, site: Site, kept: str = "") -> Lang:
    """The language asked for, else the one that is kept with the person, else the first of the browser's that the wall
    speaks, else the site's own."""
    chosen = language_named(asked) or language_named(kept)
    if chosen is not None:
        return chosen
    weighed: list[tuple[float, int, str]] = []
    for order, part in enumerate(accepted.split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), order, tag.lower()))
        except ValueError:
            continue
    for _, _, tag in sorted(weighed):
        if tag.startswith("zh"):
            return "zh"
        if tag.startswith("en"):
            return "en"
    return "en" if site.language == "en" else "zh"
