"""People and grants as a file: what is wrong by its line, all or nothing, audited, and never a password; and grants by
region."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import redis

from community.audit import FACT
from community.roles import EVERYWHERE, Grant, in_force, regions_of
from community.site import SITES, parse_site
from dashboard.__main__ import main
from dashboard.signin.secrets import hashed
from dashboard.signin.service import Service
from dashboard.signin.staff_file import COLUMNS, changes, locks_out, read, write
from store import keys
from store.people import open_engines
from store.people.register import Person
from store.seal import Seal
from tests.dashboard.roles import House, Visit, visiting

HEAD = ",".join(COLUMNS) + "\n"
SOURCES = {name: json.loads((SITES / f"{name}.json").read_text("utf-8")) for name in ("lanting", "heping")}


def sites(folder: Path, **regions: str) -> str:
    """Two communities that say in which region they lie, as SITE names them."""
    for name, source in SOURCES.items():
        told = json.dumps({**source, "region": regions.get(name, ""), "plan": ""}, ensure_ascii=False)
        (folder / f"{name}.json").write_text(told, "utf-8")
    return os.pathsep.join(str(folder / f"{name}.json") for name in SOURCES)


HERE = {name: parse_site((SITES / f"{name}.json").read_bytes()) for name in SOURCES}
REGIONS = ("region:chengxi",)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Zhao,赵,,", "no account"),
        ("zhao,赵,,gurad@lanting", "no role 'gurad'"),
        ("zhao,赵,,wall@lanting", "no role 'wall'"),
        ("zhao,赵,,guard@nowhere", "no community or region 'nowhere'"),
        ("zhao,赵,,guard@region:east", "no community or region 'region:east'"),
        ("zhao,赵,,guard@lanting/post:moon", "no post 'post:moon'"),
        ("zhao,赵,,guard@*/post:control", "no post 'post:control'"),
        ("zhao,赵,,auditor@lanting guard@lanting", "an auditor holds no other role"),
        ("zhao,赵,,guard@lanting guard@lanting/post:gate", "guard in lanting twice"),
        ("zhao,赵,gone,", "no state 'gone'"),
        ("zhao,赵", "2 columns instead of 4"),
        (f"zhao,{'赵' * 41},,", "at most 40 characters"),
        ("first,别名,,", "first stands on line 2 already"),
    ],
)
def test_what_is_wrong_is_said_by_its_line(line: str, why: str) -> None:
    found, wrong = read(f"{HEAD}first,一,,guard@lanting\n# of the night\n\n{line}\n", HERE, REGIONS)
    assert [one.line for one in wrong] == [5] and why in wrong[0].why
    assert found[0].account == "first"


def test_all_that_is_wrong_is_said_at_once() -> None:
    _, wrong = read(f"{HEAD}A,,,x@y z@lanting\nb,,off,\nli,李,,guard@lanting\n", HERE, REGIONS)
    assert [one.line for one in wrong] == [2, 2, 2, 3, 3]
    for text in ("", "name,account\nli,李\n", "\n\n"):
        assert "the head has to be" in read(text, HERE, REGIONS)[1][0].why


def test_what_is_written_is_read_again_and_says_nothing_new() -> None:
    grants = (Grant("guard", "lanting", "post:gate"), Grant("supervisor", "region:chengxi"))
    people = [
        Person("staff:2", "zhao", '赵, "小"\n六', "$argon2$", 0, "sealed", 7, 5, grants=()),
        Person("staff:1", "li", "李敏", "$argon2$", 0, "", 0, None, grants=grants),
        Person("staff:0", "admin", "", "$argon2$", 0, "", 0, None, grants=(Grant("secadmin", EVERYWHERE),)),
    ]
    text = write(people)
    assert "argon2" not in text and "sealed" not in text and "staff:" not in text
    assert text.splitlines()[2] == "li,李敏,,guard@lanting/post:gate supervisor@region:chengxi"
    wanted, wrong = read(text, HERE, REGIONS)
    assert wrong == [] and changes(people, wanted, complete=True) == []
    assert not locks_out(people, wanted, complete=True)
    assert locks_out(people, wanted[1:], complete=True) and not locks_out(people, wanted[1:], complete=False)


class Desk:
    """The command on a database and a log of its own."""

    def __init__(self, redis_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.url, self.redis_url, self.folder = f"sqlite:///{folder / 'people.db'}", redis_url, folder
        told = {"REDIS_URL": redis_url, "DATABASE_URL": self.url, "SHOUWANG_VAR": str(folder / "var")}
        for name, value in (told | {"SITE": sites(folder, lanting="chengxi", heping="chengxi")}).items():
            monkeypatch.setenv(name, value)
        self.service = Service(open_engines(self.url), Seal(folder / "var"))
        self.service.begin()

    def run(self, text: str, *more: str) -> int:
        (self.folder / "staff.csv").write_text(text, "utf-8")
        return main(["people", "import", str(self.folder / "staff.csv"), *more])

    def facts(self) -> list[tuple[str, str, str]]:
        with redis.Redis.from_url(self.redis_url) as client:
            records = [msgspec.json.decode(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
        told = [r["data"] for r in records if r["type"] == FACT]
        return [(one["action"], one["person"], one.get("detail", "")) for one in told]


@pytest.fixture
def desk(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(redis_url, tmp_path, monkeypatch)


def test_a_file_is_carried_out_and_stands_in_the_audit(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    register = desk.service.register
    zhao = register.add("zhao", "赵六", hashed("something long 1"), 1, [Grant("guard", "heping")])
    now_ms = desk.service.now_ms()
    desk.service.sessions.begin(now_ms, now_ms + 10**7, person=zhao)
    file = f"{HEAD}zhao,赵六,,manager@lanting\nli.min,李敏,,supervisor@region:chengxi guard@lanting/post:gate\n"
    assert desk.run(file, "--check") == 0
    assert register.by_account("li.min") is None and desk.facts() == []
    assert "4 changes would be made" not in capsys.readouterr().out
    assert desk.run(file, "--by", "staff:boss") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "5 changes"
    li = register.by_account("li.min")
    assert (
        li is not None
        and li.password == ""
        and set(li.grants)
        == {
            Grant("supervisor", "region:chengxi"),
            Grant("guard", "lanting", "post:gate"),
        }
    )
    assert desk.service.password("li.min", "", "").why == "wrong", "without a password nobody signs in"
    assert {g.role for g in register.by_account("zhao").grants} == {"manager"}
    assert desk.service.sessions.open(now_ms) == [], "a manager's session has a second factor"
    assert desk.facts() == [
        ("people.ungrant", "staff:boss", "guard@heping"),
        ("people.grant", "staff:boss", "manager@lanting"),
        ("people.add", "staff:boss", "file"),
        ("people.grant", "staff:boss", "guard@lanting/post:gate"),
        ("people.grant", "staff:boss", "supervisor@region:chengxi"),
    ]
    assert desk.run(file) == 0 and capsys.readouterr().out == "0 changes\n"
    assert main(["people", "export"]) == 0
    exported = capsys.readouterr().out
    assert desk.run(exported, "--complete") == 0 and capsys.readouterr().out == "0 changes\n"
    assert desk.run(exported.replace("zhao,赵六,,manager@lanting\n", ""), "--complete") == 0
    assert register.by_account("zhao").disabled_ms is not None


def test_a_file_with_a_wrong_line_changes_nothing(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.run(f"{HEAD}li.min,李敏,,guard@lanting\nzhao,赵,,gurad@lanting\n") == 1
    said = capsys.readouterr().err
    assert "staff.csv:3: no role 'gurad'" in said and "nothing was changed" in said
    assert [one.account for one in desk.service.register.everybody()] == ["admin"] and desk.facts() == []
    assert desk.run(HEAD, "--complete") == 1
    assert "no security administrator" in capsys.readouterr().err
    assert main(["people", "import", str(desk.folder / "gone.csv")]) == 2


def test_without_the_log_nothing_is_changed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    assert desk.run(f"{HEAD}li.min,李敏,,guard@lanting\n") == 3
    assert desk.service.register.by_account("li.min") is None


def test_a_region_is_all_its_communities_as_they_are_now() -> None:
    regions = regions_of([("a", "west"), ("b", "west"), ("c", "east"), ("d", "")])
    held = (Grant("guard", "region:west", "post:x"), Grant("manager", "d"), Grant("guard", "region:north"))
    assert in_force(held, regions) == (Grant("guard", "a"), Grant("guard", "b"), Grant("manager", "d"))


@pytest.fixture
def visit(redis_url: str, tmp_path: Path, var: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Visit], None]:
    monkeypatch.setattr("tests.dashboard.roles.TWO", sites(tmp_path, lanting="chengxi", heping="chengxi"))
    return visiting(redis_url, tmp_path, var)


def test_a_grant_in_a_region_opens_each_of_its_communities_and_no_more(visit: Callable[[Visit], None]) -> None:
    async def look(house: House) -> None:
        guard = house.cookie("guard", "region:chengxi")
        for name in SOURCES:
            assert (await house.ask("GET", f"/api/v1/desk?community={name}", guard)).status_code in (200, 503), name
        assert (await house.ask("GET", "/people", guard)).status_code == 403
        keeper, local = house.cookie("secadmin", EVERYWHERE), house.cookie("secadmin", "lanting")
        somebody = house.service.register.add("somebody", "某人", "", house.service.now_ms())
        form = {"do": "grant", "person": somebody, "role": "guard", "community": "region:chengxi"}
        assert (await house.ask("POST", "/people?community=lanting", local, data=form)).status_code == 403
        page = await house.ask("POST", "/people?community=lanting&lang=zh", keeper, data=form)
        assert page.status_code == 200 and "片区 chengxi" in page.text
        found = house.service.register.by_id(somebody)
        assert found is not None and found.grants == (Grant("guard", "region:chengxi"),)
        form["community"] = "region:nowhere"
        assert (await house.ask("POST", "/people?community=lanting", keeper, data=form)).status_code == 400
        city = await house.ask("GET", "/city", guard, headers={"accept": "text/html"})
        assert city.status_code == 200, "all of the communities there are"

    visit(look)
