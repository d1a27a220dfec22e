"""What the web process does with reports, for its page and its addresses: in threads, checked by role and community."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import sqlalchemy as sa

from community.reports.model import Edition, Kind, Paper, decoded, encoded
from community.site import Site, Text
from community.words import Lang
from store.history import reports as kept
from store.history.database import migrate, open_engine
from store.history.report_pages import Listed, page_of
from store.history.reports import Kept, Signed

from . import keep
from .keep import Words
from .make import WRITERS, Asked, make, written

MEDIA = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
}


UNNUMBERED = Text("未编号", "none yet")


class Make(msgspec.Struct, tag_field="do", tag="make", forbid_unknown_fields=True):
    kind: Kind
    day: str
    edition: Edition = "internal"
    lang: Lang = "zh"
    subject: str = ""


class Reword(msgspec.Struct, tag_field="do", tag="words", forbid_unknown_fields=True):
    """`summary`, `decisions`: the sentences as they shall stand, a line each on the page."""

    number: str
    summary: list[str]
    decisions: list[str]


class Sign(msgspec.Struct, tag_field="do", tag="sign", forbid_unknown_fields=True):
    """Of a 交接班 two people sign, by two logins, on /handover and nowhere else."""

    number: str
    role: Literal["guard", "supervisor", "manager"] = "manager"


class Correct(msgspec.Struct, tag_field="do", tag="correct", forbid_unknown_fields=True):
    number: str


Wish = Make | Reword | Sign | Correct
decode_wish = msgspec.json.Decoder(Wish).decode


PAGE = 60
"""Reports of a page."""


class Asking(NamedTuple):
    """What of the list is asked for; `after`, `before`: marks of a page."""

    kind: str = ""
    after: str = ""
    before: str = ""
    size: int = PAGE
    compared: bool = True
    """Reports that set communities side by side are listed as well."""


ACTION = {Make: "report.make", Reword: "report.words", Sign: "report.sign", Correct: "report.make"}
"""Wish -> the action that access.py knows."""


class NothingChanged(ValueError):
    """There is nothing to correct."""


class Ledger:
    """The connections that reports are read and written by; opened, and the schema brought up to date, at the first
    question. On SQLite whoever may write waits for every other writer, and whoever reads for nobody."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: sa.Engine | None = None
        self._reading: sa.Engine | None = None
        self._lock = threading.Lock()

    def engine(self) -> sa.Engine:
        """Raises HistoryUnavailable, HistoryMisconfigured."""
        with self._lock:
            if self._engine is None:
                engine = open_engine(self._url, write=True)
                migrate(engine)
                self._engine = engine
            return self._engine

    def reading(self) -> sa.Engine:
        """Raises HistoryUnavailable, HistoryMisconfigured."""
        if self._reading is None:
            self.engine()  # there is something to read
            self._reading = open_engine(self._url)
        return self._reading

    def close(self) -> None:
        for engine in (self._engine, self._reading):
            if engine is not None:
                engine.dispose()


class Reports:
    """Every method blocks: call it in a thread. Raises what keep, make and store/history/reports.py raise."""

    def __init__(self, ledger: Ledger, sites: Callable[[], Mapping[str, Site]], var: Path) -> None:
        self._engine, self._reading, self._sites, self._var = ledger.engine, ledger.reading, sites, var

    def listed(self, site: Site, asked: Asking) -> tuple[Listed, dict[str, list[Signed]]]:
        """A page of the list, and who signed each. Raises NoMark."""
        engine, without = self._reading(), () if asked.compared else ("comparison",)
        page = page_of(
            engine, site.id, asked.size, kind=asked.kind, after=asked.after, before=asked.before, without=without
        )
        return page, kept.signatures_of(engine, site.id, [one.number for one in page.reports])

    def signatures(self, site: Site, number: str) -> list[Signed]:
        return kept.signatures(self._reading(), site.id, number)

    def paper(self, site: Site, number: str) -> tuple[Kept, Paper]:
        engine = self._reading()
        return kept.one(engine, site.id, number), decoded(kept.body_of(engine, site.id, number))

    def superseded(self, site: Site) -> dict[str, str]:
        """Number -> of its newest correction."""
        return kept.superseded(self._reading(), site.id)

    def communities(self) -> list[str]:
        return list(self._sites())

    def file(self, site: Site, number: str, format_: str) -> bytes | None:
        """As it was issued; of a draft as it would be set now. None: it has no such format."""
        engine = self._reading()
        issued = kept.file_of(engine, site.id, number, format_)
        if issued is not None or format_ not in WRITERS:
            return issued
        report, paper = self.paper(site, number)
        return written(paper, format_, self._var) if report.issued_ms is None else None

    def export(self, site: Site, asked: Asked, format_: str) -> bytes:
        """The report of the days as it would be drafted now; nothing of it is kept, so it has no number."""
        made = make(self._reading(), site, asked, time.time_ns() // 1_000_000, var=self._var)
        as_kept = decoded(encoded(msgspec.structs.replace(made, number=UNNUMBERED.get(asked.lang))))
        return written(as_kept, format_, self._var)

    def carry_out(self, site: Site, wish: Wish, post: str) -> str:
        """The number that it is about now."""
        engine, now_ms, sites = self._engine(), time.time_ns() // 1_000_000, list(self._sites().values())
        match wish:
            case Make():
                asked = Asked(wish.kind, wish.day, wish.edition, wish.lang, wish.subject)
                return keep.drafted(engine, site, asked, now_ms, var=self._var, sites=sites).number
            case Reword():
                words = Words(post, wish.summary, wish.decisions)
                return keep.reworded(engine, site, wish.number, words, now_ms, var=self._var, sites=sites).number
            case Sign():
                return keep.signed(engine, site, wish.number, wish.role, post, now_ms, var=self._var).number
            case Correct():
                made = keep.corrected(engine, site, wish.number, now_ms, var=self._var, sites=sites)
                if made is None:
                    newest = kept.superseded(engine, site.id).get(wish.number, wish.number)
                    raise NothingChanged(f"{newest}: no figure has changed")
                return made.number


def head(report: Kept, signed: list[Signed], corrected_by: str = "") -> dict[str, Any]:
    """A line of the list, as JSON; `corrected_by`: the number of its newest correction."""
    said = msgspec.to_builtins(report)
    del said["own"]
    return said | {
        "state": "issued" if report.issued_ms is not None else "draft",
        "signatures": msgspec.to_builtins(signed),
        "corrected_by": corrected_by,
    }
