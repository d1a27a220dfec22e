"""What a record that comes late, or out of order, means for each alarm. Every rule has one of these policies.

A P1 never waits for order: whatever the policy, a record is judged when the log has it, and nothing is held back in
the hope of an older one, but for TAILGATE and the DOOR_FORCED of a lane in use, whose passes may be on their way
(`pass_on_way_s`, `forced_wait_s`). `tests/community/test_late.py` proves what is said here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Late(Enum):
    NEWEST = "judged on the newest word of each group by the device's clock: an older one that comes later says nothing"
    COUNTED = "each one counts when it is heard, however late, and none takes another back"
    UNLESS_OVER = "each one counts when it is heard, unless the device has said of a later moment that all is normal"
    HELD = "judged on the newest word; between two limits, or where that word decides nothing, what was judged stays"
    AS_HEARD = "a late word joins what is remembered by its own time; what was decided without it is not taken back"
    ARRIVAL = "judged by when the log heard something: the device's clock has no say"


ORDER_FREE = frozenset((Late.NEWEST, Late.COUNTED))
"""Once all has been heard the same alarms are active, whatever the order in which it came and whatever came twice. But
for one thing: who withdraws the consent is forgotten when that is heard, and what came before it does not come back."""

_ALARMS: Mapping[Late, tuple[str, ...]] = {
    Late.NEWEST: (
        # CAM_OFFLINE and FIRE_PANEL_FAULT: of their own word; their silence is judged by arrival
        *("CAM_OFFLINE", "CAM_BLACK", "CAM_BLIND", "CAM_MOVED", "NVR_STORE", "PERIMETER", "EBIKE_LIFT", "FIRE_LANE"),
        *("CP_FIRE", "CP_FAULT", "FIRE_PANEL_FAULT", "POWER_LOST", "FALL"),
    ),
    Late.COUNTED: ("SOS", "DURESS", "FALLING_OBJ"),
    Late.UNLESS_OVER: ("FIRE_SMOKE", "FIRE_MCP", "GAS_LEAK", "LIFT_TRAP"),
    Late.HELD: (
        *("CP_OVERTEMP", "CP_OVERLOAD", "BIN_FULL", "BIN_FIRE", "GARAGE_WATER", "VITALS", "BATTERY_LOW"),
        *("LIFT_STOP", "GATE_FAULT"),
    ),
    Late.AS_HEARD: (
        *("DOOR_FORCED", "DOOR_HELD", "DOOR_AUTH", "TAILGATE", "CALL_UNANSWERED", "BCAST_FAIL", "TICKET_SLA"),
        *("CP_NO_CUTOFF", "CP_ZOMBIE", "NET_DOWN", "LEAK_HOME", "DMA_NIGHT", "WATER_BURST", "LOW_WATER"),
        *("LONG_IN", "LONG_OUT", "PATROL_MISS"),
    ),
    Late.ARRIVAL: ("SOURCE_STALE", "CLOCK_SKEW", "DEAD_LETTERS", "CP_OFFLINE", "METER_LOST"),
}

POLICY: Mapping[str, Late] = {alarm: late for late, alarms in _ALARMS.items() for alarm in alarms}
"""Alarm id -> its policy, for each of the catalogue."""
