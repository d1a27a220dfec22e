"""报警处置单: one alarm from its first word to its end, with its evidence: records, actions, pictures, and hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from ..board.operate_words import ORDERS
from ..board.refusal_words import refusal
from ..clock import local_day
from ..figures.words import REASONS
from ..history.lives import Life
from ..site import Text
from ..words import PRIORITIES, WALL, Lang, post
from .editions import Eyes
from .facts import Facts, said_of
from .frame import framed
from .model import Column, Edition, FigureRow, Paper, Picture, RuleNote, Section, Statement, Table, Verdict
from .rules import FROM_JOURNAL
from .sections import result
from .words import length_words, moment_words

SIGNS = ("guard", "supervisor", "manager")

STEPS = {
    "alarm.activated": Text("响起", "came"),
    "alarm.reactivated": Text("再次响起", "came again"),
    "alarm.acknowledged": Text("确认", "acknowledged"),
    "alarm.taken": Text("接手", "taken"),
    "alarm.assigned": Text("指派", "assigned"),
    "alarm.commented": Text("处理记录", "note"),
    "alarm.judged": Text("补写结论", "verdict added"),
    "alarm.returned": Text("恢复", "returned to normal"),
    "alarm.closed": Text("结束", "closed"),
    "alarm.escalated": Text("升级呼叫", "escalated"),
    "alarm.shelved": Text("搁置", "shelved"),
    "alarm.unshelved": Text("搁置结束", "unshelved"),
    "alarm.withheld": Text("未响（压制或停用）", "withheld by a mask"),
    "alarm.passed": Text("未响即过去", "passed without being told"),
    "alarm.suppressed": Text("被原因抑制", "suppressed by a cause"),
    "alarm.unsuppressed": Text("抑制结束", "no longer suppressed"),
    "alarm.out_of_service": Text("停用", "out of service"),
    "alarm.returned_to_service": Text("恢复使用", "back in service"),
    "action.ordered": Text("下令", "ordered"),
    "action.confirmed": Text("设备执行", "carried out"),
    "action.expired": Text("未执行", "not carried out"),
    "device.out_of_service": Text("设备停用", "device out of service"),
    "device.returned_to_service": Text("设备恢复使用", "device back in service"),
    "notice.sent": Text("已通知", "told"),
    "notice.failed": Text("通知未送达", "could not be told"),
    "notice.held": Text("未逐条通知", "not told one by one"),
    "notice.answered": Text("已联系上", "reached"),
    "command.refused": Text("操作未成", "not done"),
}
"""What the journal writes of an alarm and of the orders to its device: a test looks for each of its types."""


class Evidence(NamedTuple):
    """What is handed over beside the paper: a file each, as bytes, and what the paper says of them."""

    files: Mapping[str, bytes]
    hashes: Mapping[str, str]
    pictures: Sequence[tuple[str, int, str]]
    """(sha256, moment, device)"""
    records: int
    missing: str
    """What could not be reached, in words; empty: all is there."""


def incident(
    facts: Facts,
    life: Life,
    rows: Sequence[Any],
    evidence: Evidence,
    lang: Lang,
    made_ms: int,
    *,
    edition: Edition,
    own: Mapping[str, list[Statement]] | None = None,
    nth: int = 1,
) -> Paper:
    """`rows`: of the journal, of this alarm and of the orders to its device, in the order of time; `nth`: of the alarms
    that came in the same second."""
    facts = msgspec.structs.replace(facts, said=said_of(rows))
    eyes, site = Eyes(facts.site, edition, lang), facts.site
    alarm, where = eyes.alarm(life.alarm), eyes.place(life.device)
    said = own or {"summary": _drafted(life, alarm, where, eyes), "decisions": []}
    began = moment_words(life.began_ms, site.timezone, lang)
    day = local_day(life.began_ms, site.timezone).replace("-", "")
    made = framed("incident", facts, eyes, f"{day}-{_digits(life)}", began, made_ms, said, SIGNS)
    made.number += f"-{nth}" if nth > 1 else ""
    made.subject = life.occurrence if edition == "internal" else ""
    made.verdict = Verdict(
        life.priority,
        f"{alarm} · {where}",
        f"{PRIORITIES[life.priority].get(lang)} · {result(life, facts, eyes)}",
    )
    made.headline = [
        _took(eyes, "acknowledged", ("确认用时", "Time to acknowledge"), life.began_ms, life.acknowledged_ms),
        _took(eyes, "returned", ("恢复用时", "Time to recover"), life.began_ms, life.returned_ms),
        _took(eyes, "closed", ("结束用时", "Time to close"), life.began_ms, life.closed_ms),
    ]
    made.figures = {row.id: row.value for row in made.headline}
    note = eyes.say(f"{len(rows)} 条，依审计日志", f"{len(rows)}, from the journal")
    steps = Table(
        "steps",
        eyes.say("经过", "What happened"),
        [
            Column("at", eyes.say("时间", "Time"), "moment", width=1.5),
            Column("second", eyes.say("响起后", "After"), "seconds", width=0.9, decimals=1),
            Column("step", eyes.say("经过", "Step"), width=1.3),
            Column("by", eyes.say("谁", "By"), width=1.2),
            Column("what", eyes.say("内容", "What"), width=1.6),
            Column("record", eyes.say("记录", "Record"), width=1.8),
        ],
        [_step(row, life, facts, eyes) for row in rows],
        note=note,
        front=True,
    )
    kept = Table(
        "evidence",
        eyes.say("证据", "Evidence"),
        [Column("name", eyes.say("文件", "File"), width=1.4), Column("sha256", "SHA-256", width=4.2)],
        [[name, digest] for name, digest in evidence.hashes.items()],
        note=evidence.missing or eyes.say(f"原始记录 {evidence.records} 条", f"{evidence.records} raw records"),
        nothing=eyes.say("没有。", "None."),
    )
    made.sections = [Section("steps", steps.title, tables=[steps]), Section("evidence", kept.title, tables=[kept])]
    made.hashes = [RuleNote(name, digest) for name, digest in evidence.hashes.items()]
    if not (eyes.outside or eyes.personal(life.alarm, life.device)):
        made.pictures = [Picture(sha256, at_ms, eyes.place(device)) for sha256, at_ms, device in evidence.pictures]
    return made


def _digits(life: Life) -> str:
    """The moment of the occurrence, to the second."""
    return str(life.began_ms // 1000)[-6:]


def _drafted(life: Life, alarm: str, where: str, eyes: Eyes) -> list[Statement]:
    parts = [eyes.say(f"{alarm}，{where}", f"{alarm}, {where}")]
    for ms, zh, en in (
        (life.acknowledged_ms, "{}后确认", "acknowledged after {}"),
        (life.returned_ms, "{}后恢复", "back to normal after {}"),
        (life.closed_ms, "{}后结束", "closed after {}"),
    ):
        if ms is not None:
            parts.append(eyes.say(zh, en).format(length_words((ms - life.began_ms) / 1000, eyes.lang)))
    return [Statement(eyes.say("，", ", ").join(parts) + eyes.say("。", "."), FROM_JOURNAL)]


def _took(eyes: Eyes, id_: str, name: tuple[str, str], began_ms: int, ms: int | None) -> FigureRow:
    value = (ms - began_ms) / 1000 if ms is not None else None
    means = eyes.say("从响起算起", "from its coming")
    unit = eyes.say("秒", "s")
    return FigureRow(
        id_, eyes.say(*name), unit, 1, value, [], None, "less", None, "", means, int(ms is not None), 0, None
    )


def _step(row: Any, life: Life, facts: Facts, eyes: Eyes) -> list[Any]:
    named = STEPS.get(row.type)
    return [
        row.at_ms,
        (row.at_ms - life.began_ms) / 1000,
        named.get(eyes.lang) if named is not None else row.type,
        post(row.by, eyes.lang, facts.site.posts) if row.by and row.by != "house" else "",
        eyes.say("；", "; ").join(_what(row, life, facts, eyes)),
        row.record_id if not eyes.outside else "",
    ]


def _what(row: Any, life: Life, facts: Facts, eyes: Eyes) -> list[str]:
    """A verdict, who got it, what somebody wrote: the last as far as the edition tells it."""
    data, found = row.data, []
    verdict = data.get("verdict") or (row.reason if row.reason in REASONS else "")
    if verdict in ("true", "benign", "mistake", "test") or (verdict and not eyes.outside):
        found.append(eyes.key("reason", verdict))
    if row.type in ("alarm.assigned", "alarm.escalated") and data.get("post"):
        found.append(post(str(data["post"]), eyes.lang, facts.site.posts))
    if row.type == "command.refused":
        return [refusal(row.reason, eyes.lang, facts.site.posts)] if not eyes.outside else []
    if row.type == "alarm.taken" and f"work_{data.get('work')}" in WALL:
        found.append(WALL[f"work_{data['work']}"].get(eyes.lang))
    if row.type.startswith("action.") and data.get("type") in ORDERS:
        found.append(ORDERS[data["type"]].get(eyes.lang))
    if row.type.startswith("notice.") and data.get("channel") and not eyes.outside:
        found.append(str(data["channel"]))
    own = data.get("text", "") if row.type == "alarm.commented" else row.reason if row.reason not in REASONS else ""
    return [*found, str(own)] if own and eyes.tells(life, str(own)) else found
