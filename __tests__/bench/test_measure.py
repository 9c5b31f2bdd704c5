"""What a benchmark says of memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import measure
from bench.measure import _memory, run_measured

MB = 1_000_000


def test_memory_is_that_of_processes_that_last() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        alone, found = _memory(os.getpid(), frozenset({os.getpid()}))
        assert {os.getpid(), child.pid} <= found

        both, again = _memory(os.getpid(), found)

        assert again == found
        assert both > alone
        child.communicate(b"\n")


def test_the_peak_is_that_of_a_process_and_what_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "SAMPLE_SECONDS", 0.05)
    held = "import time; held = bytearray(80_000_000); held[::4096] = b'x' * len(held[::4096]); time.sleep(0.5)"
    (tmp_path / "holding.py").write_text(
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {held!r}], check=True)\n"
    )

    peak = run_measured(["holding"], tmp_path, {**os.environ, "PYTHONPATH": str(tmp_path)}, tmp_path / "log")

    assert 80 * MB < peak < 240 * MB
