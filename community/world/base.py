"""What a system's world is made of: what its devices observe, what can befall them, and what was true.

A `Plot` is a kind of thing that happens to a device: an incident that an alarm is for, or a near miss, something that
looks like one and must not alarm. A `Scene` is one plot planted on one device at one time. Playing it yields what the
devices observe and the truth, in one generator, so that neither can be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ..site import Device

if TYPE_CHECKING:
    from .day import Day


class Observation(msgspec.Struct, gc=False):
    """What a device says. `time_ms`: by its own clock, which is right unless somebody disturbs it later.

    A struct, as everything of which a day has tens of thousands: a named tuple takes four times as long to make.
    """

    time_ms: int
    type: str
    subject: str
    data: dict[str, Any]
    received_ms: int = 0
    """When its gateway has it; 0: as soon as the network allows."""


class Truth(msgspec.Struct, frozen=True, omit_defaults=True):
    """What happened, or only seemed to. Times are the world's: no threshold of a rule stands behind them."""

    alarm: str
    """Catalogue id of the alarm that it calls for, or for a near miss, of the one that must not come."""
    device: str
    from_ms: int
    """The cause is there: the brick lies in the door."""
    until_ms: int
    """The cause is gone."""
    cause: str
    """The plot's name; for a near miss it is the name of its family."""
    by_ms: int = 0
    """The latest moment at which a good system says it; 0: it must say nothing, this is a near miss."""
    symptom_of: str = ""
    """`NET_DOWN/SW-01`: an alarm about it would not be wrong, and is not asked for."""

    @property
    def is_incident(self) -> bool:
        return self.by_ms > 0 and not self.symptom_of


class Scene(NamedTuple):
    """A plot planted on a device. What the world otherwise does with that device keeps out of [from_ms, until_ms)."""

    plot: Plot
    device: Device
    from_ms: int
    until_ms: int
    dice: Random

    def truth(
        self,
        alarm: str,
        by_s: float,
        *,
        device: str = "",
        from_ms: int | None = None,
        until_ms: int | None = None,
        symptom_of: str = "",
    ) -> Truth:
        """An incident, to be said within `by_s` seconds of its begin."""
        begin_ms = self.from_ms if from_ms is None else from_ms
        end_ms = self.until_ms if until_ms is None else until_ms
        by_ms = begin_ms + int(1000 * by_s)
        return Truth(alarm, device or self.device.id, begin_ms, end_ms, self.plot.name, by_ms, symptom_of)

    def nothing(self, *alarms: str, device: str = "") -> Iterator[Truth]:
        """A near miss of these alarms: from begin to end none of them has a cause."""
        for alarm in alarms:
            yield Truth(alarm, device or self.device.id, self.from_ms, self.until_ms, self.plot.name)


Play = Callable[[Scene, "Day"], Iterator[Observation | Truth]]


class Plot(NamedTuple):
    name: str
    """What happens, in a word or three: `door_wedged`. Of a near miss: its family."""
    kinds: tuple[str, ...]
    """Kinds of devices that it can befall; `source` for a feed."""
    per_year: float
    """How often in a community of 2,000 households; the smaller, the seldomer."""
    lasts_s: tuple[float, float]
    """The device is given to the scene for so long, what follows the event included."""
    play: Play
    hours: tuple[float, float] = (4.0, 26.0)
    """Local hours between which it begins; 26 is two in the night after. The day of plots turns at 03:00."""
    suits: Callable[[Device], bool] = lambda device: True
    mutes: bool = False
    """The device and everything behind it say nothing meanwhile, but for what the scene itself says."""
    spools: bool = False
    """What is muted is kept and arrives all at once afterwards."""
    disobeys: bool = False
    """The device does not do what the house orders it to do."""
    days: int = 1
    """Length of the stretch in which it is planted, and which it may not outlast: 1, 4 or 28 days."""
    rest_s: float = 900.0
    """Afterwards nothing else befalls the device for so long: what is over must be seen to be over."""


class Planned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a script: this plot, on this device, at this moment, whatever else is planted."""

    plot: str
    device: str
    at_ms: int


Simulate = Callable[["Day"], Iterable[Observation]]
"""What a system's devices observe of an ordinary day, in any order. Pure: a function of the day."""
