"""The register of personal data: what is kept of people, for what, by whose leave, how long, and who is told. Pure.

One row for each category, as data: a page shows it, a test holds the retention it names against the numbers of the
site. And how a person is shown to whoever has not said why more is needed: 王*, 138****0000, a unit without its room.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from .history.numbers import Retention
from .place import Text
from .site import Site

Leave = Literal["consent", "guardian", "law", "duty"]
"""By whose leave: the person's own consent (of one under 14 the guardian's), a law, or the work that was asked for."""

REPORTS_KEPT_DAYS = 180
"""Longer than any repair takes; what was done stays in the history of orders, without a word of who asked."""

PICTURES_KEPT_DAYS = 30


class Category(NamedTuple):
    """`days` None: until somebody withdraws the consent, leaves, or asks to be erased."""

    id: str
    name: Text
    purpose: Text
    leave: Leave
    days: Callable[[Site], int | None]
    recipients: Text
    where: Text


def _history(name: str) -> Callable[[Site], int | None]:
    return lambda site: int(getattr(site.numbers_of(Retention), name))


def _fixed(days: int | None) -> Callable[[Site], int | None]:
    return lambda _: days


REGISTER: tuple[Category, ...] = (
    Category(
        "care",
        Text("特殊群体关怀：姓名、电话、住处、类别", "Care: name, telephone, home, group"),
        Text(
            "久出未归、久归未出、跌倒时联系本人并上门", "To call and visit somebody who is out or in too long, or fell"
        ),
        "consent",
        _fixed(None),
        Text("值班岗处置告警时；其他人写明理由", "The post that handles the alarm; others with a reason"),
        Text("登记簿（密封存于 SQL）", "the register (sealed in SQL)"),
    ),
    Category(
        "health",
        Text("生命体征与跌倒（床垫、雷达）", "Vital signs and falls (bed sensor, radar)"),
        Text("发现跌倒和体征异常", "To notice a fall, or vital signs out of the person's own band"),
        "consent",
        _history("raw_days"),
        Text("值班岗；大屏、报表、开放数据都没有", "The post on duty; no wall, report or open data"),
        Text("日志和实时状态，只有登记簿编号", "log and live state, under the register's id"),
    ),
    Category(
        "guardian",
        Text("监护人、联系人：称呼、电话", "Guardians and contacts: name, telephone"),
        Text("联系不上本人时打电话、发通知", "To call and notify where the resident is not reached"),
        "guardian",
        _fixed(None),
        Text("值班岗处置告警时；通知通道", "The post that handles the alarm; the channel of notices"),
        Text("登记簿（密封存于 SQL）", "the register (sealed in SQL)"),
    ),
    Category(
        "face",
        Text("人脸通行记录（不存人脸和特征）", "Passes by face (neither face nor template is kept)"),
        Text("开门；每道门都有不用人脸的方式", "To open a door; each has a way in without a face"),
        "consent",
        _history("passes_days"),
        Text("无；只作统计", "Nobody; counts only"),
        Text("日志、SQL，只有登记簿编号", "log, SQL, under the register's id"),
    ),
    Category(
        "passes",
        Text("通行和车辆进出", "Passes and vehicles"),
        Text("门禁安全、尾随和陌生人核查", "The safety of doors, tailgating"),
        "duty",
        _history("passes_days"),
        Text("班长、经理；单位版报表只到楼栋", "Supervisor, manager; reports for outside say the building only"),
        Text("日志、SQL，只有登记簿编号，无车牌", "log, SQL, under the register's id, no plate"),
    ),
    Category(
        "reports",
        Text("居民诉求：位置、文字、照片（不留姓名）", "Residents' reports: place, words, photos (no name)"),
        Text("办理并答复", "To do what was asked and to answer"),
        "duty",
        _fixed(REPORTS_KEPT_DAYS),
        Text(
            "值班岗、接单岗位；所写号码班长或经理写明理由后可见，记审计",
            "The desk, the post that takes the order; numbers in it a supervisor who says why, which is audited",
        ),
        Text("SQL；日志只有单号和类别", "SQL; the log has an id and a category"),
    ),
    Category(
        "pictures",
        Text("摄像头和现场照片", "Pictures of cameras and of guards"),
        Text("核实告警", "To verify an alarm"),
        "law",
        _fixed(PICTURES_KEPT_DAYS),
        Text("值班岗，每次查看记审计", "The desk; each look is audited"),
        Text("图片库 var/blobs；实时画面不存", "var/blobs; live pictures are kept nowhere"),
    ),
    Category(
        "staff",
        Text("员工：账号、姓名、角色、验证器", "Staff: account, name, roles, second factor"),
        Text("登录、值班、签字", "Signing in, duty, signatures"),
        "duty",
        _fixed(None),
        Text("安全管理员；处置记录里对同事可见", "The security administrator; colleagues in what was handled"),
        Text("SQL；日志和审计只有编号", "SQL; log and audit have ids"),
    ),
    Category(
        "audit",
        Text("谁做了什么（编号）", "Who did what (by id)"),
        Text("追责；法律要求不少于 180 天", "Accountability; at least 180 days by law"),
        "law",
        _fixed(None),
        Text("审计员", "The auditor"),
        Text("SQL，链式哈希，只增不改", "SQL, chained by hash, append-only"),
    ),
)

CONSENTS: tuple[str, ...] = ("care", "health", "guardian", "face")
"""Those that a person gives and withdraws, each by itself."""

LEAVES = {
    "consent": Text("本人单独同意（14 岁以下由监护人）", "the person's own consent (under 14 the guardian's)"),
    "guardian": Text("联系人本人同意", "the contact's own consent"),
    "law": Text("法律法规", "law"),
    "duty": Text("履行物业服务", "the service that was asked for"),
}


def masked_name(name: str) -> str:
    """王小明 -> 王*; Ann Lee -> A*."""
    return f"{name.strip()[:1]}*" if name.strip() else ""


def masked_phone(phone: str) -> str:
    """13812340000 -> 138****0000; a shorter number keeps its last two digits."""
    digits = "".join(c for c in phone if c.isdigit())
    if len(digits) >= 11:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-2:]}" if len(digits) > 4 else "****" if digits else ""


def masked_home(home: str) -> str:
    """7/2/1203 -> 7/2/***: the way is known, the door is not."""
    place = home.rsplit("/", 1)[0] if "/" in home else ""
    return f"{place}/***" if place else "***" if home else ""
