"""What is done on a page, cell by cell: role x community x action with the body that its form sends. Who may is written
here once more, in words of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from community.roles import EVERYWHERE, ROLES, Grant
from dashboard.access import ACTIONS
from tests.dashboard.roles import HOME, OTHER, House, Visit, visiting
from tests.dashboard.test_access import COMMANDS
from tests.ingest.yard import LANTING

LEADS, DESK = "supervisor manager", "guard supervisor manager"
RESIDENT = next(d.id for d in LANTING.devices if d.system == "care")
CARE = f"/care/{RESIDENT}"
REPORT = {"number": "LT-20200101"}
"""That nobody has made."""


class Cell(NamedTuple):
    action: str
    roles: str
    path: str
    form: dict[str, str]
    """Without any: a GET."""
    status: int
    """Of whoever may: what comes after the question who asks."""
    everywhere: bool = False
    """Only with a grant in each community."""
    named: bool = False
    """The body names the community: it is sent to an address of whoever asks."""


CELLS = (
    Cell("people.pair", f"{LEADS} secadmin", "/people", {"do": "pair", "community": HOME}, 200, named=True),
    Cell("people.grant", "secadmin", "/people", {"do": "grant", "community": HOME, "role": "guard"}, 200, named=True),
    Cell(
        "people.ungrant", "secadmin", "/people", {"do": "ungrant", "community": HOME, "role": "guard"}, 200, named=True
    ),
    Cell(
        "people.add", "secadmin", "/people", {"do": "add", "account": "zhao.li", "name": "赵丽"}, 200, everywhere=True
    ),
    Cell("people.reset", "secadmin", "/people", {"do": "reset"}, 200, everywhere=True),
    Cell("people.unlock", "secadmin", "/people", {"do": "unlock"}, 200, everywhere=True),
    Cell("people.disable", "secadmin", "/people", {"do": "disable"}, 200, everywhere=True),
    Cell("people.enable", "secadmin", "/people", {"do": "enable"}, 200, everywhere=True),
    Cell("people.end_session", f"{LEADS} secadmin", "/people", {"do": "end_session", "session": "none"}, 404),
    Cell(
        "care.register", LEADS, "/care", {"name": "欧阳", "phone": "13800000000", "by": "self", "category": "care"}, 200
    ),
    # a guard sees a person uncovered while an alarm of theirs stands: here none does
    Cell("care.plain", LEADS, CARE, {"do": "plain", "reason": "家属来电询问"}, 200),
    Cell("care.step", DESK, CARE, {"do": "step", "alarm": f"FALL/{RESIDENT}", "said": "phone_ok"}, 404),
    Cell("care.absence", DESK, CARE, {"do": "announce", "until": "soon"}, 400),
    Cell("care.band", LEADS, CARE, {"do": "band", "heart_low_bpm": "50", "heart_high_bpm": "110"}, 200),
    Cell("care.contact", LEADS, CARE, {"do": "drop_contact", "contact": "none"}, 404),
    Cell("care.contact", LEADS, CARE, {"do": "add_contact", "relation": "女儿", "name": "", "phone": ""}, 400),
    Cell("care.consent", LEADS, CARE, {"do": "withdraw", "category": "guardian"}, 200),
    Cell("care.erase", "manager", CARE, {"do": "erase", "confirm": "not so"}, 400),
    Cell("report.read", f"{DESK} auditor", "/api/v1/reports/LT-20200101", {}, 404),
    Cell("report.make", LEADS, "/reports", {"do": "make", "kind": "daily", "day": "2020-01-32"}, 409),
    Cell("report.words", LEADS, "/reports", {"do": "words", "summary": "一切正常", **REPORT}, 404),
    Cell("report.sign", DESK, "/reports", {"do": "sign", "role": "guard", **REPORT}, 404),
    Cell("report.issue", "manager", "/reports", {"do": "sign", "role": "manager", **REPORT}, 404),
    Cell("handover", DESK, "/handover", {"do": "off", **REPORT}, 409),
    Cell("bulletin.publish", LEADS, "/bulletin", {"do": "publish", "title": "停水", "text": "九点到十二点"}, 200),
    Cell("bulletin.publish", LEADS, "/bulletin", {"do": "withdraw", "notice": "N-00000000"}, 200),
    Cell("patrol.plan", LEADS, "/patrol", {"from": "22:00", "until": "25:00"}, 400),
    Cell("patrol.scan", DESK, "/patrol/CK-01", {"do": "scan"}, 200),
    Cell("notices.test", f"{LEADS} sysadmin", "/notices", {"do": "test", "channel": "no-such"}, 409),
    Cell("room.plain", LEADS, "/room", {"do": "plain", "home": "7/2/1203", "reason": "漏水报修"}, 200),
    Cell("order.plain", LEADS, "/orders", {"do": "plain", "order": "R-1", "reason": "回电问线路"}, 200),
    Cell("site.change", "manager sysadmin", "/site", {"do": "set", "section": "nothing"}, 400),
    Cell("devices.adopt", "manager sysadmin", "/devices", {"do": "import", "table": "nonsense"}, 409),
    Cell("letters.replay", "sysadmin", "/letters", {"do": "replay", "id": "0-0/1"}, 404, everywhere=True),
)


@pytest.fixture
def visit(redis_url: str, tmp_path: Path, var: Path) -> Callable[[Visit], None]:
    return visiting(redis_url, tmp_path, var)


def asks(cell: Cell) -> Iterator[tuple[str, str, str, bool]]:
    """(role, where it is granted, of which community the address is, whether it may)."""
    for role in ROLES:
        for granted in (HOME, OTHER, EVERYWHERE):
            there = (EVERYWHERE,) if cell.everywhere else (HOME, EVERYWHERE)
            may = role in cell.roles.split() and granted in there
            address = OTHER if cell.named and granted == OTHER else HOME
            yield role, granted, address, may


def test_every_cell_with_the_body_that_its_form_sends(visit: Callable[[Visit], None]) -> None:
    async def look(house: House) -> None:
        somebody = house.service.register.add("somebody", "某人", "", house.service.now_ms(), [Grant("guard", OTHER)])
        wrong = []
        for cell in CELLS:
            form = cell.form | ({"person": somebody} if cell.path == "/people" else {})
            method = "POST" if form else "GET"
            body = {"data": form} if form else {}
            strange = await house.ask(method, f"{cell.path}?community={HOME}", **body)
            if strange.status_code != 401:
                wrong.append((cell.action, "nobody", strange.status_code))
            for role, granted, address, may in asks(cell):
                cookie = house.cookie(role, granted)
                answer = await house.ask(method, f"{cell.path}?community={address}", cookie, **body)
                expected = cell.status if may else 403
                if cell.action == "people.add" and answer.status_code == 200:
                    assert "zhao.li" in answer.text
                if answer.status_code != expected:
                    wrong.append((cell.action, role, granted, answer.status_code, expected, answer.text[-200:]))
        assert not wrong
        found = house.service.register.by_account("zhao.li")
        assert found is not None and not found.grants, "the one who may has added one person, and granted nothing"

    visit(look)


def test_no_action_is_left_out() -> None:
    assert {cell.action for cell in CELLS} | COMMANDS.keys() == set(ACTIONS)
