"""Alarms of the same second are incidents of their own: no number of one is another's, and no file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from community.reports.model import Paper, decoded, encoded
from dashboard.reports import keep
from dashboard.reports.command import main
from dashboard.reports.make import Asked, make
from store.history import reports as kept
from store.history import tables
from store.history.report_chain import check
from store.history.reports import AlreadyIssued, Another
from tests.history.pages import HOUR_MS, T0_MS, Pages, write
from tests.reports import day
from tests.reports.house import settled_in

SITE = replace(day.SITE, posts=(day.MANAGER,))
NOW = day.MADE_MS
AT_MS = T0_MS + 9 * HOUR_MS + 7_000
NUMBER = "GARDEN-I20260312-277207"
FIRST, SECOND = f"LEAK_HOME/W-2@{AT_MS + 3}", f"SOS/SOS-1@{AT_MS + 900}"
"""Of two homes."""


def asked(occurrence: str) -> Asked:
    return Asked("incident", day.DAY, subject=occurrence)


def told(engine: sa.Engine) -> None:
    pages = Pages(SITE.id)
    pages.tick(T0_MS)
    for occurrence in (SECOND, FIRST):
        key, _, at_ms = occurrence.partition("@")
        pages.alarm(key, int(at_ms), priority="P1", ack_s=30, back_s=200)
    pages.tick(T0_MS + 20 * HOUR_MS)
    write(engine, pages.entries, site=SITE)


def draft(engine: sa.Engine, occurrence: str) -> Paper:
    return keep.drafted(engine, SITE, asked(occurrence), NOW)


def sign(engine: sa.Engine, number: str) -> None:
    keep.signed(engine, SITE, number, "manager", "post:manager", NOW)


def test_each_has_its_number_its_draft_and_its_file(history_engine: sa.Engine) -> None:
    told(history_engine)
    for _ in range(2):
        numbers = [make(history_engine, SITE, asked(one), NOW).number for one in (SECOND, FIRST)]
        assert numbers == [f"{NUMBER}-2", NUMBER], "whichever was asked for first"
    second, first = draft(history_engine, SECOND), draft(history_engine, FIRST)
    assert (first.subject, second.subject) == (FIRST, SECOND)
    for paper in (first, second):
        body = decoded(kept.body_of(history_engine, SITE.id, paper.number))
        assert body.verdict == paper.verdict, "neither took the other's place"
    sign(history_engine, first.number)
    assert kept.file_of(history_engine, SITE.id, second.number, "pdf") is None
    with pytest.raises(AlreadyIssued):
        draft(history_engine, FIRST)
    assert draft(history_engine, SECOND).number == second.number
    sign(history_engine, second.number)
    assert check(history_engine, SITE.id) == 2


def renumbered(engine: sa.Engine, was: str, is_: str, **more: Any) -> None:
    body = encoded(replace(decoded(kept.body_of(engine, SITE.id, was)), number=is_))
    with engine.begin() as connection:
        put = tables.report.update().where(tables.report.c.number == was)
        connection.execute(put.values(number=is_, body=body, sha256=hashlib.sha256(body).hexdigest(), **more))


@pytest.mark.parametrize("kept_as", [SECOND, "SOS/SOS-1"])
def test_what_was_kept_under_the_number_of_the_second_keeps_it(history_engine: sa.Engine, kept_as: str) -> None:
    """As it was once: the number was the second's, the subject what had been asked for."""
    told(history_engine)
    renumbered(history_engine, draft(history_engine, SECOND).number, NUMBER, subject=kept_as)
    assert draft(history_engine, SECOND).number == NUMBER
    renumbered(history_engine, NUMBER, NUMBER, subject=kept_as)
    sign(history_engine, NUMBER)
    with pytest.raises(AlreadyIssued):
        draft(history_engine, SECOND)
    other = draft(history_engine, FIRST)
    assert (other.number, other.subject) == (f"{NUMBER}-2", FIRST)
    assert draft(history_engine, FIRST).number == f"{NUMBER}-2"
    assert check(history_engine, SITE.id) == 1


def test_what_was_signed_of_one_under_the_name_of_the_other_is_handed_out_for_neither_but_its_own(
    history_engine: sa.Engine,
) -> None:
    """As it was once: the second draft had taken the place of the first, and kept its subject."""
    told(history_engine)
    renumbered(history_engine, draft(history_engine, SECOND).number, NUMBER, subject=FIRST)
    assert draft(history_engine, SECOND).number == NUMBER, "as a draft too"
    renumbered(history_engine, NUMBER, NUMBER, subject=FIRST)
    sign(history_engine, NUMBER)
    with pytest.raises(AlreadyIssued):
        draft(history_engine, SECOND)
    assert draft(history_engine, FIRST).number == f"{NUMBER}-2"


def test_the_store_puts_no_draft_in_the_place_of_another_report(history_engine: sa.Engine) -> None:
    told(history_engine)
    number = draft(history_engine, FIRST).number
    body = kept.body_of(history_engine, SITE.id, number)
    with history_engine.connect() as connection:
        row = connection.execute(sa.select(tables.report)).mappings().one()
    head = {name: row[name] for name in row if name not in ("body", "own", "sha256", "place")}
    assert kept.draft(history_engine, head, body)
    for name, other in (("subject", SECOND), ("lang", "en"), ("edition", "street"), ("kind", "daily")):
        with pytest.raises(Another):
            kept.draft(history_engine, head | {name: other}, body)


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_a_draft_stays_of_its_occurrence_when_the_alarm_comes_again(history_engine: sa.Engine) -> None:
    told(history_engine)
    number = draft(history_engine, "SOS/SOS-1").number
    later = Pages(SITE.id)
    later.alarm("SOS/SOS-1", AT_MS + 3 * HOUR_MS, priority="P1")
    write(history_engine, [replace(one, position=type(one.position)(1, 0, 5_000)) for one in later.entries], site=SITE)
    words = keep.Words("post:manager", ["已到场。"], [])
    reworded = keep.reworded(history_engine, SITE, number, words, NOW)
    assert (reworded.number, reworded.subject) == (number, SECOND)
    assert draft(history_engine, "SOS/SOS-1").subject == f"SOS/SOS-1@{AT_MS + 3 * HOUR_MS}"


def test_the_command_hands_out_the_file_of_the_alarm_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = settled_in(tmp_path, monkeypatch, SITE)
    told(engine)
    renumbered(engine, draft(engine, SECOND).number, NUMBER)
    engine.dispose()
    assert main(["sign", NUMBER, "--by", "post:manager"]) == 0
    for occurrence, out in ((FIRST, "first"), (SECOND, "second"), ("SOS/SOS-1", "last")):
        assert main(["report", "incident", "--incident", occurrence, "--out", f"{out}.csv"]) == 0
        assert main(["report", "incident", "--incident", occurrence, "--out", f"{out}.zip"]) == 0
    first, second = (tmp_path / "first.csv").read_text("utf-8-sig"), (tmp_path / "second.csv").read_text("utf-8-sig")
    assert f"{NUMBER}-2" in first and "302" in first and "101" not in first
    assert f"{NUMBER}-2" not in second and "101" in second and "302" not in second
    for suffix in ("csv", "zip"):
        assert (tmp_path / f"second.{suffix}").read_bytes() == (tmp_path / f"last.{suffix}").read_bytes()
    assert main(["verify", "second.csv"]) == 0 and main(["verify", "first.csv"]) == 1
