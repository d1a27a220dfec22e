"""What may sound on a wall: the page decides when (assets/kiosk/sound_rules.js), the fold says for whom.

A sound is owed to whatever nobody has acknowledged, also when its cause has gone again. In a flood one sound stands for
all but P1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..site import Site
from ..state import Activation, Alarm, State, alarm_state
from ..words import PRIORITIES, SPOKEN, Lang, say
from .alarm_words import title
from .naming import place_of
from .privacy import shown_occurrence

AUDIBLE = ("P1", "P2", "P3")
MOST = 60
"""Further ones come in a flood at most, and there the first of them is heard for all."""

_ROOM = re.compile(r"(\d+)室")
_CODE = re.compile(r"^[A-Z]+-[\d-]+ |  *[A-Z]+-[\d-]+$")
"""`C-004 南门`: nobody goes by a device's number."""


def sound_board(state: State, alarms: Sequence[Alarm], flood: Activation | None) -> dict[str, Any]:
    """`alarms` [occurrence, priority, since, what is spoken of it], worst first; `flood` when it began, None: none."""
    owed = [a for a in alarms if a.priority in AUDIBLE and alarm_state(a) != "acknowledged"][:MOST]
    return {
        "alarms": [
            [shown_occurrence(state, a), int(a.priority[1:]), a.activated_ms, spoken(state.site, a)] for a in owed
        ],
        "flood": flood.at_ms if flood is not None else None,
        "voice": state.site.language if state.site.wall.speak else "",
    }


def spoken(site: Site, alarm: Alarm) -> str:
    """`紧急，一键报警，7号楼2单元 1 2 0 3 室`: what the wall shows, in the site's language. P3 is not spoken."""
    if not site.wall.speak or alarm.priority == "P3":
        return ""
    lang: Lang = "en" if site.language == "en" else "zh"
    place = _ROOM.sub(lambda room: f"{' '.join(room[1])} 室", _CODE.sub("", place_of(site, alarm, lang)))
    return say(SPOKEN, lang, PRIORITIES[alarm.priority].get(lang), title(alarm.id, {}, lang), place)
