"""Which community and language a request is about."""

from __future__ import annotations

import pytest

from dashboard.pages import UnknownCommunity, language, page_of
from tests.layouts.scenes import lanting

SITES = {"lanting": lanting()}


@pytest.mark.parametrize(
    ("asked", "accepted", "expected"),
    [
        ("", "", "zh"),
        ("", "en-US,en;q=0.9", "en"),
        ("", "fr-FR,en;q=0.8,zh;q=0.7", "en"),
        ("", "en;q=0.3,zh-CN;q=0.9", "zh"),
        ("", "fr,de", "zh"),
        ("", "en;q=rubbish", "zh"),
        ("zh", "en-US", "zh"),
        ("en", "zh-CN", "en"),
        ("fr", "en", "en"),
    ],
)
def test_language(asked: str, accepted: str, expected: str) -> None:
    assert language(asked, accepted, SITES["lanting"]) == expected


def test_the_language_of_a_person_goes_before_the_browsers_and_behind_the_address() -> None:
    assert language("", "zh-CN", SITES["lanting"], "en") == "en"
    assert language("zh", "zh-CN", SITES["lanting"], "en") == "zh"
    assert language("", "en", SITES["lanting"], "") == "en"


def test_the_layout_request_is_about_the_page_that_asks() -> None:
    headers = {"referer": "http://127.0.0.1:8050/?community=lanting&lang=en", "accept-language": "zh-CN"}
    assert page_of(SITES, "/_dash-layout", "", headers).lang == "en"
    assert page_of(SITES, "/", "", headers).lang == "zh"


def test_an_unknown_community_is_refused() -> None:
    with pytest.raises(UnknownCommunity):
        page_of(SITES, "/", "community=nowhere", {})
