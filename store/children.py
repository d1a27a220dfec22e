"""Child processes that never outlive this one, however it ends (kill -9 included).

On Linux the kernel does it: each child asks for a SIGKILL at its parent's death. Elsewhere a tiny shell holds the far
end of a pipe: when the pipe closes without a word, the parent is gone and the shell kills the children it was told of.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_PR_SET_PDEATHSIG = 1
_ASK_S = 0.5

_WATCHER = """
live=
while read -r op pid; do
  case $op in
    +) live="$live $pid" ;;
    -) kept=; for p in $live; do [ "$p" = "$pid" ] || kept="$kept $p"; done; live=$kept ;;
  esac
done
for p in $live; do kill -s KILL -- "-$p" 2>/dev/null; done
"""


class Children:
    """Starts children in process groups of their own: a Ctrl-C at the terminal reaches only this process.

    Use it from the main thread: Linux counts the death of the starting *thread* as the parent's. `watcher` is None
    for the platform's own way; True forces the shell watcher (tests prove it on Linux).
    """

    def __init__(self, *, watcher: bool | None = None) -> None:
        self._with_watcher = sys.platform != "linux" if watcher is None else watcher
        self._watcher: subprocess.Popen[bytes] | None = None
        # resolved before the fork: between fork and exec nothing may be imported or looked up
        self._prctl: Any = None if self._with_watcher else ctypes.CDLL(None, use_errno=True).prctl

    def start(
        self,
        args: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        """Like subprocess.Popen (raises OSError); stdin is empty."""
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("children are started from the main thread: their life hangs on it")
        child = subprocess.Popen(
            args,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            pass_fds=pass_fds,
            process_group=0,
            preexec_fn=None if self._with_watcher else self._die_with_parent,
        )
        if self._with_watcher:
            self._tell("+", child.pid)
        return child

    def forget(self, child: subprocess.Popen[bytes]) -> None:
        """The child has ended and was waited for; its number may soon be somebody else's."""
        if self._watcher is not None:
            self._tell("-", child.pid)

    def close(self) -> None:
        """Ends the watcher without a kill: the children that still run are let live."""
        if self._watcher is not None:
            end(self._watcher, signal.SIGKILL)
            if self._watcher.stdin is not None:
                self._watcher.stdin.close()
            self._watcher.wait()
            self._watcher = None

    def _die_with_parent(self) -> None:
        self._prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    def _tell(self, op: str, pid: int) -> None:
        if self._watcher is None:
            self._watcher = subprocess.Popen(["/bin/sh", "-c", _WATCHER], stdin=subprocess.PIPE, process_group=0)
        pipe = self._watcher.stdin
        assert pipe is not None
        pipe.write(f"{op} {pid}\n".encode())
        pipe.flush()


def end_with(parent: int) -> None:
    """For a program that was started by other means (asyncio): from now on it ends when its parent does.

    `parent`: the process that started it, as it said itself; by now it may be gone. It is asked after twice a second,
    by a thread: soon enough for work that nobody waits for any more.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_ASK_S)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True, name="parent").start()


def end(child: subprocess.Popen[bytes], sig: signal.Signals) -> None:
    """Signals the child's whole process group; a child that is already gone is no error."""
    if child.returncode is None:
        try:
            os.killpg(child.pid, sig)
        except ProcessLookupError:
            pass
