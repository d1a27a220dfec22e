"""Of days that nobody recorded a panel without a column to hatch has no finding: none of them says 'none'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from community.office import findings
from community.office.words import OFFICE
from layouts.office.parts import nothing, titled
from store.history.figures import was_recorded

from .ask import Ask

Draw = Callable[[Ask], list[Any]]


def recorded(measure: str, draw: Draw) -> Draw:
    def shown(ask: Ask) -> list[Any]:
        if was_recorded(ask.engine, ask.site, ask.period.from_day, ask.period.to_day):
            return draw(ask)
        title = findings.NOTHING_RECORDED.get(ask.lang)
        return titled(title, OFFICE[measure].get(ask.lang), [nothing(ask.lang)], [], ask.lang)

    return shown
