"""A real Mosquitto for tests: a user with a password, and messages that outlive a restart."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

from store.children import Children
from tests.engines.ports import free_port
from tests.engines.wait import wait_until

USER, PASSWORD = "house", "b7-north"


def mosquitto() -> str | None:
    return shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin:/usr/bin:/usr/local/bin")


class Mosquitto:
    def __init__(self, folder: Path, children: Children) -> None:
        folder.mkdir()
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self._children = children
        self._process: subprocess.Popen[bytes] | None = None
        self._config = folder / "mosquitto.conf"
        passwords = folder / "passwords"
        passwords.write_text(f"{USER}:{PASSWORD}\n", "utf-8")
        passwords.chmod(0o600)
        subprocess.run([shutil.which("mosquitto_passwd") or "mosquitto_passwd", "-U", passwords], check=True)
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\npassword_file {passwords}\nallow_anonymous false\n"
            f"persistence true\npersistence_location {folder}/\nautosave_interval 1\nautosave_on_changes true\n"
            f"max_queued_messages 0\nuser root\nlog_type none\n",
            "utf-8",
        )

    def serve_tls(self, certificate: Path, key: Path) -> str:
        """Before the start: another door, with TLS. Its URL."""
        port = free_port()
        self.set(f"listener {port} 127.0.0.1\ncertfile {certificate}\nkeyfile {key}")
        return f"mqtts://localhost:{port}"

    def set(self, line: str) -> None:
        """Before the start: one more line of its file."""
        with self._config.open("a", encoding="utf-8") as config:
            config.write(f"{line}\n")

    def start(self) -> None:
        self._process = self._children.start([mosquitto() or "mosquitto", "-c", str(self._config)])
        wait_until(self._listens, 20, "Mosquitto listens")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._children.forget(self._process)
            self._process = None

    def _listens(self) -> bool:
        assert self._process is not None and self._process.poll() is None, "Mosquitto ended"
        with socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
