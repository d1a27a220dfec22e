"""What the tests of the web process share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One var/ for all: the fonts need not be cut for every test."""
    return tmp_path_factory.mktemp("var")
