"""What bulk meters counted beside the homes' meters."""

from __future__ import annotations

from ...figures.mains import ALL
from ..editions import Eyes
from ..facts import Facts
from ..model import Column, Table


def balance(facts: Facts, eyes: Eyes) -> Table:
    """The bulk meters of one level against the sum of the homes': the difference is common use and loss."""
    name = eyes.say
    homes, energy, charged = (facts.value(id_) for id_ in ("water", "electricity", "charging_energy"))
    level, supplied = facts.supplied if facts.supplied is not None else (ALL, None)
    lost = supplied - homes if homes is not None and supplied is not None else None
    share = 100 * lost / supplied if lost is not None and supplied else None
    return Table(
        "balance",
        name("水电平衡", "Water and energy balance"),
        [
            Column("what", name("项目", "Item"), width=2),
            Column("value", name("数量", "Amount"), "number", "", 2),
            Column("unit", name("单位", "Unit")),
        ],
        [
            [name(f"总表水量（{level.zh}）", f"Water, bulk meters ({level.en})"), supplied, "m³"],
            [name("户表水量", "Water, homes"), homes, "m³"],
            [name("差额（公共用水与漏损）", "Difference (common use, loss)"), lost, "m³"],
            [name("差额占比", "Difference, share"), share, "%"],
            [name("电表电量", "Electricity metered"), energy, "kWh"],
            [name("其中充电", "Of it charging"), charged, "kWh"],
        ],
        note=name("没读到的半小时不计入", "half-hours not read are left out"),
    )  # fmt: skip
