"""What a word that somebody searches alarms by may mean: an alarm, a device, a part of the community, a colleague.

Of residents in care all or nothing: which of their alarms it was, and whose, is found by no word.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..catalogue import CATALOGUE
from ..site import Site
from ..words import Lang
from .alarm_words import CARE, name
from .naming import where
from .privacy import SYSTEM

MOST_WORDS = 6
"""More make nothing narrower."""


class Meant(msgspec.Struct, frozen=True):
    text: str
    """As it was written: a part of an id."""
    alarms: frozenset[str] = frozenset()
    devices: frozenset[str] = frozenset()
    posts: frozenset[str] = frozenset()
    persons: frozenset[str] = frozenset()
    covered: frozenset[str] = CARE
    """Alarms whose id `text` does not find, and with `hidden` the devices."""
    hidden: frozenset[str] = frozenset()


def words_meant(site: Site, lang: Lang, asked: str, names: Mapping[str, str]) -> tuple[Meant, ...]:
    """Of each word. `names`: a person's id -> what they are called."""
    residents = frozenset(device.id for device in site.devices if device.system == SYSTEM)
    zones = {zone.id: zone.name.get(lang).casefold() for zone in site.zones}
    places = {
        device.id: " ".join(
            [
                where(site, device.id, lang, room=device.id not in residents),
                *((device.id, device.name.zh, device.name.en) if device.id not in residents else ()),
            ]
        ).casefold()
        for device in site.devices
    } | {source.id: f"{source.id} {source.name.get(lang)}".casefold() for source in site.sources}
    alarms = {id_: f"{'' if id_ in CARE else id_} {name(id_, lang)}".casefold() for id_ in CATALOGUE}

    def meant(text: str) -> Meant:
        word = text.casefold()
        inside = {zone for zone, called in zones.items() if word in called}
        return Meant(
            text,
            frozenset(id_ for id_, called in alarms.items() if word in called),
            frozenset(id_ for id_, called in places.items() if word in called)
            | frozenset(id_ for id_, of in site.zones_of.items() if inside & of),
            frozenset(p.id for p in site.posts if word in p.name.get(lang).casefold() or word == p.id),
            frozenset(id_ for id_, called in names.items() if word in called.casefold()),
            hidden=residents,
        )

    return tuple(meant(text) for text in asked.split()[:MOST_WORDS])
