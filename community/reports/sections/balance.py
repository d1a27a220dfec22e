"""The district's meters beside the homes'."""

from __future__ import annotations

from ..editions import Eyes
from ..facts import Facts
from ..model import Column, Table


def balance(facts: Facts, eyes: Eyes) -> Table:
    """What the district's meters counted against the sum of the homes': the difference is common use and loss."""
    name = eyes.say
    homes, district, energy, charged = (
        facts.value(id_) for id_ in ("water", "water_district", "electricity", "charging_energy")
    )
    lost = district - homes if homes is not None and district is not None else None
    share = 100 * lost / district if lost is not None and district else None
    return Table(
        "balance",
        name("水电平衡", "Water and energy balance"),
        [
            Column("what", name("项目", "Item"), width=2),
            Column("value", name("数量", "Amount"), "number", "", 2),
            Column("unit", name("单位", "Unit")),
        ],
        [
            [name("总表水量", "Water, district meters"), district, "m³"],
            [name("户表水量", "Water, homes"), homes, "m³"],
            [name("差额（公共用水与漏损）", "Difference (common use, loss)"), lost, "m³"],
            [name("差额占比", "Difference, share"), share, "%"],
            [name("电表电量", "Electricity metered"), energy, "kWh"],
            [name("其中充电", "Of it charging"), charged, "kWh"],
        ],
        note=name("没读到的半小时不计入", "half-hours not read are left out"),
    )  # fmt: skip
