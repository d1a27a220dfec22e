"""A correction lists figures that changed, and nothing that is only called otherwise since."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from community.figures import CATALOGUE
from community.reports.corrections import changes
from community.reports.model import EDITIONS, JOINED, Edition, Paper, decoded, encoded
from community.site import Device, Text
from community.words import Lang
from dashboard.reports import keep
from dashboard.reports.make import make
from store.history import reports as kept
from store.history import tables
from tests.reports import day
from tests.reports.test_keep import ASKED, NOW, SITE, issued, late


def renamed(device: Device) -> Device:
    """Where outside editions say an area it keeps it: they know no more of it."""
    area = f"新{device.area}" if device.building else device.area
    return replace(device, name=Text(f"新{device.name.zh}", f"New {device.name.en}"), area=area)


RENAMED = replace(SITE, devices=tuple(map(renamed, SITE.devices)))


def of_once(paper: Paper, *, short: bool = False) -> Paper:
    """As it was kept while lines stood by their words; `short`: before a device's said what kind of thing it is."""
    assert paper.names is not msgspec.UNSET
    figures: dict[str, Any] = dict(paper.figures)
    for id_, lines in paper.figures.items():
        if isinstance(lines, dict):
            figures[id_] = worded = {}
            for keys, value in lines.items():
                cells = list(zip(CATALOGUE[id_].by, keys.split(JOINED), strict=True))
                words = [paper.names.get(by, {}).get(cell, cell) for by, cell in cells]
                if short and cells[0][0] == "device":
                    words[0] = words[0].rpartition(" ")[0] or words[0]
                key = JOINED.join(words)
                worded[key] = worded.get(key, 0) + value
    return replace(paper, figures=figures, names=msgspec.UNSET)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_devices_with_other_names_are_no_change(garden: sa.Engine, edition: Edition, lang: Lang) -> None:
    asked = replace(ASKED, edition=edition, lang=lang)
    before, after = (make(garden, site, asked, NOW) for site in (SITE, RENAMED))
    assert edition != "internal" or before.names != after.names, "they are called otherwise"
    assert not changes(before, after)


def test_a_line_that_changed_is_told_in_the_words_of_now(garden: sa.Engine) -> None:
    before, after = (make(garden, site, ASKED, NOW) for site in (SITE, RENAMED))
    keys = next(keys for keys in after.figures["offline_worst"] if keys.startswith("C-1 "))
    was = after.figures["offline_worst"][keys]
    after.figures["offline_worst"][keys] = was + 7
    (change,) = changes(before, after)
    assert (change.id, change.keys) == ("offline_worst", "北门 新C-1 · 摄像机")
    assert (change.before, change.after) == (was, was + 7)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("short", [False, True])
def test_reports_of_once_are_held_against_their_words(garden: sa.Engine, short: bool, lang: Lang) -> None:
    """3号楼 where now 3号楼 水表 stands."""
    after = make(garden, SITE, replace(ASKED, lang=lang), NOW)
    before = of_once(after, short=short)
    assert "offline_worst" in before.figures and len(before.figures["offline_worst"]) > 5
    assert not changes(before, after)
    after.figures["passes_by_method"]["face"] += 3
    hour, count = next(iter(after.figures["passes_by_hour"].items()))
    after.figures["passes_by_hour"][hour] = count + 1
    found = changes(before, after)
    assert {(change.id, change.before) for change in found} == {("passes_by_method", 20), ("passes_by_hour", count)}
    assert all(hour not in change.keys for change in found), "a moment as people read it"


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_a_report_that_was_issued_once_stays_what_was_signed_and_is_corrected_by_its_words(
    history_engine: sa.Engine,
) -> None:
    number = issued(history_engine)
    old = encoded(of_once(decoded(kept.body_of(history_engine, SITE.id, number)), short=True))
    assert b'"names"' not in old and encoded(decoded(old)) == old, "what was signed then has the same hash now"
    with history_engine.begin() as connection:
        put = tables.report.update().where(tables.report.c.number == number)
        connection.execute(put.values(body=old, sha256=hashlib.sha256(old).hexdigest()))
    assert keep.corrected(history_engine, SITE, number, NOW + 3) is None, "nothing but words"
    late(history_engine)
    made = keep.corrected(history_engine, SITE, number, NOW + 4)
    assert made is not None
    assert {change.id for change in made.changes} >= {"passes", "passes_by_method", "charging_energy"}
    assert not any(
        CATALOGUE[change.id].by[:1] == ("device",) and change.before == change.after for change in made.changes
    )
    assert "offline_worst" not in {change.id for change in made.changes}


def test_outside_nobody_learns_more_from_what_a_line_is_known_by(garden: sa.Engine) -> None:
    made = day.paper(garden, edition="street")
    inside = {device.id for device in SITE.devices if device.building or device.system == "care"}
    known = {
        cell
        for lines in made.figures.values()
        if isinstance(lines, dict)
        for keys in lines
        for cell in keys.split(JOINED)
    }
    assert not {cell.rpartition("/")[2] for cell in known} & inside
