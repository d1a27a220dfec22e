"""A message that stands in its topic twice: told by the id that the intake gave it, or by its sender's mark.

    gateway-19a3f2-7          an id of the intake: equal ids are one message, whose fate was unknown as the log fell
    gateway-19a3f2-7~9c41..    with the sender's mark (MQTT: packet id, topic, payload)
    gateway-19a400-1~9c41..!   what the sender itself calls a repetition: one whose mark is known is that message again

Who knows the place of what he tells (a Kafka elsewhere, a file) calls all of it a repetition: no other has that place.

A mark alone proves nothing: packet ids come round, and a switch says ON every day. So only what is called a repetition
is held against the marks.
"""

from __future__ import annotations

from collections import OrderedDict

REMEMBERED = 10_000
"""Ids and marks: far more than one batch, and than a broker keeps in flight."""


def marked(mark: bytes, *, again: bool) -> str:
    """What follows an id."""
    return f"~{mark.hex()}{'!' if again else ''}"


class Copies:
    """What was read last of one partition."""

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def is_copy(self, message_id: bytes) -> bool:
        _, _, mark = message_id.partition(b"~")
        again = mark.endswith(b"!")
        mark = mark.removesuffix(b"!")
        if message_id in self._seen or (again and mark in self._seen):
            return True
        for name in filter(None, (message_id, mark)):
            self._seen[name] = None
            self._seen.move_to_end(name)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return False
