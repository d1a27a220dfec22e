"""The ISA-18.2 state machine of PyPI `alerta-server` (Apache-2.0): written by others, who know nothing of this project.

Only its module `alerta.models.alarms.isa_18_2` is loaded, under a name of its own. The package would start a web
application with a database.
"""

from __future__ import annotations

import importlib.util
import logging
import sys
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from flask import Flask

NORMAL = "OK"
"""Its severity of no alarm; those above it grow from `Low` to `Critical`."""


def _module(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _load() -> Any:
    folder = Path(str(distribution("alerta-server").locate_file("alerta/models/alarms")))
    names = ("alerta", "alerta.models", "alerta.models.alarms")
    held = {name: sys.modules.get(name) for name in names}
    try:
        for name in names[:2]:
            sys.modules[name] = ModuleType(name)
        _module(names[2], folder / "__init__.py")
        return _module("tests.foreign_isa_18_2", folder / "isa_18_2.py")
    finally:
        for name, module in held.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


_isa = _load()
_app = Flask("alerta")
_app.config.update(SEVERITY_MAP={}, COLOR_MAP={}, DEFAULT_NORMAL_SEVERITY="", DEFAULT_PREVIOUS_SEVERITY="")
_app.logger.setLevel(logging.WARNING)
_STATUS = {letter: status for status, letter in _isa.STATUS_MAP.items()}


class Machine:
    """One alarm there. `state` is its letter: A normal, B unacknowledged, C acknowledged, D returned, E shelved,
    F suppressed by design, G out of service."""

    def __init__(self) -> None:
        with _app.app_context():
            self._machine = _isa.StateMachine(_app)
        self.state = "A"
        self.severity = NORMAL

    def process(self, severity: str, suppressed: bool = False) -> None:
        """The process speaks. Suppression and service are for a plugin there: it says so with each event."""
        outside = _STATUS["G" if self.state == "G" else "F" if suppressed and severity != NORMAL else "A"]
        self._ask(severity, outside, None)

    def operator(self, action: str) -> None:
        """`ack`, `shelve` or `unshelve`."""
        self._ask(self.severity, _STATUS[self.state], action)

    def unmask(self) -> None:
        """The plugin says no more that it is suppressed or out of service: the next event decides."""
        self._ask(self.severity, _STATUS["A"], None)

    def _ask(self, severity: str, status: str, action: str | None) -> None:
        alert = SimpleNamespace(severity=severity, previous_severity=self.severity, status=status)
        with _app.app_context():
            self.severity, after = self._machine.transition(alert, _STATUS[self.state], action=action)
        self.state = _isa.STATUS_MAP[after]
