"""What the tests need beside Python packages: Chromium, fonts for Chinese, Redis, PostgreSQL, Mosquitto, SIPp,
Apache Kafka by Maven.

    python -m tests.engines.provision

Installs by the system's package manager when it may (apt-get as root or with a passwordless sudo). What it cannot
have it names, with the command to run; only the tests that need it are skipped (with REQUIRE_ALL=1 they fail).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.engines.browser import SHELL, find_chromium
from tests.engines.kafka import JARS, KRAFT
from tests.engines.mosquitto import mosquitto
from tests.engines.postgres import postgres_missing
from tests.engines.redis import system_redis

COPY_JARS = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"


class Need(NamedTuple):
    what: str
    here: Callable[[], bool]
    debian: tuple[str, ...]


NEEDS = (
    Need("Chromium", lambda: find_chromium() is not None, ("chromium",)),
    Need("fonts for Chinese", lambda: _has_chinese_font(), ("fonts-noto-cjk", "fontconfig")),
    Need("redis-server", lambda: system_redis() is not None, ("redis-server",)),
    Need("PostgreSQL", lambda: not postgres_missing(), ("postgresql",)),
    Need("Mosquitto", lambda: mosquitto() is not None, ("mosquitto",)),
    Need("SIPp", lambda: shutil.which("sipp") is not None, ("sip-tester",)),
    Need("Java 17", lambda: shutil.which("java") is not None, ("openjdk-17-jre-headless",)),
    Need("Maven", lambda: _has_kafka() or shutil.which("mvn") is not None, ("maven",)),
)


def main() -> int:
    if missing := [need for need in NEEDS if not need.here()]:
        _install([package for need in missing for package in need.debian])
    if not shutil.which(SHELL):
        _install([SHELL])  # not every distribution has it: Chromium itself does the same for more processor time
    _fetch_kafka()
    still = [need for need in NEEDS if not need.here()]
    for need in still:
        print(f"守望: {need.what} is not here, its tests are skipped: {_command(need.debian)}", flush=True)
    if not _has_kafka():
        print("守望: Apache Kafka is not in var/kafka/lib, its tests are skipped", flush=True)
    return 0


def _install(packages: list[str]) -> None:
    prefix = _apt_prefix()
    if prefix is None:
        return
    print(f"守望: installing {' '.join(packages)}", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-qy", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(
            [*prefix, *command], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            print(f"守望: {' '.join(command)} ended with {done.returncode}", flush=True)


def _apt_prefix() -> list[str] | None:
    """How apt-get may be run here; None: not at all."""
    if sys.platform != "linux" or not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def _fetch_kafka() -> None:
    if _has_kafka() or not shutil.which("mvn") or not shutil.which("java"):
        return
    print("守望: fetching the jars of Apache Kafka with Maven (43 MB)", flush=True)
    unfinished = JARS.with_name("lib.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    command = ["mvn", "-q", "-B", "-f", KRAFT / "pom.xml", COPY_JARS, "-DincludeScope=runtime"]
    done = subprocess.run(
        [*command, f"-DoutputDirectory={unfinished}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = next((line for line in done.stdout.splitlines() if "ERROR" in line), f"exit code {done.returncode}")
        print(f"守望: Maven could not fetch Apache Kafka: {said}", flush=True)
        return
    shutil.rmtree(JARS, ignore_errors=True)
    unfinished.rename(JARS)


def _has_kafka() -> bool:
    return any(JARS.glob("kafka_*.jar"))


def _has_chinese_font() -> bool:
    if sys.platform == "darwin":
        return Path("/System/Library/Fonts/PingFang.ttc").exists() or Path("/System/Library/Fonts").is_dir()
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, check=False).stdout.strip())


def _command(debian: tuple[str, ...]) -> str:
    if sys.platform == "darwin":
        return f"brew install {' '.join(debian)}".replace("openjdk-17-jre-headless", "openjdk@17")
    return f"sudo apt-get install {' '.join(debian)}"


if __name__ == "__main__":
    sys.exit(main())
