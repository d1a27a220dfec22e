"""Every word of the manager's pages that is no figure's own."""

from __future__ import annotations

from collections.abc import Mapping

from ..site import Text

OFFICE = {
    "daily": Text("每日运行", "Daily operations"),
    "performance": Text("告警绩效", "Alarm performance"),
    "wall": Text("值守大屏", "Wall"),
    "day": Text("日", "Day"),
    "week": Text("周", "Week"),
    "month": Text("月", "Month"),
    "earlier": Text("更早", "Earlier"),
    "later": Text("更晚", "Later"),
    "any": Text("任意日期", "Any dates"),
    "range": Text("起止日期", "From, to"),
    "show": Text("查看", "Show"),
    "export": Text("导出", "Export"),
    "export_report": Text("导出{} PDF", "{} report PDF"),
    "print": Text("打印", "Print"),
    "compared": Text("对比 {}", "Against {}"),
    "and": Text("、", ", "),
    "loading": Text("取数中", "Loading"),
    "failed": Text("取数失败", "Could not be loaded"),
    "retry": Text("重试", "Try again"),
    "complete": Text("数据完整 {}", "Recorded {}"),
    "gaps": Text("缺 {} 段，共 {}", "{} gaps, {} in all"),
    "no_gap": Text("没有缺口", "no gap"),
    "as_of": Text("截至 {}", "up to {}"),
    "not_recorded": Text("没有记录", "Nothing recorded"),
    "running": Text("这一段还没有结束，数字会变", "Not over yet: figures will change"),
    "demo": Text("演示数据", "Demonstration data"),
    "missing": Text("缺 {}", "{} missing"),
    "left_out": Text("{} 未计入", "{} left out"),
    "left_out_of": Text("合计未含：{}", "Totals leave out: {}"),
    "more_feeds": Text("等 {} 个数据源", "{} feeds in all"),
    "target": Text("目标", "Target"),
    "how": Text("怎么算的", "How is this counted?"),
    "rows": Text("{} 行", "{} rows"),
    "query": Text("查询", "Query"),
    "parameters": Text("参数", "Parameters"),
    "no_data": Text("没有记录，不等于 0", "Nothing recorded, which is not 0"),
    "records": Text("记录", "Records"),
    "records_of": Text("共 {} 条", "{} in all"),
    "records_gone": Text("原始行已过保留期，只剩合计", "The rows are past their retention; the sums remain"),
    "close": Text("关闭", "Close"),
    "open_records": Text("看记录：{}", "Records: {}"),
    "other": Text("其他", "Other"),
    "unsaid": Text("未分类", "Not said"),
    "everywhere": Text("全部", "All"),
    "hour": Text("{}时", "{}h"),
    # panels: what is measured, beside the finding
    "alarm_hours": Text("告警条数，每小时", "Alarms by hour"),
    "alarm_days": Text("告警条数，每日", "Alarms by day"),
    "alarm_types": Text("按类型 · 右为{}", "By type · right: {}"),
    "delays": Text("实心圆确认，空心方恢复，中位数", "Dot: acknowledged, square: recovered, median"),
    "delay_target": Text("确认目标 1 分", "Target: 1 min"),
    "occupancy": Text("充电位占用，%", "Ports in use, %"),
    "occupancy_mean": Text("充电位占用，各日同一小时的平均，%", "Ports in use, mean of the same hour, %"),
    "occupancy_long": Text("请选不超过 31 天", "Choose 31 days or fewer"),
    "full": Text("满", "full"),
    "energy": Text("度 / {}", "kWh per {}"),
    "pass_hours": Text("通行次数，每小时", "Passes by hour"),
    "pass_days": Text("通行次数，每日", "Passes by day"),
    "pass_methods": Text("开门方式", "Ways to open"),
    "cameras": Text("{} 路", "{} cameras"),
    "cameras_minutes": Text("中断分钟，最多的十路", "Minutes unheard, worst ten"),
    "no_cameras": Text("没有中断", "No interruption"),
    "offline": Text("离线", "offline"),
    "blind": Text("遮挡或黑屏", "blocked or black"),
    "unknown": Text("数据源中断", "feed lost"),
    "night": Text("2–4 点平均流量 m³/h", "Mean flow 02–04 h, m³/h"),
    "night_line": Text("提醒线", "line"),
    "night_of": Text("{} 的夜里", "night of {}"),
    "orders": Text("按类别", "By category"),
    "gained": Text("居民得到了什么", "What residents gained"),
    "category": Text("类别", "Category"),
    "new": Text("新增", "New"),
    "done": Text("完成", "Done"),
    "take": Text("接单中位", "Taken, median"),
    "in_time": Text("按时率", "In time"),
    "waiting": Text("在办最久", "Waiting longest"),
    "who": Text("负责", "Post"),
    "time": Text("时间", "Time"),
    "place": Text("地点", "Place"),
    "what": Text("内容", "What"),
    "priority": Text("级别", "Priority"),
    "by": Text("岗位", "Post"),
    "after": Text("用时", "After"),
    "method": Text("方式", "Method"),
    "direction": Text("方向", "Direction"),
    "in": Text("进", "in"),
    "out": Text("出", "out"),
    "ended": Text("结束", "Ended"),
    "kwh": Text("度", "kWh"),
    "phase": Text("状态", "Phase"),
    "order": Text("工单号", "Order"),
    "until": Text("到", "Until"),
    "state": Text("情况", "State"),
    "length": Text("时长", "Length"),
    "date": Text("日期", "Day"),
    "verdict": Text("结论", "Verdict"),
    "outcome": Text("结果", "Outcome"),
    "heard_at": Text("播放", "Played"),
    "rating": Text("评分", "Rating"),
    "done_after": Text("办结用时", "Done after"),
    "flow": Text("流量 m³/h", "Flow, m³/h"),
    "minutes_heard": Text("在线分钟", "Minutes heard"),
    "minutes_lost": Text("中断分钟", "Minutes unheard"),
    "longest": Text("最长一段", "Longest"),
    # alarm performance
    "isa": Text("告警指标", "Alarm KPIs"),
    "per_day": Text("每岗日均告警", "Alarms a day, per operator"),
    "flood": Text("洪峰时段", "Flood windows"),
    "stale": Text("陈旧告警", "Stale alarms"),
    "chattered": Text("抖动的告警", "Chattering alarms"),
    "top_share": Text("前十占比", "Share of the worst ten"),
    "mtta": Text("平均确认", "Mean to acknowledge"),
    "mttr": Text("平均恢复", "Mean to recover"),
    "alarms": Text("告警", "Alarms"),
    "share": Text("占比", "Share"),
    "indicative": Text("不满 30 天，只供参考", "Under 30 days: indicative"),
    "positions": Text("{} 个操作岗位", "operator positions: {}"),
    "actors": Text("最多的十个设备告警", "Worst ten alarms of a device"),
    "shares": Text("按标准的三级", "By the standard's three grades"),
    "chattering": Text("60 秒内三次及以上", "Three or more within 60 s"),
    "chattering_rule": Text(
        "一分钟内第三次及以后的响起次数，逐个告警。",
        "How often each alarm came for at least the third time within a minute.",
    ),
    "no_chatter": Text("没有", "None"),
    "verdicts": Text("按关闭时的结论", "By the verdict at closing"),
    "verdicts_rule": Text(
        "每次告警最后一次写明的结论；没有写明的不算真也不算假。误报率 = 规则误报与数据错误，占写明结论的。",
        "Of each alarm the last verdict that was given; without one it is neither true nor false. "
        "False-alarm rate: false rule and false data, of those with a verdict.",
    ),
    "judged": Text("写明结论", "With verdict"),
    "false_rate": Text("误报率", "False"),
    "longer": Text("若多等一会再报", "Had they waited longer"),
    "longer_rule": Text(
        "从流水里每次条件持续的时间算出：持续不到新延时的不会响。"
        "延时内断过又来的会重新计时，流水里看不出，所以是“至多”。"
        "只列会自行恢复的规则；要人结束的、特殊关怀的不列。",
        "From how long each condition lasted by the journal: what lasted less than the new delay would not have come. "
        "A condition that broke off within its off-delay would have begun anew, which the journal does not show: "
        "hence 'at most'. Rules that end by themselves; not those that a person has to end, nor those of care.",
    ),
    "on_delay": Text("延时", "Delay"),
    "now": Text("现有", "Now"),
    "trials": Text("换一个阈值会怎样", "What another threshold would give"),
    "trials_what": Text("截至期末的 30 天，按下才算", "The 30 days up to the end, counted when pressed"),
    "trials_rule": Text(
        "把库里的原始读数（水表半小时、工单经过、巡更时段与扫码、广播与应答）用同一套规则重算一遍，每条都当作立刻有人确认。"
        "离线类按库里每台设备有声音的分钟数：数据源和日志正常时由有声变无声算一次，精确到分钟。"
        "没有一起重算的：上级原因压制、搁置、停用、检修、数据源中断。"
        "所以旁边给出现值用同样办法算的数。其他规则的原始值只在分段原始记录里，不提供。",
        "The readings that history keeps (half-hours of meters, words on orders, rounds and scans, messages and "
        "answers) are folded again by the same rules; each alarm counts as seen at once. Of silent devices the minutes "
        "in which each was heard are counted: once whenever it falls silent while its feed and the log are heard, to "
        "the minute. Left out: suppression by a cause, shelves, out of service, works, feeds that are away; so beside "
        "it stands the number in force, counted in the same way. Other rules' raw values lie in the raw segments alone "
        "and are not offered.",
    ),
    "now_number": Text("现值", "In force"),
    "try": Text("试算", "Try"),
    "tried": Text("{} 条（现值 {} 条）", "{} alarms ({} with the number in force)"),
    "no_readings": Text("没有读数", "no readings"),
    "no_trials": Text("这个小区没有可试算的规则", "No rule of this community can be tried"),
    "care": Text("特殊关怀", "Care"),
    "house": Text("系统", "house"),
}

PANEL_NAMES = {
    "completeness": Text("数据完整", "Recorded"),
    "words": Text("小结", "Summary"),
    "kpis": Text("指标", "Figures"),
    "alarm_hours": Text("告警按时间", "Alarms over time"),
    "alarm_types": Text("告警按类型", "Alarms by type"),
    "delays": Text("确认与恢复用时", "Times to acknowledge and recover"),
    "occupancy": Text("充电位占用", "Ports in use"),
    "energy": Text("充电电量", "Energy charged"),
    "pass_hours": Text("通行按时间", "Passes over time"),
    "pass_methods": Text("通行按方式", "Passes by method"),
    "cameras": Text("摄像机中断", "Camera interruptions"),
    "night": Text("夜间流量", "Night flow"),
    "orders": Text("工单", "Work orders"),
    "gained": Text("居民得到了什么", "What residents gained"),
    "isa": Text("告警指标", "Alarm KPIs"),
    "load": Text("每日告警", "Alarms a day"),
    "actors": Text("最多的告警", "Worst actors"),
    "shares": Text("级别分布", "Priorities"),
    "chattering": Text("抖动", "Chattering"),
    "verdicts": Text("误报率", "False alarms"),
    "longer": Text("更长的延时", "A longer delay"),
    "trials": Text("换一个阈值", "Another threshold"),
}
"""What stands above a panel that has no finding: it could not be loaded."""

METHOD_GROUPS = (
    (Text("无感", "Hands-free"), ("face", "bluetooth", "super_sim")),
    (Text("手机", "Phone"), ("mini_program", "remote", "speaker")),
    (Text("刷卡、密码", "Card, code"), ("card", "password")),
    (Text("访客码", "Visitor code"), ("qr",)),
)
"""Bottom up in a stack; what is none of these is the last group, 其他."""


def named(words: Mapping[str, Text], key: str) -> Text:
    """A word that nobody has a name for is shown as it came; none at all is 未分类."""
    return words.get(key) or (Text(key, key) if key else OFFICE["unsaid"])
