"""What must hold for every system there is: a typo in a group's name is a rule that never looks, and nobody notices."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections import Counter

import pytest

from community.catalogue import CATALOGUE
from community.systems import REDUCERS, SYSTEMS
from community.systems.base import System

EVERY_SYSTEM = pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS.keys())

BY_THE_FOLD = {"SOURCE_STALE", "DEAD_LETTERS"}
"""A feed is no device: `fold.source_alarm`, the sweep of deadlines and `community/letters.py` raise it themselves."""

NO_RULE_YET: set[str] = set()
"""Of the alarms of the catalogue. It only shrinks: take out what a system has learnt to see."""

OF_EVERY_DEVICE = {"presence", "clock"}
"""What the fold itself says of a device: it is heard again, its clock has become right or wrong."""


def groups_given(system: System) -> list[re.Pattern[str]]:
    """Patterns of the groups that the system's reducers can give, and of those that every device's can: read off the
    first argument of each `Patch` they are made with."""
    reducers = [*system.reducers.values(), *SYSTEMS["common"].reducers.values()]
    patterns: list[re.Pattern[str]] = []
    for module in {reducer.reduce.__module__ for reducer in reducers}:
        for node in ast.walk(ast.parse(inspect.getsource(sys.modules[module]))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Patch":
                patterns.append(_pattern(node.args[0], f"{module}:{node.lineno}"))
    return patterns


def _pattern(group: ast.expr, where: str) -> re.Pattern[str]:
    if isinstance(group, ast.Constant):
        return re.compile(re.escape(group.value))
    assert isinstance(group, ast.JoinedStr), f"{where}: name the group where the Patch is made, so that it can be found"
    parts = (re.escape(part.value) if isinstance(part, ast.Constant) else ".+" for part in group.values)
    return re.compile("".join(parts))


def never_given(system: System, named: frozenset[str]) -> set[str]:
    patterns = groups_given(system)
    tracked = {tracker.group for tracker in system.trackers}
    return {g for g in named - OF_EVERY_DEVICE - tracked if not any(p.fullmatch(g) for p in patterns)}


def test_a_group_that_nobody_gives_is_found() -> None:
    cameras = SYSTEMS["cameras"]
    named = frozenset(("status", "event:occluded", "battery", "presence", "statsu", "event", "track:nobody", "meter"))
    assert never_given(cameras, named) == {"statsu", "event", "track:nobody", "meter"}


@EVERY_SYSTEM
def test_every_rule_looks_at_groups_that_somebody_gives(system: System) -> None:
    for rule in system.rules:
        assert rule.groups, f"{rule.alarm} looks at nothing"
        assert not never_given(system, rule.groups), f"{rule.alarm} waits for what never comes"


@EVERY_SYSTEM
def test_every_tracker_is_told_by_groups_that_somebody_gives(system: System) -> None:
    for tracker in system.trackers:
        assert tracker.groups, f"{tracker.name} is told nothing"
        # A tracker's answer wakes rules, not other trackers.
        others = {group for group in tracker.groups if group.startswith("track:")}
        assert not others | never_given(system, tracker.groups), f"{tracker.name} waits for what never comes"


@EVERY_SYSTEM
def test_every_alarm_of_a_system_is_in_the_catalogue(system: System) -> None:
    alarms = {rule.alarm for rule in system.rules}
    if system.silence is not None:
        alarms.add(system.silence.alarm)
    assert not alarms - set(CATALOGUE)


@EVERY_SYSTEM
def test_two_rules_of_one_alarm_do_not_look_at_one_group(system: System) -> None:
    """Both would settle `ALARM/device` one after the other, and the second would end what the first has seen."""
    looks = Counter((rule.alarm, group) for rule in system.rules for group in rule.groups)
    assert [look for look, times in looks.items() if times > 1] == []


@EVERY_SYSTEM
def test_names_are_one_systems_own(system: System) -> None:
    names = [tracker.name for tracker in system.trackers]
    assert len(names) == len(set(names)), "two trackers would share one memory"
    assert system.name.zh and system.name.en
    assert system.numbers.section == system.id
    assert {type_ for type_, (owner, _) in REDUCERS.items() if owner is system} == set(system.reducers)


def test_the_catalogue_and_what_is_seen_of_it() -> None:
    """Fails when a rule is added and NO_RULE_YET still lists its alarm, and when a rule is lost."""
    seen = {rule.alarm for system in SYSTEMS.values() for rule in system.rules}
    seen |= {system.silence.alarm for system in SYSTEMS.values() if system.silence is not None}
    assert len(CATALOGUE) == 51
    assert set(CATALOGUE) - seen - BY_THE_FOLD == NO_RULE_YET
    assert not seen & BY_THE_FOLD
