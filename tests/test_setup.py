"""From a fresh clone: what bootstrap refuses and in which words; what the files that start things promise."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from honcho.environ import parse_procfile

from ingest import bootstrap
from ingest.__main__ import COMMANDS
from ingest.bootstrap import SetupError, check_ports, explain_pip, fingerprint, unfit
from tests.engines.ports import free_port

ROOT = Path(__file__).resolve().parent.parent


def ports(**more: str) -> dict[str, str]:
    return {"PORT": str(free_port()), "OCPP_PORT": str(free_port()), **more}


@pytest.mark.parametrize("name", ["PORT", "OCPP_PORT"])
def test_a_taken_port_is_a_sentence_with_the_way_out(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=rf"port {port} .* is taken .* `{name}=\d+ make run`"):
            check_ports(ports(**{name: str(port)}))


@pytest.mark.parametrize("text", ["0", "65536", "eighty"])
def test_a_port_that_is_none_is_named(text: str) -> None:
    with pytest.raises(SetupError, match=f"PORT={text} is not a port"):
        check_ports({"PORT": text})


def test_two_services_need_two_ports() -> None:
    port = str(free_port())
    with pytest.raises(SetupError, match="PORT and OCPP_PORT are both"):
        check_ports({"PORT": port, "OCPP_PORT": port})


@pytest.mark.parametrize(
    ("version", "implementation", "fits"),
    [
        ((3, 10), "cpython", False),
        ((3, 11), "cpython", True),
        ((3, 13), "cpython", True),
        ((3, 14), "cpython", False),
        ((3, 12), "pypy", False),
    ],
)
def test_which_python_will_do(version: tuple[int, int], implementation: str, fits: bool) -> None:
    reason = unfit(version, implementation)
    assert (reason == "") is fits
    if not fits:
        assert "3.11 to 3.13" in reason and f"{version[0]}.{version[1]}" in reason


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        (
            "WARNING: Retrying ... NewConnectionError('...: Failed to establish a new connection: [Errno 101] Network "
            "is unreachable')\nERROR: No matching distribution found for dash==4.4.1",
            "no network",
        ),
        (
            "ERROR: No matching distribution found for uvloop==0.23.0",
            r"no ready-made package \(wheel\) of uvloop==0.23.0",
        ),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "certificate"),
        ("something new", "^$"),
    ],
)
def test_pips_failures_become_sentences(said: str, sentence: str) -> None:
    assert re.search(sentence, explain_pip(said, Path(".venv")))


def test_nearly_no_room_is_said_before_anything_is_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(bootstrap, "NEEDED_BYTES", {False: 1 << 62})
    with pytest.raises(SetupError, match="disk is nearly full"):
        bootstrap.install(test=False)
    assert not (tmp_path / ".venv").exists()


def test_without_a_venv_package_the_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "python")
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SetupError, match="apt-get install python3-venv"):
        bootstrap.make_venv()


def test_an_environment_that_is_up_to_date_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(bootstrap, "NEEDED_BYTES", {False: 1 << 62, True: 1 << 62})  # an attempt would be refused
    (tmp_path / ".stamp-test").write_text(fingerprint(test=True))
    bootstrap.install(test=True)
    bootstrap.install(test=False)  # what tests need includes what runs
    (tmp_path / ".stamp-test").write_text("of other requirements")
    with pytest.raises(SetupError):
        bootstrap.install(test=False)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    for line in (ROOT / name).read_text("utf-8").splitlines():
        if line and not line.startswith(("#", "-r ")):
            assert re.fullmatch(r"[A-Za-z0-9_.-]+(\[[a-z,]+\])?==[0-9][A-Za-z0-9.]*", line), line


def test_what_is_installed_is_what_is_pinned() -> None:
    """A requirement that something brings but nobody pinned would change under us."""
    pinned = {
        _normal(match[1])
        for name in ("requirements.txt", "requirements-test.txt")
        for match in re.finditer(r"^([A-Za-z0-9_.-]+).*==", (ROOT / name).read_text("utf-8"), re.M)
    }
    from importlib.metadata import distribution, distributions

    installed = {_normal(found.name) for found in distributions()}
    brought: set[str] = set()
    for name in pinned & installed:
        for requirement in distribution(name).requires or []:
            if "extra ==" not in requirement and "; " not in requirement:
                brought.add(_normal(re.match(r"[A-Za-z0-9_.-]+", requirement)[0]))  # type: ignore[index]
    assert brought & installed <= pinned


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_procfile_starts_programs_that_exist() -> None:
    processes = parse_procfile((ROOT / "Procfile").read_text("utf-8")).processes
    assert processes.pop("web") == "python -m dashboard"
    for name, command in processes.items():
        assert command == f"python -m ingest {name}"
        assert name in COMMANDS


def test_make_alone_lists_every_task() -> None:
    listed = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tasks = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert tasks == {line.split()[1] for line in listed.splitlines()}
    assert {"run", "test", "lint", "typecheck", "prove", "clean"} <= tasks


def test_the_data_of_a_run_stays_out_of_git() -> None:
    for path in ("var/redis/appendonlydir", ".venv/bin/python", "bench.json", "community/__pycache__/x.pyc"):
        done = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False)
        assert done.returncode == 0, path
