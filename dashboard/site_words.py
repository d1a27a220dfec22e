"""What the page of a site's numbers, thresholds, works and zones says."""

from __future__ import annotations

from collections.abc import Mapping

from community.site import Text

WORDS: Mapping[str, Text] = {
    "site": Text("社区设置", "Site settings"),
    "numbers": Text("数值", "Numbers"),
    "alarms": Text("告警阈值", "Alarm thresholds"),
    "works": Text("计划施工与停用", "Works and out of service"),
    "zones": Text("分区", "Zones"),
    "about": Text(
        "每一处修改都按社区文件同样校验，记入日志和审计；留空恢复默认。文件可下载，也可改文件后 site apply。",
        "Each change is checked as the site's file is, and stands in log and audit; empty is the default again. The "
        "file can be taken away, and edited and applied as well.",
    ),
    "export": Text("下载文件", "The file"),
    "name": Text("名称", "Name"),
    "default": Text("默认", "Default"),
    "own": Text("本社区", "This site"),
    "source": Text("来源", "Source"),
    "of_program": Text("程序默认", "the program"),
    "of_site": Text("社区文件", "the site's file"),
    "value": Text("新值", "New value"),
    "set": Text("保存", "Save"),
    "house": Text("全社区", "The house"),
    "history": Text("历史保存（天）", "History, days kept"),
    "reports": Text("报表时间", "Hours of reports"),
    "why": Text("默认值的出处", "Where the defaults come from"),
    "priority": Text("级别", "Priority"),
    "on_delay_s": Text("触发延时（秒）", "On-delay, s"),
    "off_delay_s": Text("恢复延时（秒）", "Off-delay, s"),
    "latched": Text("需复位", "Latched"),
    "alarm": Text("告警", "Alarm"),
    "from": Text("从", "from"),
    "until": Text("到", "until"),
    "devices": Text("设备编号（逗号隔开，含其下级）", "Device ids, by commas, with what hangs on them"),
    "reason": Text("原因", "Reason"),
    "add_works": Text("登记施工", "Announce works"),
    "drop": Text("删除", "Remove"),
    "no_works": Text("没有登记的施工", "No works are announced"),
    "out": Text("停用的设备", "Out of service"),
    "none_out": Text("没有停用的设备", "Nothing is out of service"),
    "since": Text("自 {}", "since {}"),
    "take_out": Text("停用", "Take out of service"),
    "put_back": Text("恢复使用", "Return to service"),
    "device": Text("设备或数据源编号", "Id of a device or feed"),
    "id": Text("编号", "Id"),
    "name_zh": Text("中文名", "Chinese name"),
    "name_en": Text("英文名", "English name"),
    "buildings": Text("楼（逗号隔开）", "Buildings, by commas"),
    "areas": Text("区域（逗号隔开）", "Areas, by commas"),
    "set_zone": Text("保存分区", "Save the zone"),
    "no_zones": Text("没有分区", "There are no zones"),
    "no_such": Text("没有这一项", "There is no such thing"),
    "sent": Text("已记入日志", "The log has it"),
    "unrecorded": Text("审计未能记录，因此没有修改", "The audit could not record it, so nothing was changed"),
    "away": Text("实时状态或日志没有应答，稍后再试", "The live state or the log does not answer: try again"),
    "unread": Text("实时状态还没有读到", "The live state has not been read"),
}
