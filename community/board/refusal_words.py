"""Why the fold refused a command, in the reader's language. The journal keeps the English sentence of the decision
(`Refused` in community/), today's and that of years ago; here each of them is known again by its form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..figures.words import PHASES
from ..site import Post, Text
from ..words import PRIORITIES, Lang, post
from .operate_words import ORDERS, hindered

REFUSALS: Mapping[str, Text] = {
    "it is in your hands already": Text("这条已在你手上", "it is in your hands already"),
    "acknowledge it first": Text("需先确认", "acknowledge it first"),
    "it is in the hands of nobody now": Text("现在没有人接手", "nobody has it now"),
    "it is in the hands of <post> now": Text("现在由{post}处理", "{post} has it now"),
    "it is theirs already": Text("已经归该岗处理", "that post has it already"),
    "its cause is still there": Text("原因还在，恢复后才能关闭", "its cause is still there"),
    "the alarm is not standing any more": Text("这条告警已不在处理中", "the alarm does not stand any more"),
    "the alarm has come again since (<occurrence>); look at it first": Text(
        "这条告警又来了一次，请先看一眼", "the alarm has come again since; look at it first"
    ),
    "<post> has taken it": Text("{post}已接手", "{post} has taken it"),
    "there is no <post> here": Text("本小区没有这个岗位", "there is no such post here"),
    "there is nothing in it": Text("没有写内容", "there is nothing in it"),
    "nothing to acknowledge: the alarm is not standing or was acknowledged before": Text(
        "这条告警已有人确认，或已结束", "it was acknowledged before, or does not stand any more"
    ),
    "nothing to reset": Text("没有可复位的告警", "there is nothing to reset"),
    "this alarm ends by itself when its cause is gone": Text(
        "原因消除后自行结束，不用复位", "it ends by itself when its cause is gone"
    ),
    "nothing to shelve: the alarm is not standing": Text("这条告警已结束，不用搁置", "there is nothing to shelve"),
    "<priority> is never shelved": Text("{priority}告警不能搁置", "{priority} alarms are never shelved"),
    "it is <phase> already, <post> has it": Text("这一单{phase}，{post}在办", "it is {phase}, {post} has it"),
    "it is <phase> already": Text("这一单{phase}", "it is {phase} already"),
    "it is <state> already": Text("这条告警{state}", "it is {state} already"),
    "shelving needs a reason": Text("搁置要写原因", "shelving needs a reason"),
    "shelving needs an end": Text("搁置要写到什么时候", "shelving needs an end"),
    "<priority> is shelved by a <role>, not by a <lesser>": Text(
        "{priority}告警由{role}搁置", "{priority} alarms are shelved by a {role}"
    ),
    "the end of the shelving is over already": Text("搁置的时间已经过了", "the end of the shelving is over"),
    "<priority> is shelved for at most <most> h, not <asked> h": Text(
        "{priority}告警最多搁置 {most} 小时", "{priority} alarms are shelved for {most} h at most"
    ),
    "the alarm is not shelved": Text("这条告警没有搁置", "the alarm is not shelved"),
    # orders of devices
    "no device here that <order> could be told to": Text("这里没有能{order}的设备", "no device here can: {order}"),
    "the order had expired before it arrived": Text("到达时已过期，没有执行", "it had expired before it arrived"),
    "this is for a <role>, not for a <lesser>": Text("这里要{role}操作", "this is for a {role}"),
    "a broadcast is for a <role>, not for a <lesser>": Text("广播要值班的人操作", "a broadcast is for people on duty"),
    "the message has no id": Text("这条广播没有编号", "the message has no id"),
    "no zone is named": Text("没有选分区", "no zone is named"),
    "no zone <zone>": Text("没有这个分区", "there is no such zone"),
    "no speaker is in service there": Text("那里没有在用的音箱", "no speaker is in service there"),
    "a message is either recorded or written": Text(
        "预录和写一句只能选一样", "a message is either recorded or written"
    ),
    "no recording <recording>": Text("没有这段预录", "there is no such recording"),
    # out of service
    "no such device": Text("没有这个设备", "there is no such device"),
    "no such device, or no such alarm": Text("没有这个设备或这种告警", "there is no such device, or no such alarm"),
    "out of service is ordered by a <role>, not by a <lesser>": Text("停用要{role}操作", "that is for a {role}"),
    "out of service needs a reason": Text("停用要写原因", "out of service needs a reason"),
    "the end is over already": Text("结束时间已经过了", "the end is over already"),
    "acknowledge <alarm> first": Text("需先确认那里的紧急告警", "acknowledge the critical alarm there first"),
    "it is not out of service": Text("没有停用", "it is not out of service"),
    # orders of residents
    "no such order": Text("没有这张工单", "there is no such order"),
    "it is <phase>: <next> does not follow": Text("这一单{phase}，不能改为{next}", "it is {phase}, not to be {next}"),
    "<next> needs a reason": Text("{next}要写原因", "{next} needs a reason"),
}
"""The journal's sentence, with its blanks, and what is read. A decision that is worded otherwise gets a row of its own;
the old one stays, for the journals that have it."""

STATES = {
    "suppressed": Text("已随其原因抑制", "suppressed"),
    "out of service": Text("已停用", "out of service"),
}
ROLES = {"guard": Text("保安", "guard"), "supervisor": Text("班长", "supervisor"), "manager": Text("经理", "manager")}

TABLES: Mapping[str, Mapping[str, Text]] = {
    "priority": PRIORITIES,
    "state": STATES,
    "role": ROLES,
    "order": ORDERS,
    "phase": PHASES,
    "next": PHASES,
}
PHASED = "|".join(PHASES)
BLANKS = {"phase": PHASED, "next": PHASED}


def _pattern(form: str) -> re.Pattern[str]:
    parts = re.split(r"<(\w+)>", form)
    filled = (f"(?P<{part}>{BLANKS.get(part, '.+?')})" if n % 2 else re.escape(part) for n, part in enumerate(parts))
    return re.compile("".join(filled))


_FORMS = [(_pattern(form), text) for form, text in REFUSALS.items()]


def refusal(reason: str, lang: Lang, posts: Iterable[Post] = ()) -> str:
    """As it stands in the journal where nothing here knows it: another program's words."""
    for form, text in _FORMS:
        if found := form.fullmatch(reason):
            return text.get(lang).format(
                **{name: _said(name, value, lang, posts) for name, value in found.groupdict().items()}
            )
    return hindered(reason, lang) or reason


def _said(name: str, value: str, lang: Lang, posts: Iterable[Post]) -> str:
    if name == "post":
        return post(value, lang, posts)
    known = TABLES.get(name, {}).get(value)
    return known.get(lang) if known is not None else value
