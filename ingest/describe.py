"""What the files of SITE say becomes a record of the log where another description, or none, is in force.

One place does so, the worker that folds the community: it alone knows for sure what is in force. Its record names the
description that it means to replace, so that of two writers (a worker that has just been relieved, a person with
`site apply`) the fold takes the first and refuses the second.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from community.description import HOUSE, Description
from community.model import Position
from community.state import State
from store.log import LogWriter
from store.site_apply import append

log = logging.getLogger("shouwang.describe")

TRIES = 3
"""Somebody else described the community in the same moment: what they said is looked at, and told again."""


class Describer:
    """Once for each community after the start: from then on `site apply` has the word."""

    def __init__(self, writer: LogWriter, files: Mapping[str, Description], epoch: int) -> None:
        """`epoch`: of the positions at which the states stand."""
        self._writer = writer
        self._epoch = epoch
        self._files = files
        self._told: dict[str, str] = {}
        """Community -> position of what was said last; it has to be folded before anything else is said."""
        self._tries = dict.fromkeys(files, TRIES)

    def text(self, community: str) -> bytes:
        """What the file says."""
        return self._files[community].text

    def has_to_look(self, community: str) -> bool:
        return self._tries[community] > 0

    def look(self, state: State) -> None:
        """At a state that stands at the end of its log. Raises LogUnavailable: call it again."""
        community = state.site.id
        if state.position < self._told.get(community, ""):
            return
        file = self._files[community]
        before = state.described.hash if state.described is not None else ""
        if before == file.hash:
            self._tries[community] = 0
            return
        at = append(self._writer, file, before, HOUSE).result()
        self._told[community] = Position(self._epoch, at.partition, at.offset).token()
        self._tries[community] -= 1
        log.info("%s is described by its file: %s in the place of %s", community, file.hash, before or "none")
