"""Executions: their names, their start and their stop.

Faults of moto: an execution without a name is called None; of two that are started under one name at the same time,
both run; one that is stopped goes on as running until its task returns, and cannot be stopped in its first moments;
every start parses the definition anew, and the parser wants a fraction where a percentage is a whole number.
"""

from __future__ import annotations

import datetime
import functools
import re
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from .patching import replace

# Told of every execution that is over.
on_end: list[Callable[[Any], None]] = []

_WHOLE_PERCENTAGE = re.compile(r'("ToleratedFailurePercentage"\s*:\s*\d+)(?![\d.])')
_LONGEST_START_SECONDS = 10


def mend() -> None:
    """Make executions start under a name, and stop at once."""
    start_execution: Any = StepFunctionsParserBackend.start_execution

    starting = threading.Lock()

    def start_with_name(self: Any, state_machine_arn: str, name: str | None = None, *args: Any, **kwargs: Any) -> Any:
        if name:
            self._validate_name(name)
        with starting:
            return start_execution(self, state_machine_arn, name or str(uuid.uuid4()), *args, **kwargs)

    replace(StepFunctionsParserBackend, "start_execution", start_with_name)

    # Programs keep no state of their executions, so that one serves them all.
    parse: Any = AmazonStateLanguageParser.parse

    @functools.lru_cache(maxsize=32)
    def parse_once(definition: str) -> Any:
        return parse(_WHOLE_PERCENTAGE.sub(r"\1.0", definition))

    replace(AmazonStateLanguageParser, "parse", staticmethod(parse_once))

    replace(Execution, "status", property(lambda self: (self.exec_status or ExecutionStatus.RUNNING).value))

    reflect_status: Any = BaseExecutionWorkerCommunication._reflect_execution_status

    def reflect_status_unless_stopped(self: Any) -> None:
        if self.execution.exec_status != ExecutionStatus.ABORTED:
            reflect_status(self)
            if self.execution.exec_status == ExecutionStatus.TIMED_OUT:
                self.execution.error = "States.Timeout"
            _tell_end(self.execution)

    replace(BaseExecutionWorkerCommunication, "_reflect_execution_status", reflect_status_unless_stopped)
    replace(Execution, "stop", _stop)
    replace(ExecutionWorker, "stop", _stop_worker)


def _stop(self: Any, stop_date: datetime.datetime, error: str | None, cause: str | None) -> None:
    if self.exec_status != ExecutionStatus.RUNNING:
        return
    self.exec_status = ExecutionStatus.ABORTED
    self.stop_date = stop_date
    self.error, self.cause = error, cause
    self.exec_worker.stop(stop_date=stop_date, error=error, cause=cause)
    _tell_end(self)


def _tell_end(execution: Any) -> None:
    for listener in on_end:
        listener(execution)


def _stop_worker(self: Any, stop_date: datetime.datetime, error: str | None, cause: str | None) -> None:
    # The worker's thread makes the environment soon after it was started. What is stopped before its first state ends
    # without a word.
    deadline = time.monotonic() + _LONGEST_START_SECONDS
    while not _has_begun(self.env) and time.monotonic() < deadline:
        time.sleep(0.01)
    if self.env is not None:
        self.env.set_stop(stop_date=stop_date, cause=cause, error=error)


def _has_begun(env: Any) -> bool:
    return env is not None and len(env.event_manager.get_event_history()) > 1
