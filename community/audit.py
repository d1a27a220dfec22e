"""What the audit keeps: facts that the web process tells, and whatever of the journal a person has caused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from .draft import JOURNAL, Draft
from .systems.base import typed

FACT = "audit.fact"
HOUSE = "house"
"""Who ordered it where no person did: a rule of the house."""


class Said(msgspec.Struct, omit_defaults=True):
    """`person`: an id. `action`: what was asked for, `outcome`: allowed or denied, `target`: what it was about,
    `detail`: a word on why or how, `times`: as often within a second or two."""

    action: str
    outcome: str
    person: str = ""
    target: str = ""
    detail: str = ""
    times: int = 1


def note(draft: Draft) -> None:
    """Into the journal as it was told: it changes nothing."""
    said: Said = typed(Said, draft.record.data)
    draft.entry(JOURNAL, FACT, draft.record.subject, draft.clock_ms, msgspec.to_builtins(said))


def is_audited(type_: str, data: Mapping[str, Any]) -> bool:
    """Of journal entries: facts, refusals, and what a person has caused."""
    return type_ in (FACT, "command.refused") or data.get("by", "") not in ("", HOUSE) or bool(data.get("person"))
