"""Every word of a report that is not the catalogue's nor a community's own."""

from __future__ import annotations

from datetime import date

from ..clock import local
from ..site import Text
from ..words import MONTHS, UNKNOWN, WEEKDAYS, Lang
from .model import Cell, Column, Form

TITLES = {
    "daily": Text("社区运行日报", "Daily operations report"),
    "weekly": Text("社区运行周报", "Weekly operations report"),
    "monthly": Text("社区运行月报", "Monthly operations report"),
    "range": Text("社区运行时段报", "Operations report"),
    "handover": Text("交接班记录", "Shift hand-over"),
    "incident": Text("报警处置单", "Incident record"),
    "comparison": Text("多社区对比报告", "Comparison of communities"),
}
KIND_NAMES = {
    "daily": Text("日报", "Daily"),
    "weekly": Text("周报", "Weekly"),
    "monthly": Text("月报", "Monthly"),
    "range": Text("时段报", "Range"),
    "handover": Text("交接班", "Hand-over"),
    "incident": Text("报警处置单", "Incident"),
    "comparison": Text("对比报告", "Comparison"),
}

DESK = {
    "reports": Text("报告", "Reports"),
    "away": Text("历史数据库没有应答，稍后再试", "The history does not answer: try again in a moment"),
    "make": Text("生成草稿", "Make a draft"),
    "day": Text("日期", "Day"),
    "kind": Text("种类", "Kind"),
    "edition": Text("版本", "Edition"),
    "number": Text("编号", "Number"),
    "period": Text("时段", "Period"),
    "state": Text("状态", "State"),
    "draft": Text("草稿", "Draft"),
    "issued": Text("已发布 {}", "Issued {}"),
    "unsigned": Text("系统发布，未签", "issued by the house, unsigned"),
    "files": Text("下载", "Files"),
    "signed": Text("签名", "Signatures"),
    "sign": Text("签发", "Sign and issue"),
    "endorse": Text("会签", "Endorse"),
    "words": Text("改为以上文字", "Keep these words"),
    "a_line": Text(
        "每句一行；未改动的句子仍注明规则，改动的注明是人写的", "A sentence a line; what you change is marked as yours"
    ),
    "correct": Text("检查更正", "Look for corrections"),
    "corrected": Text("已有更正版", "Corrected by"),
    "back": Text("全部报告", "All reports"),
    "none": Text("还没有报告。草稿在每天 {} 生成，{} 发布。", "No report yet: drafted at {}, issued at {}."),
    "as_now": Text("按现有记录起草", "As the records have it now"),
    "edit": Text("修改文字", "Edit these words"),
    "open": Text("打开报告", "Open the report"),
    "to_decide": Text("要办", "To decide"),
    "incident": Text("告警（处置单）、首日（时段报）", "Alarm (incident), first day (range)"),
    "daily": Text("每日运行", "Daily page"),
    "newer": Text("较新的报告", "Newer reports"),
    "older": Text("较早的报告", "Older reports"),
    "rows_more": Text("另有 {} 行", "{} more rows"),
}
"""Of the pages on which people read, edit and sign reports."""

PAPER = {
    "number": Text("编号 {}", "No. {}"),
    "made": Text("系统生成 {}", "Made {}"),
    "complete": Text("数据完整 {}", "Data {} complete"),
    "gaps_n": Text("缺 {} 段", "{} gaps"),
    "gap_n": Text("缺 {} 段", "{} gap"),
    "gaps_none": Text("无缺测", "no gaps"),
    "unrecorded": Text("本期没有记录", "Nothing was recorded"),
    "gaps": Text("缺测：{}，各项统计不含", "Not recorded, and in none of the figures: {}"),
    "deaf": Text("另有数据源中断，合计未含：{}", "Feeds that were not heard besides, left out of the totals: {}"),
    "meters": Text(
        "水电表 {} 块中 {} 块送数，水电合计未含其余",
        "{1} of {0} meters have told anything, and the totals of water and power leave out the others",
    ),
    "gaps_more": Text(" 等 {} 段", " and more, {} in all"),
    "until": Text("数据截至 {}，其后未计", "Up to {}; what came later is not in it"),
    "demo": Text("演示数据", "Demonstration data"),
    "summary": Text("小结", "Summary"),
    "decisions": Text("需要决定", "To decide"),
    "nothing_to_say": Text("没有规则给出内容。", "No rule had anything to say."),
    "headline": Text("主要指标", "Main figures"),
    "figure": Text("指标", "Figure"),
    "value": Text("本期", "Value"),
    "today": Text("当日", "Day"),
    "target": Text("目标", "Target"),
    "judgement": Text("判断", "Judgement"),
    "met": Text("达标", "met"),
    "missed": Text("▼ 未达标", "▼ missed"),
    "unknown_not_recorded": Text("未记录", "not recorded"),
    "unknown_no_devices": Text("无此设备", "no such devices"),
    "unknown_nothing": Text("无可计", "nothing to count"),
    "unknown_too_many": Text("行数过多，请缩短时段", "too many lines: take fewer days"),
    "same": Text("与{}相当", "as {}"),
    "more_than": Text("比{} +{}", "{1} more than {0}"),
    "less_than": Text("比{} −{}", "{1} less than {0}"),
    "uneven": Text("不可比，记录不全", "not comparable: not whole"),
    "in_part": Text("{}（不全）", "{} (in part)"),
    "highest": Text("{} 日最高", "highest of {} days"),
    "left_out": Text("未计 {}", "{} left out"),
    "definitions": Text("指标口径", "How the figures are counted"),
    "all_figures": Text("各项指标", "All figures"),
    "more_definitions": Text("其余指标的口径见 XLSX“指标口径”页。", "The XLSX says how the other figures are counted."),
    "rules": Text("小结与需要决定的依据", "Rules behind summary and decisions"),
    "by_hand": Text("人工填写", "by hand"),
    "signed": Text("{} {} 签", "signed {} {}"),
    "page": Text("第 {} 页，共 {} 页", "Page {} of {}"),
    "more_rows": Text("另有 {} 行，见 XLSX", "{} more rows in the XLSX"),
    "more_said": Text("另有 {} 句，见 XLSX", "{} more sentences in the XLSX"),
    "corrects": Text("更正版，更正 {}", "Correction of {}"),
    "changed_n": Text("改动 {} 处，见“更正的数字”", "{} changes, below"),
    "changes": Text("更正的数字", "Figures that changed"),
    "before": Text("原为", "Was"),
    "after": Text("现为", "Is"),
    "rule": Text("依据", "Rule"),
    "sentence": Text("内容", "Sentence"),
    "who": Text("来源", "By"),
    "pictures": Text("现场画面", "Pictures"),
    "picture_gone": Text("画面已过保存期", "The picture is kept no longer"),
    "evidence": Text("证据校验值 SHA-256", "SHA-256 of the evidence"),
    "items": Text("n = {}", "n = {}"),
    "compared_prefix": Text("{}", "{}"),
    "unit": Text("单位", "Unit"),
    "definition": Text("口径", "Definition"),
    "rows": Text("依据行数", "Rows"),
    "cover": Text("封面", "Cover"),
    "section": Text("分节", "Section"),
    "item": Text("项目", "Item"),
}

ROLES = {
    "guard": Text("值班员", "Guard on duty"),
    "supervisor": Text("班长", "Supervisor"),
    "manager": Text("物业经理", "Property manager"),
    "off": Text("交班人", "Handed over by"),
    "on": Text("接班人", "Taken over by"),
}


def number_words(value: float | int | None, decimals: int = 0) -> str:
    """`6,842`, `99.40`; unknown is a dash."""
    return UNKNOWN if value is None else f"{value:,.{decimals}f}"


def length_words(seconds: float | int | None, lang: Lang, decimals: int = 0) -> str:
    """`38秒`, `6分12秒`, `1时03分`: to the second, under a minute as exact as it is told."""
    if seconds is None:
        return UNKNOWN
    if seconds < 60:
        return f"{seconds:.{decimals}f}秒" if lang == "zh" else f"{seconds:.{decimals}f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}分{rest:02d}秒" if lang == "zh" else f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}时{minutes:02d}分" if lang == "zh" else f"{hours} h {minutes:02d} min"
    days, hours = divmod(hours, 24)
    return f"{days}天{hours}时" if lang == "zh" else f"{days} d {hours} h"


def figure_words(value: float | int | None, unit: str, decimals: int, lang: Lang) -> str:
    """A figure as it is printed, everywhere alike: `38秒`, `99.40%`, `486.20 度`."""
    if value is None:
        return UNKNOWN
    if unit in ("秒", "s"):
        return length_words(value, lang, decimals)
    if unit in ("分钟", "min") and value >= 60:
        return length_words(60 * value, lang)
    said = number_words(value, decimals)
    return f"{said}{unit}" if unit == "%" else f"{said} {unit}".strip()


MIXED = -1
"""Decimals of a column in which counts stand beside amounts."""


def decimals_of(cell: Cell, column: Column) -> int:
    if column.decimals != MIXED:
        return column.decimals
    return 0 if isinstance(cell, int) else 2


def moment_words(ms: int, zone: str, lang: Lang, form: Form = "moment") -> str:
    at = local(ms, zone)
    if form == "day":
        return at.strftime("%Y-%m-%d")
    return at.strftime("%H:%M" if form == "hour" else "%Y-%m-%d %H:%M")


def cell_words(cell: Cell, column: Column, zone: str, lang: Lang) -> str:
    if cell is None:
        return UNKNOWN
    if isinstance(cell, str):
        return cell
    match column.form:
        case "moment" | "day" | "hour":
            return moment_words(int(cell), zone, lang, column.form)
        case "seconds":
            return length_words(cell, lang, column.decimals)
        case "minutes":
            return length_words(60 * cell, lang) if cell >= 60 else number_words(cell, column.decimals)
        case _:
            return number_words(cell, decimals_of(cell, column))


def head_words(column: Column, lang: Lang) -> str:
    """Of a column of a file that is read by a program: lengths are plain numbers there, so their unit is said."""
    unit = column.unit or _LENGTHS.get(column.form, Text()).get(lang)
    return f"{column.name} ({unit})" if unit else column.name


_LENGTHS = {"seconds": Text("秒", "s"), "minutes": Text("分钟", "min")}


def day_words(day: str, lang: Lang) -> str:
    """`2026年3月12日 星期四` / `Thu 12 Mar 2026`; `day` as YYYY-MM-DD."""
    at = date.fromisoformat(day)
    if lang == "en":
        return f"{WEEKDAYS['en'][at.weekday()]} {at.day} {MONTHS[at.month - 1]} {at.year}"
    return f"{at.year}年{at.month}月{at.day}日 星期{WEEKDAYS['zh'][at.weekday()]}"


def short_day(day: str, lang: Lang) -> str:
    at = date.fromisoformat(day)
    return f"{at.month}/{at.day}" if lang == "zh" else f"{at.day} {MONTHS[at.month - 1]}"


def weekday_words(day: str, lang: Lang) -> str:
    at = date.fromisoformat(day)
    return f"周{WEEKDAYS['zh'][at.weekday()]}" if lang == "zh" else WEEKDAYS["en"][at.weekday()]
