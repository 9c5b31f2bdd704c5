"""What a process and all that it starts need: memory from outside, processor time from inside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.5
"""How often memory is looked at."""

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
        The most memory that the process and its descendants had at one time, in bytes: shared pages counted once where
        the system says so, and by every process where it does not.

    Raises:
        BenchmarkError: It failed.
    """
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *argv], cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        peak, known = 0, frozenset({process.pid})
        try:
            while True:
                memory, known = _memory(process.pid, known)
                peak = max(peak, memory)
                try:
                    code = process.wait(SAMPLE_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    continue
        finally:
            process.kill()
    if code != 0:
        raise BenchmarkError(f"{' '.join(argv)} ended with {code}; its output is in {log}.")
    return peak


def cpu_seconds() -> float:
    """Processor seconds, user and system, of this process and its descendants, those that ended included."""
    total = 0.0
    for process in _tree(psutil.Process().pid):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system + getattr(times, "children_user", 0) + getattr(times, "children_system", 0)
    return total


def _memory(pid: int, known: frozenset[int]) -> tuple[int, frozenset[int]]:
    """Memory of a process and its descendants, and which those are.

    Args:
        pid: The process.
        known: Those that were there the last time. Only they count: until a process that is being started becomes
            another program it shows all memory of the one that starts it, and Java starts many for a moment.
    """
    total, found = 0, set()
    for process in _tree(pid):
        found.add(process.pid)
        if process.pid not in known:
            continue
        try:
            info = process.memory_full_info()
        except psutil.Error:
            continue
        total += getattr(info, "pss", info.rss)
    return total, frozenset(found)


def _tree(pid: int) -> list[psutil.Process]:
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
