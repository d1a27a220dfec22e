"""The pages of the door, plain HTML: they work before anything else does, and without script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlencode

from community.roles import ROLES, Role
from community.site import Site
from community.words import OWN_NAMES, WALL, Lang

from ..assets import asset_url, scripts, sheets
from .words import DOOR

_ICONS = {
    "user": '<circle cx="12" cy="8" r="4"/><path d="M5 20c0-4 3-6 7-6s7 2 7 6"/>',
    "lock": '<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
    "eye": '<path d="M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12z"/><circle cx="12" cy="12" r="3"/>',
    "warn": '<path d="M12 4 2.5 20h19z"/><path d="M12 10v5M12 17.5v.5"/>',
    "link": '<path d="M10 8H8a4 4 0 0 0 0 8h2M14 8h2a4 4 0 0 1 0 8h-2M9 12h6"/>',
}


def icon(name: str) -> str:
    return f'<i class="icon" aria-hidden="true"><svg viewBox="0 0 24 24">{_ICONS[name]}</svg></i>'


def document(
    lang: Lang,
    title: str,
    body: str,
    look: str = "",
    folders: Sequence[str] = ("shared", "door"),
    scripted: Sequence[str] = (),
) -> str:
    """`folders`: those whose sheets it has; `scripted`: whose scripts run when it stands."""
    links = "".join(['<link rel="stylesheet" href="/fonts/fonts.css">', *sheets(folders)])
    return (
        f'<!DOCTYPE html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>{links}"
        f'<script src="{asset_url("/assets/door/door.js")}" defer></script></head>'
        f'<body class="{look}">{body}{"".join(scripts(scripted))}</body></html>'
    )


def door(site: Site, lang: Lang, form: str, address: str, query: Mapping[str, str]) -> str:
    """`form` on the right, the community on the left. `address`, `query`: of this page, for the other language."""

    def tongue(other: Lang) -> str:
        name = OWN_NAMES[other]
        if other == lang:
            return f'<span class="on" lang="{other}">{name}</span>'
        there = escape(f"{address}?{urlencode({**query, 'lang': other})}")
        return f'<a lang="{other}" href="{there}">{name}</a>'

    name = escape(site.name.get(lang))
    subtitle = escape(WALL["subtitle"].get(lang))
    return document(
        lang,
        f"{DOOR['sign_in'].get(lang)} · {site.name.get(lang)}",
        f'<div class="scene"><img src="/login/plan.svg?{urlencode({"community": site.id})}" alt=""></div>'
        f'<header class="place"><h1>{name}</h1><p>{subtitle}</p></header>'
        f'<nav class="tongues">{tongue("zh")}{tongue("en")}</nav><main class="entry">{form}</main>',
        "door",
    )


class Form:
    """Parts of a form in one language. `asked`: the query of its page; community and language chosen there go along."""

    def __init__(self, lang: Lang, asked: Mapping[str, str] = {}) -> None:
        self.lang, self._asked = lang, asked

    def to(self, address: str) -> str:
        kept = urlencode({name: self._asked[name] for name in ("community", "lang") if name in self._asked})
        return escape(f"{address}?{kept}" if kept else address)

    def say(self, key: str, *values: object) -> str:
        text = DOOR[key].get(self.lang)
        for value in values:
            text = text.replace("{}", str(value), 1)
        return escape(text)

    def field(self, name: str, label: str, mark: str, *, type_: str = "text", value: str = "", more: str = "") -> str:
        eye = ""
        if type_ == "password":
            eye = (
                f'<button type="button" class="eye" data-shows="{name}" aria-label="{self.say("show")}">'
                f"{icon('eye')}</button>"
            )
        return (
            f'<label for="{name}">{self.say(label)}</label><div class="field">{icon(mark)}'
            f'<input id="{name}" name="{name}" type="{type_}" value="{escape(value)}" required {more}>{eye}</div>'
        )

    def note(self, said: str) -> str:
        return f'<p class="note" role="alert">{icon("warn")}{said}</p>' if said else ""

    def hidden(self, **values: str) -> str:
        return "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in values.items() if value
        )


def sign_in_form(form: Form, next_: str, account: str, said: str, demo_roles: Sequence[Role]) -> str:
    lang, carried = form.lang, form.hidden(next=next_)
    first, second = ("", "autofocus") if account else ("autofocus", "")
    demo = ""
    if demo_roles:
        buttons = "".join(
            f'<button class="quiet" name="role" value="{role}">{escape(ROLES[role].get(lang))}</button>'
            for role in demo_roles
        )
        demo = (
            f'<div class="rule"><span>{form.say("demo")}</span></div>'
            f'<form method="post" action="{form.to("/login/demo")}" class="demo">{carried}{buttons}</form>'
        )
    return (
        f"<h2>{form.say('sign_in')}</h2>"
        f'<form method="post" action="{form.to("/login")}">{carried}'
        + form.field("account", "account", "user", value=account, more=f'autocomplete="username" {first}')
        + form.field("password", "password", "lock", type_="password", more=f'autocomplete="current-password" {second}')
        + form.note(said)
        + f'<button class="go">{form.say("sign_in")}</button></form>{demo}'
        f'<div class="rule"><span>{form.say("wall")}</span></div>'
        f'<a class="quiet wide" href="{form.to("/login/wall")}">{icon("link")}{form.say("pair")}</a>'
        f'<p class="small">{form.say("legal")}<br>{form.say("forgot")}</p>'
    )


def code_form(form: Form, next_: str, said: str, secret: str = "", picture: str = "") -> str:
    """`secret`, `picture`: where the factor is set up just now."""
    head = f"<h2>{form.say('enrol' if secret else 'code')}</h2><p>{form.say('enrol_why' if secret else 'code_why')}</p>"
    if secret:
        groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        head += (
            f'<div class="qr">{picture}</div><p class="small">{form.say("by_hand")}: <b class="num">{groups}</b></p>'
        )
    return (
        head
        + f'<form method="post" action="{form.to("/login/code")}">{form.hidden(next=next_, secret=secret)}'
        + form.field(
            "code", "code", "lock", more='inputmode="numeric" autocomplete="one-time-code" maxlength="7" autofocus'
        )
        + form.note(said)
        + f'<button class="go">{form.say("next")}</button></form>'
    )


def password_form(form: Form, next_: str, said: str) -> str:
    return (
        f"<h2>{form.say('new_password')}</h2><p>{form.say('weak')}</p>"
        f'<form method="post" action="{form.to("/login/password")}">{form.hidden(next=next_)}'
        + form.field("password", "new_password", "lock", type_="password", more='autocomplete="new-password" autofocus')
        + form.field("again", "again", "lock", type_="password", more='autocomplete="new-password"')
        + form.note(said)
        + f'<button class="go">{form.say("save")}</button></form>'
    )


def wall_form(form: Form, said: str) -> str:
    return (
        f"<h2>{form.say('wall')}</h2><p>{form.say('pairing_how')}</p>"
        f'<form method="post" action="{form.to("/login/wall")}">'
        + form.field("code", "pairing_code", "link", more='inputmode="numeric" maxlength="11" autofocus')
        + form.note(said)
        + f'<button class="go">{form.say("open_wall")}</button></form>'
        f'<p class="small"><a href="{form.to("/login")}">{form.say("back")}</a></p>'
    )


def denied_page(lang: Lang, name: str) -> str:
    form = Form(lang)
    whose = f"<p>{escape(name)}</p>" if name else ""
    return document(
        lang,
        DOOR["denied"].get(lang),
        f'<main class="entry alone"><h2>{form.say("denied")}</h2><p>{form.say("denied_why")}</p>{whose}'
        f'<form method="post" action="/logout"><button class="go">{form.say("sign_out")}</button></form></main>',
        "door",
    )
