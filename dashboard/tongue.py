"""The other language on every page: one button, which keeps it with whoever is signed in. It works without script."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from community.words import OWN_NAMES, Lang

ADDRESS = "/language"


def switch(lang: Lang) -> str:
    """`lang`: the one that the page is in. Where the page is, its browser says (Referer)."""
    other: Lang = "en" if lang == "zh" else "zh"
    button = f'<button name="lang" value="{other}" lang="{other}">{OWN_NAMES[other]}</button>'
    return f'<form class="tongue" method="post" action="{ADDRESS}">{button}</form>'


def page_asking(headers: Mapping[str, str]) -> str:
    """The page on which the button was pressed; empty: none of this server's."""
    page = urlsplit(headers.get("referer", ""))
    return page._replace(scheme="", netloc="", fragment="").geturl() if page.netloc == headers.get("host") else ""


def in_language(address: str, lang: Lang, *, named: bool) -> str:
    """The address in that language; `named`: it says so even if it has named none."""
    path, _, query = address.partition("?")
    asked = parse_qsl(query, keep_blank_values=True)
    if not named and "lang" not in dict(asked):
        return address
    return f"{path}?{urlencode([*(pair for pair in asked if pair[0] != 'lang'), ('lang', lang)])}"
