"""Personal data in a payload that nobody has mapped: hidden from whoever reads it, put back where it is written again.

A gateway takes out what its source declares as personal; a payload that could not be read may hold more than that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_NUMBERS = (
    r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|(?:\+?86)?1[3-9][0-9]{9})(?![0-9A-Za-z])"
    r"|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·• ]?[A-Z0-9]{5,6}(?![0-9A-Za-z])"
)
"""An identity card, a mobile telephone, a plate."""
_NAMED = (
    r"(?:person_?|user_?|owner_?|resident_?|employee_?|visitor_?|guest_?|first_?|last_?|full_?|display_?)name"
    r"|name_?of_?person|phone(?:_?number)?|mobile(?:_?number)?|telephone|id_?card(?:_?no)?|identity_?(?:no|number)"
    r"|employee_?no(?:string)?|card_?no|card_?number|plate(?:_?no|_?number)?|license_?plate|address|e?mail"
    r"|face_?(?:url|id|pic\w*|data)|id_?tag|xm|sfzh|sjh|cphm"
)
"""Fields that hold a person in the payloads of gates, doors and desks."""
_HIDE = re.compile(
    rf'\\?"(?:{_NAMED})\\?"\s*:\s*\\?"(?P<json>(?:[^"\\]|\\[^"])+)|<(?:{_NAMED})>(?P<xml>[^<]+)'
    rf"|(?P<number>{_NUMBERS})|(?P<mark>⟨[0-9]{{1,4}}⟩)",
    re.IGNORECASE,
)
_TYPED = re.compile(
    r"(?P<subject>(?<![0-9A-Za-z])p-[0-9a-f]{8,16}(?![0-9A-Za-z]))"
    r"|(?:\+?86[ -]?)?(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)"  # a mobile telephone as people write it
    r"|(?<!\d)0\d{2,3}[ -]\d{7,8}(?!\d)"
    r"|(?<!\d)\d{6}[ -]\d{8}[ -]\d{3}[\dXx]"  # an identity card in its three parts
    r"|(?<!\d)\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?(?!\d)"  # a bank card in fours
    r"|\d{7,}[Xx]?"
    r"|[一-龥][A-Z][·• ]?[A-Z0-9]{5,6}(?![0-9A-Za-z])"
    r"|[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
)
"""What may name a person in words that somebody typed: telephone, identity card, bank card, account, plate, e-mail. Any
seven digits in a row are such; what the register calls a person by (`p-7f3a91c2`) names nobody."""
_COVER = "***"
_MARK = re.compile("⟨([0-9]{1,4})⟩")
_MOST = 9999


class Veiled(NamedTuple):
    shown: str
    """Each hidden text is a mark, `⟨1⟩`."""
    hidden: Sequence[str]


def veil(text: str) -> Veiled:
    """A text that holds such marks itself keeps them: they are hidden and come back like the rest."""
    hidden: list[str] = []

    def hide(match: re.Match[str]) -> str:
        group = match.lastgroup or ""
        if len(hidden) >= _MOST:
            return match[0].replace(match[group], "***")
        hidden.append(match[group])
        begin = match.start(group) - match.start()
        return f"{match[0][:begin]}⟨{len(hidden)}⟩{match[0][begin + len(match[group]) :]}"

    return Veiled(_HIDE.sub(hide, text), hidden)


def without_numbers(text: str) -> str:
    """Words that somebody typed, without what may name a person: how the log has them, and whoever has not said why."""
    return _TYPED.sub(lambda match: match[0] if match.lastgroup == "subject" else _COVER, text)


def unveil(text: str, hidden: Sequence[str]) -> str:
    """The marks that are still there become what they stood for; one that stands for nothing stays."""

    def show(match: re.Match[str]) -> str:
        at = int(match[1])
        return hidden[at - 1] if 0 < at <= len(hidden) else match[0]

    return _MARK.sub(show, text)
