"""Job runs that go wrong."""

from __future__ import annotations

import logging
from queue import Empty, SimpleQueue

from ..glue.runner import JobRunner, RunObserver, RunRequest, RunResult, Signal
from .plan import Fault, FaultPlan

_LOG = logging.getLogger(__name__)
# A throttled run is refused before it begins.
_WHILE_RUNNING = ("crash", "timeout", "garbage", "kill")


class FaultyJobRunner:
    """Runs jobs as the runner does, unless a fault strikes them."""

    def __init__(self, runner: JobRunner, plan: FaultPlan) -> None:
        self._runner = runner
        self._plan = plan

    def run(self, request: RunRequest, signals: SimpleQueue[Signal], observer: RunObserver) -> None:
        """Run a script; return when its last process is gone."""
        fault = self._plan.strike("glue", request.job, " ".join(request.arguments.values()), _WHILE_RUNNING)
        if fault is None:
            self._runner.run(request, signals, observer)
            return
        _LOG.info("%s: run %s", fault.message, request.run_id)
        if fault.kind == "kill":
            self._runner.run(request, signals, observer, lambda kill: self._plan.armed(fault, kill))
            return
        observer.started()
        observer.ended(_result(fault, request, signals))


def _result(fault: Fault, request: RunRequest, signals: SimpleQueue[Signal]) -> RunResult:
    if fault.kind == "garbage":
        # It says that it is done, and has done nothing.
        return RunResult("SUCCEEDED")
    if fault.kind == "crash":
        return RunResult("FAILED", f"RuntimeError: {fault.message}")
    try:
        signals.get(timeout=fault.patience(request.timeout))
    except Empty:
        return RunResult("TIMEOUT", f"Job run exceeded its timeout of {request.timeout / 60:g} minutes.")
    return RunResult("STOPPED")
