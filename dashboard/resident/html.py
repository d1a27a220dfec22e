"""The frame of every page that residents open: title, large type, four tabs; nothing but one sheet and one script."""

from __future__ import annotations

from html import escape
from urllib.parse import quote, urlencode

from community.resident.words import RESIDENT
from community.words import Lang

from ..assets import scripts, sheets
from ..pages import Page
from .icons import icon

TABS = (
    ("charging", "/r", "tab_charging", "bolt"),
    ("report", "/r/report", "tab_report", "wrench"),
    ("notices", "/r/notices", "tab_notices", "horn"),
    ("mine", "/r/mine", "tab_mine", "person"),
)


class Sheet:
    """Parts of a page in the language, community and letter size of whoever asks."""

    def __init__(self, at: Page, *, big: bool) -> None:
        self.at, self.big = at, big
        self.lang: Lang = at.lang

    def say(self, key: str, *values: object) -> str:
        """Escaped, with its blanks filled."""
        return escape(RESIDENT[key].get(self.lang).format(*values))

    def link(self, path: str, **query: str) -> str:
        """An address of this community, escaped for an attribute. The language only where somebody chose it: a QR code
        that a neighbour scans speaks that one's own."""
        kept = {name: self.at.asked[name] for name in ("community", "lang") if name in self.at.asked}
        asked = urlencode(kept | query)
        return escape(quote(path) + (f"?{asked}" if asked else ""))

    def document(self, title: str, tab: str, body: str, *, follows: bool = False) -> str:
        """`follows`: the page renews itself: by its script, and where there is none by loading again."""
        big = self.link(self.at.path, big="0" if self.big else "1")
        nav = "".join(
            f'<a href="{self.link(path)}"{" aria-current=page" if name == tab else ""}>{icon(mark)}{self.say(word)}</a>'
            for name, path, word, mark in TABS
        )
        folders = ("photo", "resident") if tab == "report" else ("resident",)
        head = "".join([*sheets(folders), *(s.replace("<script ", "<script defer ") for s in scripts(folders))])
        again = '<noscript><meta http-equiv="refresh" content="30"></noscript>' if follows else ""
        name = escape(self.at.site.name.get(self.lang))
        return (
            f'<!DOCTYPE html><html lang="{"zh-CN" if self.lang == "zh" else "en"}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{title} · {name}</title>{head}{again}"
            '<link rel="icon" href="data:,"></head>'
            f'<body class="{"big" if self.big else ""}"{" data-follows" if follows else ""}>'
            f'<header><h1>{title}</h1><a class="pill" href="{big}">{self.say("normal" if self.big else "big")}</a>'
            f'</header><main id="main" data-offline="{self.say("offline")}">{body}</main>'
            f'<nav aria-label="{name}">{nav}</nav></body></html>'
        )
