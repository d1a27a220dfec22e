"""Every number of a site has a name in Chinese and English, with its unit; none is named that no site has."""

from __future__ import annotations

from community.number_words import NAMES, number_name
from community.site import numbers_shapes


def test_each_has_its_name_and_no_two_of_a_section_the_same() -> None:
    fields = {section: shape.__struct_fields__ for section, shape in numbers_shapes().items()}
    assert {name for names in fields.values() for name in names} == NAMES.keys()
    for section, names in fields.items():
        for lang in ("zh", "en"):
            assert len({number_name(name, lang) for name in names}) == len(names), (section, lang)


PAIR = ("gas_on_lel_percent", "max_skew_s")


def test_the_unit_is_said() -> None:
    said = {
        field: (number_name(field, "zh"), number_name(field, "en")) for field in ("gas_on_lel_percent", "max_skew_s")
    }
    assert said == {
        "gas_on_lel_percent": ("燃气报警浓度（% LEL）", "Gas on (% LEL)"),
        "max_skew_s": ("设备时钟允许偏差（秒）", "Max skew (s)"),
    }
    assert number_name("session_max_s", "en") == "Session max (s)"
    assert number_name("night_from_h", "zh") == "夜间流量从几点"
