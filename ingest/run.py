"""`make run`: the embedded Valkey, every process of the Procfile, and the address to open."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import sys
import time
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.printer import Printer

from ingest.bootstrap import ROOT, SetupError, check_ports, is_free
from ingest.supervise import Backoff, Output, Supervisor
from store.children import Children
from store.embedded import EmbeddedRedis, EmbeddedRedisError
from store.settings import Settings, SettingsError, read_settings

REDIS_PORT = 8051
_ASK_EVERY_S = 0.25
_IMPATIENT_S = 30.0
_LATER = ("history", "kpis", "tour")
"""What a guard does not wait for starts when the wall can be opened: ten programs at once take twice as long."""
_PATIENCE_S = 20.0
"""They start after so long in any case: history is kept whether anybody can look at it or not."""
_LOW_DISK_BYTES = 4 << 20


def main() -> int:
    os.chdir(ROOT)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal without Chinese still runs it
    try:
        check_ports(os.environ)
        settings = read_settings()
        settings.load_sites()
        _make_folder(settings.var)
        commands = parse_procfile((ROOT / "Procfile").read_text("utf-8")).processes
        children = Children()
        database = (
            None
            if os.environ.get("REDIS_URL")
            else EmbeddedRedis(settings.var / "redis", redis_port(), children=children)
        )
        env = _environment(database)
        if database is not None:
            database.start()
    except (SetupError, SettingsError, EmbeddedRedisError) as error:
        print(f"守望: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    house = _House(settings, database)
    supervisor = Supervisor(
        commands,
        cwd=ROOT,
        env=env,
        children=children,
        printer=Printer(Output(sys.stdout)),
        watch=lambda: house.look(supervisor),
        later=_LATER,
    )
    try:
        code = supervisor.run()
    finally:
        if database is not None:
            database.stop(grace_s=1.0)
    print("守望已停止，下次启动从此处继续。 Stopped; the next run goes on from here.", flush=True)
    return code


class _House:
    """What is looked after beside the processes: the database, and whether the wall can be opened yet."""

    def __init__(self, settings: Settings, database: EmbeddedRedis | None) -> None:
        self._settings = settings
        self._database = database
        self._backoff = Backoff()
        self._database_since_s = self._started_s = time.monotonic()
        self._database_due_s: float | None = None
        self._ask_at_s = 0.0
        self._complain_at_s = self._started_s + _IMPATIENT_S
        self._ready = False

    def look(self, supervisor: Supervisor) -> None:
        now_s = time.monotonic()
        if self._database is not None:
            self._look_at(self._database, supervisor, now_s)
        if not self._ready and now_s >= self._ask_at_s:
            self._ask_at_s = now_s + _ASK_EVERY_S
            self._ask(supervisor, now_s)
        if self._ready or now_s - self._started_s > _PATIENCE_S:
            supervisor.start_rest()

    def _look_at(self, database: EmbeddedRedis, supervisor: Supervisor, now_s: float) -> None:
        if self._database_due_s is None:
            if not database.alive():
                why = database.why_it_ended()
                database.kill()
                delay_s = self._backoff.died(now_s - self._database_since_s)
                self._database_due_s = now_s + delay_s
                supervisor.say(f"{why}; again in {delay_s:.1f} s")
        elif now_s >= self._database_due_s:
            self._database_due_s, self._database_since_s = None, now_s
            try:
                database.launch()
            except EmbeddedRedisError as error:
                delay_s = self._backoff.died(0.0)
                self._database_due_s = now_s + delay_s
                supervisor.say(f"{error}; again in {delay_s:.1f} s")

    def _ask(self, supervisor: Supervisor, now_s: float) -> None:
        status, said = ask_ready(self._settings.port)
        if status == 200:
            self._ready = True
            address = f"http://127.0.0.1:{self._settings.port}/"
            seconds = now_s - self._started_s
            supervisor.say(f"守望已就绪（{seconds:.1f} 秒），请用浏览器打开  {address}    按 Ctrl-C 停止")
            supervisor.say(f"Shouwang is ready ({seconds:.1f} s): open {address} in a browser    Ctrl-C stops it")
            supervisor.say(f"充电桩接入 charge points connect to  ws://127.0.0.1:{self._settings.ocpp_port}/<id>")
        elif now_s >= self._complain_at_s:
            self._complain_at_s = now_s + _IMPATIENT_S
            supervisor.say(f"not ready after {now_s - self._started_s:.0f} s: {said}{_disk_words(self._settings.var)}")


def redis_port() -> int:
    """8051, or a free port where that is taken: the console's commands find it in `var/`."""
    if is_free(REDIS_PORT):
        return REDIS_PORT
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask_ready(port: int) -> tuple[int, str]:
    """Status and body of /readyz; status 0 with the reason while nobody answers."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=0.5)
    try:
        link.request("GET", "/readyz")
        answer = link.getresponse()
        return answer.status, answer.read(2000).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return 0, f"the wall does not answer on port {port} ({error})"
    finally:
        link.close()


def _environment(database: EmbeddedRedis | None) -> dict[str, str]:
    """What the processes see: this environment's Python first, lines printed at once, the database's address."""
    env = dict(os.environ)
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', os.defpath)}"
    env["PYTHONUNBUFFERED"] = "1"
    if database is not None:
        env["REDIS_URL"] = database.url
    return env


def _make_folder(var: Path) -> None:
    try:
        var.mkdir(parents=True, exist_ok=True)
        probe = var / ".writable"
        probe.write_bytes(b"\0" * 4096)
        probe.unlink()
    except OSError as error:
        raise SetupError(f"cannot write to {var}: {error.strerror}; SHOUWANG_VAR names another folder") from error


def _disk_words(var: Path) -> str:
    return "; the disk is full" if shutil.disk_usage(var).free < _LOW_DISK_BYTES else ""


if __name__ == "__main__":
    sys.exit(main())
