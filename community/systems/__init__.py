"""The systems of a community, one file each: a module here that holds a `SYSTEM` is one. Adding one: write its file."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from ..catalogue import bring
from ..history.numbers import Retention
from ..numbers import House, Numbers
from ..reports.numbers import Schedule
from ..site import Device
from . import common
from .base import Reducer, Rule, System, Tracker
from .tile import Tile


def _systems() -> dict[str, System]:
    modules = [
        import_module(f"{__name__}.{info.name}") for info in sorted(iter_modules(__path__), key=lambda m: m.name)
    ]
    found: list[System] = [module.SYSTEM for module in modules if hasattr(module, "SYSTEM")]
    return {system.id: system for system in found}


SYSTEMS: Mapping[str, System] = _systems()

for _system in SYSTEMS.values():
    for _alarm in _system.alarms:
        bring(_alarm)

NUMBERS: Mapping[str, type[Numbers]] = {
    House.section: House,
    Retention.section: Retention,
    Schedule.section: Schedule,
    **{system.id: system.numbers for system in SYSTEMS.values()},
}
"""Section of a site's numbers -> its struct."""

REDUCERS: Mapping[str, tuple[System, Reducer]] = {
    type_: (system, reducer) for system in SYSTEMS.values() for type_, reducer in system.reducers.items()
}


def _kinds(system: System) -> frozenset[str]:
    named = [rule.kinds for rule in system.rules] + [tracker.kinds for tracker in system.trackers]
    if system.silence is not None:
        named.append(system.silence.kinds)
    return system.kinds.union({reducer.kind for reducer in system.reducers.values()}, *named)


KINDS: Mapping[str, frozenset[str]] = {id_: _kinds(system) for id_, system in SYSTEMS.items()}
"""System -> the kinds of devices that something is known of."""


def rules_of(system: str) -> tuple[Rule, ...]:
    """The system's own rules, and those of every device."""
    own = SYSTEMS[system].rules if system in SYSTEMS and system != "common" else ()
    return own + common.SYSTEM.rules


def trackers_of(system: str) -> tuple[Tracker, ...]:
    return SYSTEMS[system].trackers if system in SYSTEMS else ()


Plan = tuple[tuple[tuple[Tracker, tuple[Rule, ...]], ...], tuple[Rule, ...]]
"""Who looks at a device when a group of its values has changed: trackers first, each with the rules that look once it
remembers something else, then rules."""

_NOBODY: Plan = ((), ())

_PLANS: Mapping[tuple[str, str], dict[str, Plan]] = {
    (system, group): {}
    for system in (*SYSTEMS, "unknown")
    for groups in (*(rule.groups for rule in rules_of(system)), *(t.groups for t in trackers_of(system)))
    for group in groups
}
"""(system, group) -> kind -> plan, filled as kinds turn up: there are as many as the sites describe."""


def plan_of(system: str, kind: str, group: str) -> Plan:
    """The trackers and rules that a device of this kind has for this group of values."""
    kinds = _PLANS.get((system, group))
    if kinds is None:
        return _NOBODY
    plan = kinds.get(kind)
    if plan is None:
        plan = kinds[kind] = (
            tuple(
                (tracker, rules_after(system, kind, tracker.group))
                for tracker in trackers_of(system)
                if group in tracker.groups and (not tracker.kinds or kind in tracker.kinds)
            ),
            rules_after(system, kind, group),
        )
    return plan


def rules_after(system: str, kind: str, group: str) -> tuple[Rule, ...]:
    """Of a device of this kind those that look when this group has changed."""
    return tuple(r for r in rules_of(system) if group in r.groups and (not r.kinds or kind in r.kinds))


HEEDING: Mapping[str, tuple[tuple[str, Rule], ...]] = {
    alarm: tuple((system.id, rule) for system in SYSTEMS.values() for rule in system.rules if alarm in rule.heeds)
    for alarm in sorted({alarm for system in SYSTEMS.values() for rule in system.rules for alarm in rule.heeds})
}
"""Alarm -> (system, rule) that looks again when it begins or ends nearby."""

TILES: Mapping[str, Tile] = {tile.id: tile for system in SYSTEMS.values() for tile in system.tiles}
"""Tile id -> tile, of every system that has one."""

_OWN: Mapping[tuple[str, str], Tile] = {
    (system.id, kind): tile
    for system in SYSTEMS.values()
    for tile in system.tiles
    if not tile.tag
    for kind in tile.kinds
}
_REST: Mapping[str, Tile] = {
    system.id: tile for system in SYSTEMS.values() for tile in system.tiles if not tile.tag and not tile.kinds
}
_BESIDE = tuple((system.id, tile) for system in SYSTEMS.values() for tile in system.tiles if tile.tag or tile.also)


def tiles_of(system: str, kind: str, described: Device | None) -> tuple[Tile, ...]:
    """The tiles that count a device of this kind, its own first: one, none (a charger, a recorder), or more: a camera
    that looks for falling objects is a camera too."""
    own = _OWN.get((system, kind)) or _REST.get(system)
    beside = [
        tile
        for id_, tile in _BESIDE
        if tile is not own
        and ((system, kind) in tile.also or (tile.tag and id_ == system and kind in tile.kinds))
        and (not tile.tag or (described is not None and tile.takes(described)))
    ]
    return (*([own] if own is not None else []), *beside)


def any_tile(system: str) -> Tile | None:
    """How the system's words are read where no tile counts the kind: a charger, a recorder."""
    return next(iter(SYSTEMS[system].tiles), None) if system in SYSTEMS else None
