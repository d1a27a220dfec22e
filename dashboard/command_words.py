"""Why the web process did not write a command into the log, in the reader's language: it is shown at the button."""

from __future__ import annotations

from community.site import Text

NOT_SENT = {
    "too_long": Text("内容太长", "it is too long"),
    "not_json": Text("这不是一条指令", "a command is application/json"),
    "unreadable": Text("内容填得不对，或页面太旧，请刷新", "it is not filled in rightly; load the page again"),
    "community": Text("没有这个社区", "there is no such community here"),
    "alarm": Text("这条告警已经不在了", "this alarm does not stand any more"),
    "device": Text("没有这个设备", "there is no such device here"),
    "zone": Text("没有这个分区", "there is no such zone here"),
    "order": Text("没有这张工单", "there is no such order here"),
    "words_away": Text("广播的话存不下，没有下达", "the words cannot be kept: nothing was ordered"),
    "unsure": Text("不确定是否已记下，请看列表", "not certain whether it was recorded: look at the list"),
    "log_away": Text("日志写不进去，命令没有记下；请用对讲机", "the log cannot be written: use the radio"),
}
