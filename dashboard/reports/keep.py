"""The life of a report: drafted, its words edited, endorsed, issued, signed; corrected when a figure changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import sqlalchemy as sa

from community.reports.comparison import compared
from community.reports.corrections import changes, correction_number
from community.reports.model import Paper, Signature, Statement, content_sha256, decoded, encoded
from community.reports.personal import faults_of
from community.reports.words import ROLES
from community.roles import OF_DESK
from community.site import Post, Site, Text
from community.words import POSTS, post
from store.history import reports as kept
from store.history.reports import AlreadyIssued, Another, Kept, NoReport, Signed

from .evidence import bundle
from .make import Asked, Progress, files, incident_of, make, number_of, own_words, settled, silent

HOUSE = "house"
"""Who issued it where nobody had signed by the hour of issue."""

ISSUES = "manager"
"""Whose signature issues a report; the others endorse the draft."""

Role = Literal["guard", "supervisor", "manager", "off", "on"]

LONGEST, MOST = 500, 20
"""Characters of a sentence, sentences of a list."""


class NotAllowed(ValueError):
    """The words, or the signature, are not taken; `said` tells whoever wrote or signed why."""

    def __init__(self, said: Text) -> None:
        super().__init__(said.en)
        self.said = said


class Words(msgspec.Struct, forbid_unknown_fields=True):
    """What a person makes of 小结 and 需要决定. A sentence that is as its rule drafted it stays the rule's."""

    by: str
    summary: list[str]
    decisions: list[str]


class Spoken(NamedTuple):
    paper: Paper
    report: Kept | None
    """Its draft or issue; None: nobody has kept one."""


def spoken(engine: sa.Engine, site: Site, asked: Asked, now_ms: int) -> Spoken:
    """The report of these days as it was issued; else as it would be drafted now, with what a person made of its draft.

    Raises CannotMake, NoRange, HistoryUnavailable.
    """
    try:
        report = kept.one(engine, site.id, number_of(site, asked))
    except NoReport:
        return Spoken(make(engine, site, asked, now_ms, spoken=True), None)
    if report.issued_ms is not None:
        return Spoken(decoded(kept.body_of(engine, site.id, report.number)), report)
    return Spoken(make(engine, site, asked, now_ms, own=own_words(report.own), spoken=True), report)


def drafted(
    engine: sa.Engine,
    site: Site,
    asked: Asked,
    now_ms: int,
    tell: Progress = silent,
    *,
    var: Path = Path("var"),
    sites: Iterable[Site] = (),
) -> Paper:
    """Makes it from the data as they are now and keeps it as a draft, a person's words included.

    Raises AlreadyIssued, NotAllowed, CannotMake, NoRange, HistoryUnavailable.
    """
    asked, sites = settled(engine, site, asked), tuple(sites)
    made = make(engine, site, asked, now_ms, tell=tell, var=var, sites=sites)
    before = placed(engine, made, asked)
    if before is not None and before.issued_ms is not None:
        raise AlreadyIssued(f"{made.number} was issued: make a correction")
    if before is not None and before.own:
        number = made.number
        made = make(engine, site, asked, now_ms, own=own_words(before.own), var=var, sites=sites)
        made.number = number
    _put(engine, made, asked)
    return made


def placed(engine: sa.Engine, made: Paper, asked: Asked) -> Kept | None:
    """Gives the paper the number by which it is kept, or can be. Its draft or issue; None: nobody has kept one."""
    before = kept.held(engine, _head(made, asked))
    made.number = before.number if before is not None else kept.free(engine, made.community, made.number)
    return before


def _put(engine: sa.Engine, made: Paper, asked: Asked) -> None:
    """Raises AlreadyIssued, NotAllowed."""
    try:
        if not kept.draft(engine, _head(made, asked), encoded(made)):
            raise AlreadyIssued(f"{made.number} was issued: make a correction")
    except Another as error:
        raise NotAllowed(Text("编号刚被另一份报告用去，再做一次即可", f"{error}: make it again")) from error


def _head(made: Paper, asked: Asked) -> dict[str, Any]:
    return {
        "community": made.community,
        "number": made.number,
        "kind": made.kind,
        "edition": made.edition,
        "lang": made.lang,
        "from_day": made.from_day,
        "to_day": made.to_day,
        "subject": asked.subject,
        "made_ms": made.made_ms,
        "corrects": made.corrects,
    }


def asked_of(report: Kept, paper: Paper) -> Asked:
    """An incident and a range may have been asked for by other words than those by which they are found again."""
    subject = report.subject
    if report.kind == "incident" and "@" in paper.subject:
        subject = paper.subject
    if report.kind == "range":
        subject = report.from_day
    return msgspec.convert(
        {
            "kind": report.kind,
            "day": report.to_day if report.kind != "monthly" else report.from_day,
            "edition": report.edition,
            "lang": report.lang,
            "subject": subject,
        },
        type=Asked,
    )


def _side_by_side(before: Paper, sites: Iterable[Site]) -> list[Site]:
    """Those that a comparison was of: another beside them, or one less, is another report. Raises NotAllowed."""
    if before.kind != "comparison":
        return []
    known, wanted = {site.id: site for site in sites}, compared(before)
    if missing := ", ".join(id_ for id_ in wanted if id_ not in known):
        raise NotAllowed(
            Text(f"比较的小区 {missing} 不在这里", f"{missing} is not served here, and the comparison is of it too")
        )
    return [known[id_] for id_ in wanted]


def reworded(
    engine: sa.Engine,
    site: Site,
    number: str,
    words: Words,
    now_ms: int,
    *,
    var: Path = Path("var"),
    sites: Iterable[Site] = (),
) -> Paper:
    """Raises NotAllowed, NoReport, AlreadyIssued."""
    report = kept.one(engine, site.id, number)
    before = decoded(kept.body_of(engine, site.id, number))
    beside = _side_by_side(before, sites or (site,))
    by = _post(site, words.by).name.get(before.lang)
    own = {
        "summary": _own(words.summary, before.summary, by, now_ms),
        "decisions": _own(words.decisions, before.decisions, by, now_ms),
    }
    said = [s.text for s in (*own["summary"], *own["decisions"]) if s.by]
    if faults := faults_of(said, before.edition):
        raise NotAllowed(Text("；".join(one.zh for one in faults), "; ".join(one.en for one in faults)))
    kept.put_words(engine, site.id, number, msgspec.to_builtins(own))
    if report.corrects:
        return _recorrected(engine, site, report, before, own, now_ms, var, beside)
    return drafted(engine, site, asked_of(report, before), now_ms, var=var, sites=beside)


def _own(texts: list[str], drafted_: list[Statement], by: str, now_ms: int) -> list[Statement]:
    if len(texts) > MOST or any(len(text) > LONGEST for text in texts):
        raise NotAllowed(
            Text(f"最多 {MOST} 句，每句最多 {LONGEST} 字", f"at most {MOST} sentences of {LONGEST} characters")
        )
    known = {statement.text: statement for statement in drafted_}
    wanted = [text.strip() for text in texts if text.strip()]
    return [known.get(text) or Statement(text, by=by, at_ms=now_ms) for text in wanted]


def _post(site: Site, post: str) -> Post:
    """A site that describes no post of a role has one without a name of its own: `post:guard`."""
    found = next((one for one in site.posts if one.id == post), None)
    role = next((role for role in OF_DESK if post == f"post:{role}"), None)
    if found is None and role is not None and all(one.role != role for one in site.posts):
        return Post(post, POSTS[post], role)
    if found is None:
        named = ", ".join(one.id for one in site.posts)
        raise NotAllowed(Text(f"本社区没有岗位 {post}，只有 {named}", f"there is no post {post!r} here: {named}"))
    return found


def signed(
    engine: sa.Engine,
    site: Site,
    number: str,
    role: Role,
    post: str,
    now_ms: int,
    tell: Progress = silent,
    *,
    person: str = "",
    var: Path = Path("var"),
) -> Kept:
    """The manager's signature (of a 交接班 the second one) issues the report: from then on nothing of it changes.

    Raises NotAllowed, NoReport, HistoryUnavailable.
    """
    report = kept.one(engine, site.id, number)
    by = _post(site, post)
    paper = decoded(kept.body_of(engine, site.id, number))
    if role == ISSUES and by.role != "manager":
        raise NotAllowed(Text("只有经理能签发", f"{post} is no manager"))
    if ROLES[role].get(paper.lang) not in [signature.role for signature in paper.signatures]:
        raise NotAllowed(Text("这份报告没有这一栏签名", f"a {paper.kind} report has no signature of role {role}"))
    signature = Signed(role, post, now_ms, content_sha256(paper), person)
    if not kept.sign(engine, site.id, number, signature):
        raise NotAllowed(Text("这一栏已经签过了", f"{number} bears the signature of role {role} already"))
    whole = len(kept.signatures(engine, site.id, number)) == len(paper.signatures)
    if report.issued_ms is None and (role == ISSUES or (paper.kind == "handover" and whole)):
        return issued(engine, site, number, now_ms, by=post, tell=tell, var=var)
    return kept.one(engine, site.id, number)


def issued(
    engine: sa.Engine,
    site: Site,
    number: str,
    now_ms: int,
    *,
    by: str = HOUSE,
    tell: Progress = silent,
    var: Path = Path("var"),
) -> Kept:
    """Freezes the draft as it stands, with the signatures that it has; an incident with its evidence.

    Raises NoReport, AlreadyIssued, NotAllowed: the evidence is no longer what the draft says.
    """
    paper = decoded(kept.body_of(engine, site.id, number))
    roles = {ROLES[one.role].get(paper.lang): one for one in kept.signatures(engine, site.id, number)}
    paper.signatures = [
        Signature(line.role, post(roles[line.role].post, paper.lang, site.posts), roles[line.role].at_ms)
        if line.role in roles
        else line
        for line in paper.signatures
    ]
    body, made = encoded(paper), files(paper, tell, var=var)
    if paper.kind == "incident":
        _, evidence = incident_of(engine, site, asked_of(kept.one(engine, site.id, number), paper), now_ms, var=var)
        if dict(evidence.hashes) != {note.id: note.text for note in paper.hashes}:
            raise NotAllowed(
                Text(
                    "证据与草稿所写的已不一致，请重新生成草稿",
                    "the evidence is no longer what the draft says: make the draft again",
                )
            )
        if paper.edition == "internal":  # rooms, people's posts and words: an outside edition names the hashes only
            made["zip"] = bundle(paper, made, evidence)
    return kept.issue(engine, site.id, number, body, made, now_ms, by)


def corrected(
    engine: sa.Engine,
    site: Site,
    number: str,
    now_ms: int,
    tell: Progress = silent,
    *,
    var: Path = Path("var"),
    sites: Iterable[Site] = (),
) -> Paper | None:
    """A draft that lists each figure that later data changed of an issued report, as it stands after its newest issued
    correction; None: none did since.

    Raises NoReport, NotAllowed, CannotMake.
    """
    if kept.one(engine, site.id, number).issued_ms is None:
        raise NotAllowed(
            Text("还没有签发，重新生成草稿即可", f"{number} was not issued: its draft is simply made again")
        )
    chain = kept.chain(engine, site.id, number)
    newest = max((one for one in chain if one.issued_ms is not None), key=lambda one: (one.issued_ms or 0, one.made_ms))
    draft = next((one for one in chain if one.issued_ms is None), None)
    before = decoded(kept.body_of(engine, site.id, newest.number))
    own, beside = own_words(draft.own) if draft is not None else None, _side_by_side(before, sites or (site,))
    made = _correction(engine, site, asked_of(newest, before), before, now_ms, own, var, beside, tell)
    if not made.changes:
        return None
    made.number = draft.number if draft is not None else correction_number(chain[0].number, [o.number for o in chain])
    _put(engine, made, asked_of(newest, before))
    return made


def _correction(
    engine: sa.Engine,
    site: Site,
    asked: Asked,
    before: Paper,
    now_ms: int,
    own: Mapping[str, list[Statement]] | None,
    var: Path,
    sites: Iterable[Site],
    tell: Progress = silent,
) -> Paper:
    made = make(engine, site, asked, now_ms, own=own, tell=tell, var=var, sites=sites)
    made.corrects = before.number
    made.changes = changes(before, made)
    return made


def _recorrected(
    engine: sa.Engine,
    site: Site,
    report: Kept,
    paper: Paper,
    own: Mapping[str, list[Statement]],
    now_ms: int,
    var: Path,
    sites: Iterable[Site],
) -> Paper:
    """A correction's words were edited: what it corrects stays."""
    before = decoded(kept.body_of(engine, site.id, report.corrects))
    asked = asked_of(report, paper)
    made = _correction(engine, site, asked, before, now_ms, own, var, sites)
    made.number = paper.number
    _put(engine, made, asked)
    return made
