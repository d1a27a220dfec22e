"""Durable intake: a device is answered only after the log, or a fsynced spool, has its message.

    intake = Intake(lambda: open_writer(settings), Spool(settings.var / "spool" / "gateway"), origin="gateway")
    await intake.accept(topic, key, value)      # durable when it returns; raises IntakeRefused: do not answer

Two threads, one at work on the log at a time. The *intake* thread takes all that waits and shares one flush (or one
fsync) among it. When the log fails, the batch and everything after it goes to the spool, and the *drainer* moves the
spool to the log in order; only when it is empty does the intake thread speak to the log again. Order holds per device
because a device sends its next message only after the answer to this one.

A message whose fate was unknown when the log failed may stand there twice: both copies carry the same `id` header.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError

from ingest.spool import Spool, Spooled, SpoolFull
from store.log import LogUnavailable, LogWriter

log = logging.getLogger(__name__)

PATIENCE_S = 3.0
"""How long a device waits for the log before its message goes to the spool; chargers wait 10 to 60 s for an answer."""

BATCH = 500
"""Messages that share one flush: above it a batch only grows the wait of its first message."""

WAITING_BYTES = 32 * 1024 * 1024
"""Messages in memory, not yet durable. Devices wait for answers, so this is reached only when disk and log hang."""

VALUE_BYTES = 512 * 1024
"""Twice the largest record: what is larger belongs in the blob store, and a broker would refuse it for ever."""

BACKOFF_S = (0.05, 0.1, 0.2, 0.5, 1.0)


class IntakeRefused(OSError):
    """Neither the log nor the spool can take it. Temporary: leave the device without an answer, it sends again."""


class _Waiting:
    __slots__ = ("done", "message")

    def __init__(self, message: Spooled) -> None:
        self.message = message
        self.done: Future[None] = Future()


class Intake:
    """`origin` names the gateway in message ids. `on_change(spooled)` is called when the spool comes into use and
    when it is empty again, from a thread of the intake."""

    def __init__(
        self,
        open_writer: Callable[[], LogWriter],
        spool: Spool,
        *,
        origin: str,
        on_change: Callable[[int], None] = lambda spooled: None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._open_writer = open_writer
        self._spool = spool
        self._prefix = f"{origin}-{time.time_ns() // 1_000_000:x}"
        self._on_change = on_change
        self._patience_s = patience_s
        self._writer: LogWriter | None = None
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._number = 0
        self._wake = threading.Condition()
        self._path = threading.Lock()
        """Held while something is put into the spool and while it is decided that the spool is empty."""
        self._direct = threading.Event()
        self._spooling = threading.Event()
        self._told = len(spool) > 0
        """`on_change` has, or may have, to say that the spool is empty again."""
        self._asking = False
        """The log did not answer when it was last asked."""
        self._stopping = threading.Event()
        self.failure: Future[None] = Future()
        """Carries the exception when a thread of the intake dies of a bug: whoever runs the gateway must end."""
        self._threads = [
            threading.Thread(target=self._guard, args=(run,), name=name, daemon=True)
            for name, run in (("intake", self._take), ("drainer", self._drain))
        ]

    def start(self, wait_s: float = 10.0) -> Intake:
        """Waits a little for the log, so that a healthy start does not begin in the spool: a broker that has just come
        up makes its topics first."""
        self._spooling.set()
        for thread in self._threads:
            thread.start()
        self._direct.wait(wait_s)
        return self

    @property
    def spooled(self) -> int:
        """Messages in the spool. Above 0: the log is, or was just now, not to be had."""
        return len(self._spool)

    async def accept(self, topic: str, key: str, value: bytes) -> None:
        await asyncio.shield(asyncio.wrap_future(self.submit(topic, key, value)))

    async def failed(self) -> None:
        """Never returns; raises what a thread of the intake died of."""
        await asyncio.shield(asyncio.wrap_future(self.failure))

    def submit(self, topic: str, key: str, value: bytes, mark: str = "") -> Future[None]:
        """The same for threads: the future is done when the message is durable. `mark`: see `ingest/copies.py`."""
        if len(value) > VALUE_BYTES:
            raise ValueError(f"a message of {len(value)} bytes belongs in the blob store")
        with self._wake:
            if self._stopping.is_set() or self.failure.done():
                raise IntakeRefused("the intake has ended")
            if self._waiting_bytes + len(value) > WAITING_BYTES:
                raise IntakeRefused(f"{WAITING_BYTES} bytes wait for the disk already")
            self._number += 1
            waiting = _Waiting(Spooled(topic, key, f"{self._prefix}-{self._number}{mark}", value))
            self._waiting.append(waiting)
            self._waiting_bytes += len(value)
            self._wake.notify()
        return waiting.done

    def close(self) -> None:
        """Takes what was submitted, then ends. What is still in the spool is moved by the next start."""
        with self._wake:
            if self._stopping.is_set():
                return
            self._stopping.set()
            self._wake.notify_all()
        self._spooling.set()
        for thread in self._threads:
            thread.join()
        if self._writer is not None:
            self._writer.close()
        self._spool.close()

    # ---- the intake thread
    def _take(self) -> None:
        while batch := self._next_batch():
            direct = self._direct.is_set()
            rest = self._to_log([w.message for w in batch], self._patience_s) if direct else 0
            error = self._to_spool([w.message for w in batch[rest:]], direct) if rest < len(batch) else None
            with self._wake:
                self._waiting_bytes -= sum(len(w.message.value) for w in batch)
            for at, waiting in enumerate(batch):
                _settle(waiting.done, error if at >= rest else None)

    def _next_batch(self) -> list[_Waiting]:
        """All that waits, at most BATCH; empty when the intake has ended."""
        with self._wake:
            while not self._waiting:
                if self._stopping.is_set():
                    return []
                self._wake.wait()
            return [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]

    def _to_spool(self, messages: Sequence[Spooled], log_failed: bool) -> IntakeRefused | None:
        with self._path:
            try:
                self._spool.append(messages)
            except SpoolFull as error:
                log.error("%s; devices get no answer", error)
                return IntakeRefused(str(error))
            finally:
                self._direct.clear()
                self._spooling.set()
                self._told = True
                self._asking |= log_failed
        if log_failed:
            log.warning("the log is not to be had: messages go to the spool")
            self._on_change(self.spooled)
        return None

    # ---- the drainer thread
    def _drain(self) -> None:
        failures = 0
        while True:
            self._spooling.wait()
            if self._stopping.is_set():
                return
            if self._move():
                failures = 0
            else:
                self._stopping.wait(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
                failures += 1

    def _move(self) -> bool:
        """One step from the spool to the log. False: the log is not to be had."""
        if self._writer is None:
            try:
                self._writer = self._open_writer()
            except LogUnavailable:
                return False
        # One message asks whether the log is back: each try may leave a second copy of what it sends.
        messages = self._spool.peek(1 if self._asking else BATCH)
        if messages:
            moved = self._to_log(messages, 2 * self._patience_s)
            self._spool.advance(moved)
            self._asking = moved < len(messages)
            return not self._asking
        with self._path:
            if self._spool.peek(1):
                return True
            self._spooling.clear()
            self._direct.set()
            told, self._told = self._told, False
        if told:
            self._on_change(0)
        return True

    # ---- both
    def _to_log(self, messages: Sequence[Spooled], patience_s: float) -> int:
        """How many of the messages, from the first, the log has for certain."""
        assert self._writer is not None
        deadline = time.monotonic() + patience_s
        try:
            pending = [self._writer.append(m.topic, m.key, m.value, headers=[("id", m.id.encode())]) for m in messages]
        except LogUnavailable as error:
            log.info("%s", error)
            return 0
        for count, appended in enumerate(pending):
            try:
                appended.result(max(0.001, deadline - time.monotonic()))
            except LogUnavailable as error:
                log.info("%s", error)
                return count
        return len(pending)

    def _guard(self, run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as error:
            if not self.failure.done():
                self.failure.set_exception(error)
            with self._wake:
                abandoned, self._waiting = list(self._waiting), deque()
            for waiting in abandoned:
                _settle(waiting.done, IntakeRefused("the intake has ended"))
            raise


def _settle(done: Future[None], error: IntakeRefused | None) -> None:
    try:
        done.set_exception(error) if error else done.set_result(None)
    except InvalidStateError:
        pass  # whoever waited has gone
