"""Child processes that never outlive the local AWS."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

_WATCHDOG = Path(__file__).with_name("watchdog.py")


class Processes:
    """Starts children, each in a process group of its own, and ends whole groups.

    `close()` ends them in order. If this process is killed before it can do so, a watchdog does: it holds the other end
    of a pipe, and the system closes that pipe however a process ends. (A parent-death signal would be Linux only, and
    tied to the thread that started the child.)
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[int, subprocess.Popen[Any]] = {}
        self._closed = False
        self._watchdog = subprocess.Popen(
            [sys.executable, "-ISu", str(_WATCHDOG)], stdin=subprocess.PIPE, start_new_session=True, text=True
        )

    def start(self, arguments: list[str], **options: Any) -> subprocess.Popen[Any]:
        """Start a child in its own process group.

        Args:
            arguments: The command line.
            **options: Of `subprocess.Popen`, but `start_new_session`.

        Returns:
            The child. Call `ended` once it was waited for, or `stop` to end it.

        Raises:
            RuntimeError: The local AWS is shutting down.
            OSError: The program could not be started.

        """
        with self._lock:
            if self._closed:
                raise RuntimeError(f"The local AWS is shutting down; {arguments[0]} was not started.")
            child = subprocess.Popen(arguments, start_new_session=True, **options)
            self._running[child.pid] = child
            self._tell(f"+{child.pid}")
            return child

    def ended(self, child: subprocess.Popen[Any]) -> None:
        """Forget a child that ended by itself, and kill what it left behind in its group."""
        self.stop(child, grace=0)

    def stop(self, child: subprocess.Popen[Any], grace: float = 5) -> None:
        """End a child and everything it started: SIGTERM first, SIGKILL after `grace` seconds (0: at once)."""
        if grace > 0 and child.poll() is None:
            _signal_group(child, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(grace)
        _signal_group(child, signal.SIGKILL)
        child.wait()
        with self._lock:
            if self._running.pop(child.pid, None):
                self._tell(f"-{child.pid}")

    def close(self) -> None:
        """End every child at once; none can be started any more."""
        with self._lock:
            self._closed = True
            children = list(self._running.values())
        for child in children:
            _signal_group(child, signal.SIGTERM)
        deadline = time.monotonic() + 2
        for child in children:
            self.stop(child, grace=max(0, deadline - time.monotonic()))
        with contextlib.suppress(BrokenPipeError):
            self._watchdog.communicate()

    def _tell(self, line: str) -> None:
        stream = self._watchdog.stdin
        if stream is not None:
            with contextlib.suppress(BrokenPipeError):
                stream.write(f"{line}\n")
                stream.flush()


def _signal_group(child: subprocess.Popen[Any], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)
