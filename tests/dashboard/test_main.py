"""python -m dashboard refuses what it must, in one sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from store.children import Children
from tests.engines import http
from tests.engines.ports import free_port
from tests.engines.wait import wait_until

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [("PORT", "high", "PORT"), ("SITE", "/none", "SITE"), ("DATABASE_URL", "mysql://x", "DATABASE_URL")],
)
def test_refused_with_one_sentence(variable: str, value: str, named: str) -> None:
    env = {**os.environ, variable: value}
    done = subprocess.run([sys.executable, "-m", "dashboard"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert named in done.stderr


def test_ends_within_five_seconds_though_a_screen_is_open(redis_url: str, tmp_path: Path, children: Children) -> None:
    port = free_port()
    env = {**os.environ, "REDIS_URL": redis_url, "PORT": str(port), "SHOUWANG_VAR": str(tmp_path)}
    web = children.start([sys.executable, "-m", "dashboard"], cwd=ROOT, env=env)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: _alive(url), 20, "the web process answers")
    with http.stream("GET", f"{url}/live", timeout=10) as stream:
        assert stream.status_code == 200
        web.send_signal(signal.SIGINT)
        web.wait(5)


def _alive(url: str) -> bool:
    try:
        return http.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False
