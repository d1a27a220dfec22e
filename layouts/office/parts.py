"""What stands in a panel: its finding, its chart or list, how it is counted; or that it failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dash import html

from community.office.words import OFFICE
from community.words import UNKNOWN, Lang, say


def titled(
    finding: str, measure: str, body: Sequence[Any], counted: Sequence[Mapping[str, Any]], lang: Lang
) -> list[Any]:
    head = html.H2([finding, html.Small(measure)])
    return [head, *body, *([how(counted, lang)] if counted else [])]


def failed(title: str, reason: str, lang: Lang) -> list[Any]:
    """The frame stays. The reason is for whoever is called."""
    sentence = [html.B(OFFICE["failed"].get(lang)), html.Small(reason)]
    return [html.H2(title), html.P(sentence, className="failed", role="alert")]


def nothing(lang: Lang) -> html.P:
    """Nobody knows: hatched, as a gap in a chart."""
    return html.P(OFFICE["no_data"].get(lang), className="nothing")


def plainly(words: str) -> html.P:
    """There was nothing, and that is known."""
    return html.P(words, className="plainly")


def legend(items: Sequence[tuple[str, str]]) -> html.Div:
    """(class of the swatch, words)."""
    return html.Div([html.Span([html.I(className=look), words]) for look, words in items], className="legend")


def how(counted: Sequence[Mapping[str, Any]], lang: Lang) -> html.Details:
    """Definition, query with its parameters, number of rows: whoever runs it again gets the figure."""
    return html.Details(
        [html.Summary(OFFICE["how"].get(lang)), *(_counted(figure, lang) for figure in counted)], className="how"
    )


def _counted(figure: Mapping[str, Any], lang: Lang) -> html.Div:
    rows = say(OFFICE["rows"], lang, f"{figure['rows']:,}")
    if figure.get("left_out"):
        rows += " · " + say(OFFICE["left_out"], lang, f"{figure['left_out']:,}")
    said = [html.H3(figure["name"][lang]), html.P(figure["how"]["definition"][lang]), html.P(rows)]
    if figure["how"].get("query"):
        said.append(html.Pre(figure["how"]["query"]))
        column = figure["how"]["column"]
        parameters = "" if column == "value" else f"→ {column}  "
        parameters += "  ".join(f":{name} = {value}" for name, value in figure["how"]["parameters"].items())
        said.append(html.Pre(parameters))
    return html.Div(said, className="counted")


class Row(NamedTuple):
    name: str
    part: float
    """Of the longest bar, 0 to 1."""
    value: str
    beside: str
    drill: str


def ranked(rows: Sequence[Row], lang: Lang, look: str = "") -> html.Ol:
    """Bars as text: each opens its records, by keyboard too."""
    return html.Ol(
        [
            html.Li(
                html.Button(
                    [
                        html.Span(row.name, className="name"),
                        html.Span(html.I(style={"width": f"{100 * row.part:.1f}%"}), className="track"),
                        html.B(row.value, className="num"),
                        html.Span(row.beside, className="beside num"),
                    ],
                    type="button",
                    title=say(OFFICE["open_records"], lang, row.name),
                    **{"data-drill": row.drill},
                )
            )
            for row in rows
        ],
        className=f"ranked {look}".strip(),
    )


def opening(words: Any, drill: str, lang: Lang, what: str = "") -> html.Button:
    """Words or a number that open their records."""
    title = {"title": say(OFFICE["open_records"], lang, what)} if what else {}
    return html.Button(words, type="button", className="link", **title, **{"data-drill": drill})


def table(head: Sequence[str], rows: Sequence[Sequence[Any]], right: frozenset[int] = frozenset()) -> html.Div:
    """`right`: columns of numbers. A cell is text, or a component."""
    return html.Div(
        html.Table(
            [
                html.Thead(html.Tr([html.Th(words, className=_side(n, right)) for n, words in enumerate(head)])),
                html.Tbody(
                    [html.Tr([html.Td(cell, className=_side(n, right)) for n, cell in enumerate(row)]) for row in rows]
                ),
            ]
        ),
        className="table",
    )


def _side(column: int, right: frozenset[int]) -> str:
    return "num right" if column in right else ""


def drawer(title: str, count: str, body: Sequence[Any], lang: Lang) -> list[Any]:
    """The records behind a bar."""
    close = html.Button(OFFICE["close"].get(lang), type="button", className="press", **{"data-close": "1"})
    return [html.Header([html.H2([title, html.Small(count)]), close]), *body]


def dash_or(words: str | None) -> str:
    return words or UNKNOWN
