"""Every word the wall shows that is not a community's own: Chinese first, English beside it.

The pages hold no text of their own: what the browser needs while it is cut off (`CLIENT`) travels in the snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from .site import Post, Text

Lang = Literal["zh", "en"]

LANGS: tuple[Lang, ...] = ("zh", "en")
OWN_NAMES: Mapping[Lang, str] = {"zh": "中文", "en": "English"}


def language_named(name: str) -> Lang | None:
    """None: it is none of ours."""
    return next((lang for lang in LANGS if lang == name), None)


UNKNOWN = "—"
"""What stands where a number is not known. Never 0."""

PRIORITIES = {
    "P1": Text("紧急", "Critical"),
    "P2": Text("重要", "High"),
    "P3": Text("一般", "Medium"),
    "P4": Text("提示", "Low"),
}

WALL = {
    "subtitle": Text("社区值守", "Operations"),
    "roster": Text("{} 等 {} 人在岗", "{} +{} on duty"),
    "off_duty": Text("此刻无人在岗", "Nobody on duty"),
    "no_roster": Text("值班表未设置", "No roster yet"),
    "all_normal": Text("一切正常", "All normal"),
    "mostly_normal": Text("总体正常", "Mostly normal"),
    "waiting": Text("等待第一批数据", "Waiting for first data"),
    "waiting_feed": Text("等待数据", "Waiting for data"),
    "cannot_judge": Text("尚不能判断是否正常", "Cannot judge yet"),
    "waited": Text("已等待", "waited"),
    "flood": Text("告警洪峰", "Alarm flood"),
    "flood_groups": Text("{} 条归为 {} 组", "{} in {} groups"),
    "flood_first": Text("首发 {} {}", "First out {} {}"),
    "none_now": Text("没有待处理的告警", "No open alarms"),
    "flood_note": Text("紧急逐条显示，其余按原因归组", "Critical singly, rest by cause"),
    "escalates": Text("{} 若仍未确认：呼叫{}", "{} if still unacked: call {}"),
    "escalates_short": Text("{} 呼叫{}", "{} call {}"),
    "escalated": Text("{} 已呼叫{}", "{} called {}"),
    "buildings": Text("{}号楼", "Bldg {}"),
    "unit": Text("{}号楼{}单元", "Bldg {}-{}"),
    "places": Text("共 {} 处", "{} places"),
    "symptoms": Text("连带 {} 项", "{} behind it"),
    "repeats": Text("反复 {} 次", "{} repeats"),
    "feed_lost": Text("数据中断", "Feed lost"),
    "feed_silent_since": Text("最后一次数据 {}，此后情况未知", "Last data at {}, unknown since"),
    "unacked": Text("未确认", "Unacked"),
    "nobody": Text("尚无人接", "Nobody on it"),
    "work_working": Text("处理中", "working"),
    "work_en_route": Text("途中", "en route"),
    "work_on_scene": Text("已到场", "on scene"),
    "work_assigned": Text("待接手", "assigned"),
    "acked_by": Text("{} 已确认", "{} took it"),
    "in_row": Text("{} 已确认", "{}"),
    "cleared": Text("{} 恢复", "Clear {}"),
    "to_ack": Text("待确认", "Ack to clear"),
    "more_of": Text("另有 {}", "and {}"),
    "n_of": Text("{} 起{}", "{} {}"),
    "in_hand": Text("{} 项{}有人在办", "{} {} in hand"),
    "to_ack_n": Text("{} 项{}已恢复待确认", "{} {} cleared, to ack"),
    "unacked_n": Text("{} 项{}未确认", "{} {} unacked"),
    "calm_for": Text("已平稳 {}", "Calm for {}"),
    "unknown_n": Text("{} 台设备情况未知", "{} devices unknown"),
    "feeds_waiting": Text("{} 尚无数据", "No data yet: {}"),
    "no_critical": Text("无紧急告警", "since last critical"),
    "longest": Text("最久", "longest"),
    "shelved_n": Text("已搁置 {} 条", "{} shelved"),
    "out_n": Text("停用 {} 项", "{} out of service"),
    "out": Text("停用", "Out of service"),
    "until": Text("至 {}", "until {}"),
    "recent": Text("最近处理", "Recently closed"),
    "today_alarms": Text("今日告警", "Alarms today"),
    "today_ack": Text("平均确认", "Mean ack"),
    "today_clear": Text("平均恢复", "Mean clear"),
    "no_alarms_yet": Text("尚无告警数据。这不等于没有告警。", "No alarm data yet. That does not mean no alarms."),
    "feeds_ok": Text("{} 路数据正常", "{} feeds live"),
    "feeds_of": Text("{} / {} 路已接入", "{} of {} feeds"),
    "feed_late": Text("{}数据迟到", "{} late"),
    "feed_stale": Text("{}数据中断", "{} feed lost"),
    "feeds_stale": Text("{} 路数据中断", "{} feeds lost"),
    "left_out": Text("{}无数据，未计入", "Without {}: no data"),
    "left_out_n": Text("{} 路无数据，未计入", "Without {} feeds: no data"),
    "late_since": Text("{}数据迟到，最后一次 {}", "{} late, last at {}"),
    "feeds_late": Text("{} 路数据迟到", "{} feeds late"),
    "feed_spool": Text("{}补传 {} 条", "{} resending {}"),
    "ribbon": Text("近24小时", "Last 24 h"),
    "ribbon_passes": Text("通行与告警", "doors, alarms"),
    "ribbon_what": Text("告警", "alarms"),
    "missing": Text("缺 {}", "{} missing"),
    "demo": Text("含演示数据", "demo data"),
    "setup": Text("首次启用", "First start"),
    "setup_plan": Text("导入楼栋平面", "Import building plan"),
    "setup_plan_done": Text("已完成 {} 栋", "{} done"),
    "setup_feeds": Text("接入设备数据", "Connect feeds"),
    "setup_roster": Text("设置值班表", "Set the roster"),
    "setup_done": Text("已设置", "done"),
    "setup_not": Text("未设置", "not set"),
    "setup_test": Text("试按求助按钮，确认会响", "Press one SOS button as a test"),
    "callout_n": Text("{} 条", "{} alarms"),
    "picture_from": Text("画面停在 {}", "frozen {}"),
    "room": Text("{}室", "{}"),
    "the_log": Text("事件日志", "Event log"),
    "unlisted": Text("未登记", "Not listed"),
    "visit": Text("参观模式 · 不显示房号", "Visitors · no room numbers"),
    "on_site": Text("小区内", "On site"),
}

SPOKEN = Text("{}，{}，{}", "{}. {}. {}")
"""What a wall says aloud: how urgent, what, where."""

CITY = {
    "city": Text("城市总览", "City"),
    "silent": Text("数据中断", "Feed lost"),
    "silent_since": Text("画面停在 {}", "frozen at {}"),
    "never": Text("尚无数据", "no data yet"),
    "communities": Text("{} 个小区", "{} communities"),
    "critical": Text("{} 紧急", "{} critical"),
    "silent_n": Text("{} 中断", "{} lost"),
    "search": Text("查找小区", "Find a community"),
    "lost": Text("数据中断", "Feed lost"),
    "lost_line": Text("画面已停，现在情况未知，正在重连", "frozen, current state unknown, reconnecting"),
    "waiting": Text("等待第一批数据", "Waiting for first data"),
}
"""Of the page about all communities; the texts that it fills in by itself among them."""

TILE = {
    "none": Text("未接入", "No feed"),
    "waiting": Text("等待数据", "waiting"),
    "unknown": Text("{}未知", "{} unknown"),
    "strangers": Text("{}未登记", "{} unlisted"),
    "and": Text("、", ", "),
    "armed": Text("{} 在守", "{} armed"),
    "unacked": Text("未确认", "unacked"),
    "acked": Text("已确认", "in hand"),
}

CLIENT = {
    "more_rows": Text("还有 {} 条", "{} more"),
    "state_unack": Text("未确认", "unacknowledged"),
    "state_ack": Text("已确认", "acknowledged"),
    "state_rtn": Text("已恢复 待确认", "cleared, not acknowledged"),
    "state_shelved": Text("已搁置", "shelved"),
    "state_none": Text("无", "none"),
    "acknowledge": Text("确认", "Ack"),
    "acknowledging": Text("确认中", "Sending"),
    "ack_failed": Text("未记下，请用对讲机", "Not recorded, use radio"),
    "ack_unsure": Text("不确定是否已记下，请看列表", "Maybe recorded: see the list"),
    "ack_silent": Text("没有回应，请再按", "No answer, press again"),
    "lost": Text("数据中断", "Feed lost"),
    "frozen_at": Text("画面停在 {}", "frozen at {}"),
    "lost_never": Text("尚未连上", "not connected yet"),
    "lost_connect": Text("现在情况未知 · 正在第 {} 次重连", "Current state unknown · retry {}"),
    "lost_retry": Text("现在情况未知 · 第 {} 次重连，{} 秒后再试", "Current state unknown · retry {} in {} s"),
    "lost_clock": Text("现在情况未知 · 连接正常，但没有新数据", "Current state unknown · connected, but no new data"),
    "all_lost": Text("全部中断", "all lost"),
    "old_picture": Text("{} 的旧画面 · 非实时", "Old picture from {} · not live"),
    "recovered": Text("已恢复，正在补数据", "Back, catching up"),
    "before_break": Text("断线前的告警", "Alarms before the break"),
    "unacked_at_break": Text("断线前未确认", "Unacked at break"),
    "fallback": Text("大屏失效时", "While the wall is down"),
    "muted": Text("已静音 {}", "Muted {}"),
    "sound_off": Text("声音未开 · 点一下屏幕", "Sound off · click anywhere"),
    "old": Text("旧 {}", "{} old"),
    "late": Text("{}前", "{} ago"),
    "seconds": Text("{}秒", "{}s"),
    "minutes": Text("{}分", "{}m"),
    "hours": Text("{}时", "{}h"),
    "hours_minutes": Text("{}时{}分", "{}h{}m"),
    "days": Text("{}天", "{}d"),
}
"""Texts the page fills in by itself, keyed as assets/wall/*.js use them."""

AREAS = {"区": "Zone", "棚": "Shed", "库": "Garage", "座": "Block", "门": "Gate"}
"""English of an area that is a code and one of these: `E2区` is Zone E2. What has another name says it in `name.en`."""

POSTS = {
    "post:guard": Text("保安", "Guard"),
    "post:supervisor": Text("班长", "supervisor"),
    "post:manager": Text("经理", "manager"),
    "post:control": Text("中控岗", "Control"),
    "post:gate": Text("门岗", "Gate"),
    "post:patrol": Text("巡逻岗", "Patrol"),
}
"""Staff appear by post, never by name (DOMAIN.md, privacy)."""

WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def say(text: Text, lang: Lang, *values: object) -> str:
    """The text in one language with its blanks filled in order."""
    return text.get(lang).format(*values)


def page_words(lang: Lang, *tables: Mapping[str, Text]) -> dict[str, str]:
    """What a page says, from several tables. Raises ValueError where two of them say something else by one name."""
    found: dict[str, Text] = {}
    for table in tables:
        twice = sorted(name for name, text in table.items() if found.get(name, text) != text)
        if twice:
            raise ValueError(f"said twice, and differently: {', '.join(twice)}")
        found.update(table)
    return {name: text.get(lang) for name, text in found.items()}


def post(by: str, lang: Lang, posts: Iterable[Post] = ()) -> str:
    """Who acknowledged, as a wall may say it: the post by the name that the site's `posts` give it, or 'control' for
    anything that names a person."""
    own = next((post.name for post in posts if post.id == by), None)
    return (own or POSTS.get(by, POSTS["post:control"])).get(lang)


def duration(ms: int, lang: Lang) -> str:
    """A figure: `38秒`, `4分12秒`, `3时20分` / `38s`, `4m12s`, `3h20m`."""
    seconds = max(0, ms) // 1000
    if seconds < 60:
        return f"{seconds}秒" if lang == "zh" else f"{seconds}s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        if not seconds:
            return f"{minutes}分" if lang == "zh" else f"{minutes}m"
        return f"{minutes}分{seconds:02d}秒" if lang == "zh" else f"{minutes}m{seconds:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}时{minutes:02d}分" if lang == "zh" else f"{hours}h{minutes:02d}m"


def span(ms: int, lang: Lang) -> str:
    """A stretch of calm or waiting, to the minute: `3 小时 42 分` / `3 h 42 min`."""
    minutes = max(0, ms) // 60_000
    if not minutes:
        return "不到 1 分" if lang == "zh" else "under 1 min"
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} 天 {hours} 小时" if lang == "zh" else f"{days} d {hours} h"
    if hours:
        return f"{hours} 小时 {minutes} 分" if lang == "zh" else f"{hours} h {minutes} min"
    return f"{minutes} 分" if lang == "zh" else f"{minutes} min"


def since_critical(ms: int, lang: Lang) -> str:
    """The right slot of a calm wall: `6 天`, under a day `5 小时`, under an hour `12 分`."""
    minutes = max(0, ms) // 60_000
    if minutes >= 1440:
        return f"{minutes // 1440} 天" if lang == "zh" else f"{minutes // 1440} d"
    if minutes >= 60:
        return f"{minutes // 60} 小时" if lang == "zh" else f"{minutes // 60} h"
    return f"{minutes} 分" if lang == "zh" else f"{minutes} min"
