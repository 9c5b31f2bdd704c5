"""What a process and all that it starts need, from outside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.5
"""How often memory is looked at."""

CLEARLY_MORE = 1.02
"""Times the memory of before: a peak is known to two hundredths."""

MB = 1_000_000


class BenchmarkError(Exception):
    """The benchmark cannot go on; its message is meant for people."""


def run_measured(argv: Sequence[str], folder: Path, environment: dict[str, str], log: Path) -> int:
    """Runs a Python module in a fresh process.

    Args:
        argv: The module and its arguments.
        folder: Where it works.
        environment: Its environment.
        log: Receives what it prints.

    Returns:
        The most memory that the process and its descendants had at one time, in bytes; see `PeakMemory`.

    Raises:
        BenchmarkError: It failed.
    """
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *argv], cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        memory = PeakMemory(process.pid)
        try:
            while True:
                memory.look()
                try:
                    code = process.wait(SAMPLE_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    continue
        finally:
            process.kill()
    if code != 0:
        raise BenchmarkError(f"{' '.join(argv)} ended with {code}; its output is in {log}.")
    return memory.peak


class PeakMemory:
    """The most memory that a process and its descendants have at one time, as far as they are looked at."""

    def __init__(self, pid: int) -> None:
        """Nothing is looked at yet."""
        self._pid = pid
        self._known = frozenset({pid})
        self._resident = 0
        self.peak = 0
        """Bytes: shared pages counted once where the system says so, and by every process where it does not."""

    def look(self) -> None:
        """Looks at them now.

        To count shared pages once, the system walks through all pages of a process, which then has to wait for more:
        twice a second, that made a job of 2 GB take a tenth longer. So it is asked only where there is clearly more
        than when it was asked last.
        """
        found = tree(self._pid)
        # Only those that were there the last time: until a process that is being started becomes another program it
        # shows all memory of the one that starts it, and Java starts many for a moment.
        lasting = [process for process in found if process.pid in self._known]
        self._known = frozenset(process.pid for process in found)
        resident = sum(_bytes(process, "memory_info", "rss") for process in lasting)
        if resident > self._resident * CLEARLY_MORE:
            self._resident = resident
            self.peak = max(self.peak, sum(_bytes(process, "memory_full_info", "pss") for process in lasting))


def _bytes(process: psutil.Process, method: str, field: str) -> int:
    try:
        info = getattr(process, method)()
    except psutil.Error:
        return 0
    return int(getattr(info, field, info.rss))


def tree(pid: int) -> list[psutil.Process]:
    """A process and its descendants, as far as they are there."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


@dataclass(frozen=True)
class Effort:
    """What work took."""

    startup: float
    """Seconds until the engine was ready."""
    seconds: float
    """Seconds of the work itself."""
    cpu: float
    """Processor seconds of the work itself, of all processes."""
    rows: int
    """Rows written."""
