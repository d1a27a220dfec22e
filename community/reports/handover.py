"""交接班: what one shift leaves to the next: open, shelved, silent, waiting; its notes; two signatures."""

from __future__ import annotations

from collections.abc import Mapping

from ..site import Text
from ..words import PRIORITIES, Lang, post
from . import sections as parts
from .editions import Eyes
from .facts import Facts
from .frame import framed, unknown_lists
from .model import Column, Edition, FigureRow, Paper, Section, Statement, Table, Verdict
from .rules import SUMMARY, drafted
from .words import moment_words

SIGNS = ("off", "on")
DRAFTED = ("S1", "S6")
"""Rules that need no figure of a whole day."""

_BY_LEVEL = Text("按响起时的级别", "by the priority with which they came")
COUNTED = {
    "shift_alarms": (Text("本班告警", "Alarms"), Text("本班内新响起的告警", "those that came up in the shift")),
    **{f"shift_{name}": (Text(f"其中{words.zh}", words.en), _BY_LEVEL) for name, words in PRIORITIES.items()},
    "shift_open": (Text("未结束", "Open"), Text("交班时仍未恢复正常的告警", "alarms not back to normal at the end")),
    "shift_unseen": (Text("其中未确认", "Not acknowledged"), Text("交班时无人确认", "of them, seen by nobody")),
    "shift_shelved": (Text("搁置中", "Shelved"), Text("交班时仍在搁置的告警", "alarms that are shelved at the end")),
    "shift_silent": (
        Text("离线", "Not heard"),
        Text("交班时没有声音的数据源与设备", "feeds and devices without a word"),
    ),
    "shift_orders": (Text("未办结诉求", "Orders open"), Text("交班时尚未完成的诉求", "orders not done at the end")),
}


def handover(
    facts: Facts, lang: Lang, made_ms: int, *, own: Mapping[str, list[Statement]] | None = None, edition: Edition
) -> Paper:
    """`facts.now` is of the shift: from when until when, without figures."""
    eyes = Eyes(facts.site, edition, lang)
    zone, now = facts.site.timezone, facts.now
    rules = [rule for rule in SUMMARY if rule.id in DRAFTED]
    said = own or {"summary": drafted(rules, facts, eyes, []), "decisions": []}
    begun, ends = (moment_words(ms, zone, lang) for ms in (now.from_ms, now.to_ms))
    code = moment_words(now.to_ms, zone, "zh").replace("-", "").replace(" ", "-").replace(":", "")
    made = framed("handover", facts, eyes, code, f"{begun} – {ends}", made_ms, said, SIGNS)
    made.subject = moment_words(now.to_ms, zone, lang, "hour")
    shelved = [life for life in facts.standing if (life.shelved_until_ms or 0) > now.to_ms]
    critical = [life for life in facts.standing if life.priority_now == "P1"]
    unseen = [life for life in facts.standing if life.acknowledged_ms is None]
    counts = [
        ("shift_alarms", len(facts.lives)),
        *((f"shift_{name}", sum(life.priority == name for life in facts.lives)) for name in PRIORITIES),
        ("shift_open", len(facts.standing)),
        ("shift_unseen", len(unseen)),
        ("shift_shelved", len(shelved)),
        ("shift_silent", len(facts.silent)),
        ("shift_orders", len(facts.orders)),
    ]
    made.headline = [_count(eyes, id_, value) for id_, value in counts]
    made.verdict = Verdict(
        "P1" if critical else "",
        eyes.say(
            f"{len(critical)} 起紧急未了结" if critical else "没有未了结的紧急告警",
            f"{len(critical)} critical open" if critical else "No critical alarm open",
        ),
        eyes.say(
            f"未结束 {len(facts.standing)} 条，未确认 {len(unseen)} 条，搁置 {len(shelved)} 条，"
            f"离线 {len(facts.silent)}。",
            f"{len(facts.standing)} open, {len(unseen)} not acknowledged, {len(shelved)} shelved, "
            f"{len(facts.silent)} not heard.",
        ),
    )
    came = parts.incidents(facts, eyes, tuple(PRIORITIES))
    came.title = eyes.say("本班告警", "Alarms of the shift")
    alarms = Section(
        "alarms", eyes.say("告警", "Alarms"), tables=[parts.standing(facts, eyes), _shelved(facts, eyes), came]
    )
    devices = Section("devices", eyes.say("离线", "Not heard"), tables=[parts.silent(facts, eyes)])
    orders = Section("orders", eyes.say("诉求", "Work orders"), tables=[parts.open_orders(facts, eyes)])
    alarms.tables[0].front = True
    made.sections = [alarms, devices, orders]
    made.figures = {row.id: row.value for row in made.headline}
    return unknown_lists(made, facts)


def _count(eyes: Eyes, id_: str, value: int) -> FigureRow:
    name, means = (text.get(eyes.lang) for text in COUNTED[id_])
    return FigureRow(id_, name, "", 0, value, [], None, "less", None, "", means, value, 0, None)


def _shelved(facts: Facts, eyes: Eyes) -> Table:
    shown = [life for life in facts.standing if life.shelved_until_ms is not None and eyes.shows(life)]
    return Table(
        "shelved",
        eyes.say("搁置中的告警", "Shelved"),
        [
            Column("alarm", eyes.say("事项", "Alarm"), width=1.5),
            Column("place", eyes.say("地点", "Place"), width=1.6),
            Column("until", eyes.say("至", "Until"), "moment", width=1.3),
            Column("by", eyes.say("谁", "By")),
            Column("reason", eyes.say("原因", "Reason"), width=1.6),
        ],
        [
            [
                eyes.alarm(life.alarm),
                eyes.place(life.device),
                life.shelved_until_ms,
                post(life.shelved_by, eyes.lang, facts.site.posts),
                life.shelved_reason if not eyes.outside else "",
            ]
            for life in shown
        ],
        nothing=eyes.say("没有。", "None."),
    )
