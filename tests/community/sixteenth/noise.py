"""噪声监测 noise: how loud it is at night beneath the windows, and one alarm where it stays so."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ..alarms import CLEAR, Seen
from ..catalogue import Definition
from ..clock import within
from ..model import Record
from ..numbers import Amount, Lasting, SystemNumbers, below
from ..site import Text
from .base import Look, Patch, Reducer, Rule, System, present, typed
from .tile import Cases, Tile


class Numbers(SystemNumbers, frozen=True):
    """GB 3096 class 1 at night is 45 dB; ten above it wakes people."""

    section: ClassVar[str] = "noise"

    heartbeat_s: Lasting = 60
    loud_on_db: Amount = 55
    loud_off_db: Amount = 50

    def __post_init__(self) -> None:
        below(self, "loud_off_db", "loud_on_db")


class Level(msgspec.Struct):
    level_db: float


def reduce_level(record: Record) -> Patch:
    return Patch("level", present(typed(Level, record.data)))


def loud(look: Look) -> Seen | None:
    numbers = look.site.numbers_of(Numbers)
    level_db, said_ms = look.device.values["level_db"], look.device.stamps["level"][0]
    night = within(said_ms, "22:00", "06:00", look.site.timezone)
    limit_db = numbers.loud_off_db if look.active else numbers.loud_on_db
    return Seen(True, {"level_db": level_db}) if night and level_db > limit_db else CLEAR


TILE = Tile(
    id="noise",
    name=Text("噪声", "Noise"),
    icon="horn",
    cases=Cases(frozenset(("NOISE",)), Text("起", "active"), beside="armed"),
)

SYSTEM = System(
    id="noise",
    name=Text("噪声", "Noise"),
    numbers=Numbers,
    reducers={"noise.level": Reducer(reduce_level, "microphone")},
    alarms=(
        Definition(
            "NOISE",
            Text("夜间噪声", "Night noise"),
            priority="P3",
            on_delay_ms=60_000,
            off_delay_ms=60_000,
            steps=(Text("派保安劝阻", "Send a guard to ask for quiet"), Text("登记", "Record it")),
        ),
    ),
    rules=(Rule("NOISE", frozenset(("level",)), loud),),
    tiles=(TILE,),
)
