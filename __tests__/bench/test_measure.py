"""What a benchmark says of memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench import measure
from bench.measure import PeakMemory, run_measured

MB = 1_000_000


def test_memory_is_that_of_processes_that_last() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        memory = PeakMemory(os.getpid())
        memory.look()
        alone = memory.peak
        memory.look()

        assert memory.peak > alone
        child.communicate(b"\n")


def test_pages_are_counted_only_where_there_is_more_than_before(monkeypatch: pytest.MonkeyPatch) -> None:
    class Process:
        pid = 1
        rss, counted = 1000, 0

        def memory_info(self) -> SimpleNamespace:
            return SimpleNamespace(rss=self.rss)

        def memory_full_info(self) -> SimpleNamespace:
            self.counted += 1
            return SimpleNamespace(rss=self.rss, pss=self.rss - 400)

    process = Process()
    monkeypatch.setattr(measure, "tree", lambda pid: [process])
    memory = PeakMemory(1)
    seen = []
    for process.rss in (1000, 1000, 1015, 1030, 500, 1030, 2000):
        memory.look()
        seen.append((memory.peak, process.counted))

    assert seen == [(600, 1), (600, 1), (600, 1), (630, 2), (630, 2), (630, 2), (1600, 3)]


def test_the_peak_is_that_of_a_process_and_what_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "SAMPLE_SECONDS", 0.05)
    held = "import time; held = bytearray(80_000_000); held[::4096] = b'x' * len(held[::4096]); time.sleep(0.5)"
    (tmp_path / "holding.py").write_text(
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {held!r}], check=True)\n"
    )

    peak = run_measured(["holding"], tmp_path, {**os.environ, "PYTHONPATH": str(tmp_path)}, tmp_path / "log")

    assert 80 * MB < peak < 240 * MB
