"""Names, phones and cards are replaced before a payload is written down, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.adapters.lenient import pseudonym
from ingest.envelope import Envelopes, Pseudonyms
from ingest.mapping.catalogue import mapping
from ingest.mapping.personal import Personal, redacted

PERSONAL = Personal(pseudonym=frozenset({"card", "cardNo"}), drop=frozenset({"name"}))


@pytest.fixture
def pseudonyms(tmp_path: Path) -> Pseudonyms:
    return Pseudonyms(tmp_path / "key")


def test_json_at_any_depth(pseudonyms: Pseudonyms) -> None:
    body = {
        "a": [{"card": "04A1", "name": "N. N."}],
        "cardNo": 4711,
        "names": "kept",
        "card": "",
        "name": {"first": "N."},
    }
    text, names = redacted(json.dumps(body).encode(), PERSONAL, pseudonyms.of)
    said = json.loads(text)
    assert names == ("card", "cardNo", "name")
    assert said["a"][0]["name"] == said["name"] == said["card"] == ""
    assert said["names"] == "kept"
    assert pseudonym(said["a"][0]["card"]) and pseudonym(said["cardNo"])
    assert said["a"][0]["card"] == pseudonyms.of(b"04A1").decode(), "the same card stays the same"


def test_json_within_json_and_xml_within_json(pseudonyms: Pseudonyms) -> None:
    body = {"topic": "t", "payload": '{"card": "04A1"}', "alert": "<e><name>N. N.</name></e>"}
    text, names = redacted(json.dumps(body).encode(), PERSONAL, pseudonyms.of)
    assert names == ("card", "name")
    assert b"04A1" not in text and b"N. N." not in text


def test_xml_elements_and_attributes(pseudonyms: Pseudonyms) -> None:
    body = (
        "<x:e xmlns:x='u'>"
        + "<x:card a='1'>04A1</x:card><name>张三</name><names>kept</names><i card=\"04A1\" name=''/></x:e>"
    )
    text, names = redacted(body.encode(), PERSONAL, pseudonyms.of)
    card = pseudonyms.of(b"04A1").decode()
    assert text.decode() == (
        f"<x:e xmlns:x='u'><x:card a='1'>{card}</x:card><name></name>"
        f"<names>kept</names><i card=\"{card}\" name=''/></x:e>"
    )
    assert names == ("card", "name")


def test_a_name_below_another_one(pseudonyms: Pseudonyms) -> None:
    below = Personal(frozenset(), frozenset({"actor.name"}))
    text, _ = redacted(b'{"actor":{"name":"N. N."},"door":{"name":"front"}}', below, pseudonyms.of)
    assert json.loads(text) == {"actor": {"name": ""}, "door": {"name": "front"}}


def test_what_is_not_personal_keeps_its_bytes(pseudonyms: Pseudonyms) -> None:
    for body in (b'{ "a" : 1.50 }', b"<a> b </a>", b"Code=x;action=Start", b"\xff\xfe", b""):
        assert redacted(body, PERSONAL, pseudonyms.of) == (body, ())
    assert redacted(b'{"card": "1"}', Personal(frozenset(), frozenset()), pseudonyms.of) == (b'{"card": "1"}', ())


@given(
    tree=st.recursive(
        st.one_of(st.none(), st.integers(), st.just("SECRET-7")),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.sampled_from(["card", "name", "a"]), inner)),
    )
)
def test_no_secret_stands_under_its_name(tree: Any) -> None:
    text, _ = redacted(json.dumps(tree).encode(), PERSONAL, lambda card: b"t-0")

    def check(value: Any, key: str = "") -> None:
        if isinstance(value, dict):
            assert key != "name"
            for name, inner in value.items():
                check(inner, name)
        elif isinstance(value, list):
            assert key != "name"
            for inner in value:
                check(inner)
        else:
            assert not (key in ("card", "name") and value == "SECRET-7")

    check(json.loads(text))


@given(body=st.binary())
def test_any_bytes_go_through(body: bytes) -> None:
    redacted(body, PERSONAL, lambda card: b"t-0")


def test_an_envelope_of_a_mapped_source_names_what_was_replaced(tmp_path: Path) -> None:
    envelopes = Envelopes(tmp_path, mapping("unifi_access").personal)
    payload = b'{"event":"x","data":{"_source":{"actor":{"id":"7","display_name":"N. N."},"idTag":"04A1"}}}'
    envelope = json.loads(envelopes.wrap("door", 0, payload))
    assert envelope["redacted"] == ["idTag", "display_name"]
    assert envelope["payload"]["data"]["_source"]["actor"] == {"id": "7", "display_name": ""}


def test_lines_of_a_vendor_s_own_form(pseudonyms: Pseudonyms) -> None:
    """Dahua: members of JSON behind `data=`, also where the stream was cut off; pairs of a configuration."""
    dahua = mapping("dahua").personal
    head = "Code=AccessControl;action=Pulse;index=0;data={"
    line = head + '\n "CardName" : "张三",\n "CardNo" : "04A1B2",\n "Method" : 1, "UserID": 17'
    for text in (json.dumps(line).encode(), line.encode()):
        told, names = redacted(text, dahua, pseudonyms.of)
        said = told.decode() if text == line.encode() else json.loads(told)
        assert names == ("CardName", "CardNo", "UserID")
        assert "张三" not in said and "04A1B2" not in said and '"UserID": 17' not in said
        assert (
            pseudonyms.of(b"04A1B2").decode() in said
            and '"Method" : 1' in said
            and said.startswith("Code=AccessControl")
        )
    cut, names = redacted(b'Code=AccessControl;data={"CardNo" : "04A1', dahua, pseudonyms.of)
    assert names == ("CardNo",) and b'"04A1' not in cut
    table, names = redacted(b"records[0].CardNo=04A1\r\nrecords[0].Door=1\r\n", dahua, pseudonyms.of)
    assert names == ("CardNo",) and b"04A1" not in table and b"records[0].Door=1\r\n" in table
