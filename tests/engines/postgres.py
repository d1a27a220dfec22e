"""A PostgreSQL of the tests' own: the system's binaries, a data folder and a port of their own, no Docker.

The server refuses to run as root; then it runs as the package's user `postgres`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import psycopg

from store.children import Children, end
from tests.engines.ports import free_port
from tests.engines.wait import wait_until

_INSTALLED = Path("/usr/lib/postgresql")  # Debian keeps servers off PATH, one folder a version


def postgres_binary(name: str) -> Path | None:
    newest_first = sorted(_INSTALLED.glob(f"*/bin/{name}"), key=lambda path: -float(path.parts[-3]))
    found = next(iter(newest_first), None) or shutil.which(name)
    return Path(found) if found else None


def postgres_missing() -> str:
    """Why there is no server for tests; empty when there is one."""
    if postgres_binary("initdb") is None or postgres_binary("postgres") is None:
        return "no PostgreSQL here: apt-get install postgresql"
    if os.geteuid() == 0 and _user() is None:
        return "PostgreSQL does not run as root and there is no user postgres"
    return ""


def _user() -> pwd.struct_passwd | None:
    with suppress(KeyError):
        return pwd.getpwnam("postgres")
    return None


class PostgresServer:
    """`url` stays the same over kill and restart, and so does the data."""

    def __init__(self, children: Children, *, sync: bool = False) -> None:
        """`sync`: as in service, for a measurement. Without it kill -9 of a process loses nothing either."""
        self.folder = Path(tempfile.mkdtemp(prefix="shouwang-pg-", dir="/tmp"))  # its own user must get there
        self._children = children
        self._sync = sync
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._as: list[str] = []
        self.shared = ""
        """URL of a database that tests share and empty."""
        if os.geteuid() == 0:
            user = _user()
            assert user is not None
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._as = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]

    def start(self) -> None:
        data = self.folder / "data"
        if not data.exists():
            made = [*self._as, _must("initdb"), "-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C"]
            subprocess.run([*made, "--no-sync"], check=True, capture_output=True, cwd=self.folder)
        options = ["-p", str(self._port), "-c", "listen_addresses=127.0.0.1", "-k", str(self.folder)]
        options += ["-c", f"fsync={'on' if self._sync else 'off'}", "-c", "max_connections=40"]
        self._process = self._children.start(
            [*self._as, _must("postgres"), "-D", data, *options],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers, 20, f"PostgreSQL on port {self._port}")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._dsn("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _dsn(self, database: str) -> str:
        return f"postgresql://test@127.0.0.1:{self._port}/{database}"

    def database(self, name: str) -> str:
        """URL of a new, empty database."""
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        return self._dsn(name)

    def kill(self) -> None:
        """kill -9 of the whole group, as a machine that fails."""
        if self._process is not None:
            end(self._process, signal.SIGKILL)
            self._process.wait()
            self._children.forget(self._process)
            self._process = None
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def restart(self) -> None:
        self.kill()
        self.start()

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def _must(name: str) -> Path:
    found = postgres_binary(name)
    assert found is not None
    return found
