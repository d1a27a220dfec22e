"""Every entry that a test of the fold sees written is held against what is published of it (community/journal.py)."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import pytest

from community.draft import ACTIONS, JOURNAL, Draft
from community.journal import JOURNAL as SHAPES
from community.journal import ORDERS


@cache
def named(shape: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(field.encode_name for field in msgspec.structs.fields(shape))


@pytest.fixture(autouse=True, scope="package")
def every_entry_has_its_shape() -> Any:
    write = Draft.entry

    def entry(draft: Draft, topic: str, type_: str, subject: str, at_ms: int, data: dict[str, Any]) -> str:
        id_ = write(draft, topic, type_, subject, at_ms, data)
        said = msgspec.json.decode(msgspec.json.encode(draft.changes.entries[-1].data))
        shape = {JOURNAL: SHAPES, ACTIONS: ORDERS}[topic][type_]
        msgspec.convert(said, shape)
        assert said.keys() <= named(shape), f"{type_}: {said.keys() - named(shape)}"
        return id_

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Draft, "entry", entry)
        yield
