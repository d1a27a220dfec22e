"""No name stands for two things on one page, and the sentence of an empty list is the list's."""

from __future__ import annotations

import json

import pytest

from community.board import CLIENT
from community.board.desk_words import DESK
from community.board.operate_words import OPERATE
from community.board.video_words import VIDEO
from community.site import Text
from community.words import LANGS, Lang, page_words
from layouts.desk import desk
from layouts.operate import operate
from tests.ingest.yard import LANTING

OVER = {"acknowledge", "lost"}
"""What the desk says in its own way where the wall has a word of that name; the wall's scripts are not on its pages."""


def test_two_words_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="differently: b, c"):
        page_words(
            "zh", {"a": Text("一"), "c": Text("三"), "b": Text("二")}, {"a": Text("一"), "b": Text("2"), "c": Text("3")}
        )


@pytest.mark.parametrize("lang", LANGS)
def test_every_page_says_what_its_tables_say(lang: Lang) -> None:
    for page, tables in (
        (desk(LANTING, lang, "", "", []), (DESK, VIDEO)),
        (operate(LANTING, lang, "", []), (DESK, OPERATE, VIDEO)),
    ):
        said = json.loads(page.to_plotly_json()["props"]["data-words"])
        for table in tables:
            assert {name: said[name] for name in table} == {name: text.get(lang) for name, text in table.items()}
    assert said["none"] == DESK["none"].get(lang)


def test_only_these_words_of_the_wall_are_said_otherwise() -> None:
    tables = {**VIDEO, **OPERATE, **DESK}
    assert {name for name, text in CLIENT.items() if tables.get(name, text) != text} <= OVER
