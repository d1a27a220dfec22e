"""The pages of residents in care as HTML. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from community.board.naming import clock_time
from community.care_flow import RESULTS, SAID, SELF, Kind, Step, next_step, said
from community.catalogue import CATALOGUE
from community.personal import CONSENTS, REGISTER
from community.state import Alarm, State, alarm_state
from community.systems.care import Band
from community.words import post
from store.residents.persons import Consent, Contact

from ..access import ACTIONS, LEADS
from ..paper import Paper
from .look import Shown, covered, moment, newest, thresholds
from .words import KINDS, THRESHOLDS

NAMES = {one.id: one.name for one in REGISTER}


class Person(NamedTuple):
    shown: Shown
    contacts: Sequence[Contact]
    consents: Sequence[Consent]
    told: Sequence[tuple[Alarm, Sequence[Step]]]
    plain: bool


def may(paper: Paper, action: str) -> bool:
    who = paper.at.who
    return who is not None and who.may(ACTIONS[action], paper.at.site.id)


def beside(paper: Paper, *, all_: bool = False) -> str:
    links = [paper.link("/care", paper.say("back"))] if all_ else []
    return "".join([*links, paper.link("/desk", paper.say("desk"))])


def kind(paper: Paper, one: Shown) -> str:
    return escape(KINDS[one.kind].get(paper.at.lang) if one.kind in KINDS else one.kind)


def who(paper: Paper, one: Shown) -> str:
    name = escape(one.name) if one.registered else f'<span class="covered">{paper.say("not_registered")}</span>'
    return f"<b>{name}</b><small>{escape(one.subject)}</small>"


def _now(paper: Paper, one: Shown) -> str:
    parts = [_raised(paper, alarm) for alarm in one.alarms]
    if one.withdrawn:
        parts.append(f"<b>{paper.say('not_watched')}</b>")
    elif one.away:
        until = moment(one.away_until_ms, paper.at.site) if one.away_until_ms else ""
        parts.append(paper.say("away_until", until) if until else paper.say("away"))
    return "<br>".join(parts) or paper.say("watched")


def _raised(paper: Paper, alarm: Alarm) -> str:
    since = paper.say("alarm_since", clock_time(paper.at.site, alarm.activated_ms))
    name = escape(CATALOGUE[alarm.id].name.get(paper.at.lang))
    return f'<b class="raised-p{alarm.priority[1:]}">{alarm.priority} {name}</b> {since}'


# ---- everybody
def everybody(paper: Paper, rows: Sequence[Shown], consents: Mapping[str, Mapping[str, Consent]]) -> str:
    drawn = [
        (
            f'<a href="{_address(paper, one.subject)}">{who(paper, one)}</a>',
            escape(one.home),
            kind(paper, one),
            _now(paper, one),
            _leave(paper, consents.get(one.subject, {}).get("care")),
        )
        for one in rows
    ]
    table = paper.table(("who", "", "kind", "now", "leave"), drawn) if rows else f"<p>{paper.say('nobody')}</p>"
    if not may(paper, "care.register"):
        return table
    return f'<div class="beside"><div>{table}</div><aside>{_registering(paper, rows)}</aside></div>'


def _address(paper: Paper, subject: str) -> str:
    return escape(paper.address(f"/care/{quote(subject, safe='')}"))


def _leave(paper: Paper, given: Consent | None) -> str:
    if given is None:
        return paper.say("no_consent")
    if given.withdrawn_ms is not None:
        return f"<b>{paper.say('withdrawn_at', moment(given.withdrawn_ms, paper.at.site))}</b>"
    return paper.say("stands")


def _registering(paper: Paper, rows: Sequence[Shown]) -> str:
    free = {"": paper.plain("new_id")} | {one.subject: one.subject for one in rows if not one.registered}
    inner = (
        paper.choice("subject", free, ""),
        paper.choice("kind", {id_: text.get(paper.at.lang) for id_, text in KINDS.items()}, "resident_alone"),
        paper.field("name", "", "required"),
        paper.field("phone", "", 'required inputmode="tel"'),
        paper.field("home"),
        paper.choice("by", {"self": paper.plain("by_self"), "guardian": paper.plain("by_guardian")}, "self"),
        f'<label><input type="checkbox" name="category" value="care" required> {escape(_name(paper, "care"))}</label>',
    )
    return f"<h2>{paper.say('register')}</h2>{paper.form('/care', 'add', *inner)}"


def _name(paper: Paper, category: str) -> str:
    return NAMES[category].get(paper.at.lang)


def rail(paper: Paper, rows: Sequence[Shown], chosen: str) -> str:
    """Everybody, beside the one who is looked at, where a screen has room for it."""
    lines = []
    for one in rows:
        here = ' aria-current="page"' if one.subject == chosen else ""
        now = f"<br>{_now(paper, one)}" if one.alarms or one.away or one.withdrawn else ""
        about = " · ".join(part for part in (escape(one.home), kind(paper, one)) if part)
        lines.append(
            f'<li><a href="{_address(paper, one.subject)}"{here}>{who(paper, one)}<span>{about}{now}</span></a></li>'
        )
    return f'<nav class="rail" aria-label="{paper.say("back")}"><ul>{"".join(lines)}</ul></nav>'


# ---- one
def person(paper: Paper, state: State, of: Person, everybody: Sequence[Shown]) -> str:
    """What happens now goes across; what is written down of somebody stands in cards under it."""
    one = of.shown
    head = f"<h2>{who(paper, one)}</h2><p>{escape(one.phone)} · {escape(one.home)} · {kind(paper, one)}<br>"
    parts = [f'<section class="card head"><div>{head}{_now(paper, one)}</p></div>']
    if not of.plain:
        asking = _form(paper, one, "plain", paper.field("reason", "", "required"))
        leads = paper.at.who is not None and paper.at.who.may(LEADS, paper.at.site.id)
        told = f"<p>{paper.say('why')}</p>{asking}" if leads or one.alarms else f"<p>{paper.say('only_alarm')}</p>"
        parts.append(f"<div>{told}</div>")
    parts.append("</section>")
    parts += [_flow(paper, state, of, alarm, steps) for alarm, steps in of.told]
    first = [_contacts(paper, of), _consents(paper, of)]
    second = [_absence(paper, one), _thresholds(paper, state, one)]
    if may(paper, "care.erase"):
        confirm = paper.field("confirm", "", 'required autocomplete="off"')
        second.append(
            f"<h3>{paper.say('erase')}</h3><p>{paper.say('erase_why')}</p>{_form(paper, one, 'erase', confirm)}"
        )
    columns = ("".join(f'<section class="card">{card}</section>' for card in column) for column in (first, second))
    cards = "".join(f"<div>{column}</div>" for column in columns)
    return (
        f'<div class="register">{rail(paper, everybody, one.subject)}'
        f'<div class="one">{"".join(parts)}<div class="cards">{cards}</div></div></div>'
    )


def _form(paper: Paper, one: Shown, do: str, *inner: str, look: str = "", label: str = "", **hidden: str) -> str:
    return paper.form(f"/care/{quote(one.subject, safe='')}", do, *inner, look=look, label=label, **hidden)


def _flow(paper: Paper, state: State, of: Person, alarm: Alarm, steps: Sequence[Step]) -> str:
    lang, relations = paper.at.lang, {one.id: one.relation for one in of.contacts}
    named = {SELF: SAID[SELF].get(lang)} | {
        one.id: f"{one.relation} {one.name} {one.phone}".strip()
        for one in (covered(each, plain=of.plain) for each in of.contacts)
    }
    lines = [
        f"<li><span class='num'>{clock_time(state.site, step.at_ms, seconds=True)}</span> "
        f"{escape(said(step.kind, SELF if step.whom == SELF else relations.get(step.whom, ''), step.result, lang))} "
        f"<small>{escape(post(step.by, lang, state.site.posts))}</small></li>"
        for step in steps
    ]
    coming = next_step(alarm.id, steps, list(relations))
    advice = paper.say(f"next_{coming.do}", *([named.get(coming.whom, "")] if coming.do == "phone" else []))
    acts = f"<p>{paper.say('acknowledge_first')}</p>"
    if alarm_state(alarm) == "acknowledged":
        phone = paper.choice("whom", named, coming.whom if coming.do == "phone" else SELF)
        calls = _buttons(paper, "phone", go=coming.do == "phone")
        visits = _buttons(paper, "visit", go=coming.do != "phone")
        acts = _steps(paper, of.shown, alarm, f"{phone}{calls}") + _steps(
            paper, of.shown, alarm, f"<b>{paper.say('visit')}</b>{visits}"
        )
    told = "".join(lines) or f"<li>{paper.say('no_steps')}</li>"
    desk = paper.link("/desk", paper.say("desk"))
    return (
        f'<section class="flow"><h3>{paper.say("flow")}</h3><p>{_raised(paper, alarm)}</p>'
        f'<ol class="steps">{told}</ol>'
        f'<p class="coming">{advice}</p>{acts}<p>{desk}</p></section>'
    )


def _steps(paper: Paper, one: Shown, alarm: Alarm, inner: str) -> str:
    address = escape(paper.address(f"/care/{quote(one.subject, safe='')}"))
    carried = (
        f'<input type="hidden" name="do" value="step"><input type="hidden" name="alarm" value="{escape(alarm.key)}">'
    )
    return f'<form method="post" action="{address}">{carried}{inner}</form>'


def _buttons(paper: Paper, kind_: Kind, *, go: bool) -> str:
    look = ' class="go"' if go else ""
    words = {result: escape(SAID[f"{kind_}_{result}"].get(paper.at.lang)) for result in RESULTS[kind_]}
    return "".join(f'<button name="said" value="{kind_}_{r}"{look}>{said_}</button>' for r, said_ in words.items())


def _absence(paper: Paper, one: Shown) -> str:
    if one.away:
        until = moment(one.away_until_ms, paper.at.site) if one.away_until_ms else ""
        now, act = paper.say("away_until", until) if until else paper.say("away"), _form(paper, one, "returned")
    else:
        field = f'<label>{paper.say("until")} <input type="datetime-local" name="until"></label>'
        now, act = paper.say("present"), _form(paper, one, "announce", field)
    return f"<h3>{paper.say('absence')}</h3><p>{now}</p>{act}"


def _contacts(paper: Paper, of: Person) -> str:
    mine = may(paper, "care.contact")
    rows = [
        (
            escape(one.relation),
            escape(one.name),
            f'<span class="num">{escape(one.phone)}</span>',
            _form(paper, of.shown, "drop_contact", look="link", contact=one.id) if mine else "",
        )
        for one in (covered(each, plain=of.plain) for each in of.contacts)
    ]
    table = paper.table(("relation", "name", "phone", ""), rows) if rows else f"<p>{paper.say('no_contacts')}</p>"
    fields = (paper.field("relation"), paper.field("name", "", "required"), paper.field("phone", "", "required"))
    return f"<h3>{paper.say('contacts')}</h3>{table}" + (_form(paper, of.shown, "add_contact", *fields) if mine else "")


def _thresholds(paper: Paper, state: State, one: Shown) -> str:
    lang = paper.at.lang
    limits = [(THRESHOLDS[name].get(lang), value) for name, value in thresholds(state.site, one.kind)]
    lines = [f"<dt>{escape(name)}</dt><dd class='num'>{_figure(value)}</dd>" for name, value in limits]
    device = state.devices.get(one.subject)
    values = device.values if device is not None else {}
    fields = [
        paper.field(name, f"{values[name]:g}" if name in values else "", 'inputmode="decimal" size="10"')
        for name in Band.__struct_fields__
    ]
    band = f"<h3>{paper.say('bands')}</h3>{_form(paper, one, 'band', *fields)}" if may(paper, "care.band") else ""
    table = f"<dl class='limits'>{''.join(lines)}</dl>" if lines else ""
    return f"<h3>{paper.say('thresholds')}</h3>{table}{band}"


def _figure(value: object) -> str:
    return escape(f"{value:g}" if isinstance(value, float) else str(value))


def _consents(paper: Paper, of: Person) -> str:
    last, rows = newest(of.consents), []
    mine = may(paper, "care.consent")
    by = paper.choice("by", {"self": paper.plain("by_self"), "guardian": paper.plain("by_guardian")}, "self")
    for category in CONSENTS:
        given = last.get(category)
        act = ""
        if mine and given is not None and given.stands:
            act = _form(paper, of.shown, "withdraw", category=category)
        elif mine:
            act = _form(paper, of.shown, "give", by, category=category)
        when = f"{moment(given.given_ms, paper.at.site)} · {paper.say(f'by_{given.by}')}" if given is not None else "—"
        rows.append((escape(_name(paper, category)), when, _leave(paper, given), act))
    return f"<h3>{paper.say('consents')}</h3>{paper.table(('category', 'given', 'leave', ''), rows)}"
