"""From a fresh clone to a running program: the virtual environment, the pinned packages, then the processes.

    python3 -m ingest.bootstrap setup [--test]     .venv and the packages of requirements(-test).txt
    python3 -m ingest.bootstrap run                the same, then everything in the Procfile (ingest/run.py)

Runs on the system's own python3 and imports only its standard library. What cannot be done is said in a sentence.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST, NEWEST = (3, 11), (3, 13)
NEEDED_BYTES = {False: 700 << 20, True: 1100 << 20}
"""The environment takes 490 MB, with the tools for tests 820 MB; the rest is what pip unpacks on its way."""


class SetupError(Exception):
    """What stops us, in one sentence for the person at the terminal."""


def main(argv: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a terminal that cannot show Chinese is no reason to stop
    command, options = (argv[0] if argv else ""), argv[1:]
    if command not in ("setup", "run", "tour") or any(option != "--test" for option in options):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        find_python(argv)
        if command == "run":
            check_ports(os.environ)
        install(test="--test" in options)
    except SetupError as error:
        print(f"守望: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n守望: stopped; the next run goes on from here", file=sys.stderr)
        return 130
    if command == "run":
        os.execv(PYTHON, [str(PYTHON), "-m", "ingest.run"])
    if command == "tour":
        os.execv(PYTHON, [str(PYTHON), "-m", "ingest", "tour", "--again"])
    return 0


def find_python(argv: list[str]) -> None:
    """Goes on in a Python that will do, when this one will not and another is on PATH."""
    reason = unfit(sys.version_info[:2], sys.implementation.name)
    if not reason:
        return
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other and subprocess.run([other, "-c", ""], capture_output=True, check=False).returncode == 0:
            os.execv(other, [other, "-m", "ingest.bootstrap", *argv])
    raise SetupError(reason)


def unfit(version: tuple[int, ...], implementation: str) -> str:
    """Why this interpreter will not do; empty when it will."""
    if implementation == "cpython" and OLDEST <= version <= NEWEST:
        return ""
    return (
        f"needs CPython {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}, and python3 here is {implementation} "
        f"{version[0]}.{version[1]}: install one of these, or name it (make PYTHON=/path/to/python3.12 ...)"
    )


# ---- packages


def install(*, test: bool) -> None:
    """Brings .venv up to date. Does nothing, in a few milliseconds, when its stamp says that it is."""
    if _up_to_date(test=test) or (not test and _up_to_date(test=True)):
        return
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES[test]:
        raise SetupError(
            f"the disk is nearly full: {free >> 20} MB are free for {VENV}, {NEEDED_BYTES[test] >> 20} MB are needed"
        )
    make_venv()
    pip_install(ROOT / ("requirements-test.txt" if test else "requirements.txt"))
    _stamp(test=test).write_text(fingerprint(test=test))


def _stamp(*, test: bool) -> Path:
    return VENV / (".stamp-test" if test else ".stamp")


def _up_to_date(*, test: bool) -> bool:
    stamp = _stamp(test=test)
    return PYTHON.exists() and stamp.exists() and stamp.read_text() == fingerprint(test=test)


def fingerprint(*, test: bool) -> str:
    """Changes with what would be installed and with the Python it is for."""
    digest = hashlib.sha256(repr((sys.version_info[:2], sys.platform)).encode())
    for name in ("requirements.txt", "requirements-test.txt") if test else ("requirements.txt",):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def make_venv() -> None:
    if PYTHON.exists() and _version_of(PYTHON) == sys.version_info[:2]:
        return
    try:
        import ensurepip  # noqa: F401  Debian has it in a package of its own
        import venv
    except ImportError:
        raise SetupError(
            "Python's venv is not here: on Debian and Ubuntu run `sudo apt-get install python3-venv`, then again"
        ) from None
    print(f"守望: making a virtual environment in {VENV.name}", flush=True)
    try:
        venv.EnvBuilder(clear=True, symlinks=True, with_pip=True).create(VENV)
    except OSError as error:
        raise SetupError(f"cannot make {VENV}: {error.strerror}") from error
    except subprocess.CalledProcessError as error:
        said = (error.output or b"").decode("utf-8", "replace")
        raise SetupError(explain_pip(said, VENV) or f"pip does not start in {VENV}: {_last_line(said)}") from error


def _version_of(python: Path) -> tuple[int, int] | None:
    asked = subprocess.run(
        [python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, check=False
    )
    parts = asked.stdout.split()
    return (int(parts[0]), int(parts[1])) if asked.returncode == 0 and len(parts) == 2 else None


def pip_install(requirements: Path) -> None:
    """Shows one line a package, keeps all that pip says in .venv/pip.log."""
    total = sum(len(re.findall(r"^[A-Za-z0-9].*==", p.read_text(), re.M)) for p in _with_included(requirements))
    log = VENV / "pip.log"
    said: list[str] = []
    print(f"守望: {total} packages of {requirements.name}; the first time takes a minute or two", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    command += ["--only-binary=:all:", "-r", str(requirements)]
    # one language, whatever the locale: the words below are looked for
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", cwd=ROOT
    ) as pip:
        assert pip.stdout is not None
        seen = 0
        for line in pip.stdout:
            said.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied: ")) and "==" in line:
                seen += 1
            if line.lstrip().startswith("Downloading ") and "metadata" not in line:
                _progress(f"  {min(seen, total):>3}/{total}  {_shown(line)}")
            elif line.startswith("Installing collected"):
                _progress("  installing ...", last=True)
    try:
        log.write_text("".join(said), "utf-8")
    except OSError:
        pass  # a full disk: the sentence below says so
    if pip.returncode:
        text = "".join(said)
        raise SetupError(explain_pip(text, VENV) or f"pip could not install {requirements.name}; all it said: {log}")


def _with_included(requirements: Path) -> list[Path]:
    included = re.findall(r"^-r (\S+)", requirements.read_text(), re.M)
    return [requirements, *(ROOT / name for name in included)]


def _shown(line: str) -> str:
    """`Downloading https://.../plotly-7.1.0-py3-none-any.whl (9.7 MB)` -> `plotly 7.1.0 (9.7 MB)`."""
    match = re.search(r"([^/\s]+?)-([0-9][^-]*)-[^/\s]*\.whl(?:\S*)?\s*(\(.*\))?", line)
    return " ".join(part for part in match.groups() if part) if match else line.strip()


def _progress(text: str, *, last: bool = False) -> None:
    """One line that changes at a terminal, one line each in a file."""
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="\n" if last else "", flush=True)
    else:
        print(text, flush=True)


def explain_pip(said: str, venv: Path) -> str:
    """pip's failure in a sentence; empty when it is none of the known ones."""
    if re.search(r"No space left on device|Errno 28|Disk quota exceeded|Errno 122", said):
        return f"the disk is full: there is no room for the packages in {venv}; make room and run the same again"
    if re.search(r"CERTIFICATE_VERIFY_FAILED|SSLError", said):
        return "the package index shows a certificate that this machine does not trust: see PIP_CERT or PIP_INDEX_URL"
    if re.search(
        r"Failed to establish a new connection|Temporary failure in name resolution|Network is unreachable"
        r"|NewConnectionError|NameResolutionError|ConnectTimeoutError|Connection to \S+ timed out|ProxyError",
        said,
    ):
        return (
            "no network: the package index cannot be reached; connect, or name a reachable one in PIP_INDEX_URL "
            "(or a folder of wheels in PIP_FIND_LINKS)"
        )
    if missing := re.search(r"No matching distribution found for (\S+)", said):
        return (
            f"there is no ready-made package (wheel) of {missing[1]} for {sys.platform} and Python "
            f"{sys.version_info[0]}.{sys.version_info[1]}: try another Python from {OLDEST[0]}.{OLDEST[1]} to "
            f"{NEWEST[0]}.{NEWEST[1]} (make PYTHON=...), or report it to us"
        )
    return ""


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it said nothing")


# ---- address


def check_ports(environ: Mapping[str, str]) -> None:
    """Only ports that are free. Raises SetupError."""
    taken: dict[str, str] = {}
    for name, default, what in (("PORT", "8050", "the wall"), ("OCPP_PORT", "9000", "charge points")):
        text = environ.get(name) or default
        if not text.isdigit() or not 0 < int(text) < 65536:
            raise SetupError(f"{name}={text} is not a port: a number from 1 to 65535")
        if other := taken.get(text):
            raise SetupError(f"{other} and {name} are both {text}: choose two different ports")
        if not is_free(int(text)):
            raise SetupError(
                f"port {text} for {what} is taken by another program (another `make run`?): "
                f"choose another with `{name}={int(text) % 60_000 + 1} make run`"
            )
        taken[text] = name


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # as servers do: connections of the last run that still fade away do not count
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
