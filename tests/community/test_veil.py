"""What is hidden in a payload comes back as it was; what is no person's is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.veil import unveil, veil, without_numbers


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"phone": "13812345678", "port": 3}', '{"phone": "⟨1⟩", "port": 3}'),
        ('{"personName":"王小明","floor":"7"}', '{"personName":"⟨1⟩","floor":"7"}'),
        (r'"{\"cardNo\":\"0007123\"}"', r'"{\"cardNo\":\"⟨1⟩\"}"'),
        (
            "<employeeNoString>1001</employeeNoString><major>5</major>",
            "<employeeNoString>⟨1⟩</employeeNoString><major>5</major>",
        ),
        ("车 京A12345 进", "车 ⟨1⟩ 进"),
        ("id 11010519491231002X", "id ⟨1⟩"),
        ("34020000001320000001", "34020000001320000001"),  # a camera's GB id
        ('{"ts": 1773321276000, "eui": "24e124136b328513"}', '{"ts": 1773321276000, "eui": "24e124136b328513"}'),
        ("⟨7⟩ was there", "⟨1⟩ was there"),
    ],
)
def test_what_is_hidden(text: str, shown: str) -> None:
    told = veil(text)
    assert told.shown == shown
    assert unveil(told.shown, told.hidden) == text


@given(
    st.text()
    | st.from_regex(r'(\{"(phone|cardNo|x)": "[^"]{0,12}"\}|⟨[0-9]{1,5}⟩|1[3-9][0-9]{9}){0,5}', fullmatch=True)
)
def test_nothing_is_lost(text: str) -> None:
    told = veil(text)
    assert unveil(told.shown, told.hidden) == text


def test_marks_of_a_mended_text_that_stand_for_nothing_stay() -> None:
    assert unveil("⟨1⟩⟨2⟩⟨0⟩", ["a"]) == "a⟨2⟩⟨0⟩"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("业主电话 13812340000 已联系", "业主电话 *** 已联系"),
        ("身份证11010119900307123X", "身份证***"),
        ("粤B12345 停在通道", "*** 停在通道"),
        ("座机 82345678", "座机 ***"),
        ("请打 138 1234 5678 或 +86-138-1234-5678", "请打 *** 或 ***"),
        ("微信wx13812345678，邮箱zhang.san@example.com.cn", "微信wx***，邮箱***"),
        ("全角１３８１２３４５６７８，0571-88886666", "全角***，***"),
        ("110101 19900307 123X，卡 6222 0212 3456 7890 123", "***，卡 ***"),
        ("7号楼2单元1203室 16:30 到场，钥匙 K-1203", "7号楼2单元1203室 16:30 到场，钥匙 K-1203"),
        ("2026-11-29 20:15 电表 123456，p-123456789012 的人脸", "2026-11-29 20:15 电表 123456，p-123456789012 的人脸"),
    ],
)
def test_numbers_of_people_in_what_somebody_typed(typed: str, kept: str) -> None:
    assert without_numbers(typed) == kept
