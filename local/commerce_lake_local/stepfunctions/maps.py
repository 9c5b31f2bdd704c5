"""Map states over many items, and over listings of S3.

Faults of moto: workers call themselves for the next item, and so break at about a thousand; a listing stops at its
first page, fails where it is empty, and spells `ETag` where Step Functions spells `Etag`; children of a distributed Map
that fail are not counted, whatever is tolerated, and see the variables of their parent, which on AWS they do not.
"""

from __future__ import annotations

import copy
import datetime
import uuid
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.eval.resource_eval_s3 import (
    ResourceEvalS3,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor import (
    distributed_item_processor_worker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker import IterationWorker
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramError, ProgramRunning
from moto.stepfunctions.parser.asl.eval.states import ItemData, MapData
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore

from .failures import failure
from .patching import replace

_DistributedWorker = distributed_item_processor_worker.DistributedItemProcessorWorker


def mend() -> None:
    """Make Map states hold as many items as AWS does, and fail as they do there."""
    replace(IterationWorker, "_eval_pool", _eval_inline_pool)
    replace(_DistributedWorker, "_eval_pool", _eval_distributed_pool)
    replace(_DistributedWorker, "_eval_job", _eval_child)
    replace(ResourceEvalS3, "_handle_list_objects_v2", staticmethod(_list_objects))


def _eval_inline_pool(self: Any, job: Any, worker_frame: Any) -> None:
    # A frame is closed before its job: the Map goes on once its last job is closed.
    while job is not None:
        frame = worker_frame.open_inner_frame()
        self._eval_job(env=frame, job=job)
        worker_frame.close_frame(frame)
        failed = isinstance(job.job_output, Exception) or self.stopped()
        following = None if failed else self._job_pool.next_job()
        if following is None:
            if not failed:
                last = frame.event_history_context.last_published_event_id
                worker_frame.event_history_context.source_event_id = last
            self._env.close_frame(worker_frame)
        self._job_pool.close_job(job)
        job = following
    self._env.close_frame(worker_frame)


def _eval_distributed_pool(self: Any, job: Any, worker_frame: Any) -> None:
    while job is not None:
        frame = worker_frame.open_inner_frame()
        self._eval_job(env=frame, job=job)
        worker_frame.delete_frame(frame)
        failed = isinstance(job.job_output, Exception) or self.stopped()
        following = None if failed else self._job_pool.next_job()
        self._job_pool.close_job(job)
        job = following


def _eval_child(self: Any, env: Any, job: Any) -> None:
    record = self._map_run_record
    counters = (record.item_counter, record.execution_counter)
    for counter in counters:
        counter.total.count()
        counter.running.count()
    error: dict[str, Any] | None = None
    try:
        env.states.context_object.context_object_data["Map"] = MapData(
            Item=ItemData(Index=job.job_index, Value=job.job_input)
        )
        env.states.reset(job.job_input)
        self._eval_input(env_frame=env)
        _become_child(env, record)
        job.job_program.eval(env)
        ended = env.program_state()
    except FailureEventException as failure:
        name, cause = failure.extract_error_cause_pair() or (None, None)
        error, ended = {"error": name, "cause": cause}, None
    except Exception as unexpected:
        error, ended = {"error": "States.Runtime", "cause": str(unexpected)}, None
    if isinstance(ended, ProgramError):
        error = dict(ended.error or {})
    for counter in counters:
        counter.running.offset(-1)
        if error is not None:
            counter.failed.count()
        elif isinstance(ended, ProgramEnded | ProgramRunning):
            counter.succeeded.count()
        else:
            counter.aborted.count()
    job.job_output = env.states.get_input() if error is None else None
    if error is not None and _exceeds_tolerance(record, items=self._job_pool._jobs_number):
        job.job_output = _too_many_failures(self._env, error)


def _become_child(env: Any, record: Any) -> None:
    """Give a frame what an execution of its own would have: its input, no variables, a name of its own."""
    env.variable_store = _no_variables()
    env.stack.clear()
    name = str(uuid.uuid4())
    context = env.states.context_object.context_object_data
    context["Execution"] = {
        **context["Execution"],
        "Id": f"{record.map_state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}",
        "Name": name,
        "Input": copy.deepcopy(env.states.get_input()),
    }
    context.pop("Map", None)


def _no_variables() -> Any:
    make: Any = VariableStore
    return make()


def _exceeds_tolerance(record: Any, items: int) -> bool:
    failed = record.item_counter.failed.get()
    count, percentage = record.tolerated_failure_count, record.tolerated_failure_percentage
    if not count and not percentage:
        return True
    return bool((count and failed > count) or (percentage and 100 * failed > percentage * items))


def _too_many_failures(env: Any, error: dict[str, Any]) -> FailureEventException:
    # AWS says the first sentence and leaves the rest to a look at the Map Run, which cannot be had here.
    cause = (
        "The specified tolerated failure threshold was exceeded. "
        f"The last failure was {error.get('error')}: {error.get('cause')}"
    )
    return FailureEventException(
        failure(env, HistoryEventType.MapRunFailed, error="States.ExceedToleratedFailureThreshold", cause=cause)
    )


def _list_objects(env: Any, resource_runtime_part: Any, state_credentials: Any) -> None:
    client = ResourceEvalS3._get_s3_client(resource_runtime_part, state_credentials)
    pages = client.get_paginator("list_objects_v2").paginate(**env.stack.pop())
    env.stack.append([_listed(item) for page in pages for item in page.get("Contents", [])])


def _listed(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "Etag": item["ETag"],
        "Key": item["Key"],
        "LastModified": int(datetime.datetime.fromisoformat(item["LastModified"]).timestamp()),
        "Size": item["Size"],
        "StorageClass": item.get("StorageClass", "STANDARD"),
    }
