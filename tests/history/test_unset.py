"""Whoever reads may start before whoever writes has made the tables: then history is away, and nothing is broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from store.history import HistoryUnavailable
from store.history.database import migrate, open_engine
from store.history.figures import figures
from store.history.records import Asked, records
from tests.history.pages import DAY_MS, SITE, T0_MS

ASKS: dict[str, Callable[[sa.Engine], Any]] = {
    "figures": lambda engine: figures(engine, SITE, "2026-03-12", "2026-03-12"),
    "records": lambda engine: records(engine, SITE, Asked(of="alarms", from_ms=T0_MS, to_ms=T0_MS + DAY_MS)),
}


@pytest.mark.parametrize("asked", ASKS)
def test_tables_that_are_not_there_yet_are_waited_for(history_url: str, asked: str) -> None:
    engine = open_engine(history_url)
    with pytest.raises(HistoryUnavailable):
        ASKS[asked](engine)
    migrate(engine)
    ASKS[asked](engine)
    engine.dispose()
