"""What a rule is: it drafts sentences, and is printed with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..site import Text
from .editions import Eyes
from .facts import Facts

Said = Iterable[tuple[str, str]]
"""(kind, sentence)"""


class Rule(NamedTuple):
    id: str
    text: Text
    says: Callable[[Facts, Eyes, list[str]], Said]
    """Facts, who reads it, the names of what is compared with."""
