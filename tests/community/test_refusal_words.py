"""Why a command was not carried out, as a guard reads it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from community import actions, alarms, broadcasting, commands, handling, masks, order_desk
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


def sentences(told: ast.expr | None) -> Iterator[ast.expr]:
    """What may be said there, where it stands in the code itself."""
    if isinstance(told, ast.JoinedStr | ast.Constant):
        yield told
    elif isinstance(told, ast.IfExp):
        yield from (*sentences(told.body), *sentences(told.orelse))
    elif isinstance(told, ast.BinOp):
        yield from sentences(told.left)


def ordered() -> Iterator[tuple[str, str]]:
    """The same of orders of devices, broadcasts, devices out of service, residents' orders: what is refused outright,
    and what a function answers that says why not. In a blank stands a phase of an order."""
    for module in (actions, broadcasting, commands, order_desk):
        path = Path(module.__file__)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            told: list[ast.expr | None] = []
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "refuse":
                told = [node.args[-1]]
            if isinstance(node, ast.FunctionDef) and getattr(node.returns, "id", "") == "str":
                told = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
            for said in (one for value in told for one in sentences(value)):
                parts = said.values if isinstance(said, ast.JoinedStr) else [said]
                words = "".join(str(p.value) if isinstance(p, ast.Constant) else "taken" for p in parts)
                if words:
                    yield f"{path.name}:{said.lineno}:{said.col_offset}", words


def test_every_decision_about_an_order_is_read_in_chinese() -> None:
    found = dict(ordered())
    assert len(found) > 30
    assert {at.partition(":")[0] for at in found} == {"actions.py", "broadcasting.py", "commands.py", "order_desk.py"}
    english = [f"{at} {words!r}" for at, words in found.items() if refusal(words, "zh") == words]
    assert english == [], "a refusal that a guard would read in English"


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
        (
            "no device here that lift.hold could be told to",
            "这里没有能停梯开门的设备",
            "no device here can: Hold, door open",
        ),
        ("it is taken already, post:gate has it", "这一单已接单，东门岗在办", "it is Taken, East gate has it"),
        ("it is done: taken does not follow", "这一单已完成，不能改为已接单", "it is Done, not to be Taken"),
        ("cancelled needs a reason", "已撤销要写原因", "Cancelled needs a reason"),
        ("acknowledge SOS/SOS-1 first", "需先确认那里的紧急告警", "acknowledge the critical alarm there first"),
        ("no zone 'west'", "没有这个分区", "there is no such zone"),
        ("the lift is fault", "电梯没有正常运行", "The lift does not run"),
        ("words of another program", "words of another program", "words of another program"),
    ],
)
def test_posts_and_levels_have_their_names(journal: str, zh: str, en: str) -> None:
    assert (refusal(journal, "zh", POSTS), refusal(journal, "en", POSTS)) == (zh, en)
