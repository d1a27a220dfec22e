"""Tells a journal entry that was produced twice, in bounded memory.

The relay may produce an entry again, and a state that is rebuilt from the log writes all its entries again, under the
same ids (`<position>/<n>`). Ids grow with the journal, but for one thing: where the log took only a part of what the
relay handed it, the rest follows in the next try. So the newest ids are remembered one by one, and an id below all of
them is a repetition.
"""

from __future__ import annotations

from bisect import bisect_left, insort

import msgspec

REMEMBERED = 256
"""More than the relay hands to the log at once (200): nothing that is new comes behind more ids than that."""

Id = tuple[str, int]


class Repeats(msgspec.Struct, omit_defaults=True):
    newest: list[Id] = []
    """In order, at most REMEMBERED."""

    def first(self, entry_id: str) -> bool:
        """Is this id here for the first time? Raises ValueError for one that the fold did not make."""
        id_ = parse(entry_id)
        newest = self.newest
        if not newest or id_ > newest[-1]:
            newest.append(id_)
        else:
            at = bisect_left(newest, id_)
            if newest[at] == id_ or (at == 0 and len(newest) == REMEMBERED):
                return False
            insort(newest, id_)
        if len(newest) > REMEMBERED:
            del newest[0]
        return True


def parse(entry_id: str) -> Id:
    """(position, number): positions compare as text, the numbers of one position do not."""
    position, _, number = entry_id.rpartition("/")
    if not position or not (number.isascii() and number.isdigit()):
        raise ValueError(f"id {entry_id!r} is not a position and a number")
    return position, int(number)
