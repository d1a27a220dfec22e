"""NOTICES: channels, rules and guardians as a YAML file. Addresses are credentials: `{env: NAME}` or `{file: NAME}`.

Without a file the demo delivers to a page on its own machine, and nobody else tells anybody anything.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from community.demo import is_demo
from community.notices import Guardian, Name, Rule
from community.place import Text
from community.site import Site
from community.words import Lang
from ingest.credentials import Secret, secret_of
from ingest.mapping.places import MappingError, parse
from store.settings import Settings, SettingsError

OUTBOX = "outbox"


class Channel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`url`: as apprise writes addresses (dingtalk://, wecombot://, feishu://, mailto://, json://, ..). None: the page
    of notices itself. `most_per_min`: robots of chat groups take 20 a minute and then none for ten; nobody reads more.
    `language`: of whoever reads it; the community's where it is not said.
    """

    id: Name
    name: Text = Text()
    url: Secret | None = None
    most_per_min: Annotated[int, msgspec.Meta(ge=1, le=600)] = 15
    language: Lang | None = None


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`address`: where others reach this program, for the links that guardians get."""

    channels: tuple[Channel, ...] = ()
    rules: tuple[Rule, ...] = ()
    guardians: tuple[Guardian, ...] = ()
    address: Annotated[str, msgspec.Meta(pattern=r"^(https?://[^\s/]+)?\Z")] = ""


DEMO = Plan(
    channels=(Channel(OUTBOX, Text("本机发件箱", "Local outbox")),),
    rules=(Rule(OUTBOX, ("P1", "P2")), Rule(OUTBOX, ("P1",), after_s=60)),
)


def load_plan(settings: Settings, site: Site, environ: Mapping[str, str] = os.environ) -> Plan:
    """Of one community; the file has them by their ids. Raises SettingsError naming file and place."""
    path = settings.notices
    if path is None:
        return DEMO if is_demo(site) else Plan()
    try:
        told = parse(path.read_text("utf-8"), str(path)).plain()
        plan = _read(told.get(site.id, {}) if isinstance(told, dict) else told, path.parent, environ)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"NOTICES: {path}: cannot be read: {error}") from error
    except (MappingError, msgspec.ValidationError, ValueError) as error:
        raise SettingsError(f"NOTICES: {path}: {site.id}: {error}") from error
    return plan


def _read(told: Any, folder: Path, environ: Mapping[str, str]) -> Plan:
    """Raises ValidationError, ValueError."""

    def hook(wanted: type, value: Any) -> Any:
        if wanted is Secret:
            return secret_of(value, folder, environ)
        raise NotImplementedError(wanted)

    plan: Plan = msgspec.convert(told, type=Plan, dec_hook=hook)
    known = {channel.id for channel in plan.channels}
    if len(known) < len(plan.channels):
        raise ValueError("two channels have the same id")
    for to in (*(rule.to for rule in plan.rules), *(guardian.to for guardian in plan.guardians)):
        if to not in known:
            raise ValueError(f"there is no channel {to!r}, only {', '.join(sorted(known))}")
    return plan
