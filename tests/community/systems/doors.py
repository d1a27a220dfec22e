"""Two doors, and what stories say of them."""

from __future__ import annotations

from community.site import Device, Site, Text
from tests.community.story import Story

SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    devices=(
        Device("D-1", "access", "door", "doors", building="7", unit="2"),
        Device("D-2", "access", "plant_door", "doors"),
    ),
)


def doors() -> Story:
    story = Story(SITE)
    for door in ("D-1", "D-2"):
        story.tell("access.contact", door, {"state": "closed"}, at_s=0)
    return story


def contact(story: Story, state: str, at_s: float, door: str = "D-1", **more: object) -> None:
    story.tell("access.contact", door, {"state": state}, at_s=at_s, **more)


def passes(story: Story, at_s: float, result: str = "granted", **more: object) -> None:
    data = {name: more.pop(name) for name in ("reader", "direction", "duress", "method") if name in more}
    story.tell("access.pass", "D-1", {"method": "card", "result": result, **data}, at_s=at_s, **more)


def crosses(story: Story, at_s: float, persons: int = 1, **more: object) -> None:
    data = {"direction": more.pop("direction")} if "direction" in more else {}
    story.tell("access.crossing", "D-1", {"persons": persons, **data}, at_s=at_s, **more)


def alarms(story: Story, *types: str) -> list[tuple[str, str, float]]:
    wanted = types or ("activated", "reactivated", "returned", "closed")
    return [(t.removeprefix("alarm."), s, at) for t, s, at in story.journal(*(f"alarm.{type_}" for type_ in wanted))]


def lets(data: dict[str, object], at_s: float, type_: str = "access.lock", **more: object):
    return lambda story: story.tell(type_, "D-1", data, at_s=at_s, **more)


GRANTED = {"method": "face", "result": "granted"}
