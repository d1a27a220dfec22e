"""What a page about residents in care shows: the site's description, the live state and the register side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from community.board.privacy import SYSTEM as CARE
from community.clock import local
from community.personal import masked_home, masked_name, masked_phone
from community.site import Site
from community.state import Alarm, DeviceState, State, annunciated
from community.systems.whereabouts import Numbers
from store.residents.persons import Consent, Contact, Resident

PREFIX = {"resident_alone": "alone_", "resident_dementia": "dementia_", "child": "child_"}
BY_GROUP = {"resident_dementia": ("night_from", "night_until")}


class Shown(NamedTuple):
    """One resident, covered unless `plain`."""

    subject: str
    kind: str
    name: str
    phone: str
    home: str
    registered: bool
    alarms: Sequence[Alarm]
    away: bool
    away_until_ms: int
    withdrawn: bool
    """The fold has heard that the consent is gone."""


def subjects(site: Site, persons: Iterable[Resident]) -> list[str]:
    described = [device.id for device in site.devices if device.system == CARE]
    return list(dict.fromkeys([*described, *(one.subject for one in persons)]))


def by_need(state: State, persons: Sequence[Resident]) -> list[Shown]:
    """Everybody, whoever raises an alarm first."""
    by_id = {one.subject: one for one in persons}
    rows = [shown(state, id_, by_id.get(id_)) for id_ in subjects(state.site, persons)]
    return sorted(rows, key=lambda one: (not one.alarms, one.alarms[0].priority if one.alarms else "", one.subject))


def shown(state: State, subject: str, one: Resident | None, *, plain: bool = False) -> Shown:
    device, said = state.site.by_id.get(subject), state.devices.get(subject)
    away, until_ms = absence(said, state.clock_ms)
    home = one.home if one is not None and one.home else _home_of(state.site, subject)
    phone = one.phone if one is not None else ""
    name = one.name if one is not None else ""
    return Shown(
        subject,
        device.kind if device is not None else one.kind if one is not None else "",
        name if plain else masked_name(name),
        phone if plain else masked_phone(phone),
        home if plain else masked_home(home),
        one is not None,
        standing(state, subject),
        away,
        until_ms,
        said is not None and said.values.get("consent") is False,
    )


def _home_of(site: Site, subject: str) -> str:
    device = site.by_id.get(subject)
    return "/".join((device.building, device.unit, device.room)) if device is not None and device.building else ""


def standing(state: State, subject: str) -> list[Alarm]:
    """What people were told of and nobody has ended, the gravest first."""
    return [alarm for alarm in annunciated(state.alarms.values()) if alarm.device == subject]


def absence(said: DeviceState | None, clock_ms: int) -> tuple[bool, int]:
    """Whether one is announced now, and until when; 0: nobody has said."""
    values = said.values if said is not None else {}
    until_ms = values.get("absent_until_ms") or 0
    return bool(values.get("absent")) and (not until_ms or clock_ms < until_ms), until_ms


def thresholds(site: Site, kind: str) -> list[tuple[str, Any]]:
    """The numbers by which somebody of that group is judged, as the site has them."""
    numbers, prefix = site.numbers_of(Numbers), PREFIX.get(kind, "-")
    names = [name for name in Numbers.__struct_fields__ if name.startswith(prefix)]
    return [(name, getattr(numbers, name)) for name in (*names, *BY_GROUP.get(kind, ()))]


def covered(contact: Contact, *, plain: bool) -> Contact:
    return contact if plain else contact._replace(name=masked_name(contact.name), phone=masked_phone(contact.phone))


def moment(at_ms: int, site: Site) -> str:
    return f"{local(at_ms, site.timezone):%Y-%m-%d %H:%M}"


def newest(consents: Iterable[Consent]) -> dict[str, Consent]:
    """Category -> the last word about it."""
    found: dict[str, Consent] = {}
    for one in sorted(consents, key=lambda each: each.given_ms):
        found[one.category] = one
    return found
