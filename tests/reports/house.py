"""Where a command of reports is at home: a folder with the site, its database and what it keeps."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from community.site import Site
from store.history.database import migrate, open_engine


def settled_in(folder: Path, monkeypatch: pytest.MonkeyPatch, site: Site) -> sa.Engine:
    """The environment says so until the test ends."""
    url, described = f"sqlite:///{folder / 'history.db'}", folder / "garden.json"
    described.write_bytes(msgspec.json.encode(site))
    for name, value in (("DATABASE_URL", url), ("SHOUWANG_VAR", str(folder)), ("SITE", str(described))):
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    engine = open_engine(url, write=True)
    migrate(engine)
    return engine
