"""What the wall says of a system in one figure: tiles as data. `community.board.tiles` reads them all in one way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from ..site import Device, Text
from ..state import DeviceState

LEFT_OUT = "-"
"""What `says` gives of a device that is not counted at all, not even in the total."""

NOTHING = Text()


def ready(device: DeviceState) -> str:
    """What a device counts as that only has to be there."""
    return "ready"


class Cases(msgspec.Struct, frozen=True):
    """Alarms that the tile counts, whoever has shelved or seen them: what stands is a fact."""

    alarms: frozenset[str]
    words: Text
    """Stand beside the number."""
    beside: Literal["", "armed", "total"] = ""
    """armed: `0 起 · 60 在守`; total: `0 漏损 /612`; empty: only while one stands, else the tile counts its devices."""


class Tally(msgspec.Struct, frozen=True):
    """Figures that stand in what the system's trackers remember, summed over its devices, described or not."""

    count: Callable[[DeviceState], tuple[int, int, bool]]
    """(how many, how many of them are late, there are more than the device can remember)."""
    words: Text
    late: Text
    """Says how many are late; its blank is the number."""
    none_late: Text


class Note(msgspec.Struct, frozen=True):
    """Said instead of `Tile.words` while it is true of at least one device; its blank is the number of devices."""

    words: Text
    says: frozenset[str] = frozenset()
    """Words of devices."""
    alarms: frozenset[str] = frozenset()
    """Or alarms that stand."""


class Tile(msgspec.Struct, frozen=True):
    """Each device of the tile counts as the one word that `says` gives.

    The large figure is the number of devices that surely say `figure`; what is not sure now counts as unknown, and the
    tile says so instead of `words`. Only devices that the site describes are counted: whoever reports without being
    described is said beside the figure and does not enlarge it. `cases` and `tally` count something else instead.
    """

    id: str
    name: Text
    icon: str
    words: Text = NOTHING
    """Stands beside the figure."""
    figure: str = "ready"
    says: Callable[[DeviceState], str] = ready
    """'' is unknown: the device said something that this tile does not understand."""
    kinds: frozenset[str] = frozenset()
    """Empty: every kind of the system that no other tile of it names."""
    tag: str = ""
    """Only described devices with this tag, which count in the tile of their kind as well."""
    also: frozenset[tuple[str, str]] = frozenset()
    """(system, kind) of other systems' devices that count here too: a barrier is a gate."""
    bar: tuple[tuple[str, tuple[str, ...]], ...] = (("ok", ("ready",)),)
    """Parts from left to right, (look, words that belong to it). The look `worst` takes the colour of the worst alarm;
    what is unknown stands before the last part where that is `free`, else at the end."""
    doubtful: frozenset[str] = frozenset()
    """Words that a late device must not be believed: what was free three minutes ago may be taken."""
    quiet: bool = False
    """Its devices speak when something happens and not otherwise: they are as sure as the feed that would tell."""
    ill: frozenset[str] = frozenset()
    """A device of which one of these alarms stands counts as neither `figure` nor unknown."""
    notes: tuple[Note, ...] = ()
    cases: Cases | None = None
    tally: Tally | None = None
    claims: frozenset[str] = frozenset()
    """Alarms that are this tile's alone while it is on the wall, whichever device has raised them: an e-bike in a lift
    is seen by a camera and is the lift's."""

    def takes(self, device: Device) -> bool:
        return not self.tag or self.tag in device.tags
