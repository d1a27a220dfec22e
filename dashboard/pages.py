"""Which page a request is about: the community and the language.

Dash fetches its layout in a second request that does not carry the page's query; there the page's own address, which
the browser sends as the referrer, says it. A context variable carries the answer to the layout function.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from community.site import Site
from community.words import Lang

LAYOUT_PATH = "/_dash-layout"


class Page(msgspec.Struct, frozen=True):
    site: Site
    lang: Lang
    build: str = ""
    """Of program and description: a page that was laid out for another than its stream tells of loads itself again."""


class UnknownCommunity(LookupError):
    """The address names a community that is not described here."""


current: ContextVar[Page] = ContextVar("current_page")


def page_of(sites: Mapping[str, Site], path: str, query: str, headers: Mapping[str, str]) -> Page:
    """Raises UnknownCommunity. Without a community the first one; `lang` goes before Accept-Language."""
    if path == LAYOUT_PATH:
        query = urlsplit(headers.get("referer", "")).query or query
    asked = parse_qs(query)
    community = asked.get("community", [next(iter(sites))])[-1]
    if community not in sites:
        raise UnknownCommunity(community)
    site = sites[community]
    return Page(site, language(asked.get("lang", [""])[-1], headers.get("accept-language", ""), site))


def language(asked: str, accepted: str, site: Site) -> Lang:
    """The language asked for, else the first of the browser's that the wall speaks, else the site's own."""
    if asked in ("zh", "en"):
        return "zh" if asked == "zh" else "en"
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
