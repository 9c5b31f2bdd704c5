"""Tasks that wait for something to end, and what becomes of them when the execution ends first.

Faults of moto: `.sync` integrations stop at a callback endpoint that they do not have; a stopped or timed out execution
takes the errors of its interrupted tasks for its own; a Wait may miss that its execution has ended; a job goes on
running when nobody waits for it any more; threads that ended are kept for ever.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.stepfunctions.parser import utils
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_glue import (
    StateTaskServiceGlue,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramRunning

from .patching import replace

_LOG = logging.getLogger(__name__)
_POLL_SECONDS = 0.3


def mend() -> None:
    """Make waiting tasks end with what they wait for, or with their execution."""
    for_callback = StateTaskServiceCallback._eval_integration_pattern

    def eval_integration_pattern(self: Any, env: Any, **context: Any) -> None:
        if self.resource.condition == ResourceCondition.WaitForTaskToken:
            for_callback(self, env=env, **context)
        else:
            _wait_until_done(self, env, **context)

    replace(StateTaskServiceCallback, "_eval_integration_pattern", eval_integration_pattern)

    replace(WaitFunction, "_wait_interval", _wait)

    evaluate = ExecutionState._evaluate_with_timeout

    def evaluate_unless_ended(self: Any, env: Any) -> None:
        _forget_ended_threads()
        try:
            evaluate(self, env)
        except Exception:
            if env.is_running():
                raise

    replace(ExecutionState, "_evaluate_with_timeout", evaluate_unless_ended)

    set_error = Environment.set_error

    def set_error_unless_ended(self: Any, error: Any) -> None:
        if self._program_state is None or isinstance(self._program_state, ProgramRunning | ProgramEnded):
            set_error(self, error)

    replace(Environment, "set_error", set_error_unless_ended)


def _wait_until_done(
    self: Any, env: Any, resource_runtime_part: Any, normalised_parameters: Any, state_credentials: Any
) -> None:
    started = env.stack[-1]
    is_first_version = self.resource.condition == ResourceCondition.Sync
    build = self._build_sync_resolver if is_first_version else self._build_sync2_resolver
    resolve = build(
        env=env,
        resource_runtime_part=resource_runtime_part,
        normalised_parameters=normalised_parameters,
        state_credentials=state_credentials,
    )
    while env.is_running():
        result = resolve()
        if result is not None:
            env.stack.append(result)
            return
        env.program_state_event.wait(_POLL_SECONDS)
    if isinstance(self, StateTaskServiceGlue):
        _stop_job(self._get_glue_client(resource_runtime_part, state_credentials), started)
    env.stack.append(started)


def _wait(self: Any, env: Any, wait_seconds: float) -> None:
    end = time.monotonic() + wait_seconds
    while env.is_running() and (left := end - time.monotonic()) > 0:
        # The event is cleared as soon as it was set, so that it may pass unseen.
        env.program_state_event.wait(min(left, _POLL_SECONDS))


def _stop_job(glue: Any, started: dict[str, Any]) -> None:
    try:
        glue.batch_stop_job_run(JobName=started["JobName"], JobRunIds=[started["JobRunId"]])
    except (ClientError, BotoCoreError) as error:
        # As AWS does: the attempt is all that is promised.
        _LOG.warning("the job run %s goes on without its execution: %s", started["JobRunId"], error)


def _forget_ended_threads() -> None:
    utils.TMP_THREADS[:] = [thread for thread in utils.TMP_THREADS if thread.is_alive()]
