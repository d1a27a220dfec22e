"""充满断电: a full e-bike's session is stopped, and whether its power really ended is looked at (DOMAIN.md).

Full is what draws under 20 W for 45 minutes; while that clock runs only a change of more than 6 W starts it anew, so a
charger's small breathing does not, and a second battery does. What draws 45 W or more is never judged. Under 1.5 W for
300 s there is nothing plugged in. After twelve hours a session ends whatever it draws. In each case the house orders
the stop, once; where power flows ten minutes later CP_NO_CUTOFF says so.

Late policy: judged by what the log had heard at that moment. An order that has gone out is not taken back by a sample
that comes later; without a sample of the last five minutes nothing is judged until the next one comes.
"""

from __future__ import annotations

from typing import Any, ClassVar

from ..alarms import CLEAR, Seen
from ..numbers import Amount, Lasting, Seconds, SystemNumbers, at_most, below, ms
from .base import Look, Moment, Rule, Step, Tracker, look_again_ms

STOPPED = frozenset(("Available", "Finishing", "Faulted", "Unavailable"))

NAME = "cutoff"


class Numbers(SystemNumbers, frozen=True):
    """DOMAIN.md, charging cut-off, whose rule the module's docstring tells. A port that samples once a minute and has
    said nothing for `sample_life_s` is not known to draw what it drew. The last sample of a session may come
    `last_words_s` after its end; power that flows is sampled again.
    """

    section: ClassVar[str] = "charging"

    heartbeat_s: Lasting = 90
    full_judged_below_w: Amount = 45
    full_below_w: Amount = 20
    full_change_w: Amount = 6
    full_after_s: Lasting = 2_700
    unplugged_below_w: Amount = 1.5
    unplugged_after_s: Lasting = 300
    session_max_s: Lasting = 43_200
    still_on_after_s: Lasting = 600
    sample_life_s: Lasting = 300
    last_words_s: Seconds = 60

    def __post_init__(self) -> None:
        at_most(self, "full_below_w", "full_judged_below_w")
        below(self, "unplugged_below_w", "full_below_w")


def step(moment: Moment) -> Step:
    device, at_ms = moment.look.device, moment.at_ms
    values, session = device.values, device.values.get("session")
    numbers = moment.look.site.numbers_of(Numbers)
    memory: dict[str, Any] = dict(moment.memory)
    if memory.get("session") != session:
        memory = {"session": session}
    if "cut_ms" in memory:
        return _after_the_stop(moment, memory, numbers)
    if "idle" in memory:  # stopped before: judged again only when power flows again
        if not flows(moment.look):
            return Step(memory)
        memory = {"session": session}
    if not values.get("charging"):
        return Step({})
    _hold(memory, moment.look)
    ends_ms = device.stamps["session"][0] + ms(numbers.session_max_s)
    sampled_ms = device.stamps["power_w"][0] if "power_w" in device.stamps else 0
    sure = at_ms - sampled_ms <= 1000 * numbers.sample_life_s
    dues: list[tuple[int, str]] = [(ends_ms, "session_limit")]
    if sure and "full_ms" in memory and values["power_w"] < numbers.full_below_w:
        dues.append((memory["full_ms"] + ms(numbers.full_after_s), "full"))
    if sure and "thin_ms" in memory:
        dues.append((memory["thin_ms"] + ms(numbers.unplugged_after_s), "unplugged"))
    due_ms, reason = min(dues)
    if due_ms > at_ms:
        return Step(memory, due_ms)
    return Step({"session": session, "cut_ms": at_ms, "reason": reason}, at_ms + ms(numbers.still_on_after_s), reason)


def _hold(memory: dict[str, Any], look: Look) -> None:
    """Since when the power has been what a full battery, or an empty socket, draws."""
    power_w = look.device.values.get("power_w")
    if power_w is None:
        return
    sampled_ms, numbers = look.device.stamps["power_w"][0], look.site.numbers_of(Numbers)
    if sampled_ms < look.device.stamps["session"][0]:
        return  # of the session before
    changed = "full_ms" in memory and abs(power_w - memory["full_w"]) > numbers.full_change_w
    if power_w >= numbers.full_judged_below_w or changed:
        memory.pop("full_ms", None)
        memory.pop("full_w", None)
    if power_w < numbers.full_below_w and "full_ms" not in memory:
        memory |= {"full_ms": sampled_ms, "full_w": power_w}
    if power_w >= numbers.unplugged_below_w:
        memory.pop("thin_ms", None)
    else:
        memory.setdefault("thin_ms", sampled_ms)


def _after_the_stop(moment: Moment, memory: dict[str, Any], numbers: Numbers) -> Step:
    due_ms = memory["cut_ms"] + ms(numbers.still_on_after_s)
    if moment.at_ms < due_ms:  # whatever it says until then: a relay that reports 'open' may be welded shut
        return Step(memory, due_ms)
    if not flows(moment.look):
        still_ordered = moment.look.device.values.get("charging")
        return Step({"session": memory["session"], "idle": True} if still_ordered else {})
    if moment.fed_since_ms is None and not memory.get("still_on"):  # nobody could have said that it ended
        return Step(memory, look_again_ms(moment))
    return Step(memory | {"still_on": True})


def flows(look: Look) -> bool:
    """Power flows as far as the port has said: the relay is open once it reports so, unless it meters more since."""
    values, stamps, numbers = look.device.values, look.device.stamps, look.site.numbers_of(Numbers)
    if values.get("power_w", 0.0) < numbers.unplugged_below_w:
        return False
    said_off_ms = 0
    if "session" in stamps and not values.get("charging"):
        said_off_ms = stamps["session"][0]
    if "status" in stamps and values.get("status") in STOPPED:
        said_off_ms = max(said_off_ms, stamps["status"][0])
    return not said_off_ms or int(stamps["power_w"][0]) > said_off_ms + ms(numbers.last_words_s)


def no_cutoff(look: Look) -> Seen | None:
    memory = look.device.memory.get(NAME, {})
    if not memory.get("still_on"):
        return CLEAR
    return Seen(True, {"reason": memory["reason"], "power_w": look.device.values.get("power_w")})


PORTS = frozenset(("ebike_port",))
TRACKER = Tracker(NAME, frozenset(("meter", "session", "status")), step, PORTS, only_while="charging")
RULE = Rule("CP_NO_CUTOFF", frozenset((TRACKER.group, "meter")), no_cutoff, PORTS)
