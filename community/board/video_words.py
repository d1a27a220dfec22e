"""What stands on a camera's picture: what it is, and why there is none that moves."""

from __future__ import annotations

from ..site import Text

WHY = "video_"
"""Before the word by which a process says why there is no live picture (store/video.py)."""

VIDEO: dict[str, Text] = {
    "player": Text("录像机实时", "Live at the recorder"),
    "watch": Text("看实时", "Watch live"),
    "stop_watching": Text("停止", "Stop"),
    "opening": Text("正在接实时画面", "Calling the camera"),
    "moving": Text("实时 · 延迟 {} 秒", "Live · {} s behind"),
    "stopped_picture": Text("画面停住 · {}前", "Frozen · {} ago"),
    "last_frame": Text("快照 · 非实时 {}前", "Snapshot · not live, {} ago"),
    "video_unknown": Text("这路摄像机没有接实时画面", "This camera shows no live picture"),
    "video_full": Text("同时看的人太多，先停一路", "Too many watch at once; stop one first"),
    "video_refused": Text("摄像机不接受登录，实时画面打不开", "The camera refuses our login: no live picture"),
    "video_away": Text("摄像机没有回答，实时画面断了", "The camera does not answer: no live picture"),
    "video_silent": Text("摄像机不再送画面，实时画面断了", "The camera sends no more pictures"),
    "video_none": Text("摄像机给的不是画面", "What the camera gives are no pictures"),
    "watch_ended": Text("实时画面已断开", "The live picture has ended"),
}
