"""What a device of each kind is called: one of them, as a form asks for it."""

from __future__ import annotations

from collections.abc import Mapping

from .place import Text

KIND_WORDS: Mapping[str, Text] = {
    "camera": Text("摄像机", "camera"),
    "recorder": Text("录像机", "recorder"),
    "door": Text("门", "door"),
    "plant_door": Text("机房门", "plant room door"),
    "panel": Text("对讲门口机", "door panel"),
    "bin": Text("垃圾桶", "bin"),
    "speaker": Text("音柱", "loudspeaker"),
    "resident": Text("关怀对象", "resident in care"),
    "resident_alone": Text("独居老人", "elder living alone"),
    "resident_dementia": Text("失智老人", "elder with dementia"),
    "child": Text("儿童", "child"),
    "car_charger": Text("汽车充电桩", "car charger"),
    "car_connector": Text("汽车充电枪", "connector of a car charger"),
    "ebike_pile": Text("两轮充电桩", "e-bike pile"),
    "ebike_port": Text("两轮充电口", "e-bike port"),
    "smoke_detector": Text("烟感", "smoke detector"),
    "call_point": Text("手动报警按钮", "manual call point"),
    "gas_detector": Text("燃气探测器", "gas detector"),
    "fire_panel": Text("消防主机", "fire panel"),
    "lift": Text("电梯", "lift"),
    "water_meter": Text("水表", "water meter"),
    "power_meter": Text("电表", "power meter"),
    "bulk_meter": Text("总表", "bulk meter"),
    "leak_sensor": Text("水浸传感器", "leak sensor"),
    "meter": Text("表计", "meter"),
    "desk": Text("工单台", "work order desk"),
    "barrier": Text("道闸", "barrier"),
    "checkpoint": Text("巡更点", "checkpoint"),
    "feeder": Text("配电回路", "feeder"),
    "gateway": Text("网关", "gateway"),
    "switch": Text("交换机", "switch"),
    "pump": Text("水泵", "pump"),
    "water_level": Text("水位计", "level sensor"),
    "button": Text("求助按钮", "help button"),
    "pillar": Text("求助立柱", "help pillar"),
    "unknown": Text("未知", "unknown"),
}
