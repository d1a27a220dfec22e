"""The evidence of one incident: the rows of the journal, the raw records of its devices, pictures; a bundle of all.

A raw record is the line as it came to the log. The bundle is a ZIP with a manifest of every file's SHA-256; the paper
names the same hashes, so that who changes a byte has to change the signed paper too.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from community.model import BadRecord, decode
from community.reports.incident import Evidence
from community.reports.model import Paper
from community.site import Site, Text
from community.words import Lang
from store.blobs import BlobMissing, Blobs
from store.history import tables
from store.history.database import reaching
from store.history.dossier import Found
from store.history.segments import SegmentDamaged, read_raw

BEFORE_MS, AFTER_MS = 300_000, 300_000
"""Five minutes on either side: what led to it, and whether it stayed quiet."""

OPEN_MS = 3_600_000
"""Of an alarm that stands: the first hour."""

MANIFEST = "manifest.json"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Every file of the ZIP bears this time: the same evidence gives the same bytes."""

MISSING = Text("原始记录不在此机，或已过保存期", "The raw records are not on this machine, or no longer kept")


class Tampered(ValueError):
    """A bundle is not what its manifest says."""


def gather(engine: sa.Engine, site: Site, found: Found, var: Path, lang: Lang) -> Evidence:
    """Raises HistoryUnavailable."""
    files = {"journal.jsonl": _journal(found.rows)}
    devices = _beside(site, found.life.device)
    end_ms = (found.life.closed_ms or found.life.began_ms + OPEN_MS) + AFTER_MS
    raw = _records(engine, site, devices, found.life.began_ms - BEFORE_MS, end_ms, var)
    if raw:
        files["records.jsonl"] = b"".join(line + b"\n" for line, _ in raw)
    told = [
        (str(record.data.get("hash", "")), record.time_ms, record.subject)
        for _, record in raw
        if record.type == "camera.picture"
    ]
    # what somebody photographed at the place, beside what the cameras saw
    told += [(str(row.data.get("picture", "")), row.at_ms, found.life.device) for row in found.rows]
    blobs = Blobs(var / "blobs")
    pictures: list[tuple[str, int, str]] = []
    for picture, at_ms, device in sorted(told, key=lambda one: one[1]):
        try:
            content = blobs.get(picture) if picture else b""
        except BlobMissing:
            continue
        if content:
            files[f"pictures/{picture.removeprefix('sha256:')}"] = content
            pictures.append((picture, at_ms, device))
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return Evidence(files, hashes, pictures, len(raw), "" if raw else MISSING.get(lang))


def _journal(rows: list[Any]) -> bytes:
    """The rows as they stand in SQL, a line each, keys sorted."""
    lines = [msgspec.json.encode(dict(row._mapping), order="sorted") for row in rows]
    return b"".join(line + b"\n" for line in lines)


def _beside(site: Site, device_id: str) -> frozenset[str]:
    """The device, what it hangs on, and the cameras at its place."""
    device = site.by_id.get(device_id)
    if device is None:
        return frozenset((device_id,))
    near = {device_id, *([device.parent] if device.parent else [])}
    for other in site.devices:
        if other.system == "cameras" and (other.building, other.unit, other.area) == (
            device.building,
            device.unit,
            device.area,
        ):
            near.add(other.id)
    return frozenset(near)


def _records(
    engine: sa.Engine, site: Site, devices: frozenset[str], from_ms: int, to_ms: int, var: Path
) -> list[tuple[bytes, Any]]:
    """Lines of the log with what they say, from the segments of the stretch; none where they are not here."""
    segment = tables.segment.c
    asked = sa.select(segment.partition, segment.first, segment.last).where(
        segment.last_ms >= from_ms, segment.first_ms <= to_ms
    )
    with reaching(), engine.connect() as connection:
        runs = connection.execute(asked.order_by(segment.partition, segment.first)).all()
    found = []
    for run in runs:
        try:
            for entry in read_raw(engine, var / "history" / "raw", run.partition, "", run.last):
                if entry.position.token() < run.first or not from_ms <= entry.appended_ms <= to_ms:
                    continue
                try:
                    record = decode(entry.value, position=entry.position, appended_ms=entry.appended_ms)
                except BadRecord:
                    continue
                if record.community == site.id and record.subject in devices:
                    found.append((entry.value, record))
        except SegmentDamaged:
            return []
    return found


def bundle(paper: Paper, files: dict[str, bytes], evidence: Evidence) -> bytes:
    """ZIP of the paper's files, the evidence and the manifest."""
    inside = {f"{paper.number}.{name}": content for name, content in files.items()} | dict(evidence.files)
    manifest = {"number": paper.number, "sha256": {n: hashlib.sha256(c).hexdigest() for n, c in sorted(inside.items())}}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [*sorted(inside.items()), (MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))]:
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def check_bundle(content: bytes) -> str:
    """The number that the bundle says it is of. Raises Tampered for any byte that its manifest does not know."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise Tampered(f"no bundle: {error}") from error
    try:
        manifest = msgspec.json.decode(inside.pop(MANIFEST))
        known, number = dict(manifest["sha256"]), str(manifest["number"])
    except (KeyError, TypeError, ValueError, msgspec.DecodeError) as error:
        raise Tampered("its manifest is missing, or is none") from error
    if known.keys() != inside.keys():
        raise Tampered(f"{sorted(known.keys() ^ inside.keys())[0]} is in the manifest or in the bundle, not in both")
    for name, content_ in inside.items():
        if hashlib.sha256(content_).hexdigest() != known[name]:
            raise Tampered(f"{name} was changed")
    return number
