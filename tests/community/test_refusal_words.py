"""Why a command was not carried out, as a guard reads it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from community import alarms, commands, handling, masks
from community.board.refusal_words import refusal
from community.site import Post, Text

POSTS = (Post("post:gate", Text("东门岗", "East gate"), "guard"),)


def decided() -> Iterator[tuple[str, str]]:
    """(where, the sentence with x in its blanks) of every refusal of a command about an alarm."""
    for module in (alarms, commands, handling, masks):
        path = Path(module.__file__)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "Refused" or (name == "refuse" and module is handling):
                told = node.args[-1]
                parts = told.values if isinstance(told, ast.JoinedStr) else [told]
                if isinstance(told, ast.JoinedStr | ast.Constant):
                    words = "".join(str(p.value) if isinstance(p, ast.Constant) else "x" for p in parts)
                    yield f"{path.name}:{node.lineno}", words


def test_every_decision_about_an_alarm_is_read_in_chinese() -> None:
    found = dict(decided())
    assert len(found) > 20
    english = [f"{at} {words!r}" for at, words in found.items() if refusal(words, "zh") == words]
    assert english == [], "a refusal that a guard would read in English"


@pytest.mark.parametrize(
    ("journal", "zh", "en"),
    [
        ("post:gate has taken it", "东门岗已接手", "East gate has taken it"),
        ("it is in the hands of nobody now", "现在没有人接手", "nobody has it now"),
        ("it is in the hands of post:gate now", "现在由东门岗处理", "East gate has it now"),
        ("its cause is still there", "原因还在，恢复后才能关闭", "its cause is still there"),
        ("P1 is never shelved", "紧急告警不能搁置", "Critical alarms are never shelved"),
        (
            "P2 is shelved by a supervisor, not by a guard",
            "重要告警由班长搁置",
            "High alarms are shelved by a supervisor",
        ),
        (
            "P3 is shelved for at most 8 h, not 9.5 h",
            "一般告警最多搁置 8 小时",
            "Medium alarms are shelved for 8 h at most",
        ),
        ("it is out of service already", "这条告警已停用", "it is out of service already"),
        ("no device here that lift.hold could be told to", *2 * ("no device here that lift.hold could be told to",)),
    ],
)
def test_posts_and_levels_have_their_names(journal: str, zh: str, en: str) -> None:
    assert (refusal(journal, "zh", POSTS), refusal(journal, "en", POSTS)) == (zh, en)
