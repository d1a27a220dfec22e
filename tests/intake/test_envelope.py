"""Envelopes: lossless but for card numbers, which become pseudonyms that only this installation can make."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.envelope import INLINE_BYTES, Envelopes, Pseudonyms, unfold
from store.blobs import BlobMissing, Blobs

CARD = "04E2B91A6F5C80"


@pytest.fixture
def envelopes(tmp_path: Path) -> Envelopes:
    return Envelopes(tmp_path)


def test_the_text_is_carried_over_byte_by_byte(envelopes: Envelopes) -> None:
    frame = b'[2, "7",\t"MeterValues",{"value":1.10,"big":12345678901234567890,"e":1E3,"\xe5\x85\x85":"a\\/b"}]'
    line = envelopes.wrap("EV-01", 1_773_321_276_000, frame)
    assert b'"payload":' + frame in line
    assert json.loads(line)["device"] == "EV-01"
    assert json.loads(line)["received"] == "2026-03-12T13:14:36.000Z"
    assert "redacted" not in json.loads(line)


@pytest.mark.parametrize(
    "frame",
    [
        f'[2,"1","Authorize",{{"idTag":"{CARD}"}}]',
        f'[2,"1","Authorize",{{"idTag" :\n "{CARD}"}}]',
        f'[2,"1","StartTransaction",{{"connectorId":1,"IDTAG":"{CARD}","meterStart":0}}]',
        f'[2,"1","X",{{"id_tag":"{CARD}","parentIdTag":"{CARD}"}}]',
        f'[2,"1","DataTransfer",{{"data":"{{\\"idTag\\":\\"{CARD}\\",\\"n\\":1}}"}}]',
    ],
)
def test_card_numbers_never_stand_in_an_envelope(envelopes: Envelopes, frame: str) -> None:
    line = envelopes.wrap("EV-01", 0, frame.encode())
    assert CARD.encode() not in line
    envelope = json.loads(line)
    assert envelope["redacted"]
    assert json.loads(frame.replace(CARD, "t-0"))[:3] == envelope["payload"][:3]
    assert str(envelope["payload"]).count("t-") == frame.count(CARD)


def test_a_numeric_card_and_one_in_a_broken_frame_are_replaced_too(envelopes: Envelopes) -> None:
    assert b"12345678" not in envelopes.wrap("EV-01", 0, b'[2,"1","Authorize",{"idTag":12345678}]')
    text, names = envelopes.redact(f'[2,"1","Authorize",{{"idTag":"{CARD}'.encode())
    assert CARD.encode() not in text and names == ("idTag",)


def test_an_empty_card_is_no_card(envelopes: Envelopes) -> None:
    assert envelopes.redact(b'{"idTag":""}') == (b'{"idTag":""}', ())


def test_the_same_card_stays_the_same_here_and_is_another_elsewhere(tmp_path: Path) -> None:
    here, again, elsewhere = (Pseudonyms(tmp_path / name / "key") for name in ("a", "a", "b"))
    assert here.of(CARD.encode()) == again.of(b" " + CARD.encode()) != elsewhere.of(CARD.encode())
    assert len(here.of(CARD.encode())) == 20


def test_the_key_is_the_owners_alone_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "var" / "pseudonym.key"
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: Pseudonyms(path).of(b"1"), range(16)))
    assert len(made) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["pseudonym.key"]


def test_a_large_payload_goes_to_the_blob_store_and_comes_back(envelopes: Envelopes, tmp_path: Path) -> None:
    frame = json.dumps([2, "1", "DataTransfer", {"data": "x" * INLINE_BYTES}]).encode()
    line = envelopes.wrap("EV-01", 0, frame)
    assert len(line) < 400
    assert unfold(json.loads(line), Blobs(tmp_path / "blobs"))["payload"] == json.loads(frame)
    with pytest.raises(BlobMissing):
        unfold(json.loads(line), Blobs(tmp_path / "elsewhere"))


@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(), st.lists, max_leaves=20))
def test_what_holds_no_card_is_never_touched(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    key = tmp_path_factory.getbasetemp() / "pseudonym.key"
    assert Pseudonyms(key).redact(text) == (text, ())
