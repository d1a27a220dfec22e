"""小结 and 需要决定: sentences with the rule or the person behind each, and a plain form to edit them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from community.reports.model import Paper, Statement
from community.reports.words import DESK, PAPER
from community.words import Lang


def sentences(paper: Paper) -> html.Div:
    """What was, on the left; what is to be decided, on the right."""
    rules = {note.id: note.text for note in paper.rules}
    decide = DESK["to_decide"].get(paper.lang)
    return html.Div(
        [
            _list(PAPER["summary"].get(paper.lang), [(said.kind, said) for said in paper.summary], rules, paper.lang),
            _list(PAPER["decisions"].get(paper.lang), [(decide, said) for said in paper.decisions], rules, paper.lang),
        ],
        className="said",
    )


def _list(title: str, said: Sequence[tuple[str, Statement]], rules: Mapping[str, str], lang: Lang) -> html.Section:
    lines = [html.Li([*_chip(kind), html.Span(one.text), *_source(one, rules, lang)]) for kind, one in said]
    nothing = html.Li(PAPER["nothing_to_say"].get(lang), className="plainly")
    return html.Section([html.H3(title), html.Ul(lines or [nothing])])


def _chip(kind: str) -> list[Any]:
    return [html.B(kind, className="chip")] if kind else []


def _source(one: Statement, rules: Mapping[str, str], lang: Lang) -> list[Any]:
    if one.by:
        return [html.Small(f"{PAPER['by_hand'].get(lang)} {one.by}", className="by-hand")]
    return [html.Small(one.rule, title=rules.get(one.rule, ""))] if one.rule else []


def rules(paper: Paper) -> html.Details:
    """Why each of them was said."""
    lines = [html.Div([html.H3(note.id), html.P(note.text)], className="counted") for note in paper.rules]
    return html.Details([html.Summary(PAPER["rules"].get(paper.lang)), *lines], className="how")


def editor(to: str, number: str, paper: Paper) -> html.Details:
    """A sentence a line; one that stays as it is stays its rule's."""
    boxes = [
        html.Label(
            [
                PAPER[name].get(paper.lang),
                dcc.Textarea(name=name, value="\n".join(one.text for one in said), rows=max(3, len(said) + 1)),
            ]
        )
        for name, said in (("summary", paper.summary), ("decisions", paper.decisions))
    ]
    inside = [*boxes, html.Small(DESK["a_line"].get(paper.lang))]
    form_ = form(to, "words", {"number": number}, inside, DESK["words"].get(paper.lang))
    return html.Details([html.Summary(DESK["edit"].get(paper.lang), className="press"), form_], className="edit")


def form(to: str, do: str, fields: Mapping[str, str], inside: Sequence[Any], button: str) -> html.Form:
    """Plain HTML: /reports takes it, checks the role and writes it down."""
    hidden = [dcc.Input(type="hidden", name=name, value=value) for name, value in ({"do": do} | fields).items()]
    return html.Form([*hidden, *inside, html.Button(button, className="press")], action=to, method="post")


def way(to: str, name: str) -> html.A:
    return html.A(name, href=to, className="page-link")
