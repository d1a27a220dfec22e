"""What the tests of the web process share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.layouts.scenes import incident
from tests.layouts.stage import Stage


@pytest.fixture(scope="session")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One var/ for all: the fonts need not be cut for every test."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture
def stage(redis_url: str) -> Stage:
    return Stage(redis_url, incident())
