"""/privacy: which personal data is kept, for what, by whose leave, how long, who is told; how many have consented."""

from __future__ import annotations

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Iterable
from html import escape

from fastapi import APIRouter
from starlette.responses import Response

from community.personal import CONSENTS, LEAVES, REGISTER, Category
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.log import LogUnavailable
from store.residents.persons import Consent, Persons

from ..facts import Facts
from ..pages import current
from ..paper import Paper, answer
from .words import PRIVACY

OPEN_ENDED = {"audit": "never_cut", "staff": "until_leaves"}
HEADS = ("category", "purpose", "leave", "days", "recipients", "where")


def make_privacy(persons: Persons, facts: Facts) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/privacy")
    async def page() -> Response:
        at = current.get()
        paper, notice, given = Paper(at, PRIVACY), "", None
        try:
            given = counts(await asyncio.to_thread(persons.consents, at.site.id))
        except (HistoryUnavailable, HistoryMisconfigured):
            notice = paper.plain("away")
        rows = [(*map(escape, _row(paper, one)), _people(one, given)) for one in REGISTER]
        body = f"<p>{paper.say('about')}</p>{paper.table((*HEADS, 'people'), rows)}<p>{paper.say('how')}</p>"
        return answer(paper.page("privacy", body, notice, paper.link("/privacy.csv", paper.say("export"))))

    @router.get("/privacy.csv")
    async def export() -> Response:
        at = current.get()
        assert at.who is not None  # the guard lets nobody else in
        paper = Paper(at, PRIVACY)
        try:
            await facts.surely("privacy.export", at.who.id, at.site.id, "privacy.csv")
        except LogUnavailable:
            return Response(paper.plain("unrecorded"), 503, media_type="text/plain; charset=utf-8")
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(
            [[paper.plain(head) for head in HEADS], *(_row(paper, one) for one in REGISTER)]
        )
        head = {"content-disposition": f'attachment; filename="privacy-{at.site.id}.csv"', "cache-control": "no-store"}
        return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=head)

    return router


def counts(consents: Iterable[Consent]) -> Counter[tuple[str, bool]]:
    """(category, whether it stands) -> how many."""
    return Counter((one.category, one.stands) for one in consents)


def _row(paper: Paper, one: Category) -> tuple[str, ...]:
    lang, days = paper.at.lang, one.days(paper.at.site)
    kept = paper.plain("n_days", days) if days is not None else paper.plain(OPEN_ENDED.get(one.id, "until_gone"))
    leave = LEAVES[one.leave].get(lang)
    return (one.name.get(lang), one.purpose.get(lang), leave, kept, one.recipients.get(lang), one.where.get(lang))


def _people(one: Category, given: Counter[tuple[str, bool]] | None) -> str:
    if one.id not in CONSENTS or given is None:
        return "—"
    return f"{given[one.id, True]} / {given[one.id, False]}"
