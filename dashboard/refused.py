"""What the fold did not carry out of what somebody ordered: a page that said 已记下 takes it back."""

from __future__ import annotations

from community.board.refusal_words import refusal

from .frames import Channel
from .pages import Page


def refused(shown: Channel, at: Page) -> list[dict[str, str]]:
    """`id` of the command and why, in words, of the last ones of whoever asks."""
    mine = [one for one in shown.refused if at.who is not None and one.person == at.who.id]
    return [{"id": one.command, "words": refusal(one.reason, at.lang, at.site.posts)} for one in mine]
