"""Processor time of processes that have ended."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from bench import processor_time
from bench.processor_time import ProcessorTime

BUSY = "import time\nwhile time.process_time() < 0.4: pass\nprint('busy', flush=True)\ninput()\n"
"""Takes time, says so, and waits. The system's clock has ticks: what it says differs by some of them."""

FORGETFUL = f"""
import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
if not os.fork():
    exec({BUSY!r})
try:
    os.wait()
except ChildProcessError:
    print('ended', flush=True)
os.read(0, 1)
"""
"""Starts a child, as Spark's forks its workers, and says when that has ended."""


@pytest.fixture
def processor(monkeypatch: pytest.MonkeyPatch) -> ProcessorTime:
    monkeypatch.setattr(processor_time, "SAMPLE_SECONDS", 3600)  # it looks when it is asked
    return ProcessorTime()


def started(code: str) -> subprocess.Popen[bytes]:
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert line(child) == b"busy\n"
    return child


def line(child: subprocess.Popen[bytes]) -> bytes:
    assert child.stdout is not None
    return child.stdout.readline()


def test_a_child_that_ended_counts_once(processor: ProcessorTime) -> None:
    before = processor.seconds()
    with started(BUSY) as child:
        child.communicate(b"\n")

    assert 0.35 <= processor.seconds() - before < 0.7


def test_a_child_that_was_seen_and_ended_counts_once(processor: ProcessorTime) -> None:
    before = processor.seconds()
    with started(BUSY) as child:
        during = processor.seconds() - before
        child.communicate(b"\n")

    assert 0.35 <= during <= processor.seconds() - before < 0.7


def test_a_child_that_nobody_waited_for_counts(processor: ProcessorTime) -> None:
    before = processor.seconds()
    with started(FORGETFUL) as parent:
        during = processor.seconds() - before
        [grandchild] = psutil.Process(parent.pid).children()
        grandchild.kill()
        assert line(parent) == b"ended\n"
        after = processor.seconds() - before
        parent.communicate(b"\n")

    assert 0.35 <= during <= after < 0.7
