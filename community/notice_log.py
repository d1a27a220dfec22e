"""`notice.delivery`: what became of a notice, into the journal beside its alarm. It changes nothing."""

from __future__ import annotations

from typing import Annotated

import msgspec

from .draft import JOURNAL, Draft
from .model import BadRecord
from .systems.base import typed

DELIVERY = "notice.delivery"


class Delivery(msgspec.Struct, omit_defaults=True):
    """`channel`: its id, never an address. `outcome`: sent, failed, or held (too many in a minute);
    `answer`: what came back by its link."""

    channel: Annotated[str, msgspec.Meta(min_length=1)]
    outcome: str
    occurrence: str = ""
    tries: int = 1
    escalated: bool = False
    answer: str = ""


def delivered(draft: Draft) -> None:
    said: Delivery = typed(Delivery, draft.record.data)
    if said.outcome not in ("sent", "failed", "held", "answered"):
        raise BadRecord(f"data: outcome {said.outcome!r} is none of sent, failed, held, answered")
    draft.entry(JOURNAL, f"notice.{said.outcome}", draft.record.subject, draft.clock_ms, msgspec.to_builtins(said))
