"""A mapping that comes with the program is read again when its file has changed, as an own one is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.mapping.catalogue import Catalogue
from ingest.mapping.places import MappingError

FIRST = """\
source: radio
title: Radio
subject: "{body.id}"
records:
  - type: device.heartbeat
"""


def write(folder: Path, text: str) -> None:
    (folder / "radio").mkdir(parents=True, exist_ok=True)
    (folder / "radio" / "mapping.yaml").write_text(text, "utf-8")


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    write(tmp_path / "shipped", FIRST)
    return tmp_path / "shipped"


def test_what_has_changed_is_in_force_once_it_lies_still(shipped: Path) -> None:
    catalogue = Catalogue(shipped)
    assert catalogue.mapping("radio").title == "Radio" and catalogue.look() == (set(), {})
    before = catalogue.version("radio")
    write(shipped, FIRST.replace("title: Radio", "title: Better radio"))
    assert catalogue.look() == (set(), {}), "somebody may still be writing"
    assert catalogue.look() == ({"radio"}, {})
    assert catalogue.mapping("radio").title == "Better radio" and catalogue.version("radio") != before
    assert catalogue.look() == (set(), {})


def test_a_bad_one_is_said_with_its_line_and_the_one_before_goes_on(shipped: Path) -> None:
    catalogue = Catalogue(shipped)
    catalogue.mapping("radio")
    write(shipped, FIRST.replace("device.heartbeat", "device.hartbeat"))
    catalogue.look()
    came, refused = catalogue.look()
    assert not came and "mapping.yaml:5: 'device.hartbeat'" in refused["radio"] == catalogue.refused["radio"]
    assert catalogue.mapping("radio").title == "Radio"
    write(shipped, FIRST + "  - type: device.heartbeat\n")
    catalogue.look()
    assert catalogue.look() == ({"radio"}, {}) and not catalogue.refused


def test_nobody_reads_what_is_not_in_use_and_an_own_one_keeps_its_place(shipped: Path, tmp_path: Path) -> None:
    catalogue = Catalogue(shipped)
    own = tmp_path / "own"
    write(own, FIRST.replace("title: Radio", "title: Ours"))
    catalogue.bring(own, None, ())
    write(shipped, "nothing of use")
    catalogue.look()
    assert catalogue.look() == (set(), {}) and catalogue.mapping("radio").title == "Ours"
    with pytest.raises(MappingError):
        Catalogue(shipped).mapping("radio")
