"""Which charging session a message means. StopTransaction and many MeterValues name a transaction id and nothing else.

A session is `charge point/connector@start time`: the transaction id comes only with the answer to StartTransaction, is
reused across chargers, and begins at 1 again after some reboots. It may be missing from a one-sided log altogether.
"""

from __future__ import annotations

from typing import Any

import msgspec

from community.model import to_rfc3339

from .lenient import text

CONTEXT_LIMIT = 4096
"""Calls and sessions remembered of all charge points of one gateway; the oldest go first."""

ENDED_KEPT = 256
"""Ended sessions that outlive the process, for a StopTransaction that comes again: an hour of a large site."""


class Session(msgspec.Struct, omit_defaults=True):
    """A charging session as StartTransaction announced it, or as far as later messages tell."""

    id: str
    subject: str = ""
    """The connector's device; empty until a message names the connector."""
    meter_start_wh: float | int | None = None
    began_ms: int | None = None
    ended: bool = False


class Context(msgspec.Struct):
    """What earlier payloads said and later ones need. Plain data: a caller may keep it over a restart."""

    calls: dict[str, tuple[str, Session | None]] = {}
    """Charge point and message id -> action asked, and the session it started."""
    sessions: dict[str, Session] = {}
    """Charge point and transaction id -> session."""
    unbound: dict[str, Session] = {}
    """Charge point and connector -> the session whose transaction id nobody has told yet."""

    def lasting(self) -> Context:
        """What a caller stores over a restart: open sessions, the last ended ones, and starts that await their answer.

        Most messages leave it as it is, so that it need not be written again.
        """
        calls = {key: call for key, call in self.calls.items() if call[1] is not None}
        ended = [key for key, session in self.sessions.items() if session.ended]
        old = set(ended[:-ENDED_KEPT])
        return Context(calls, {k: s for k, s in self.sessions.items() if k not in old}, self.unbound)

    def asked(self, station: str, message_id: str, action: str, session: Session | None = None) -> None:
        if message_id:
            _remember(self.calls, _key(station, message_id), (action, session))

    def answered(self, station: str, message_id: str, answer: Any = None) -> str:
        """The action that was asked, empty when nobody saw it; a new transaction's id is bound to its session."""
        action, session = self.calls.pop(_key(station, message_id), ("", None))
        if session is not None and isinstance(answer, dict):
            self.bind(station, answer.get("transactionId"), session)
        return action

    def started(self, station: str, connector: int, session: Session) -> None:
        _remember(self.unbound, _key(station, str(connector)), session)

    def bind(self, station: str, transaction: object, session: Session) -> str:
        """Ties a transaction id to its session; the id as text, empty when there is none."""
        said = transaction_id(transaction)
        if said:
            _remember(self.sessions, _key(station, said), session)
            self._told(session)
        return said

    def session(self, station: str, transaction: object, connector: int | None, at_ms: int | None) -> Session | None:
        """The session a transaction id belongs to. One that began out of our sight gets a name without a start."""
        said = transaction_id(transaction)
        if not said:
            return None
        known = self.sessions.get(_key(station, said))
        if known is not None and not known.ended:
            return known
        # An id used again, or a start whose answer was not recorded.
        session = self._waiting(station, connector, at_ms) or known or Session(f"{station}#{said}")
        self.bind(station, said, session)
        return session

    def unnamed(self, station: str, at_ms: int | None, message_id: str) -> Session:
        """What a StopTransaction without a transaction id ends (an offline start has none on some chargers)."""
        session = self._waiting(station, None, at_ms)
        if session is None:
            return Session(f"{station}#{to_rfc3339(at_ms) if at_ms is not None else message_id or 'unknown'}")
        self._told(session)
        return session

    def _waiting(self, station: str, connector: int | None, at_ms: int | None) -> Session | None:
        """The session without a transaction id that a message of that moment can only mean; None when it is not one."""
        found = [
            session
            for key, session in self.unbound.items()
            if key.startswith(_key(station, ""))
            and (connector is None or key == _key(station, str(connector)))
            and (at_ms is None or session.began_ms is None or at_ms >= session.began_ms)
        ]
        return found[0] if len(found) == 1 else None

    def _told(self, session: Session) -> None:
        for key, waiting in list(self.unbound.items()):
            if waiting.id == session.id:
                del self.unbound[key]


def transaction_id(said: object) -> str:
    """As text; chargers write -1 where they have none."""
    word = text(said)
    return "" if word.startswith("-") else word


def _key(station: str, part: str) -> str:
    return f"{station}\n{part}"


def _remember(where: dict[str, Any], key: str, value: Any) -> None:
    """Newest last; beyond the limit the oldest goes."""
    where.pop(key, None)
    where[key] = value
    if len(where) > CONTEXT_LIMIT:
        del where[next(iter(where))]
