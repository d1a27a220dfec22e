"""A mapping against its own samples: the records are those expected, the fold takes each of them, and every field is
used or named in `not_used`."""

from __future__ import annotations

import difflib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from community.model import BadRecord, Position, decode
from community.site import Site, parse_site
from community.systems import REDUCERS
from ingest.adapt import Conversion
from ingest.adapters.base import Ignored, Refused, unwrap, zone_of
from ingest.adapters.files import payloads_of

from .adapter import Mapped, body_and_topic
from .document import Mapping
from .usage import deciding, undecided

COMMUNITY = "sample"
"""The community of the expected records where the samples have no `site.json`."""

_NO_SAMPLE = (".golden", ".said")
_PLACE = Position(0, 0, 0)


class Sample(msgspec.Struct):
    """One file of payloads and what `mapping test` has to say of it; no complaint: it is as it should be."""

    path: Path
    sentence: str
    complaints: list[str]


def samples_of(folder: Path) -> list[Path]:
    """The files in `samples/`, sorted; none where there is no such folder."""
    found = sorted(path for path in (folder / "samples").glob("*") if path.is_file())
    return [path for path in found if path.suffix not in _NO_SAMPLE and path.name != "site.json"]


def site_of(folder: Path) -> Site | None:
    """The description beside the samples. Raises SiteError."""
    path = folder / "samples" / "site.json"
    return parse_site(path.read_bytes(), str(path)) if path.exists() else None


def check(mapping: Mapping, folder: Path, *, update: bool = False) -> Iterator[Sample]:
    """Raises OSError, SiteError. `update` writes the expected files anew."""
    site = site_of(folder)
    for path in samples_of(folder):
        errors = io.StringIO()
        adapter = Mapped(mapping, site)
        conversion = Conversion(adapter, site, site.id if site is not None else COMMUNITY, errors)
        lines = list(conversion.lines([path]))
        said = errors.getvalue().replace(str(path), path.name) + conversion.tally.sentence() + "\n"
        complaints = [complaint for line in lines for complaint in _refused_by_the_fold(line)]
        for suffix, output in ((".golden", b"".join(line + b"\n" for line in lines).decode()), (".said", said)):
            complaints += _differences(path.with_name(path.name + suffix), output, update)
        yield Sample(path, conversion.tally.sentence(), complaints)


def _refused_by_the_fold(line: bytes) -> Iterator[str]:
    try:
        record = decode(line, position=_PLACE, appended_ms=0)
        if record.type in REDUCERS:
            REDUCERS[record.type][1].reduce(record)
    except BadRecord as error:
        yield f"the fold would set this record aside: {error}: {line.decode()}"


def _differences(expected: Path, output: str, update: bool) -> list[str]:
    if update:
        expected.write_text(output, "utf-8")
        return []
    if not expected.exists():
        return [f"{expected.name} is not there; --update writes it, read it then"]
    lines = expected.read_text("utf-8").splitlines()
    return list(difflib.unified_diff(lines, output.splitlines(), expected.name, "now", lineterm="", n=0))


def undecided_fields(mapping: Mapping, site: Site | None, paths: list[Path]) -> list[str]:
    """Fields of the files that decide nothing in any payload and that nobody has named in `not_used`."""
    known: dict[str, bool] = {}
    for path in paths:
        for tree, outcome in trees_of(mapping, site, path):
            deciding(tree, outcome, known)
    return undecided([path for path, decides in known.items() if not decides], mapping.not_used)


def trees_of(mapping: Mapping, site: Site | None, path: Path) -> Iterator[tuple[Any, Any]]:
    """(tree, tree -> outcome) of each payload in the file that becomes records."""
    zone = zone_of(site)
    adapter = Mapped(mapping, site)
    for found in payloads_of(path):
        if found.refused:
            continue
        try:
            payload = unwrap(found.value, zone, fallback=path.stem)
            body, topic = body_and_topic(payload.body)
            tree = mapping.read(body)
        except Refused:
            continue

        def outcome(tree: Any, payload: Any = payload, topic: str = topic) -> Any:
            try:
                return adapter.adapt_tree(tree, payload, topic)
            except Refused as error:
                return str(error)

        if not isinstance(outcome(tree), Ignored | str):
            yield tree, outcome
