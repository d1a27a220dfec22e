"""/reports as plain HTML: the list, and one report to read, edit, sign and take away. It works without script."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from community.clock import local_day
from community.history.days import days_before
from community.reports.editions import EDITION_NAMES
from community.reports.model import EDITIONS, Chart, FigureRow, Paper, Section, Statement, Table
from community.reports.numbers import Schedule
from community.reports.words import DESK, KIND_NAMES, PAPER, ROLES, cell_words, figure_words, moment_words
from store.history.report_pages import Listed
from store.history.reports import Kept, Signed

from ..pages import Page
from ..signin.pages import document
from ..signin.who import desk_roles
from ..tongue import switch
from .keep import HOUSE
from .pictures import MOST as MOST_PICTURES
from .printed import picture_caption, target_words
from .svg import chart_svg

MOST_ROWS = 12
EMPTY = "<li>—</li>"
_NUMBER, _NUMBERS = ' class="n"', ("number", "seconds", "minutes")


def _say(at: Page, key: str, *values: object) -> str:
    return escape(DESK[key].get(at.lang).format(*values))


def _to(at: Page, address: str) -> str:
    mark = "&" if "?" in address else "?"
    return escape(f"{address}{mark}community={at.site.id}&lang={at.lang}")


def _form(at: Page, do: str, inside: str, button: str, number: str = "") -> str:
    hidden = f'<input type="hidden" name="do" value="{do}">'
    hidden += f'<input type="hidden" name="number" value="{escape(number)}">' if number else ""
    return f'<form method="post" action="{_to(at, "/reports")}">{hidden}{inside}<button>{button}</button></form>'


def _notice(notice: str) -> str:
    return f'<p class="notice" role="alert">{escape(notice)}</p>' if notice else ""


def _document(at: Page, title: str, body: str) -> str:
    return document(at.lang, f"{title} · {at.site.name.get(at.lang)}", body, "papers", ("shared", "people", "reports"))


def away_page(at: Page, notice: str = "") -> str:
    """The database does not answer, or not to this: that is no empty list."""
    head = f"<header><h1>{_say(at, 'reports')}</h1><p>{escape(at.site.name.get(at.lang))}</p>{switch(at.lang)}</header>"
    body = f'<main class="people reports">{head}{_notice(notice or DESK["away"].get(at.lang))}</main>'
    return _document(at, DESK["reports"].get(at.lang), body)


def list_page(
    at: Page, listed: Listed, signatures: Mapping[str, list[Signed]], kind: str, notice: str, later: Mapping[str, str]
) -> str:
    """`later`: number -> of its newest correction."""
    lang = at.lang
    kinds = "".join(f'<option value="{k}">{escape(t.get(lang))}</option>' for k, t in KIND_NAMES.items())
    editions = "".join(f'<option value="{e}">{escape(EDITION_NAMES[e].get(lang))}</option>' for e in EDITIONS)
    yesterday = days_before(local_day(at.now_ms, at.site.timezone), 1)
    fields = (
        f'<select name="kind" aria-label="{_say(at, "kind")}">{kinds}</select>'
        f'<input type="date" name="day" value="{yesterday}" aria-label="{_say(at, "day")}">'
        f'<select name="edition" aria-label="{_say(at, "edition")}">{editions}</select>'
        f'<input type="hidden" name="lang" value="{lang}">'
        f'<input name="subject" placeholder="{_say(at, "incident")}" aria-label="{_say(at, "incident")}">'
    )
    rows = []
    for report in listed.reports:
        cells = (
            f'<a href="{_to(at, f"/reports?number={report.number}")}">{escape(report.number)}</a>',
            escape(KIND_NAMES[report.kind].get(lang)),  # type: ignore[index]
            escape(EDITION_NAMES[report.edition].get(lang)),  # type: ignore[index]
            escape(report.from_day if report.from_day == report.to_day else f"{report.from_day} – {report.to_day}"),
            _state(at, report) + _superseded(at, later.get(report.number, ""), "<br><small>{}</small>"),
            _signatures(at, signatures.get(report.number, [])),
            _files(at, report),
        )
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    heads = "".join(
        f"<th>{_say(at, k)}</th>" for k in ("number", "kind", "edition", "period", "state", "signed", "files")
    )
    hours = at.site.numbers_of(Schedule)
    table = (
        f'<table class="list"><tr>{heads}</tr>{"".join(rows)}</table>'
        if rows
        else f"<p>{_say(at, 'none', hours.draft_at, hours.issue_at)}</p>"
    )
    make = _form(at, "make", fields, _say(at, "make")) if _may(at, "supervisor") else ""
    body = (
        f'<main class="people reports"><header><h1>{_say(at, "reports")}</h1><p>{escape(at.site.name.get(lang))}</p>'
        f'<a href="{_to(at, "/daily")}">{_say(at, "daily")}</a>{switch(lang)}</header>'
        f"{_notice(notice)}{make}{table}{_pages(at, listed, kind)}</main>"
    )
    return _document(at, DESK["reports"].get(lang), body)


def _pages(at: Page, listed: Listed, kind: str) -> str:
    """To the newer and the older ones of the same kind."""
    links = []
    for word, name, mark in (("newer", "before", listed.newer), ("older", "after", listed.older)):
        if mark:
            asked = urlencode({name: mark} | ({"kind": kind} if kind else {}))
            links.append(f'<a href="{_to(at, f"/reports?{asked}")}" rel="{_REL[name]}">{_say(at, word)}</a>')
    return f'<p class="pages">{" · ".join(links)}</p>' if links else ""


_REL = {"before": "prev", "after": "next"}


def _may(at: Page, role: str) -> bool:
    return at.who is not None and role in desk_roles(at.who, at.site.id)


def _state(at: Page, report: Kept) -> str:
    if report.issued_ms is None:
        return f'<span class="draft">{_say(at, "draft")}</span>'
    when = _say(at, "issued", moment_words(report.issued_ms, at.site.timezone, at.lang))
    return f"{when}<br><small>{_say(at, 'unsigned')}</small>" if report.issued_by == HOUSE else when


def _signatures(at: Page, signed: list[Signed]) -> str:
    names = {post.id: post.name.get(at.lang) for post in at.site.posts}
    lines = []
    for one in signed:
        when = moment_words(one.at_ms, at.site.timezone, at.lang)
        lines.append(escape(f"{ROLES[one.role].get(at.lang)} {names.get(one.post, one.post)} {when}"))
    return "<br>".join(lines)


def _files(at: Page, report: Kept) -> str:
    formats = ("pdf", "xlsx", "csv", *(("zip",) if _bundled(report) else ()))
    return " ".join(f'<a href="{_to(at, f"/api/v1/reports/{report.number}.{f}")}">{f.upper()}</a>' for f in formats)


def _bundled(report: Kept) -> bool:
    return report.kind == "incident" and report.edition == "internal" and report.issued_ms is not None


def report_page(at: Page, report: Kept, paper: Paper, signed: list[Signed], notice: str, corrected_by: str = "") -> str:
    word = {name: text.get(at.lang) for name, text in PAPER.items()}
    facts = " · ".join(filter(None, (paper.edition_name, paper.period, paper.completeness.text, paper.demo)))
    verdict = f"<b>{escape(paper.verdict.title)}</b><br>{escape(paper.verdict.note)}"
    parts = [
        f"<header><h1>{escape(paper.title)}</h1><p>{escape(paper.number)} · {_state(at, report)}</p>",
        f'<span>{_files(at, report)}</span><a href="{_to(at, "/reports")}">{_say(at, "back")}</a>',
        f"{switch(at.lang)}</header>",
        _notice(notice),
        _superseded(at, corrected_by, '<p class="notice">{}</p>'),
        f'<p class="facts">{escape(facts)}</p><p class="verdict {paper.verdict.priority}">{verdict}</p>',
        f'<p>{_signatures(at, signed)}</p><div class="acts">{"".join(_acts(at, report, paper, signed))}</div>',
        f'<div class="pair">{_said(word["summary"], paper.summary, word)}',
        f"{_said(word['decisions'], paper.decisions, word)}</div>",
        _editor(at, report, paper, word),
        _changes(paper, word),
        f"<h2>{escape(word['headline'])}</h2>{_figures(paper.headline, paper, judged=True)}",
        _chart(paper.chart) if paper.chart is not None else "",
        _pictures(paper, word),
        *(_section(section, paper, at) for section in paper.sections),
        f'<p class="facts">{escape(paper.completeness.note)}</p>',
    ]
    return _document(at, paper.number, f'<main class="people reports">{"".join(parts)}</main>')


def _superseded(at: Page, corrected_by: str, within: str) -> str:
    if not corrected_by:
        return ""
    link = f'<a href="{_to(at, f"/reports?number={corrected_by}")}">{escape(corrected_by)}</a>'
    return within.format(f"{_say(at, 'corrected')} {link}")


def _acts(at: Page, report: Kept, paper: Paper, signed: list[Signed]) -> list[str]:
    """What the person may do with it: sign in a role that has not signed, look for corrections."""
    lines, held = {line.role for line in paper.signatures}, {one.role for one in signed}
    acts = []
    for role, text in ROLES.items():
        needed = role if role in ("manager", "supervisor") else "guard"
        if text.get(paper.lang) not in lines or role in held or not _may(at, needed):
            continue
        name = _say(at, "sign") if role == "manager" else f"{_say(at, 'endorse')} · {escape(text.get(at.lang))}"
        hidden = f'<input type="hidden" name="role" value="{role}">'
        acts.append(_form(at, "sign", hidden, name, report.number))
    if report.issued_ms is not None and _may(at, "supervisor"):
        acts.append(_form(at, "correct", "", _say(at, "correct"), report.number))
    return acts


def _editor(at: Page, report: Kept, paper: Paper, word: dict[str, str]) -> str:
    if report.issued_ms is not None or not _may(at, "supervisor"):
        return ""
    boxes = "".join(
        f'<label>{escape(word[name])}<textarea name="{name}" rows="5">{escape(_lines(said))}</textarea></label>'
        for name, said in (("summary", paper.summary), ("decisions", paper.decisions))
    )
    form = _form(at, "words", boxes, _say(at, "words"), report.number)
    return f'<div class="words">{form}<small>{_say(at, "a_line")}</small></div>'


def _changes(paper: Paper, word: dict[str, str]) -> str:
    if not paper.changes:
        return ""
    lines = []
    for change in paper.changes:
        values = (figure_words(v, change.unit, change.decimals, paper.lang) for v in (change.before, change.after))
        numbers = "".join(f'<td class="n">{escape(value)}</td>' for value in values)
        lines.append(f"<tr><td>{escape(change.name)}</td><td>{escape(change.keys)}</td>{numbers}</tr>")
    heads = "".join(f"<th>{escape(word[name])}</th>" for name in ("figure", "item", "before", "after"))
    title = escape(word["corrects"].format(paper.corrects))
    return f"<h2>{title}</h2><table><tr>{heads}</tr>{''.join(lines)}</table>"


def _pictures(paper: Paper, word: dict[str, str]) -> str:
    """As many as are printed; one that is kept no longer says so in its place."""
    shown = []
    for picture in list({one.sha256: one for one in paper.pictures}.values())[:MOST_PICTURES]:
        said = escape(picture_caption(paper, picture))
        address, gone = f"/api/v1/pictures/{escape(picture.sha256)}", escape(word["picture_gone"])
        image = f'<a href="{address}" target="_blank"><img src="{address}" alt="{gone}" loading="lazy"></a>'
        shown.append(f"<figure>{image}<figcaption>{said}</figcaption></figure>")
    return f'<h2>{escape(word["pictures"])}</h2><div class="seen">{"".join(shown)}</div>' if shown else ""


def _section(section: Section, paper: Paper, at: Page) -> str:
    parts = [
        _figures(section.figures, paper),
        *map(_chart, section.charts),
        *(_table(table, paper, at) for table in section.tables if not table.unprinted),
    ]
    note = f'<p class="facts">{escape(section.note)}</p>' if section.note else ""
    return f"<section><h2>{escape(section.title)}</h2>{note}{''.join(parts)}</section>"


def _lines(said: list[Statement]) -> str:
    return "\n".join(one.text for one in said)


def _said(title: str, said: list[Statement], word: dict[str, str]) -> str:
    def source(one: Statement) -> str:
        return f"{word['by_hand']} {one.by}" if one.by else one.rule

    items = "".join(
        f"<li>{escape(f'{one.kind} {one.text}'.strip())} <small>{escape(source(one))}</small></li>" for one in said
    )
    return f'<section><h2>{escape(title)}</h2><ul class="said">{items or EMPTY}</ul></section>'


def _figures(rows: list[FigureRow], paper: Paper, *, judged: bool = False) -> str:
    if not rows:
        return ""
    word = {name: text.get(paper.lang) for name, text in PAPER.items()}
    judged = judged and any(row.target is not None or row.said for row in rows)
    heads = [word["figure"], word["value"], *paper.compared, *((word["target"], word["judgement"]) if judged else ())]
    lines = []
    for row in rows:
        values = [escape(figure_words(v, row.unit, row.decimals, paper.lang)) for v in (row.value, *row.compared)]
        cells = [
            f'<td title="{escape(row.definition)}">{escape(row.name)}</td>',
            f"<td{_NUMBER}><b>{values[0]}</b></td>",
        ]
        cells += [f"<td{_NUMBER}>{value}</td>" for value in values[1:]]
        if judged:
            miss = ' class="miss"' if row.met is False else ""
            cells += [
                f"<td{_NUMBER}>{escape(target_words(row, paper.lang))}</td>",
                f"<td{miss}>{escape(row.said)}</td>",
            ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    last = len(heads) - 1 if judged else len(heads)
    named = "".join(f"<th{_NUMBER if 0 < n < last else ''}>{escape(head)}</th>" for n, head in enumerate(heads))
    return f"<table><tr>{named}</tr>{''.join(lines)}</table>"


def _table(table: Table, paper: Paper, at: Page) -> str:
    zone = paper.timezone
    title = f"<h3>{escape(table.title)} <small>{escape('' if table.figure else table.note)}</small></h3>"
    if not table.rows:
        return f"{title}<p>{escape(table.nothing or '—')}</p>"
    heads = "".join(
        f"<th{_NUMBER if c.form in _NUMBERS else ''}>{escape(f'{c.name} {c.unit}'.strip())}</th>" for c in table.columns
    )
    lines = []
    for line in table.rows[:MOST_ROWS]:
        cells = (
            f"<td{_NUMBER if column.form in _NUMBERS else ''}>{escape(cell_words(cell, column, zone, paper.lang))}</td>"
            for cell, column in zip(line, table.columns, strict=True)
        )
        lines.append(f"<tr>{''.join(cells)}</tr>")
    more = len(table.rows) - MOST_ROWS
    rest = f"<small>{_say(at, 'rows_more', more)}</small>" if more > 0 else ""
    return f"{title}<table><tr>{heads}</tr>{''.join(lines)}</table>{rest}"


def _chart(chart: Chart) -> str:
    return f"<h3>{escape(chart.title)} <small>{escape(chart.note)}</small></h3>{chart_svg(chart, 1000, 190, size=13)}"
