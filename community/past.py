"""Words of a wall that shows the past, and which moment an address asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from .clock import zone_of
from .model import LAST_MS
from .site import Text
from .words import Lang

_LOST_PLUS = re.compile(r"(T[0-9:.]+) (\d\d:?\d\d)")
"""A zone east of Greenwich in an address that nobody quoted, where + is a space."""

SPEEDS = (1, 10, 60, 600)

PAST = {
    "title": Text("看当时", "The wall as it was"),
    "link": Text("看当时", "See it then"),
    "tag": Text("过去 · 非实时", "Past · not live"),
    "then": Text("当时", "Then"),
    "ago": Text("{}前", "{} ago"),
    "now": Text("回到现在", "Back to now"),
    "play": Text("播放", "Play"),
    "pause": Text("暂停", "Pause"),
    "day": Text("{} 天", "{} day"),
    "minutes": Text("{} 分", "{} min"),
    "speed": Text("播放速度", "Speed"),
    "scrub": Text("这一天的时刻", "Moment of this day"),
    "moment": Text("日期和时间", "Date and time"),
    "go": Text("跳到", "Go"),
    "loading": Text("正在取这一刻的画面", "Fetching that moment"),
    "other_site": Text(
        "当时的小区描述与现在不同，平面图是现在的", "The site was described otherwise; the plan is today's"
    ),
    "demo": Text("演示数据：只有事件，没有采样，所以多处未知", "Demo data: events without samples, so much is unknown"),
    "silent": Text(
        "{} 之后没有记录，画面停在那一刻；当时大屏显示数据中断",
        "Nothing was recorded after {}: the picture stands there. The wall said 'feed lost'",
    ),
    "silent_until": Text(
        "{} 到 {} 没有记录；当时大屏显示数据中断",
        "Nothing was recorded from {} to {}: the wall said 'feed lost'",
    ),
    "nothing_title": Text("这一刻没有画面", "No picture of this moment"),
    "nothing": Text("历史里还没有可以重现的记录。", "History has nothing yet that could be shown again."),
    "before": Text("这一刻之前没有记录，最早可以看 {}。", "Nothing was recorded yet; the first moment is {}."),
    "other_fold": Text(
        "这一刻由另一个版本的程序判断，现在的程序不能原样重现，所以不显示。",
        "Another version of the program judged this moment. This one cannot show it as it was, and does not.",
    ),
    "damaged": Text(
        "这一刻的原始记录缺失或损坏，无法重现。请告诉管理员。",
        "The raw records of this moment are missing or damaged. Tell the administrator.",
    ),
    "filling": Text(
        "这一天的演示历史还在生成，过一分钟再看。", "This day of the demo is still being made. Look again in a minute."
    ),
    "invented": Text(
        "这一天是演示数据，只有统计，没有逐条的原始记录；最早可以看 {}。",
        "This day is demo data: figures without raw records. The first moment is {}.",
    ),
    "future": Text("这一刻还没有到。", "This moment has not come yet."),
    "behind": Text("这一刻刚刚过去，历史还没有写到这里。", "This moment is just over; history has not written it yet."),
    "away": Text(
        "历史数据库没有应答，过去暂时看不到；现在的大屏不受影响。",
        "History's database does not answer. The live wall is not affected.",
    ),
    "busy": Text("正在看过去的人太多，请稍后再试。", "Too many people look into the past just now. Try again soon."),
    "slow": Text("这一刻没有在规定时间内取到，请再试一次。", "That moment took too long. Try again."),
    "no_moment": Text("看不懂这个时间。", "This is no moment."),
    "unread": Text(
        "看不懂网址里的时间，先看最近一刻；请另选时间",
        "The address holds no moment; this is the latest. Choose another",
    ),
    "first": Text("去看 {}", "Go to {}"),
    "reached": Text("已经到现在", "This is now"),
}
"""What a guard is told; the reasons carry the names of `store.history.travel.Why`."""


def words(lang: Lang) -> Mapping[str, str]:
    return {key: text.get(lang) for key, text in PAST.items()}


def moment_of(said: str, zone: str) -> int:
    """`2026-03-12T21:14:36` in the community's zone, with a zone of its own, or milliseconds since 1970.

    Raises ValueError for what is no moment."""
    if said.isascii() and said.isdecimal():
        at_ms = int(said[:16])
    else:
        at = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", said))
        at_ms = int(1000 * (at if at.tzinfo is not None else at.replace(tzinfo=zone_of(zone))).timestamp())
    if not 0 <= at_ms <= LAST_MS:
        raise ValueError(f"{said!r} is no time of this program's")
    return at_ms
