"""Work that nobody waits for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue

_LOG = logging.getLogger(__name__)


class Background:
    """Runs tasks one after another in a few threads, which end with the process whatever they are at."""

    def __init__(self, name: str, threads: int) -> None:
        self._tasks: SimpleQueue[tuple[Callable[[], None], str]] = SimpleQueue()
        for _ in range(threads):
            threading.Thread(target=self._work, name=name, daemon=True).start()

    def submit(self, task: Callable[[], None], what: str) -> None:
        """Run a task when a thread is free. An exception of it is logged as the failure of `what`."""
        self._tasks.put((task, what))

    def _work(self) -> None:
        while True:
            task, what = self._tasks.get()
            try:
                task()
            except Exception:
                _LOG.exception("%s failed", what)
