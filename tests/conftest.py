"""Order of the tests, their marks, who runs beside whom, and REQUIRE_ALL=1: nothing may be skipped."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Generator

import pytest
from _pytest.nodeid import coerce_node_id

pytest_plugins = ["tests.engines.fixtures"]

ENGINES = frozenset(
    {"redis_server", "real_redis", "kraft", "tansu", "kafka", "history_url", "history_engine", "postgres"}
    | {"redis_url", "real_redis_url", "streams", "streams-valkey", "streams-redis"}
)
"""Fixtures that start a server, and the parameters of tests and fixtures that ask for one while they run."""
BROWSERS = frozenset({"chromium", "browser", "page", "context"})
LONGEST = (
    *("kraft", "tests/dashboard/test_access.py", "tests/history/test_past.py", "tests/intake/test_simulate.py"),
    *("tests/browser/test_gallery.py", "tests/browser/test_operate.py", "tests/browser/test_tour.py"),
    *("tests/browser/test_wall.py", "tests/browser/test_desk.py", "tests/browser/test_resident.py"),
    *("tests/browser/test_look.py", "tests/browser/test_life.py", "tests/browser/test_estate.py"),
)
"""Companies that begin before others of their weight, where several processes share the work: one that comes last is
waited for by all."""
_COMPANY = re.compile(r"@(kraft|tansu|tests/[\w/]+\.py)$")
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"


def _weight(item: pytest.Item) -> int:
    """Pure tests first, then servers, then the browser: a mistake shows within seconds."""
    if item.get_closest_marker("browser"):
        return 2
    return 1 if item.get_closest_marker("engine") else 0


def _used(item: pytest.Item) -> set[str]:
    told = getattr(item, "callspec", None)
    parameters = told.params.values() if told is not None else ()
    return {*getattr(item, "fixturenames", ()), *(value for value in parameters if isinstance(value, str))}


def _company(item: pytest.Item, used: set[str]) -> str:
    """Tests of one name share a process and its servers when `make test` runs several: a broker takes 300 MB and
    seconds to start, a page of a browser wants the web process that the page before it had."""
    for broker in ("kraft", "tansu"):
        if broker in used:
            return broker
    return item.path.relative_to(item.config.rootpath).as_posix()


def _turn(item: pytest.Item) -> tuple[int, int]:
    """A browser comes after all that runs an event loop of its own: Playwright's runs to the end of its process."""
    mark = item.get_closest_marker("xdist_group")
    rank = LONGEST.index(mark.args[0]) - len(LONGEST) if mark is not None and mark.args[0] in LONGEST else 0
    return _weight(item), rank


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: the garbage collector need not walk it while it grows, nor ever after."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        used = _used(item)
        if used & ENGINES:
            item.add_marker("engine")
        if used & BROWSERS:
            item.add_marker("browser")
        if _weight(item):
            company = _company(item, used)
            item.add_marker(pytest.mark.xdist_group(company))
            if item.config.getoption("loadgroup", default=False):
                # as xdist 3.8 does in a field that pytest 9.2 no longer reads: without it nobody keeps company
                item._id = coerce_node_id(f"{item.nodeid}@{company}")
    items.sort(key=_turn)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """`make test` runs by itself what failed beside others, where nobody keeps company: by its name without."""
    cache = session.config.cache
    if cache is not None and not hasattr(session.config, "workerinput"):
        failed = cache.get("cache/lastfailed", {})
        cache.set("cache/lastfailed", {_COMPANY.sub("", name): True for name in failed})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _nothing_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _nothing_skipped(report)
    return report


def _nothing_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{reason} (REQUIRE_ALL=1: nothing may be skipped)"
