"""One day that many tests only read, and how what was set is read back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from store.history.database import migrate, open_engine
from tests.reports import day


@pytest.fixture(scope="session")
def garden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """History with the day written, on SQLite, to be read only."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('garden') / 'history.db'}", write=True)
    migrate(engine)
    day.written(engine, quick=False)
    yield engine
    engine.dispose()
