"""Cards of the operator's map: what a device says of itself, what stands in a place, and nothing of a resident."""

from __future__ import annotations

import pytest

from community.words import Lang
from dashboard.cards import MEASURED, device_card, spot_card
from tests.layouts.estate import pick
from tests.layouts.gallery import incident
from tests.layouts.scenes import Scene


def test_a_device_says_how_it_is_and_what_it_measured() -> None:
    told = Scene("21:14:36").everything()
    told.device("EB-05-07", temperature_c=68.0, status="Faulted", power_w=0.0)
    told.alarm("CP_OVERTEMP", "EB-05-07", "P2", 65_000, temperature_c=68.0)
    card = device_card(told.state, "EB-05-07", "zh")
    assert card is not None
    assert (card["title"], card["system"], card["now"]) == ("B棚 17口", "充电桩", "正常上报")
    assert card["values"] == [["温度", "68 ℃"], ["功率", "0 W"]]
    assert [(a["p"], a["badge"], a["what"], a["at"]) for a in card["alarms"]] == [
        (2, "unack", "充电过温 68℃", "21:13:31")
    ]


def test_what_is_gravest_in_a_place_stands_first_and_all_are_counted() -> None:
    state = incident()
    card = spot_card(state, "7/2", "zh")
    assert card is not None
    assert card["title"] == "7号楼2单元"
    assert card["devices"][0]["alarm"] == {"p": 1, "badge": "unack"}
    assert card["total"] == sum(n for _, n in card["systems"]) > len(card["devices"]) == 40
    whole = spot_card(state, "7", "en")
    assert whole is not None and whole["total"] > card["total"] and whole["title"] == "Bldg 7"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_resident_has_no_card_and_stands_in_none(lang: Lang) -> None:
    state = incident()
    resident = state.site.by_id[pick(state.site, "resident_alone")]
    assert device_card(state, resident.id, lang) is None
    card = spot_card(state, f"{resident.building}/{resident.unit}", lang)
    assert card is not None and resident.id not in str(card)
    assert device_card(state, "C-999", lang) is None and spot_card(state, "nowhere", lang) is None


def test_no_value_of_a_person_or_a_vehicle_is_named() -> None:
    assert not {"person", "vehicle", "result", "direction", "session"} & set(MEASURED)
