"""Processor time of a process and all that it starts, from inside."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass

import psutil

from .measure import SAMPLE_SECONDS, tree


@dataclass(frozen=True)
class _Seen:
    """A process when it was last looked at."""

    parent: int
    own: float
    """Its own processor seconds."""
    of_ended: float
    """Those that the system has added to it, of children that ended."""


class ProcessorTime:
    """Processor time of this process and all that it starts, those included that have ended.

    The system adds the time of a process that ended to its parent's, but not where the parent does not care to be told,
    as the one that forks Spark's Python workers does not. So all are looked at again and again, and of a process that
    ended counts what it had when it was last seen: what the last half second of its life took may be missing.
    """

    def __init__(self) -> None:
        """Looks on until the process ends."""
        self._lock = threading.Lock()
        self._seen: dict[psutil.Process, _Seen] = {}
        threading.Thread(target=self._watch, daemon=True).start()

    def seconds(self) -> float:
        """Processor seconds, user and system, up to now."""
        with self._lock:
            living = self._look()
            children: dict[int, list[psutil.Process]] = defaultdict(list)
            for one, seen in self._seen.items():
                children[seen.parent].append(one)

            def spent(one: psutil.Process) -> float:
                seen = self._seen[one]
                lasting = ended = 0.0
                for child in children[one.pid]:
                    if child in living:
                        lasting += spent(child)
                    else:
                        ended += spent(child)
                return seen.own + lasting + max(seen.of_ended, ended)

            return spent(psutil.Process())

    def _watch(self) -> None:
        while True:
            time.sleep(SAMPLE_SECONDS)
            with self._lock:
                self._look()

    def _look(self) -> frozenset[psutil.Process]:
        """Looks at all processes that there are now."""
        living = set()
        for process in tree(psutil.Process().pid):
            try:
                times = process.cpu_times()
                # Not all systems tell of children.
                of_ended = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
                self._seen[process] = _Seen(process.ppid(), times.user + times.system, of_ended)
            except psutil.Error:
                continue
            living.add(process)
        return frozenset(living)
