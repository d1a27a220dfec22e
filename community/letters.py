"""Dead letters as an alarm of their feed: somebody speaks, and is not understood.

`tick` counts what was set aside in the last minutes, by feed, and says so when the count changes; the fold holds it
against the site's number. That the count is made outside is no matter: it stands in the record, so a replay agrees.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from . import alarms
from .draft import Draft
from .model import BadRecord
from .systems.base import typed
from .systems.common import Numbers

ALARM = "DEAD_LETTERS"


class Letters(msgspec.Struct):
    letters: Annotated[int, msgspec.Meta(ge=0)]
    """Set aside within the last `window_s`."""
    window_s: Annotated[float, msgspec.Meta(gt=0)]


def counted(draft: Draft) -> None:
    """`source.letters`: more than the site bears is an alarm; it ends when none was set aside for a whole window."""
    feed = draft.record.subject
    if not feed:
        raise BadRecord("no subject: whose letters are they?")
    said: Letters = typed(Letters, draft.record.data)
    key = f"{ALARM}/{feed}"
    alarm = draft.alarm(key)
    many = said.letters >= draft.state.site.numbers_of(Numbers).letters_on
    stands = many or (said.letters > 0 and alarm is not None and alarm.condition)
    if alarm is None and not stands:
        return
    seen = alarms.Seen(stands, {"letters": said.letters} if said.letters else {})
    draft.settle(key, alarm, alarms.observe(alarm, draft.definition(ALARM), feed, seen, draft.clock_ms))
