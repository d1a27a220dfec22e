"""Pages of tables and forms, plain HTML by daylight: what `/letters`, `/devices`, `/mappings` and `/room` share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from community.clock import local
from community.roles import EVERYWHERE
from community.site import Text
from community.veil import veil

from .access import rule_of
from .pages import Page
from .signin.pages import document
from .tongue import switch

PAYLOAD_SHOWN = 65_536


class Paper:
    """One page in one language. `words`: its sentences."""

    def __init__(self, at: Page, words: Mapping[str, Text]) -> None:
        self.at, self.words = at, words

    def plain(self, key: str, *values: object) -> str:
        text = self.words[key].get(self.at.lang)
        for value in values:
            text = text.replace("{}", str(value), 1)
        return text

    def say(self, key: str, *values: object) -> str:
        return escape(self.plain(key, *values))

    def time(self, at_ms: int) -> str:
        return local(at_ms, self.at.site.timezone).strftime("%Y-%m-%d %H:%M:%S") if at_ms else "—"

    def link(self, path: str, label: str, **query: str) -> str:
        return f'<a href="{escape(self.address(path, **query))}">{label}</a>'

    def address(self, path: str, **query: str) -> str:
        asked = {"community": self.at.site.id, "lang": self.at.lang, **{k: v for k, v in query.items() if v}}
        return f"{path}?{urlencode(asked)}"

    def form(self, path: str, do: str, *inner: str, look: str = "", label: str = "", **hidden: str) -> str:
        carried = "".join(f'<input type="hidden" name="{k}" value="{escape(v)}">' for k, v in hidden.items())
        pressed = f'<button class="{look}" name="do" value="{do}">{label or self.say(do)}</button>'
        return f'<form method="post" action="{escape(self.address(path))}">{carried}{"".join(inner)}{pressed}</form>'

    def field(self, name: str, value: str = "", more: str = "") -> str:
        said, told = self.say(name), escape(value)
        return f'<input name="{name}" value="{told}" aria-label="{said}" placeholder="{said}" maxlength="80" {more}>'

    def area(self, name: str, value: str = "") -> str:
        said = self.say(name)
        return f'<textarea name="{name}" id="{name}" aria-label="{said}" spellcheck="false">{escape(value)}</textarea>'

    def choice(self, name: str, values: Mapping[str, str], chosen: str) -> str:
        options = "".join(
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
            for value, text in values.items()
        )
        return f'<select name="{name}" aria-label="{self.say(name)}">{options}</select>'

    def table(self, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
        """`rows`: cells that are HTML already."""
        head = "".join(f"<th>{self.say(key) if key else ''}</th>" for key in heads)
        body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
        return f"<table><tr>{head}</tr>{body}</table>"

    def _others(self, title: str) -> str:
        """The way to those that whoever asks may open."""
        links = []
        for path, (key, said) in OTHERS.items():
            rule, who = rule_of("GET", path), self.at.who
            where = EVERYWHERE if rule.everywhere else self.at.site.id
            if key != title and who is not None and who.may(rule.roles or (), where):
                links.append(self.link(path, escape(said.get(self.at.lang))))
        return "".join(links)

    def page(
        self,
        title: str,
        body: str,
        notice: str = "",
        beside: str = "",
        folders: tuple[str, ...] = (),
        *,
        broad: bool = False,
    ) -> str:
        """`beside`: links in the head of the page. `broad`: it takes the whole width of a large screen."""
        said = f'<p class="notice" role="status">{escape(notice)}</p>' if notice else ""
        beside = f"{self._others(title)}{beside}{switch(self.at.lang)}"
        sign_out, look = SIGN_OUT.get(self.at.lang), "people broad" if broad else "people"
        return document(
            self.at.lang,
            f"{self.plain(title)} · {self.at.site.name.get(self.at.lang)}",
            f'<main class="{look}"><header><h1>{self.say(title)}</h1><p>{escape(self.at.site.name.get(self.at.lang))}'
            f'</p>{beside}<form method="post" action="/logout"><button>{escape(sign_out)}</button></form></header>'
            f"{said}{body}</main>",
            "papers",
            ("shared", "people", *folders),
            folders,
        )


OTHERS = {
    "/room": ("room", Text("住户", "Home")),
    "/care": ("care", Text("特殊关怀", "Care")),
    "/privacy": ("privacy", Text("个人信息", "Personal data")),
    "/devices": ("devices", Text("未登记设备", "Unknown devices")),
    "/site": ("site", Text("社区设置", "Site settings")),
    "/mappings": ("mappings", Text("映射", "Mappings")),
    "/letters": ("letters", Text("死信", "Dead letters")),
}
"""The pages that share this paper: address -> key of its title, and its name."""

SIGN_OUT = Text("退出", "Sign out")


def answer(body: str, status: int = 200) -> Response:
    return Response(body, status, media_type="text/html", headers={"cache-control": "no-store"})


def pretty(value: Any) -> str:
    """A payload as a person reads it: JSON over several lines, text as it is."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return str(value)
    return json.dumps(value, ensure_ascii=False, indent=1)


def shown(value: Any, most: int = PAYLOAD_SHOWN) -> str:
    """HTML of a payload: personal data hidden, cut where it is very long."""
    text = veil(pretty(value)).shown
    cut = f"\n… {len(text)}" if len(text) > most else ""
    return f"<pre>{escape(text[:most] + cut)}</pre>"
