"""/api/v1/figures: the figures of any days, each with how it is counted, from how many rows, and what it leaves out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import sqlalchemy as sa

from community.clock import local_day
from community.figures import CATALOGUE
from community.site import Site
from store.history.database import open_engine
from store.history.figures import Answer, Report, counts_of, figures


class History:
    """Reads the database from threads; connects at the first question."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._open: Callable[[], sa.Engine] = lambda: open_engine(url)
        self._engine: sa.Engine | None = None

    def figures(self, site: Site, from_day: str, to_day: str, asked: list[str] | None = None) -> Report:
        """Raises NoRange, HistoryUnavailable, HistoryMisconfigured, KeyError for a figure that does not exist."""
        return figures(self.engine(), site, from_day, to_day, asked)

    def engine(self) -> sa.Engine:
        """Raises HistoryMisconfigured."""
        if self._engine is None:
            self._engine = self._open()
        return self._engine

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()


def days_asked(query: Any, now_ms: int, site: Site) -> tuple[str, str]:
    """`from` and `to` of the address; without them the community's local day."""
    today = local_day(now_ms, site.timezone)
    from_day = query.get("from") or query.get("to") or today
    return from_day, query.get("to") or from_day


def document(report: Report) -> dict[str, Any]:
    """The answer with names and definitions in both languages; `how` is what a person needs to count it again."""
    facts: dict[str, Any] = msgspec.to_builtins(report)
    facts["demo"] = {"zh": "演示数据", "en": "demonstration data"} if report.demo_until_ms is not None else None
    facts["figures"] = [figure_document(found, report) for found in report.figures]
    return facts


def figure_document(found: Answer, report: Report) -> dict[str, Any]:
    figure = CATALOGUE[found.id]
    said: dict[str, Any] = {"id": figure.id, "section": figure.section, "name": msgspec.to_builtins(figure.name)}
    said |= {"unit": msgspec.to_builtins(figure.unit), "decimals": figure.decimals, "better": figure.better}
    said |= {"target": msgspec.to_builtins(figure.target), "value": found.value, "rows": found.rows}
    said |= {"left_out": found.left_out, "heard": found.heard, "why": found.why}
    if figure.by:
        said |= {"by": list(figure.by), "lines": msgspec.to_builtins(found.lines)}
    parameters = {"community": report.community, "from_day": report.from_day, "to_day": report.to_day}
    parameters |= {"from_ms": report.from_ms, "to_ms": report.to_ms, "now_ms": report.as_of_ms}
    parameters |= counts_of(report.coverage)
    used = {name: value for name, value in parameters.items() if f":{name}" in figure.query}
    how = {"definition": msgspec.to_builtins(figure.definition), "query": figure.query, "column": figure.column}
    return said | {"how": how | {"parameters": used, "factor": figure.factor}}
