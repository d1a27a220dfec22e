"""What the numbers of a site are called where people change them: each by its field, the unit by its end."""

from __future__ import annotations

from .words import Lang

UNITS: tuple[tuple[str, str, str], ...] = (
    ("_c_per_min", "℃/分", "°C/min"),
    ("_lel_percent", "% LEL", "% LEL"),
    ("_percent", "%", "%"),
    ("_days", "天", "days"),
    ("_m3h", "立方米/时", "m3/h"),
    ("_cm", "厘米", "cm"),
    ("_s", "秒", "s"),
    ("_h", "小时", "h"),
    ("_l", "升", "l"),
    ("_w", "瓦", "W"),
    ("_a", "安", "A"),
    ("_v", "伏", "V"),
    ("_c", "℃", "°C"),
)
"""End of a field, and how its unit is written; the first that fits."""

CLOCK = frozenset(("night_from_h", "night_to_h"))
"""Hours of the day, no lengths of time."""

NAMES: dict[str, str] = {
    # the house: time and silence
    "heartbeat_s": "设备多久报一次",
    "max_skew_s": "设备时钟允许偏差",
    "good_skew_s": "偏差在此以内算恢复",
    "skew_samples": "判时钟不准需要几次",
    "skew_window_s": "判时钟不准的时间窗",
    "skew_apart_s": "两次采样至少相隔",
    "feed_skew_beats": "网关时钟不准需要几次心跳",
    "feed_skew_steady_s": "网关偏差前后相差不超过",
    "feed_skew_apart_s": "网关两次心跳至少相隔",
    "late_periods": "几个周期没报算迟到",
    "stale_periods": "几个周期没报算失联",
    "silence_grace_s": "失联再等",
    "good_beats": "几次正常心跳算恢复",
    "slept_s": "日志断开多久算停过机",
    # orders
    "order_life_s": "指令有效期",
    "order_life_max_s": "指令最长有效期",
    "quick_order_life_s": "开门类指令有效期",
    "answer_skew_s": "回报允许的时钟差",
    # alarms
    "chattering_activations": "几次算反复",
    "chattering_window_s": "反复的时间窗",
    "group_window_s": "同因归并的时间窗",
    "flood_alarms": "超过几条算告警洪峰",
    "flood_window_s": "洪峰的时间窗",
    "escalate_supervisor_s": "紧急未确认，呼叫班长",
    "escalate_manager_s": "紧急未确认，呼叫经理",
    "shelve_guard_max_s": "值班员搁置最长",
    "shelve_supervisor_max_s": "班长搁置最长",
    "reactivation_window_s": "再次发生并入同一行的时间窗",
    "operator_positions": "值班席位数",
    # history, reports
    "journal_days": "告警与审计保存",
    "passes_days": "通行记录保存",
    "sessions_days": "充电记录保存",
    "orders_days": "工单保存",
    "calls_days": "对讲记录保存",
    "broadcasts_days": "广播记录保存",
    "patrol_days": "巡更记录保存",
    "meters_days": "抄表保存",
    "presence_days": "在线记录保存",
    "rollups_days": "每日汇总保存",
    "raw_days": "原始记录保存",
    "snapshots_days": "状态快照保存",
    "draft_at": "起草时间",
    "issue_at": "签发时间",
    "handover_at": "交接班时间",
    "editions": "自动出的版本",
    "number_prefix": "报表编号前缀",
    # access
    "tailgate_grant_s": "刷开后多久内过人算正常",
    "tailgate_clocks_s": "尾随判断允许的时钟差",
    "pass_on_way_s": "等迟到的通行记录",
    "tailgate_often": "同一门几次算频繁尾随",
    "tailgate_often_window_s": "频繁尾随的时间窗",
    "tailgate_priority": "尾随级别",
    "tailgate_often_priority": "频繁尾随级别",
    "unlock_before_s": "开锁后多久内开门算正常",
    "busy_unlocks": "几次开锁算繁忙通道",
    "busy_window_s": "繁忙通道的时间窗",
    "forced_wait_s": "繁忙通道判强行开门再等",
    "plant_held_s": "设备房门开着多久算未关",
    "denied_fails": "几次认证失败告警",
    "denied_window_s": "认证失败的时间窗",
    "denied_quiet_s": "多久没有失败算恢复",
    # bins
    "full_on_percent": "桶满",
    "full_off_percent": "低于此算已清空",
    "full_priority": "桶满级别",
    "overfull_percent": "桶溢",
    "overfull_priority": "桶溢级别",
    "fire_on_c": "桶火温度",
    "fire_off_c": "桶火恢复温度",
    "fire_rise_c_per_min": "桶火升温速度",
    "fire_rise_over_s": "升温速度按多久算",
    # cameras
    "key_priority": "重点位置摄像机级别",
    "other_priority": "其他摄像机级别",
    "night_from": "夜间开始",
    "night_until": "夜间结束",
    "perimeter_night_priority": "周界夜间级别",
    "perimeter_day_priority": "周界白天级别",
    "alarm_pictures": "告警时取几路画面",
    "ebike_score": "电动车入梯的可信度",
    "fire_score": "烟火的可信度",
    "recording_kept_days": "录像至少保存",
    # care
    "alone_in_h": "独居：在家超过",
    "alone_in_priority": "独居：在家过久级别",
    "alone_in_long_h": "独居：在家更久",
    "alone_in_long_priority": "独居：在家更久级别",
    "alone_out_by": "独居：应回家时间",
    "alone_out_by_priority": "独居：过点未归级别",
    "alone_out_h": "独居：外出超过",
    "alone_out_priority": "独居：外出过久级别",
    "dementia_out_h": "失智：外出超过",
    "dementia_out_priority": "失智：外出过久级别",
    "child_out_h": "未满 14 岁：外出超过",
    "child_out_by": "未满 14 岁：应回家时间",
    "child_out_priority": "未满 14 岁：未归级别",
    "child_late_by": "未满 14 岁：更晚未归时间",
    "child_late_priority": "未满 14 岁：更晚未归级别",
    "low_water_l": "独居：用水少于",
    "low_water_h": "独居：用水看多久",
    "low_water_from": "用水计时开始",
    "low_water_until": "用水计时结束",
    "vitals_deadband": "体征恢复死区（比例）",
    # charging
    "full_judged_below_w": "低于此功率才判充满",
    "full_below_w": "充满功率",
    "full_change_w": "功率变化超过此数重新计时",
    "full_after_s": "低功率多久算充满",
    "unplugged_below_w": "拔枪功率",
    "unplugged_after_s": "多久算已拔枪",
    "session_max_s": "一次充电最长",
    "still_on_after_s": "断电指令后仍有电，多久告警",
    "sample_life_s": "一次采样多久有效",
    "last_words_s": "充电结束后再等的末次采样",
    "overtemp_on_c": "过温",
    "overtemp_off_c": "过温恢复",
    "overtemp_rise_c_per_min": "过温升温速度",
    "overload_on_a": "过载电流",
    "overload_off_a": "过载恢复电流",
    "overload_on_w": "过载功率",
    "overload_off_w": "过载恢复功率",
    "no_meter_s": "充电中多久没有计量",
    "agree_within_s": "状态与充电记录不一致多久算数",
    # of every device
    "letters_on": "十分钟内几条读不懂的报文告警",
    "battery_low_percent": "电量低",
    "battery_ok_percent": "电量恢复",
    # gas, intercom
    "gas_on_lel_percent": "燃气报警浓度",
    "gas_off_lel_percent": "燃气恢复浓度",
    "ring_max_s": "一次呼叫最长",
    # meters
    "night_from_h": "夜间流量从几点",
    "night_to_h": "夜间流量到几点",
    "night_factor": "夜间流量为常值几倍告警",
    "night_clear_factor": "夜间流量恢复倍数",
    "night_over_m3h": "夜间流量至少超出",
    "night_median_nights": "常值取几夜的中位数",
    "burst_factor": "爆管为同时段最大值几倍",
    "burst_clear_factor": "爆管恢复倍数",
    "burst_days": "爆管比较前几天",
    "burst_least_days": "爆管至少要有几天数据",
    "burst_over_m3h": "爆管至少超出",
    "burst_sample_life_s": "流量采样多久有效",
    "leak_half_hours": "户内连续几个半小时有水流",
    # work orders
    "taken_within_s": "接单时限",
    "counted_from": "接单计时开始",
    "counted_until": "接单计时结束",
    "spool_s": "断线补报再等",
    # plant
    "no_voltage_below_v": "低于此电压算停电",
    "good_answers": "网络几次应答算恢复",
    "water_on_cm": "车库积水",
    "water_off_cm": "积水恢复",
    "water_priority": "积水级别",
    "water_deep_cm": "深积水",
    "water_deep_deadband_cm": "深积水死区",
    "water_deep_priority": "深积水级别",
}


def number_name(field: str, lang: Lang) -> str:
    """`设备时钟允许偏差（秒）` / `Max skew (s)`."""
    unit = next(((end, zh, en) for end, zh, en in UNITS if field.endswith(end)), None)
    if unit is None or field in CLOCK:
        return NAMES[field] if lang == "zh" else _spelled(field)
    end, zh, en = unit
    return f"{NAMES[field]}（{zh}）" if lang == "zh" else f"{_spelled(field.removesuffix(end))} ({en})"


def _spelled(field: str) -> str:
    return field.replace("_", " ").capitalize()
