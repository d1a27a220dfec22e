"""Signed is signed: figures and files stay; what comes later makes a correction; a changed byte is refused."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from community.model import Position
from community.reports.model import decoded, encoded
from community.site import SITES, Post, Text
from dashboard.reports import command, keep
from dashboard.reports.command import main
from dashboard.reports.evidence import Evidence, bundle
from dashboard.reports.make import Asked, make
from store.history import reports as kept
from store.history import tables
from store.history.database import open_engine
from store.history.marks import NoMark
from store.history.report_chain import Broken, check, earlier_link
from store.history.report_pages import page_of
from store.history.reports import AlreadyIssued
from tests.history.pages import HOUR_MS, T0_MS, Pages, write
from tests.reports import day
from tests.reports.house import settled_in
from tests.reports.readback import csv_rows, pdf_pages, pdf_text

SITE = replace(
    day.SITE,
    posts=(
        day.MANAGER,
        Post("post:control", Text("中控岗", "Control"), "guard"),
        Post("post:supervisor", Text("班长", "Supervisor"), "supervisor"),
    ),
)
ASKED = Asked("daily", day.DAY)
NOW = day.MADE_MS
NUMBER = "GARDEN-20260312"


def late(engine: sa.Engine, *, first: int = 0) -> None:
    """Three passes that a door had kept to itself, and the energy of a session."""
    pages = Pages(SITE.id)
    for n in range(first, first + 3):
        at_ms = T0_MS + 22 * HOUR_MS + n
        pages.log("access.pass", "D-1", {"method": "face", "result": "granted"}, at_ms=at_ms, id_=f"late-{n}")
    end = {"session": f"s0-9{first}", "phase": "ended", "energy_wh": 500}
    pages.log("charging.session", "EV-1-1", end, at_ms=T0_MS + 22 * HOUR_MS, id_=f"late-9{first}")
    moved = [replace(entry, position=Position(1, first, 1_000_000 + n)) for n, entry in enumerate(pages.entries)]
    write(engine, moved, site=SITE)


def issued(engine: sa.Engine) -> str:
    day.written(engine)
    number = keep.drafted(engine, SITE, ASKED, NOW).number
    for role, post in (("guard", "post:control"), ("supervisor", "post:supervisor")):
        assert keep.signed(engine, SITE, number, role, post, NOW + 1).issued_ms is None  # type: ignore[arg-type]
    assert keep.signed(engine, SITE, number, "manager", "post:manager", NOW + 2).issued_ms == NOW + 2
    return number


def test_signed_it_stays_and_later_data_lists_each_change(history_engine: sa.Engine) -> None:
    number = issued(history_engine)
    before = {name: kept.file_of(history_engine, SITE.id, number, name) for name in kept.FORMATS}
    assert "项目经理2026-03-13" in pdf_text(before["pdf"] or b"")
    late(history_engine)
    with pytest.raises(AlreadyIssued):
        keep.drafted(history_engine, SITE, ASKED, NOW + 3)
    with pytest.raises(AlreadyIssued):
        keep.reworded(history_engine, SITE, number, keep.Words("post:manager", [], []), NOW + 3)

    correction = keep.corrected(history_engine, SITE, number, NOW + 3)
    assert correction is not None and (correction.number, correction.corrects) == (f"{number}-R1", number)
    changed = {(change.id, change.keys): (change.before, change.after) for change in correction.changes}
    assert changed[("passes", "")] == (80, 83)
    assert changed[("passes_by_method", "人脸")] == (20, 23)
    assert changed[("charging_energy", "")] == (21.00525, 21.50525)
    assert ("orders", "") not in changed
    hours = [keys for id_, keys in changed if id_ == "passes_by_hour"]
    assert hours and all(keys.startswith(f"{day.DAY} ") for keys in hours), "as people read a clock"
    old, new = decoded(kept.body_of(history_engine, SITE.id, number)).figures, correction.figures
    differing = [id_ for id_ in new if new[id_] != old[id_]]
    assert {id_ for id_, _ in changed} == set(differing)  # each that changed, and none beside

    assert {name: kept.file_of(history_engine, SITE.id, number, name) for name in kept.FORMATS} == before
    done = keep.signed(history_engine, SITE, correction.number, "manager", "post:manager", NOW + 4)
    assert done.issued_ms == NOW + 4
    text = pdf_text(kept.file_of(history_engine, SITE.id, correction.number, "pdf") or b"")
    pages = pdf_pages(kept.file_of(history_engine, SITE.id, correction.number, "pdf") or b"")
    assert "物业经理" in pages[0] and "更正的数字" in pages[1], "signed on the first page, what changed on the next"
    assert f"更正版，更正{number}" in text and "更正的数字" in text and "通行80次83次" in text
    lines = csv_rows(kept.file_of(history_engine, SITE.id, correction.number, "csv") or b"")
    assert ["通行", "", "80", "83", "次"] in lines
    with pytest.raises(keep.NotAllowed, match="bears the signature"):
        keep.signed(history_engine, SITE, correction.number, "manager", "post:manager", NOW + 5)
    assert check(history_engine, SITE.id) == 2


def test_a_correction_says_what_changed_since_the_last_one(history_engine: sa.Engine) -> None:
    number = issued(history_engine)
    assert kept.superseded(history_engine, SITE.id) == {}
    late(history_engine)
    first = keep.corrected(history_engine, SITE, number, NOW + 3)
    assert first is not None and kept.superseded(history_engine, SITE.id) == {}, "a draft corrects nothing yet"
    keep.signed(history_engine, SITE, first.number, "manager", "post:manager", NOW + 4)
    for one in (number, first.number):
        assert keep.corrected(history_engine, SITE, one, NOW + 5) is None, "it was said already"

    late(history_engine, first=3)
    for one in (number, first.number):
        second = keep.corrected(history_engine, SITE, one, NOW + 6)
        assert second is not None and (second.number, second.corrects) == (f"{number}-R2", first.number)
        changed = {(change.id, change.keys): (change.before, change.after) for change in second.changes}
        assert changed[("passes", "")] == (83, 86) and changed[("charging_energy", "")] == (21.50525, 22.00525)
    assert kept.superseded(history_engine, SITE.id) == {number: first.number}
    keep.signed(history_engine, SITE, f"{number}-R2", "manager", "post:manager", NOW + 7)
    assert kept.superseded(history_engine, SITE.id) == dict.fromkeys((number, first.number), f"{number}-R2")
    assert keep.corrected(history_engine, SITE, number, NOW + 8) is None
    assert check(history_engine, SITE.id) == 3


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_a_correction_of_any_days_has_their_number(history_engine: sa.Engine) -> None:
    day.written(history_engine)
    numbers = []
    for first in ("2026-03-10", "2026-03-11"):
        made = keep.drafted(history_engine, SITE, Asked("range", first, subject=day.DAY), NOW)
        numbers.append(keep.signed(history_engine, SITE, made.number, "manager", "post:manager", NOW + 1).number)
    late(history_engine)
    corrections = [keep.corrected(history_engine, SITE, number, NOW + 2) for number in numbers]
    assert [one and one.number for one in corrections] == [f"{number}-R1" for number in numbers]
    assert [one and one.from_day for one in corrections] == ["2026-03-10", "2026-03-11"], "asked for in whichever order"


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_endorsed_figures_that_change_are_endorsed_again(history_engine: sa.Engine) -> None:
    day.written(history_engine)
    number = keep.drafted(history_engine, SITE, ASKED, NOW).number
    keep.signed(history_engine, SITE, number, "guard", "post:control", NOW)
    keep.drafted(history_engine, SITE, ASKED, NOW + 60_000)
    assert len(kept.signatures(history_engine, SITE.id, number)) == 1  # the same figures
    late(history_engine)
    keep.drafted(history_engine, SITE, ASKED, NOW + 120_000)
    assert not kept.signatures(history_engine, SITE.id, number)
    keep.signed(history_engine, SITE, number, "guard", "post:control", NOW)
    keep.reworded(history_engine, SITE, number, keep.Words("post:manager", ["已核。"], []), NOW)
    assert not kept.signatures(history_engine, SITE.id, number)


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("role", "post", "why"),
    [
        ("manager", "post:control", "is no manager"),
        ("manager", "post:nobody", "there is no post"),
        ("on", "post:control", "has no signature of role on"),
    ],
)
def test_who_may_not_sign_is_told_why(history_engine: sa.Engine, role: str, post: str, why: str) -> None:
    day.written(history_engine)
    number = keep.drafted(history_engine, SITE, ASKED, NOW).number
    with pytest.raises(keep.NotAllowed, match=why):
        keep.signed(history_engine, SITE, number, role, post, NOW)  # type: ignore[arg-type]


def _body(connection: sa.Connection) -> None:
    table = tables.report
    where = table.c.edition == "internal"
    body = bytes(connection.execute(sa.select(table.c.body).where(where)).scalar_one())
    connection.execute(table.update().where(where).values(body=body.replace(b'"value":80', b'"value":81', 1)))


def _file(connection: sa.Connection) -> None:
    table = tables.report_file
    where = (table.c.format == "csv") & (table.c.number == NUMBER)
    body = bytes(connection.execute(sa.select(table.c.body).where(where)).scalar_one())
    connection.execute(table.update().where(where).values(body=body[:-1] + b"0"))


def _hashes(connection: sa.Connection) -> None:
    """Who changes the figures and their hash as well has not changed the chain."""
    _body(connection)
    where = tables.report.c.number == NUMBER
    body = bytes(connection.execute(sa.select(tables.report.c.body).where(where)).scalar_one())
    connection.execute(tables.report.update().where(where).values(sha256=hashlib.sha256(body).hexdigest()))


def _gone(connection: sa.Connection) -> None:
    connection.execute(tables.report.delete().where(tables.report.c.number == NUMBER))


def _signature(connection: sa.Connection) -> None:
    connection.execute(tables.report_signature.update().values(sha256="0" * 64))


def _signer(connection: sa.Connection) -> None:
    """The manager's signature and the issue name somebody else, consistently."""
    signed = tables.report_signature
    connection.execute(signed.update().where(signed.c.role == "manager").values(post="post:control"))
    connection.execute(tables.report.update().where(tables.report.c.number == NUMBER).values(issued_by="post:control"))


def _endorser(connection: sa.Connection) -> None:
    connection.execute(tables.report_signature.delete().where(tables.report_signature.c.role == "guard"))


def _moment(connection: sa.Connection) -> None:
    connection.execute(tables.report.update().where(tables.report.c.number == NUMBER).values(issued_ms=NOW + 1))


def _edition(connection: sa.Connection) -> None:
    """Open data would hand it out."""
    connection.execute(tables.report.update().where(tables.report.c.number == NUMBER).values(edition="street"))


def _earlier_form(connection: sa.Connection) -> None:
    """The newest is given a link as there once were, that is over less."""
    row = connection.execute(sa.select(tables.report).where(tables.report.c.number == f"{NUMBER}-S")).one()
    file = tables.report_file.c
    files = connection.execute(sa.select(file.format, file.sha256).where(file.number == row.number))
    link = earlier_link(row.previous, row.number, row.sha256, {one.format: one.sha256 for one in files})
    connection.execute(tables.report.update().where(tables.report.c.number == row.number).values(chain=link))


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "break_it",
    [_body, _file, _hashes, _gone, _signature, _signer, _endorser, _moment, _edition, _earlier_form],
)
def test_whatever_is_altered_in_the_database_is_found(history_engine: sa.Engine, break_it: object) -> None:
    assert issued(history_engine) == NUMBER
    other = keep.drafted(history_engine, SITE, replace(ASKED, edition="street"), NOW).number
    keep.issued(history_engine, SITE, other, NOW + 5)
    assert check(history_engine, SITE.id) == 2
    with history_engine.begin() as connection:
        break_it(connection)  # type: ignore[operator]
    with pytest.raises(Broken):
        check(history_engine, SITE.id)


def test_what_was_issued_under_the_earlier_chain_goes_on_and_who_endorses_later_breaks_nothing(
    history_engine: sa.Engine,
) -> None:
    day.written(history_engine)
    number = keep.drafted(history_engine, SITE, ASKED, NOW).number
    keep.signed(history_engine, SITE, number, "manager", "post:manager", NOW + 2)
    digest = kept.one(history_engine, SITE.id, number).sha256
    with history_engine.begin() as connection:  # as it was kept before signatures were under the chain
        file = tables.report_file.c
        files = connection.execute(sa.select(file.format, file.sha256).where(file.number == number))
        link = earlier_link("", number, digest, {one.format: one.sha256 for one in files})
        connection.execute(tables.report.update().values(chain=link))
    assert check(history_engine, SITE.id) == 1
    other = keep.drafted(history_engine, SITE, replace(ASKED, edition="street"), NOW).number
    keep.signed(history_engine, SITE, other, "manager", "post:manager", NOW + 5)
    for one in (number, other):
        keep.signed(history_engine, SITE, one, "guard", "post:control", NOW + 5)
    assert check(history_engine, SITE.id) == 2
    newest = kept.newest_issued(history_engine, SITE.id)
    assert newest is not None and (newest.number, newest.chain[:10]) == (other, "2:manager:")
    with history_engine.begin() as connection:  # its moment is printed, and so under the earlier chain as well
        where = (tables.report_signature.c.number == number) & (tables.report_signature.c.role == "manager")
        connection.execute(tables.report_signature.update().where(where).values(at_ms=NOW + 3))
    with pytest.raises(Broken, match="is not the one that is printed"):
        check(history_engine, SITE.id)


def test_a_list_of_many_goes_on_page_by_page_and_back(history_engine: sa.Engine) -> None:
    """Three issued for outside among many drafts, of days of which some were made in one millisecond."""
    day.written(history_engine)
    body, numbers = encoded(day.paper(history_engine)), []
    for n in range(23):
        number, edition = f"LT-{n:02}", "street" if n % 8 == 0 else "internal"
        head = {"community": SITE.id, "number": number, "kind": "daily", "edition": edition, "lang": "zh"}
        head |= {"from_day": f"2026-03-{1 + n // 4:02}", "to_day": f"2026-03-{1 + n // 4:02}", "subject": ""}
        kept.draft(history_engine, head | {"made_ms": NOW + n // 2, "corrects": ""}, body)
        if edition == "street":
            kept.issue(history_engine, SITE.id, number, body, {}, NOW + n, "house")
        numbers.append(number)
    whole = [one.number for one in kept.listed(history_engine, SITE.id)]
    assert sorted(whole) == numbers and whole[0] == "LT-22"

    pages, after = [], ""
    while True:
        page = page_of(history_engine, SITE.id, 5, after=after)
        assert bool(page.newer) is bool(after)
        pages.append([one.number for one in page.reports])
        after = page.older
        if not after:
            break
    assert [len(one) for one in pages] == [5, 5, 5, 5, 3] and sum(pages, []) == whole
    before = page.newer
    for expected in reversed(pages[:-1]):
        page = page_of(history_engine, SITE.id, 5, before=before)
        assert [one.number for one in page.reports] == expected and page.older
        before = page.newer
    assert not before

    outside = page_of(history_engine, SITE.id, 2, outside=True)
    rest = page_of(history_engine, SITE.id, 2, outside=True, after=outside.older)
    assert [one.number for one in (*outside.reports, *rest.reports)] == ["LT-16", "LT-08", "LT-00"]
    assert not rest.older and not page_of(history_engine, SITE.id, 5, kind="weekly").reports
    for mark in ("x", "2026-03-12~y~LT-1", f"2026-03-12~{'9' * 30}~LT-1", "2026-03-12~1~LT\0"):
        with pytest.raises(NoMark):
            page_of(history_engine, SITE.id, 5, after=mark)


def test_the_command_says_of_what_was_corrected_what_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = settled_in(tmp_path, monkeypatch, SITE)
    number = issued(engine)
    report, sign = ["report", "daily", "--date", day.DAY, "--out"], ["--by", "post:manager"]
    assert main([*report, "a.csv"]) == 0 and "更正版" not in capsys.readouterr().err
    late(engine)
    engine.dispose()
    assert main(["correct", number]) == 0 and main(["sign", f"{number}-R1", *sign]) == 0
    capsys.readouterr()
    assert main(["correct", number]) == 1
    assert f"{number}-R1: no figure has changed" in capsys.readouterr().err
    assert main([*report, "b.csv"]) == 0
    assert f"{number} was corrected: what holds is {number}-R1 (更正版)" in capsys.readouterr().err
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes(), "what was signed stays"
    assert main(["verify", "b.csv"]) == 0 and f"corrected by {number}-R1" in capsys.readouterr().out


def test_the_command_makes_keeps_signs_and_refuses_a_changed_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the database alone: no web process, no Redis."""
    url = f"sqlite:///{tmp_path / 'history.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("SHOUWANG_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("SITE", str(SITES / "heping.json"))
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.chdir(tmp_path)

    out = tmp_path / "日报.pdf"
    assert main(["report", "日报", "--date", "2026-03-12", "--keep", "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"%PDF")
    assert main(["verify", str(out)]) == 1  # a draft is no report
    assert main(["sign", "HEPING-20260312", "--by", "post:nobody"]) == 1
    assert main(["sign", "HEPING-20260312", "--by", "post:manager"]) == 0
    for name in ("a.pdf", "a.xlsx", "a.csv"):
        assert main(["report", "daily", "--date", "2026-03-12", "--out", name]) == 0
        assert main(["verify", name]) == 0
        content = bytearray((tmp_path / name).read_bytes())
        content[len(content) // 2] ^= 1
        (tmp_path / name).write_bytes(content)
        assert main(["verify", name]) == 1
    assert main(["report", "range", "--from", "2026-03-01", "--date", "2026-03-12", "--out", "days.csv"]) == 0
    assert "2026-03-01 至 2026-03-12" in (tmp_path / "days.csv").read_text("utf-8-sig")
    assert main(["correct", "HEPING-20260312"]) == 1  # nothing has changed
    said = capsys.readouterr()
    assert "no report was ever issued with these bytes" in said.err and "manager: post:manager" in said.out
    assert main(["verify"]) == 0
    told = capsys.readouterr().out
    assert "the newest of the 1 is HEPING-20260312, issued " in told and " by post:manager, 2:manager:" in told

    forged = Evidence({"journal.jsonl": b"{}"}, {}, [], 0, "")
    monkeypatch.setattr(command, "LINES", 2)
    engine = open_engine(url, write=True)
    row = kept.one(engine, "heping", "HEPING-20260312")
    paper = decoded(kept.body_of(engine, "heping", row.number))
    for n in range(4):
        head = {name: getattr(row, name) for name in ("community", "kind", "edition", "lang", "from_day", "to_day")}
        kept.draft(engine, head | {"number": f"D-{n}", "subject": "", "made_ms": n, "corrects": ""}, encoded(paper))
    engine.dispose()
    assert main(["reports"]) == 0
    assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()] == [
        *("HEPING-20260312", "D-3", "D-2", "D-1", "D-0")
    ]
    (tmp_path / "forged.zip").write_bytes(bundle(paper, {"csv": b"1"}, forged))
    assert main(["verify", "forged.zip"]) == 1
    said = capsys.readouterr()
    assert not said.out and "no report was ever issued with these bytes" in said.err


def test_a_reader_is_for_communities_that_there_are_and_has_a_name_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'history.db'}")
    monkeypatch.setenv("SITE", os.pathsep.join(str(SITES / f"{one}.json") for one in ("lanting", "heping")))
    assert main(["reader", "add", "street", "--for", "lanting, nope"]) == 2
    assert "no community 'nope' here: lanting, heping" in capsys.readouterr().err
    assert main(["reader", "add", "street", "--for", "lanting, heping"]) == 0
    assert main(["reader", "add", "street"]) == 1
    assert "there is a reader 'street' already" in capsys.readouterr().err
    assert main(["reader", "revoke", "street"]) == 0 and main(["reader", "add", "street"]) == 1
    assert "the reader 'street' was revoked" in capsys.readouterr().err
    assert main(["reader", "list"]) == 0
    assert capsys.readouterr().out == "street\trevoked\tlanting,heping\n"


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_who_makes_a_report_waits_for_nobody_who_writes(history_engine: sa.Engine) -> None:
    day.written(history_engine)
    with history_engine.begin() as writer:  # SQLite has one writer, and that is this one
        writer.execute(tables.dirty.delete())
        asked = Asked("incident", day.DAY, subject="SOS/SOS-1")
        assert make(history_engine, SITE, asked, NOW).kind == "incident"
        assert make(history_engine, SITE, ASKED, NOW).number == NUMBER


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["report", "daily", "--date", "12.3.2026"], 2),
        (["report", "daily", "--date", "2026-02-30"], 2),
        (["report", "daily", "--date", "2026-03-12", "--out", "a.docx"], 2),
        (["report", "daily", "--community", "nowhere"], 2),
        (["report", "range", "--date", "2026-03-12"], 2),
        (["report", "daily", "--from", "2026-03-01"], 2),
        *((["report", kind, "--date", "0001-01-01"], 2) for kind in ("daily", "weekly", "handover", "comparison")),
        (["report", "monthly", "--date", "9999-12-20"], 2),
        (["report", "range", "--from", "0001-01-01", "--date", "0001-01-02"], 2),
        (["report", "handover", "--date", "2027-01-01", "--at", "08:30"], 2),
        (["sign", "NO-1", "--by", "post:manager"], 1),
        (["verify", "missing.pdf"], 2),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_a_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], argv: list[str], code: int
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'history.db'}")
    monkeypatch.chdir(tmp_path)
    assert main(argv) == code
    assert capsys.readouterr().err.startswith(("reports: ", "reading", "writing"))


def test_a_file_that_is_no_database_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "junk.db").write_bytes(b"a letter, and no database at all")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'junk.db'}")
    for argv in (["reports"], ["verify"], ["due"]):
        assert main(argv) == 2
        assert "DATABASE_URL names a file that is no SQLite database" in capsys.readouterr().err
