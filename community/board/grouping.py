"""In a flood: which alarms probably have one cause, so that sixty rows become four.

Every P1 stands by itself. Of the rest those belong together that began within the site's `group_window_s` (120 s)
behind one parent (feeder, switch, recorder), by way of one gateway (a feed) or in one place (area, building), the
largest such group first; what is left is put together by type. A group is named after the first of it, as the first is
where a cause shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..numbers import ms
from ..site import Site
from ..state import Alarm

PARENT, GATEWAY, PLACE = range(3)
"""Of two groups of one size a common parent says more of a cause than a common gateway, and that more than a place."""

Scope = tuple[int, str]


class Group(NamedTuple):
    members: list[Alarm]
    """In the order of the list."""
    by: str = ""
    """cause, type; empty: a single alarm."""

    @property
    def first_out(self) -> Alarm:
        return min(self.members, key=_began)

    @property
    def gravest(self) -> Alarm:
        return self.members[0]


def groups(alarms: Sequence[Alarm], site: Site) -> list[Group]:
    """`alarms` worst first; the groups in the order of their worst members."""
    taken: dict[str, Group] = {}
    for cluster in _clusters([a for a in alarms if a.priority != "P1"], site):
        left = [alarm for alarm in cluster if alarm.key not in taken]
        if len(left) > 1:
            taken |= dict.fromkeys((a.key for a in left), _as_listed(alarms, left, "cause"))
    types: dict[str, list[Alarm]] = {}
    for alarm in alarms:
        if alarm.priority != "P1" and alarm.key not in taken:
            types.setdefault(alarm.id, []).append(alarm)
    for members in types.values():
        if len(members) > 1:
            taken |= dict.fromkeys((a.key for a in members), Group(members, "type"))
    found: dict[str, Group] = {}
    for alarm in alarms:
        group = taken.get(alarm.key) or Group([alarm])
        found.setdefault(group.gravest.key, group)
    return list(found.values())


def _as_listed(alarms: Sequence[Alarm], members: list[Alarm], by: str) -> Group:
    keys = {member.key for member in members}
    return Group([alarm for alarm in alarms if alarm.key in keys], by)


def _clusters(alarms: Sequence[Alarm], site: Site) -> list[list[Alarm]]:
    """Runs of alarms in one scope that began within the window of their first, the largest first."""
    window_ms = ms(site.house.group_window_s)
    scopes: dict[Scope, list[Alarm]] = {}
    for alarm in sorted(alarms, key=_began):
        for scope in _scopes(alarm, site):
            scopes.setdefault(scope, []).append(alarm)
    runs: list[tuple[int, Scope, list[Alarm]]] = []
    for scope, members in scopes.items():
        run: list[Alarm] = []
        for alarm in members:
            if run and alarm.activated_ms - run[0].activated_ms > window_ms:
                runs.append((-len(run), scope, run))
                run = []
            run.append(alarm)
        runs.append((-len(run), scope, run))
    return [run for _, _, run in sorted(runs, key=lambda r: (r[0], r[1], _began(r[2][0]))) if len(run) > 1]


def _scopes(alarm: Alarm, site: Site) -> list[Scope]:
    """The device itself where it is a parent of others, those above it, its feed, and where it stands."""
    device = site.by_id.get(alarm.device)
    if device is None:
        return []
    found: list[Scope] = [(PARENT, device.id)]
    parent = device.parent
    while parent and (PARENT, parent) not in found:
        found.append((PARENT, parent))
        above = site.by_id.get(parent)
        parent = above.parent if above is not None else ""
    found.append((GATEWAY, device.source))
    place = device.area or device.building
    if place:
        found.append((PLACE, f"{device.building}/{device.area}"))
    return found


def _began(alarm: Alarm) -> tuple[int, str]:
    return alarm.activated_ms, alarm.key
