"""The wall in a real browser, on the processes that `make run` starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from playwright.sync_api import Browser, BrowserContext, Page

from community.audit import FACT
from community.model import encode_event
from community.state import Alarm, State
from store import keys
from store.children import Children, end
from store.log.streams import StreamsWriter
from tests.engines import http
from tests.engines.ports import free_port
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until
from tests.layouts.stage import Stage

ROOT = Path(__file__).resolve().parents[2]


class Programs:
    """Processes of the Procfile on one Redis."""

    def __init__(
        self,
        children: Children,
        redis_url: str,
        var: Path,
        names: tuple[str, ...],
        said: Path | None = None,
        **env: str,
    ) -> None:
        """`said`: the file into which they write what they would tell a terminal."""
        self.redis_url, self.var, self._said = redis_url, var, said
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self._children = children
        self._env = {**os.environ, "REDIS_URL": redis_url, "PORT": str(port), "SHOUWANG_VAR": str(var), **env}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._stage: Stage | None = None
        try:
            for name in names:
                self.start(name)
        except AssertionError:
            self.close()
            raise

    def start(self, name: str, *options: str) -> None:
        command = ["dashboard"] if name == "web" else ["ingest", name, *options]
        with open(self._said or os.devnull, "ab") as said:
            out = said if self._said is not None else None
            self._running[name] = self._children.start(
                [sys.executable, "-m", *command], cwd=ROOT, env=self._env, stdout=out, stderr=out
            )
        if name == "web":
            wait_until(lambda: self._answers(), 90, "the web process answers")

    def command(self, *words: str, told: str = "") -> subprocess.CompletedProcess[str]:
        """A command of the same installation; `told`: its standard input."""
        args = [sys.executable, "-m", *words]
        return subprocess.run(
            args, cwd=ROOT, env=self._env, input=told, capture_output=True, text=True, timeout=60, check=False
        )

    def ready(self) -> None:
        wait_until(lambda: self._answers("/readyz"), 90, "the chain is ready")

    def revision(self) -> str:
        """Of the state that the web process shows; '' while it has none."""
        answer = http.get(f"{self.url}/api/v1/state", headers={"if-none-match": "*"})
        return answer.headers["etag"].removeprefix('"').partition("-")[0] if answer.status_code == 304 else ""

    def _answers(self, path: str = "/healthz") -> bool:
        try:
            return http.get(self.url + path).status_code == 200
        except httpx.TransportError:
            return False

    def freeze(self, name: str) -> None:
        end(self._running[name], signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        end(self._running[name], signal.SIGCONT)

    def kill(self, name: str) -> None:
        child = self._running.pop(name)
        end(child, signal.SIGKILL)
        child.wait()
        self._children.forget(child)

    def keep(self, name: str) -> None:
        """Ends every other; that one runs, as it did before a test froze or killed it."""
        for other in self._running.keys() - {name}:
            self.kill(other)
        if name not in self._running:
            self.start(name)
        self.thaw(name)

    def close(self) -> None:
        for name in list(self._running):
            self.kill(name)

    def say(self, type_: str, subject: str, *, community: str = "lanting", **data: object) -> None:
        """A canonical record, as a gateway would append it."""
        writer = StreamsWriter(self.redis_url)
        record = encode_event(
            id=os.urandom(8).hex(), source="test", type=type_, community=community, subject=subject, data=data
        )
        writer.append(keys.LOG, community, record).result()
        writer.close()

    def show(self, state: State) -> None:
        """Puts a state into Redis, lets its clock run, and waits until the web process has it."""
        self._stage = Stage(self.redis_url, state)
        put = state.position
        self._stage.run()
        wait_until(lambda: self.revision() >= put, 20, "the web process has the state")

    def alarms(self, alarms: dict[str, Alarm]) -> None:
        """Of the state that is shown: these and no other."""
        assert self._stage is not None
        self._stage.alarms(alarms)

    def hide(self) -> None:
        if self._stage is not None:
            self._stage.close()
            self._stage = None

    def feeds(self) -> None:
        """Every gateway says that it lives."""
        for source in ("isapi", "ocpp16", "ebike_pile", "lorawan"):
            self.say("source.heartbeat", source)


@pytest.fixture(scope="session")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browser-var")


@pytest.fixture(scope="session")
def web_process(children: Children, redis_server: RedisServer, var: Path) -> Iterator[Programs]:
    programs = Programs(children, redis_server.url, var, ("web",))
    yield programs
    programs.close()


@pytest.fixture
def chain(web_process: Programs, redis_url: str) -> Iterator[Programs]:
    """Log, worker, tick and web, with every feed alive. The web process is that of the test before: it takes longest to
    start, and reads everything again when its Redis is another."""
    before = web_process.revision()
    for name in ("live", "tick"):
        web_process.start(name)
    web_process.feeds()
    wait_until(lambda: web_process.revision() not in ("", before), 90, "the web process follows this log")
    web_process.ready()
    yield web_process
    web_process.keep("web")


@pytest.fixture
def web(web_process: Programs, redis_url: str) -> Iterator[Programs]:
    """The web process alone, for states made by hand."""
    yield web_process
    web_process.hide()


class Wall:
    """A page that shows the wall, and what went over the wire for it."""

    def __init__(self, context: BrowserContext, url: str, lang: str = "zh") -> None:
        self.page: Page = context.new_page()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        self.page.goto(f"{url}/?lang={lang}")
        self.state("live")

    def state(self, name: str, timeout_s: float = 15) -> None:
        self.page.wait_for_selector(f"body[data-state={name}]", timeout=1000 * timeout_s)

    def fonts(self) -> None:
        """Waits until every font that is needed is there and the page has been drawn with it. What has just been
        written asks for its fonts only when it is laid out, so a frame comes first."""
        self.page.evaluate("""async () => {
          const frame = () => new Promise(requestAnimationFrame);
          do {
            await frame();
            await frame();
            await document.fonts.ready;
          } while (document.fonts.status !== "loaded");
          await frame();
        }""")

    def text(self, selector: str) -> str:
        return self.page.inner_text(selector)

    def wait(self, selector: str, words: str, timeout_s: float = 10) -> None:
        self.page.locator(selector, has_text=words).first.wait_for(timeout=1000 * timeout_s)


def onto(page: Page, selector: str) -> None:
    """By Tab alone."""
    wanted = page.locator(selector)
    for _ in range(60):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {selector}")


def press(page: Page, selector: str) -> None:
    """A button of a form, by keyboard: the page that answers is there."""
    onto(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def trail(url: str, *types: str) -> list[tuple[str, str, str]]:
    """(type, subject, person) of the journal."""
    with redis.Redis.from_url(url) as client:
        records = [json.loads(fields[b"v"]) for _, fields in client.xrange(keys.JOURNAL)]
    return [(r["type"], r["subject"], r["data"].get("person", "")) for r in records if r["type"] in types]


def facts(url: str) -> list[dict[str, Any]]:
    """What the web process told the audit."""
    with redis.Redis.from_url(url) as client:
        records = [json.loads(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
    return [{"person": r["subject"]} | r["data"] for r in records if r["type"] == FACT]


@pytest.fixture
def kiosk(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    yield context
    context.close()
