"""Who keeps a kiosk's browser (docs/kiosk/kiosk.py): which page lives, which is loaded anew, which is ended."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.browser.conftest import Programs
from tests.engines.browser import ARGS
from tests.engines.ports import free_port
from tests.engines.wait import wait_until
from tests.layouts.scenes import Scene

KEEPER = Path(__file__).resolve().parents[2] / "docs" / "kiosk" / "kiosk.py"


@pytest.fixture(scope="module")
def keeper() -> ModuleType:
    spec = importlib.util.spec_from_file_location("keeper", KEEPER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("answer", "empty_s", "verdict"),
    [
        ({"state": "live", "painted_ms": 2100}, 0, ""),
        ({"state": "lost", "painted_ms": 2100}, 0, ""),  # the wall says so itself
        ({"state": "live", "painted_ms": 5600}, 0, "frozen"),
        ({"state": "", "painted_ms": 5600}, 0, "frozen"),
        (None, 4, ""),
        (None, 21, "empty"),
    ],
)
def test_what_is_judged(keeper: ModuleType, answer: dict[str, Any] | None, empty_s: float, verdict: str) -> None:
    assert keeper.judge(answer, empty_s) == verdict


class Starting(BaseHTTPRequestHandler):
    """A proxy whose house is not up yet, and a wall whose scripts it did not get."""

    def do_GET(self) -> None:
        error = self.path == "/502"
        self.send_response(502 if error else 200)
        self.end_headers()
        self.wfile.write(b"<h1>Bad Gateway</h1>" if error else b'<html data-build="1"><body>wall')

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def proxy() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Starting)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_page_of_the_product_lives_and_no_other(
    keeper: ModuleType, chromium: str, web: Programs, proxy: str, tmp_path: Path
) -> None:
    web.show(Scene().everything().state)
    browser = keeper.Browser(chromium, str(tmp_path), f"{web.url}/?lang=zh", ["--headless", *ARGS])
    try:
        browser.attach()
        wait_until(lambda: (browser.alive() or {}).get("state") == "live", 30, "the wall lives")
        for path in ("/city", "/login", "/login/wall"):
            browser.load(web.url + path)
            here = f"location.pathname === '{path}' && document.readyState === 'complete'"
            wait_until(lambda here=here: browser.tell(here), 20, path)  # type: ignore[misc]
            wait_until(lambda: browser.alive() is not None, 20, f"{path} lives")
            assert 0 <= browser.alive()["painted_ms"] < 5000
        for url in (f"{proxy}/502", f"{proxy}/half", f"http://127.0.0.1:{free_port()}/"):
            browser.load(url)
            wait_until(lambda: browser.alive() is None, 20, f"nothing to see at {url}")
    finally:
        browser.kill()
