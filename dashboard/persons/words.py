"""What the pages of residents in care and of personal data say."""

from __future__ import annotations

from collections.abc import Mapping

from community.site import Text

KINDS: Mapping[str, Text] = {
    "resident_alone": Text("独居老人", "lives alone"),
    "resident_dementia": Text("失智", "dementia"),
    "child": Text("未满 14 岁", "under 14"),
}

THRESHOLDS: Mapping[str, Text] = {
    "alone_in_h": Text("在家无动静超过（小时）", "at home without a sign, hours"),
    "alone_in_priority": Text("级别", "priority"),
    "alone_in_long_h": Text("在家无动静更久（小时）", "longer still, hours"),
    "alone_in_long_priority": Text("级别", "priority"),
    "alone_out_by": Text("未归，到点", "not back by"),
    "alone_out_by_priority": Text("级别", "priority"),
    "alone_out_h": Text("外出超过（小时）", "out for more than, hours"),
    "alone_out_priority": Text("级别", "priority"),
    "dementia_out_h": Text("外出超过（小时）", "out for more than, hours"),
    "dementia_out_priority": Text("级别", "priority"),
    "child_out_h": Text("外出超过（小时）", "out for more than, hours"),
    "child_out_by": Text("未归，到点", "not back by"),
    "child_out_priority": Text("级别", "priority"),
    "child_late_by": Text("更晚未归，到点", "still not back by"),
    "child_late_priority": Text("级别", "priority"),
    "night_from": Text("夜间出门，自", "an exit at night, from"),
    "night_until": Text("夜间出门，至", "an exit at night, until"),
}

CARE: Mapping[str, Text] = {
    "care": Text("特殊关怀", "Care"),
    "nobody": Text("没有登记的关怀对象", "Nobody in care is registered"),
    "who": Text("对象", "Resident"),
    "kind": Text("类别", "Group"),
    "now": Text("现在", "Now"),
    "leave": Text("授权", "Consent"),
    "not_registered": Text("未登记", "not registered"),
    "watched": Text("关怀中", "watched over"),
    "not_watched": Text("未判断：授权已撤回", "not judged: the consent is withdrawn"),
    "away_until": Text("外出报备，至 {}", "announced away until {}"),
    "away": Text("外出报备", "announced away"),
    "stands": Text("授权有效", "consent stands"),
    "withdrawn_at": Text("{} 撤回", "withdrawn {}"),
    "no_consent": Text("没有授权记录", "no consent recorded"),
    "away_db": Text("登记簿（数据库）没有应答，只显示编号", "The register does not answer: ids only"),
    "sealed": Text(
        "登记簿的密钥 var/seal.key 不对，姓名电话打不开", "var/seal.key is not the key of the register: it stays shut"
    ),
    "unread": Text("实时状态还没有读到", "The live state has not been read"),
    "lost": Text("数据中断，现在情况未知", "Feed lost: how it stands is not known"),
    "no_such": Text("没有这个人", "No such person"),
    "back": Text("全部对象", "Everybody in care"),
    "desk": Text("告警台", "Alarm desk"),
    # an alarm
    "flow": Text("先电话，后上门", "First the telephone, then the door"),
    "alarm_since": Text("自 {}", "since {}"),
    "next_phone": Text("下一步：打电话给 {}", "Next: phone {}"),
    "next_visit": Text("下一步：上门查看", "Next: go to the door"),
    "next_rescue": Text(
        "下一步：请求开锁或 120，带钥匙和同事上门",
        "Next: have the door opened or call 120; go with a colleague and keys",
    ),
    "next_close": Text("已联系上：到告警台写明结论后关闭", "Reached: close it at the desk with a verdict"),
    "whom": Text("打给谁", "Whom"),
    "step_taken": Text("已记入日志", "The log has it"),
    "late": Text(
        "下面还没有显示，页面几秒后自行更新；请不要重复",
        "it does not stand below yet: the page looks again in some seconds; do not say it twice",
    ),
    "no_steps": Text("还没有记录", "Nothing is recorded yet"),
    "acknowledge_first": Text("先在告警台确认并由我处理", "Take it at the desk first"),
    "visit": Text("上门", "Visit"),
    # plain
    "why": Text(
        "姓名、电话、门牌已遮盖。写明理由后显示一次，理由记入审计。",
        "Name, telephone and door are covered. Say why, and see them once; the audit has the reason.",
    ),
    "reason": Text("理由（至少 4 个字，勿写姓名电话）", "Reason (at least 4 letters, no names, no numbers)"),
    "plain": Text("查看", "Show"),
    "too_short": Text("请写明理由", "Say why"),
    "is_plain": Text("完整显示，理由：{}（已记入审计）", "Shown in full, because: {} (the audit has it)"),
    "only_alarm": Text("保安只在此人有告警时可以查看", "A guard sees this only while an alarm of this person stands"),
    "unrecorded": Text("审计未能记录，因此没有执行", "The audit could not record it, so nothing was done"),
    "away_log": Text("没有记下：日志写不进去，请用对讲机", "Not recorded: the log cannot be written, use the radio"),
    "unsure": Text("不确定是否记下，请看列表", "Not certain whether it was recorded: look at the list"),
    # thresholds, absences
    "thresholds": Text("判断标准（本社区）", "Thresholds (of this community)"),
    "changed_at": Text("由系统管理员或经理在“数值”页修改", "changed on the page of numbers by the manager"),
    "bands": Text("个人体征范围（次/分）", "Own band of vital signs (per minute)"),
    "heart_low_bpm": Text("心率低于", "heart below"),
    "heart_high_bpm": Text("心率高于", "heart above"),
    "breathing_low_bpm": Text("呼吸低于", "breathing below"),
    "breathing_high_bpm": Text("呼吸高于", "breathing above"),
    "band": Text("保存范围", "Save the band"),
    "bad_band": Text("范围不对：下限要大于 0 且低于上限", "A lower limit is above 0 and below the upper one"),
    "absence": Text("外出报备（旅行、住院等，不记原因）", "Announced absences (never with a reason)"),
    "until": Text("到", "until"),
    "announce": Text("报备外出", "Announce"),
    "returned": Text("已回来", "Is back"),
    "present": Text("没有报备", "none announced"),
    "bad_time": Text("时间不对：要晚于现在", "The moment must come after now"),
    # contacts
    "contacts": Text("监护人、联系人", "Guardians and contacts"),
    "relation": Text("关系（女儿、邻居）", "Relation (daughter, neighbour)"),
    "name": Text("姓名", "Name"),
    "phone": Text("电话", "Telephone"),
    "add_contact": Text("添加联系人（本人已同意）", "Add a contact, who agrees"),
    "drop_contact": Text("删除", "Drop"),
    "no_contacts": Text("没有联系人", "No contacts"),
    "channels": Text("通知通道里的监护人：{}", "Guardians by a channel of notices: {}"),
    "missing": Text("请填写姓名和电话", "Name and telephone are needed"),
    # register, consents, erasing
    "register": Text("登记关怀对象", "Register a resident"),
    "new_id": Text("新编号", "a new id"),
    "subject": Text("编号", "Id"),
    "home": Text("楼/单元/室，如 7/2/1203", "building/unit/room, as 7/2/1203"),
    "by": Text("谁同意的", "Given by"),
    "by_self": Text("本人", "the person"),
    "by_guardian": Text("监护人", "a guardian"),
    "add": Text("登记", "Register"),
    "needs_consent": Text(
        "没有关怀授权不能登记；14 岁以下由监护人同意",
        "Nobody is registered without a consent; under 14 it is the guardian's",
    ),
    "known": Text("这个编号已经登记", "That id is registered already"),
    "registered": Text("已登记为 {}", "Registered as {}"),
    "consents": Text("授权", "Consents"),
    "category": Text("事项", "What for"),
    "given": Text("同意于", "Given"),
    "give": Text("记录同意", "Record a consent"),
    "withdraw": Text("撤回", "Withdraw"),
    "withdrawn": Text(
        "已撤回：从这一条记录起不再判断，也不再通知监护人",
        "Withdrawn: from this record on nothing is judged, and guardians are told nothing",
    ),
    "face_ordered": Text(
        "已撤回。已开工单：到门禁平台删除此人的人脸，删完关单",
        "Withdrawn. An order is open: the face has to be deleted on the doors' platform",
    ),
    "face_order": Text(
        "撤回人脸授权：请在门禁平台删除编号 {} 的人脸，确认其他开门方式可用后关单",
        "Consent to face withdrawn: delete the face of {} on the doors' platform, check another way in, then close",
    ),
    "erase": Text("删除此人的个人信息", "Erase this person"),
    "erase_why": Text(
        "删除姓名、电话、住处、联系人、授权，停止判断；日志和审计只剩编号。填编号确认。",
        "Name, telephone, home, contacts and consents go, nothing is judged any more; log and audit keep the id. "
        "Enter the id to confirm.",
    ),
    "confirm": Text("填写编号确认", "Enter the id"),
    "erased": Text("已删除：{} 行，{} 份诉求文字", "Erased: {} rows, the words of {} reports"),
    "not_confirmed": Text("编号不一致，没有删除", "That is not the id: nothing was erased"),
    "done": Text("已保存", "Saved"),
}

PRIVACY: Mapping[str, Text] = {
    "privacy": Text("个人信息登记", "Personal data"),
    "about": Text(
        "本系统处理的每一类个人信息：目的、依据、保存期限、接收方。",
        "Each category of personal data here: purpose, by whose leave, how long, who is told.",
    ),
    "category": Text("类别", "Category"),
    "purpose": Text("目的", "Purpose"),
    "leave": Text("依据", "By whose leave"),
    "days": Text("保存", "Kept"),
    "recipients": Text("接收方", "Recipients"),
    "where": Text("存放", "Where"),
    "people": Text("同意 / 撤回", "Given / withdrawn"),
    "n_days": Text("{} 天", "{} days"),
    "until_gone": Text("直到撤回或删除", "until withdrawn or erased"),
    "never_cut": Text("不少于 180 天，程序不删", "180 days at least, never cut"),
    "until_leaves": Text(
        "账号停用后仍留名，供查处置记录", "an account that has ended keeps its name, for what was handled"
    ),
    "export": Text("下载 CSV", "CSV"),
    "care": Text("特殊关怀", "Care"),
    "away": Text("登记簿（数据库）没有应答", "The register does not answer"),
    "unrecorded": Text("审计未能记录，因此没有导出", "The audit could not record it, so nothing was exported"),
    "how": Text(
        "撤回：在“特殊关怀”里此人的页面，一分钟内生效。删除一个人：同一页，或命令 python -m dashboard erase 编号。",
        "To withdraw: the person's page under Care, within a minute. To erase a person: the same page, or "
        "python -m dashboard erase ID.",
    ),
}
