"""Transaction ids: unique in this installation, the same again for a StartTransaction that is sent again.

A charge point that got no answer repeats StartTransaction; a second id would leave a session that never ends. So each
start is remembered by what it says, in a file of JSON lines that is fsynced before the id is handed out.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import msgspec

KEPT = 10_000
"""Transactions remembered: some ten days of a thousand charge points, and chargers resend within days."""

_EPOCH_S = 1_735_689_600
"""2025-01-01: ids begin at the seconds since then. They stay unique even if the file is lost, below 2^31 until 2093."""


class Transaction(msgspec.Struct, omit_defaults=True):
    id: int
    device: str
    connector: int
    mark: str
    """What the StartTransaction said, hashed."""
    ended: bool = False


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Transaction).decode


class Ledger:
    """Used from one thread. A later line of the file replaces an earlier one of the same id."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._by_id: dict[int, Transaction] = {}
        self._load()
        self._rewrite()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)

    def begin(self, device: str, connector: int, request: dict[str, Any], message_id: str) -> int:
        """The id for this start; durable when it returns. Raises OSError (disk full, ..)."""
        mark = _mark(device, request, message_id)
        for transaction in reversed(self._by_id.values()):
            if transaction.mark == mark and not transaction.ended:
                return transaction.id
        newest = max((transaction.id for transaction in self._by_id.values() if transaction.mark), default=0)
        id = max(newest + 1, int(time.time()) - _EPOCH_S)
        while id in self._by_id:
            id += 1
        transaction = Transaction(id, device, connector, mark)
        self._write(transaction)
        os.fdatasync(self._file)
        self._by_id[transaction.id] = transaction
        if len(self._by_id) > 2 * KEPT:
            self._forget_old()
        return transaction.id

    def seen(self, device: str, connector: int, transaction_id: int) -> None:
        """A meter value names a running transaction that this file may not know."""
        if transaction_id not in self._by_id:
            self._by_id[transaction_id] = Transaction(transaction_id, device, connector, "")

    def end(self, device: str, transaction_id: int) -> None:
        transaction = self._by_id.get(transaction_id)
        if transaction is not None and transaction.device == device and not transaction.ended:
            transaction.ended = True
            self._write(transaction)

    def running(self, device: str, connector: int) -> int | None:
        """The newest transaction of a connector that has not ended."""
        for transaction in reversed(self._by_id.values()):
            if transaction.device == device and transaction.connector == connector:
                return None if transaction.ended else transaction.id
        return None

    def close(self) -> None:
        os.close(self._file)

    def _load(self) -> None:
        if not self._path.exists():
            return
        for line in self._path.read_bytes().splitlines():
            try:
                transaction = _decode(line)
            except msgspec.DecodeError:
                continue  # torn by a power cut: it was not handed out
            self._by_id.pop(transaction.id, None)
            self._by_id[transaction.id] = transaction

    def _forget_old(self) -> None:
        os.close(self._file)
        self._rewrite()
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)

    def _rewrite(self) -> None:
        kept = sorted(self._by_id.values(), key=lambda t: t.id)[-KEPT:]
        self._by_id = {transaction.id: transaction for transaction in kept}
        temporary = self._path.with_suffix(".part")
        with temporary.open("wb") as file:
            file.writelines(_encode(transaction) + b"\n" for transaction in kept)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self._path)

    def _write(self, transaction: Transaction) -> None:
        # A line of its own, whatever a write that failed half-way left behind.
        os.write(self._file, b"\n" + _encode(transaction) + b"\n")


def _mark(device: str, request: dict[str, Any], message_id: str) -> str:
    """A start without a time is told from the next one only by its message id."""
    told = [device, request, "" if request.get("timestamp") else message_id]
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()[:24]
