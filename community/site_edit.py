"""One change of a site's source, as a person makes it on a page: a number, an alarm's threshold, works, a zone. Pure.

The result goes the way of a file: whoever reads it says what is wrong with it, with its line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Source = Mapping[str, Any]


class NoEdit(ValueError):
    """There is nothing there to change."""


def with_number(source: Source, section: str, name: str, text: str) -> dict[str, Any]:
    """`text` as it stands in the file, `22:00` without its quotes; empty: the program's own number again."""
    return _within(source, "numbers", section, name, text)


def with_threshold(source: Source, alarm: str, name: str, text: str) -> dict[str, Any]:
    return _within(source, "thresholds", alarm, name, text)


def _within(source: Source, part: str, section: str, name: str, text: str) -> dict[str, Any]:
    sections = dict(source.get(part, {}))
    held = dict(sections.get(section, {}))
    if text.strip():
        held[name] = value_of(text)
    elif name not in held:
        raise NoEdit(f"{section}.{name} is the program's own already")
    else:
        del held[name]
    sections[section] = held
    return {**source, part: {key: value for key, value in sections.items() if value}}


SAID = {"是": True, "yes": True, "否": False, "no": False}


def value_of(text: str) -> Any:
    """A number, yes or no, a list (as JSON, or with 、 between); anything else is a text."""
    said = text.strip()
    if said in SAID:
        return SAID[said]
    if "、" in said:
        return [value_of(part) for part in said.split("、") if part.strip()]
    try:
        return json.loads(said)
    except ValueError:
        return said


def with_works(source: Source, begins: str, ends: str, devices: Sequence[str], reason: str) -> dict[str, Any]:
    window = {"from": begins, "until": ends, "devices": list(devices)} | ({"reason": reason} if reason else {})
    return {**source, "maintenance": [*source.get("maintenance", ()), window]}


def without(source: Source, part: str, said: str) -> dict[str, Any]:
    """Without the entry of the list that was shown as `said` (its JSON): another has the same number by now."""
    held = list(source.get(part, ()))
    kept = [entry for entry in held if shown(entry) != said]
    if len(kept) == len(held):
        raise NoEdit("it is not there any more")
    return {**source, part: kept}


def shown(entry: Any) -> str:
    """The same whether what is empty stands in it or not."""
    return json.dumps(_bare(entry), ensure_ascii=False, sort_keys=True)


def _bare(entry: Any) -> Any:
    if isinstance(entry, Mapping):
        return {key: _bare(value) for key, value in entry.items() if value not in ("", [], {}, (), None)}
    return entry


def with_zone(
    source: Source, id_: str, name: Mapping[str, str], buildings: Sequence[str], areas: Sequence[str]
) -> dict[str, Any]:
    """New, or in the place of the one of that id."""
    zone = {"id": id_, "name": {lang: text for lang, text in name.items() if text}}
    zone |= {key: list(held) for key, held in (("buildings", buildings), ("areas", areas)) if held}
    others = [one for one in source.get("zones", ()) if one.get("id") != id_]
    return {**source, "zones": [*others, zone]}
