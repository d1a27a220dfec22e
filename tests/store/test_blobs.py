"""Blobs: stored once, found by hash, checked when read, dropped by age."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from store.blobs import BlobMissing, Blobs


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


def test_put_names_by_content_and_get_returns_it(blobs: Blobs, tmp_path: Path) -> None:
    content = b"\xff\xd8picture"
    digest = hashlib.sha256(content).hexdigest()
    assert blobs.put(content) == f"sha256:{digest}"
    assert (tmp_path / "blobs" / digest[:2] / digest[2:]).read_bytes() == content
    assert blobs.get(f"sha256:{digest}") == content


def test_the_same_content_is_stored_once_and_leaves_no_parts(blobs: Blobs, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(blobs.put, [b"same"] * 40))
    assert len(names) == 1
    assert len([p for p in (tmp_path / "blobs").rglob("*") if p.is_file()]) == 1


@pytest.mark.parametrize("name", ["", "sha256:", "sha256:../../etc/passwd", "md5:" + "0" * 32, "sha256:" + "0" * 64])
def test_unknown_names_are_missing(blobs: Blobs, name: str) -> None:
    with pytest.raises(BlobMissing):
        blobs.get(name)


def test_a_damaged_blob_is_named_and_healed_by_the_next_put(blobs: Blobs, tmp_path: Path) -> None:
    name = blobs.put(b"whole")
    path = tmp_path / "blobs" / name[7:9] / name[9:]
    path.write_bytes(b"wh")
    with pytest.raises(BlobMissing, match="damaged"):
        blobs.get(name)
    blobs.put(b"whole")
    assert blobs.get(name) == b"whole"


def test_retention_drops_the_old_and_keeps_what_was_put_again(blobs: Blobs, tmp_path: Path) -> None:
    old, again = blobs.put(b"old"), blobs.put(b"again")
    for name in (old, again):
        os.utime(tmp_path / "blobs" / name[7:9] / name[9:], (1000, 1000))
    blobs.put(b"again")
    assert blobs.retain(keep_s=60) == 1
    assert blobs.get(again) == b"again"
    with pytest.raises(BlobMissing):
        blobs.get(old)


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file, not a folder")
    with pytest.raises(OSError):
        Blobs(tmp_path / "blobs").put(b"x")
