"""The chain: each fact once, in order; a changed byte is found; the database itself refuses."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.exc import SQLAlchemyError

from community.audit import FACT, is_audited
from community.model import Position, encode_event
from ingest import audit as command
from store import audit, keys
from store.history.book import Book
from store.history.database import migrate, open_engine
from store.log import Entry
from tests.community.story import SITE, T0_MS, Story


def entries(first: int, last: int) -> list[Entry]:
    made = []
    for n in range(first, last + 1):
        data = {"by": "post:control", "person": f"staff:{n:08x}", "priority": "P2"}
        value = encode_event(
            id=f"p/{n}",
            source="s",
            type="alarm.acknowledged",
            community=SITE.id,
            subject="CAM_BLACK/C-1",
            time_ms=T0_MS + n,
            data=data,
        )
        made.append(Entry(keys.JOURNAL, Position(1, 0, n), T0_MS + n, SITE.id.encode(), value, ()))
    return made


def take(engine: sa.Engine, told: list[Entry]) -> None:
    book = Book(engine, {SITE.id: SITE})
    book.positions(keys.JOURNAL)
    book.take(told)


@pytest.fixture
def engine(history_url: str) -> sa.Engine:
    made = open_engine(history_url, write=True)
    migrate(made)
    yield made
    made.dispose()


def test_each_fact_once_whoever_writes_and_however_often(engine: sa.Engine) -> None:
    take(engine, entries(1, 5))
    take(engine, entries(1, 8))  # read again after a kill
    again = [replace(e, position=Position(1, 0, 20 + n)) for n, e in enumerate(entries(3, 4))]
    take(engine, again)  # produced twice
    found = list(audit.facts(engine, SITE.id))
    assert [(fact.seq, fact.record_id) for fact in found] == [(n, f"p/{n}") for n in range(1, 9)]
    assert audit.verify(engine, SITE.id) is None
    assert [fact.seq for fact in audit.newest(engine, SITE.id, "staff:00000003")] == [3]


@pytest.mark.parametrize("change", ["UPDATE audit SET body = body || ' '", "DELETE FROM audit WHERE seq = 2"])
def test_the_database_refuses_to_change_it(engine: sa.Engine, change: str) -> None:
    take(engine, entries(1, 3))
    with pytest.raises(SQLAlchemyError, match="append-only"), engine.begin() as connection:
        connection.execute(sa.text(change))
    assert audit.verify(engine, SITE.id) is None


CHANGES = [
    ("UPDATE audit SET body = replace(body, '0000003', '0000004') WHERE seq = 3", 3),
    ("UPDATE audit SET at_ms = at_ms + 1 WHERE seq = 4", 4),
    ("DELETE FROM audit WHERE seq = 2", 2),
    ("UPDATE audit SET hash = upper(hash) WHERE seq = 5", 5),
    ("DELETE FROM audit WHERE seq = 1", 1),
]


@pytest.mark.parametrize(("change", "found"), CHANGES)
def test_a_changed_byte_is_found_by_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], change: str, found: int
) -> None:
    """By somebody who owns the file and drops the triggers first."""
    path = tmp_path / "history.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{path}")
    engine = open_engine(f"sqlite:///{path}", write=True)
    migrate(engine)
    take(engine, entries(1, 6))
    assert command.main(["verify"]) == 0
    noted = re.search(r"head (6:[0-9a-f]{64})", capsys.readouterr().out)
    assert noted is not None
    with sqlite3.connect(path) as thief:
        thief.execute("DROP TRIGGER audit_update")
        thief.execute("DROP TRIGGER audit_delete")
        thief.execute(change)
    assert command.main(["verify"]) == 1
    assert f"garden: fact {found}: " in capsys.readouterr().err
    engine.dispose()


def test_an_end_that_was_cut_off_is_found_by_a_head_that_was_noted(engine: sa.Engine) -> None:
    take(engine, entries(1, 3))
    head = audit.heads(engine)[SITE.id]
    take(engine, entries(1, 5))
    assert audit.verify(engine, SITE.id, head) is None
    longer = audit.Head(9, head.hash)
    assert audit.verify(engine, SITE.id, longer) is not None
    other = audit.Head(head.seq, audit.BEGIN)
    assert audit.verify(engine, SITE.id, other) is not None


def test_what_is_audited() -> None:
    assert is_audited(FACT, {}) and is_audited("command.refused", {"by": "post:control"})
    assert is_audited("alarm.acknowledged", {"by": "post:control"})
    assert not is_audited("alarm.activated", {}) and not is_audited("action.ordered", {"by": "house"})


def test_a_command_names_its_person_in_the_journal_and_nothing_else_does() -> None:
    story = Story()
    story.tell("sos.press", "SOS-1", {"press": "long"}, at_s=0)
    who = {"by": "post:control", "person": "staff:0000002a"}
    # a minute later: what fell due by itself comes with the command's record, and is nobody's doing
    story.tell("command.alarm.acknowledge", "SOS/SOS-1", who, at_s=70)
    told = {e.type: e.data.get("person") for e in story.entries}
    assert told["alarm.escalated"] is None and told["alarm.activated"] is None
    assert told["alarm.acknowledged"] == "staff:0000002a"
    story.tell("command.alarm.acknowledge", "SOS/SOS-1", who, at_s=71)
    assert (story.entries[-1].type, story.entries[-1].data["person"]) == ("command.refused", "staff:0000002a")
    story.tell(FACT, "staff:1", {"action": "people.add", "outcome": "allowed", "person": "staff:1"}, at_s=72)
    assert (story.entries[-1].type, story.entries[-1].data["action"]) == (FACT, "people.add")
