"""The documents keep up with the code: names, commands, addresses and links that they owe, in both languages."""

from __future__ import annotations

import ast
import inspect
import re
import unicodedata
from pathlib import Path

import pytest

from community.fold import COMMANDS as ORDERS
from community.model import DEMO_PAST, SITE_DESCRIBED, SOURCE_HEARTBEAT, SOURCE_LETTERS, TICK
from community.systems import REDUCERS
from dashboard.views import VIEWS
from ingest.__main__ import COMMANDS
from ingest.adapters import ADAPTERS
from store import deadletter, keys
from tests.test_imports import MAY_IMPORT

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh-CN.md")
DOCUMENTS = sorted(
    str(path.relative_to(ROOT)) for folder in (ROOT, ROOT / "docs") for path in folder.glob("*.md") if path.is_file()
)
LARGEST_PICTURE_BYTES = 400_000
PAGE_PARTS = re.compile(r"/(map|fonts/.*|vendor/.*|\{path:path\})$")
"""What the wall's own page fetches: nobody else is meant to."""


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def table(document: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    section = re.split(r"^## ", document, flags=re.M)
    body = next(part for part in section if part.startswith(heading))
    rows = [line for line in body.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def variables() -> set[str]:
    """What store/settings.py asks of the environment."""
    tree = ast.parse(text("store/settings.py"))
    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {word for word in said if re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", word)}


def names_of_keys() -> set[str]:
    """Every topic and key, its blanks filled with what they stand for."""
    found = set()
    for name, value in vars(keys).items():
        if name.isupper() and isinstance(value, str):
            found.add(value)
        elif inspect.isfunction(value):
            blanks = [f"<{word}>" if word != "community" else word for word in inspect.signature(value).parameters]
            found.add(value(*blanks))
    return found


def tasks() -> set[str]:
    return set(re.findall(r"^([a-z]+):.*## ", text("Makefile"), re.M)) - {"help"}  # `make` alone


def addresses() -> set[str]:
    found = re.findall(r"@router\.\w+\(\"(/[^\"]*)\"", text("dashboard/routes.py"))
    return {address for address in found if not PAGE_PARTS.match(address)} | {view.path for view in VIEWS}


def test_the_code_still_looks_as_this_test_reads_it() -> None:
    assert {"PORT", "REDIS_URL", "SITE"} <= variables()
    assert {"community.log", "vendor.<source>", "{community}:claim:<action>"} <= names_of_keys()
    assert {"run", "test"} <= tasks()
    assert {"/healthz", "/live", "/api/v1/state"} <= addresses()


@pytest.mark.parametrize("name", READMES)
def test_a_readme_names_what_a_person_can_use(name: str) -> None:
    said = text(name)
    rows = {cell.split()[0] for cell in re.findall(r"^\| `([^`]+)` ", said, re.M)}
    assert not variables() - rows, "settings without a row"
    assert not set(COMMANDS) - rows, "commands of `python -m ingest` without a row"
    assert not addresses() - rows, "addresses without a row"
    assert not {f"`make {task}`" for task in tasks()} - set(re.findall(r"`make \w+`", said)), "tasks without a row"
    assert all(f"`{adapter}`" in said for adapter in ADAPTERS)


def test_the_readmes_say_the_same() -> None:
    """The same commands, tables of the same length, the same pictures and addresses, in the same order."""
    english, chinese = (text(name) for name in READMES)
    for pattern in (r"^```sh\n(.*?)^```", r"^(\|)", r"^(#+) ", r"(docs/[\w.-]+)", r"\]\((?!#|README)([^)]+)\)"):
        options = re.M | re.S
        assert re.findall(pattern, english, options) == re.findall(pattern, chinese, options), pattern


def test_the_architecture_lists_every_record_type() -> None:
    listed = [row[0].strip("`") for row in table(text("ARCHITECTURE.md"), "Record")]
    assert sorted(listed) == sorted(
        [*REDUCERS, *ORDERS, TICK, SOURCE_HEARTBEAT, SOURCE_LETTERS, SITE_DESCRIBED, DEMO_PAST]
    )


def test_the_architecture_lists_every_topic_and_key() -> None:
    listed = [row[0].strip("`") for row in table(text("ARCHITECTURE.md"), "Names")]
    assert sorted(listed) == sorted(names_of_keys())


def test_the_architecture_names_rooms_processes_and_codes() -> None:
    document = text("ARCHITECTURE.md")
    rooms = {row[0].strip("`/"): row[2] for row in table(document, "Rooms")}
    assert {
        room: {word for word in re.findall(r"\w+", may) if word in MAY_IMPORT} for room, may in rooms.items()
    } == MAY_IMPORT
    processes = re.findall(r"^(\w+):", text("Procfile"), re.M)
    codes = [value for name, value in vars(deadletter).items() if name.isupper() and isinstance(value, str)]
    missing = [word for word in (*processes, *codes) if f"`{word}`" not in document]
    assert not missing


def slug(heading: str) -> str:
    """GitHub's anchor of a heading."""
    kept = (c for c in heading.strip().lower() if c in " -_" or unicodedata.category(c)[0] in "LN")
    return "".join(kept).replace(" ", "-")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    here = ROOT / name
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text(name)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = here.parent / path if path else here
        if not target.exists():
            broken.append(link)
        elif anchor and target.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.M)
            if anchor not in map(slug, headings):
                broken.append(link)
    assert not broken


@pytest.mark.parametrize("name", DOCUMENTS)
def test_files_that_are_named_exist(name: str) -> None:
    """`folder/file.py` in a document is a file of the repository (or of the installation: `var/`)."""
    named = set(re.findall(r"`([\w.-]+/[\w./-]+\.\w+|[\w.-]+/)`", text(name)))
    missing = [path for path in named if not path.startswith("var/") and not (ROOT / path).exists()]
    assert not missing


def test_pictures_are_small_and_shown() -> None:
    shown = "".join(text(name) for name in DOCUMENTS)
    for picture in sorted((ROOT / "docs").glob("*.png")):
        assert picture.stat().st_size < LARGEST_PICTURE_BYTES, picture.name
        assert f"docs/{picture.name}" in shown, f"{picture.name} is nowhere to be seen"
