"""pytest -p tests.benchmarks.prove --figures FILE: what each long proof found, as JSON.

A test tells its numbers with pytest's own `record_property`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--figures", type=Path, metavar="FILE", help="write outcome, seconds and numbers of each test here"
    )


def pytest_configure(config: pytest.Config) -> None:
    if path := config.getoption("--figures"):
        config.pluginmanager.register(Figures(path), "figures")


class Figures:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._tests: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Once a phase; a failed setup counts as the test's outcome."""
        found = self._tests.setdefault(report.nodeid, {"outcome": "passed", "seconds": 0.0})
        found["seconds"] = round(found["seconds"] + report.duration, 1)
        if not report.passed:
            found["outcome"] = report.outcome
        found.update(report.user_properties)

    def pytest_sessionfinish(self) -> None:
        numbers = [value for test in self._tests.values() for value in test.items() if value[0] != "outcome"]
        totals: dict[str, float] = {}
        for name, value in numbers:
            if isinstance(value, int | float):
                totals[name] = round(totals.get(name, 0) + value, 1)
        summary = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "outcomes": _counted([test["outcome"] for test in self._tests.values()]),
            "totals": totals,
            "tests": self._tests,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(summary, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _counted(words: list[str]) -> dict[str, int]:
    return {word: words.count(word) for word in sorted(set(words))}
