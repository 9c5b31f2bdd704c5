"""Job runs that really run, in place of moto's.

moto 5.2.5 keeps job definitions well, but lets every run succeed without running it, checks `MaxConcurrentRuns` without
a lock, and has no BatchStopJobRun.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from queue import SimpleQueue
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.glue.exceptions import (
    ConcurrentRunsExceededException,
    InvalidInputException,
    JobRunNotFoundException,
)
from moto.glue.models import FakeJob, FakeJobRun
from moto.glue.responses import GlueResponse

from ..faults.jobs import FaultyJobRunner
from ..faults.plan import FaultPlan
from .errors import ThrottlingError
from .runner import JobRunner, RunRequest, RunResult, Signal

_LOG = logging.getLogger(__name__)
# Glue 5 ends a run after eight hours where the job says nothing.
# https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html
_DEFAULT_TIMEOUT_MINUTES = 480
SECONDS_PER_MINUTE = 60.0
# https://docs.aws.amazon.com/glue/latest/dg/worker-types.html
_DPU = {"G.025X": 0.25, "G.1X": 1.0, "G.2X": 2.0, "G.4X": 4.0, "G.8X": 8.0, "Standard": 1.0}
_LIVE = ("STARTING", "RUNNING", "STOPPING", "WAITING")
_COMMANDS = ("glueetl", "pythonshell")


class LocalJobRun(FakeJobRun):
    """A run whose state is that of its process."""

    def __init__(self, job: FakeJob, **settings: Any) -> None:
        super().__init__(job_name=job.name, **settings)
        self._job = job
        self._lock = threading.Lock()
        self._running_since: datetime | None = None
        self._error: str | None = None
        self.log_prefix = ""
        self.signals: SimpleQueue[Signal] = SimpleQueue()
        self.task: Future[None] | None = None
        self._completed_on: datetime | None = None
        # What moto would do each time somebody looks.
        self._transitions = []

    def started(self) -> None:
        """Note that the script begins."""
        with self._lock:
            self._running_since = utcnow()
            if self._status == "STARTING":
                self._enter("RUNNING")

    def ended(self, result: RunResult) -> None:
        """Note how the run ended; the first to say so is right."""
        with self._lock:
            if self._completed_on is not None:
                return
            self._error = result.message
            self._completed_on = utcnow()
            self._enter(result.outcome)

    def stop(self) -> bool:
        """Ask the run to end. False if it already has, or already was asked."""
        with self._lock:
            if self._status not in ("STARTING", "RUNNING"):
                return False
            self._enter("STOPPING")
        if self.task is not None and self.task.cancel():
            self.ended(RunResult("STOPPED"))
        else:
            self.signals.put("STOP")
        return True

    def as_dict(self) -> dict[str, Any]:
        """The run as GetJobRun describes it."""
        with self._lock:
            answer = super().as_dict()
            del answer["CompletedOn"]
            end = self._completed_on or utcnow()
            seconds = int((end - self._running_since).total_seconds()) if self._running_since else 0
            dpu = _DPU.get(self.worker_type or "Standard", 1.0) * (self.number_of_workers or 1)
            answer |= {
                "JobRunState": self._status,
                "ExecutionTime": seconds,
                "Timeout": self.timeout or _DEFAULT_TIMEOUT_MINUTES,
                "LogGroupName": self.log_prefix,
                "GlueVersion": self._job.glue_version,
                "ExecutionClass": self._job.execution_class,
                "DPUSeconds": dpu * seconds,
                "MaxCapacity": self.max_capacity or dpu,
            }
            if self._completed_on is not None:
                answer["CompletedOn"] = self._completed_on
            if self._error is not None:
                answer["ErrorMessage"] = self._error
            return answer

    def _enter(self, state: str) -> None:
        self._status = state
        self.modified_on = utcnow()


class JobRuns:
    """Starts and stops job runs, a few at once; the others wait in STARTING."""

    def __init__(self, runner: JobRunner, processes: int, faults: FaultPlan) -> None:
        self._runner = FaultyJobRunner(runner, faults)
        self._faults = faults
        self._pool = ThreadPoolExecutor(max_workers=processes, thread_name_prefix="glue-job")
        self._starting = threading.Lock()

    def install(self) -> None:
        """Replace moto's job runs by these."""
        runs = self

        def start_job_run(
            job: FakeJob, arguments: dict[str, str] | None = None, previous_run_id: str | None = None, **own: Any
        ) -> str:
            return runs.start(job, arguments or {}, previous_run_id, own)

        def get_job_run(job: FakeJob, run_id: str) -> FakeJobRun:
            for run in job.job_runs:
                if run.job_run_id == run_id:
                    return run
            raise JobRunNotFoundException(run_id)

        def get_job_runs(job: FakeJob) -> list[FakeJobRun]:
            return job.job_runs[::-1]

        def batch_stop_job_run(response: GlueResponse) -> ActionResult:
            parameters = response.parameters
            return ActionResult(
                runs.stop(response.glue_backend.get_job(parameters["JobName"]), parameters["JobRunIds"])
            )

        FakeJob.start_job_run = start_job_run  # type: ignore[method-assign,assignment]
        FakeJob.get_job_run = get_job_run  # type: ignore[method-assign,assignment]
        FakeJob.get_job_runs = get_job_runs  # type: ignore[method-assign,assignment]
        GlueResponse.batch_stop_job_run = batch_stop_job_run  # type: ignore[attr-defined]

    def start(
        self, job: FakeJob, arguments: dict[str, str], previous_run_id: str | None, settings: dict[str, Any]
    ) -> str:
        """Start a run of a job.

        Args:
            job: The definition.
            arguments: Of this run; they go before the job's defaults.
            previous_run_id: The run that this one repeats, if any.
            settings: What else StartJobRun was given; what it was not given, the job says.

        Returns:
            The run's id.

        Raises:
            ConcurrentRunsExceededException: The job has `MaxConcurrentRuns` live runs.
            InvalidInputException: This local Glue does not run such a job.
            ThrottlingError: A fault was asked for.
        """
        fault = self._faults.strike("glue", job.name, " ".join(arguments.values()), ("throttle",))
        if fault is not None:
            raise ThrottlingError(fault.message)
        command: dict[str, str] = dict(job.command)  # type: ignore[arg-type] # moto's annotation says str; it is the structure
        if command.get("Name") not in _COMMANDS:
            raise InvalidInputException(
                "StartJobRun",
                f"The local Glue runs {' and '.join(_COMMANDS)} jobs; {job.name} is {command.get('Name')!r}.",
            )
        if job.max_retries:
            raise InvalidInputException(
                "StartJobRun", f"The local Glue does not repeat runs; set MaxRetries of {job.name} to 0."
            )
        with self._starting:
            live = sum(run.status in _LIVE for run in job.job_runs)
            if live >= job.execution_property.get("MaxConcurrentRuns", 1):
                raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {job.name}")
            run = LocalJobRun(
                job,
                job_run_id=previous_run_id,
                arguments=arguments,
                **{name: given or getattr(job, name, None) for name, given in settings.items()},
            )
            job.job_runs.append(run)
        request = RunRequest(
            run_id=run.job_run_id,
            job=job.name,
            script_location=command.get("ScriptLocation", ""),
            arguments=job.default_arguments | arguments | (job.non_overridable_arguments or {}),
            timeout=(run.timeout or _DEFAULT_TIMEOUT_MINUTES) * SECONDS_PER_MINUTE,
            security_configuration=job.security_configuration,
            role=job.role.rpartition("/")[2],
        )
        run.log_prefix = request.log_prefix
        run.task = self._pool.submit(self._execute, run, request)
        return run.job_run_id

    def stop(self, job: FakeJob, run_ids: list[str]) -> dict[str, Any]:
        """Stop runs, and answer as BatchStopJobRun does."""
        by_id = {run.job_run_id: run for run in job.job_runs}
        submitted, errors = [], []
        for run_id in run_ids:
            run = by_id.get(run_id)
            if not isinstance(run, LocalJobRun):
                error = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": f"Job run {run_id} not found."}
            elif run.stop():
                submitted.append({"JobName": job.name, "JobRunId": run_id})
                continue
            else:
                error = {"ErrorCode": "InvalidInputException", "ErrorMessage": f"Job run {run_id} is {run.status}."}
            errors.append({"JobName": job.name, "JobRunId": run_id, "ErrorDetail": error})
        return {"SuccessfulSubmissions": submitted, "Errors": errors}

    def _execute(self, run: LocalJobRun, request: RunRequest) -> None:
        try:
            self._runner.run(request, run.signals, run)
        except Exception as error:
            _LOG.exception("Job run %s of %s", request.run_id, request.job)
            run.ended(RunResult("FAILED", f"Internal error of the local Glue: {error}"))
