"""OpenAPI of the dashboard's own API: as the code is, and as the running process answers."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest

from dashboard import contracts
from dashboard.access import RULES
from store.settings import read_settings
from tests.dashboard.test_access import COMMANDS, HOME, House, visit  # noqa: F401  a fixture is used by its name

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    return contracts.document(read_settings({}))


def test_the_file_is_what_the_code_says() -> None:
    kept = (ROOT / "docs" / "contracts" / contracts.NAME).read_text("utf-8")
    assert kept == contracts.text(read_settings({})), "python -m dashboard contracts --write docs/contracts"


def test_every_address_of_the_table_stands_in_it(document: dict) -> None:  # type: ignore[type-arg]
    said = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    rules = {(rule.method, rule.path) for rule in RULES if rule.path.startswith(contracts.BELOW)}
    assert {(method, re.sub(r"\{.*", "", path)) for method, path in said} == rules


def test_a_command_that_it_describes_is_one_and_another_is_none(document: dict) -> None:  # type: ignore[type-arg]
    schema = document["paths"]["/api/v1/commands"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    whole = schema | {"components": document["components"]}
    for action, fields in COMMANDS.items():
        jsonschema.validate({"type": action, **fields}, whole)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"type": "alarm.burn", "alarm": "SOS/SOS-021"}, whole)


def test_the_process_answers_as_it_says(visit: object, document: dict) -> None:  # type: ignore[type-arg]  # noqa: F811
    async def look(house: House) -> None:
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                address = path.replace("{name}", "sha256:0") + f"?community={HOME}"
                for role in ("manager", "secadmin", "wall"):
                    answer = await house.ask(method.upper(), address, house.cookie(role, HOME), content=b"{}")
                    assert str(answer.status_code) in operation["responses"], (method, path, role, answer.status_code)
                    assert (answer.status_code == 403) == (role not in operation["x-roles"]), (path, role)
                answer = await house.ask(method.upper(), address, content=b"{}")
                assert answer.status_code == 401

    visit(look)  # type: ignore[operator]
