"""Runs one job script in a process of its own, from its download to its exit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, Literal, Protocol

import boto3
from botocore.exceptions import ClientError

from ..context import CREDENTIAL, LocalContext
from .arguments import ArgumentError, Invocation, parse_arguments
from .class_data import ClassArchive
from .logs import DEFAULT_PREFIX, RunLog, StreamName
from .settings import SparkSettings
from .spark import MissingJarsError, class_path, spark_properties, write_configuration

_LAUNCHER = Path(__file__).with_name("launch.py")
# Spark's Java machine outlives the script by a moment, longer where it writes a class archive.
_JAVA_END_SECONDS = 60

Outcome = Literal["SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED"]
Signal = Literal["STOP", "END"]
# What goes on around a script while it runs; it is given the way to kill the script.
Around = Callable[[Callable[[], None]], AbstractContextManager[None]]


class LaunchError(Exception):
    """A run that ended before its script began."""


@dataclass(frozen=True)
class RunRequest:
    """A run, as the engine is told to do it.

    Attributes:
        run_id: Of this run.
        job: The job's name.
        script_location: The deployed script.
        arguments: The job's defaults, overridden by the run's.
        timeout: In seconds.
        security_configuration: Name of the job's, if it has one.
        role: Name of the job's role.
    """

    run_id: str
    job: str
    script_location: str
    arguments: dict[str, str]
    timeout: float
    security_configuration: str | None = None
    role: str = ""

    @property
    def log_prefix(self) -> str:
        """What the names of the run's log groups begin with: a security configuration encrypts groups of its own."""
        prefix = self.arguments.get("--custom-logGroup-prefix", DEFAULT_PREFIX).rstrip("/")
        return f"{prefix}/{self.security_configuration}-role/{self.role}" if self.security_configuration else prefix


@dataclass(frozen=True)
class RunResult:
    """How a run ended, and the message that people see."""

    outcome: Outcome
    message: str | None = None


class RunObserver(Protocol):
    """Is told how a run goes."""

    def started(self) -> None:
        """Note that the script begins."""

    def ended(self, result: RunResult) -> None:
        """Note how the run ended."""


class JobRunner:
    """Runs scripts as Glue would, on Spark's local mode."""

    def __init__(self, context: LocalContext, settings: SparkSettings) -> None:
        self._context = context
        self._settings = settings
        self._archive: ClassArchive | None = None
        self._archive_lock = threading.Lock()
        self._s3 = boto3.client(
            "s3",
            endpoint_url=context.endpoint,
            region_name=context.region,
            aws_access_key_id=CREDENTIAL,
            aws_secret_access_key=CREDENTIAL,
        )

    def run(
        self,
        request: RunRequest,
        signals: SimpleQueue[Signal],
        observer: RunObserver,
        around: Around = lambda _: nullcontext(),
    ) -> None:
        """Run a script; return when its last process is gone.

        Nothing is raised for what is wrong with the run: that is its result.

        Args:
            request: What to run.
            signals: Receives "STOP" from whoever wants the run to end.
            observer: Is told of the beginning and the end.
            around: Entered once the script runs, left at its end.
        """
        work = self._context.state_dir / "glue" / request.run_id
        log = RunLog(self._context, request.job, request.run_id, request.log_prefix)
        try:
            work.mkdir(parents=True)
            self._run(request, work, log, signals, observer, around)
        except (ArgumentError, LaunchError, MissingJarsError) as error:
            log.write("error", str(error))
            observer.ended(RunResult("FAILED", str(error)))
        except (OSError, RuntimeError) as error:
            log.write("error", str(error))
            observer.ended(RunResult("FAILED", f"The local Glue could not run the job: {error}"))
        finally:
            log.close()
            shutil.rmtree(work, ignore_errors=True)

    def _run(
        self,
        request: RunRequest,
        work: Path,
        log: RunLog,
        signals: SimpleQueue[Signal],
        observer: RunObserver,
        around: Around,
    ) -> None:
        identity = {"--JOB_NAME": request.job, "--JOB_ID": f"j_{request.job}", "--JOB_RUN_ID": request.run_id}
        invocation = parse_arguments(request.script_location, request.arguments, identity)
        script = self._download(invocation.script_location, work / "script")
        modules = [self._download(location, work / "python") for location in invocation.python_files]
        archive = self._class_archive()
        java_options, draft = archive.options(work)
        result: RunResult | None = None
        try:
            java_options += self._settings.java_options.split()
            child = self._start(invocation, script, modules, work, java_options)
            try:
                readers = _start_readers(child, log)
                observer.started()
                with around(lambda: self._context.processes.stop(child, grace=0)):
                    result = self._wait(child, request, signals, work / "error")
                observer.ended(result)
                for reader in readers:
                    # They end when the last process that holds the pipe does: the Java machine.
                    reader.join(_JAVA_END_SECONDS)
            finally:
                self._context.processes.ended(child)
        finally:
            archive.finish(draft, complete=result is not None and result.outcome == "SUCCEEDED")

    def _start(
        self, invocation: Invocation, script: Path, modules: list[Path], work: Path, java_options: list[str]
    ) -> subprocess.Popen[Any]:
        properties = spark_properties(self._context, self._settings, invocation.conf, work, java_options)
        submit_arguments = write_configuration(work, properties)
        path = ":".join(str(module.parent if module.suffix == ".py" else module) for module in modules)
        environment = self._context.child_environment() | {
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_DRIVER_PYTHON": sys.executable,
            "PYTHONPATH": path,
            "PYTHONUNBUFFERED": "1",
            "PYSPARK_SUBMIT_ARGS": submit_arguments,
            "SPARK_LOCAL_DIRS": str(work / "spill"),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "TMPDIR": str(work),
            "TZ": "UTC",
        }
        for foreign in ("SPARK_HOME", "SPARK_CONF_DIR", "HADOOP_CONF_DIR", "PYTHONHOME"):
            environment.pop(foreign, None)
        return self._context.processes.start(
            [sys.executable, str(_LAUNCHER), str(work / "error"), str(script), *invocation.script_arguments],
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def _wait(
        self, child: subprocess.Popen[Any], request: RunRequest, signals: SimpleQueue[Signal], report: Path
    ) -> RunResult:
        threading.Thread(target=_announce_end, args=(child, signals), daemon=True).start()
        try:
            signal = signals.get(timeout=request.timeout)
        except Empty:
            self._context.processes.stop(child)
            return RunResult("TIMEOUT", f"Job run exceeded its timeout of {request.timeout / 60:g} minutes.")
        if signal == "STOP":
            self._context.processes.stop(child)
            return RunResult("STOPPED")
        if child.returncode == 0:
            return RunResult("SUCCEEDED")
        if report.exists():
            return RunResult("FAILED", report.read_text(encoding="utf-8"))
        return RunResult("FAILED", f"Command failed with exit code {child.returncode}")

    def _download(self, location: str, folder: Path) -> Path:
        bucket, separator, key = location.removeprefix("s3://").partition("/")
        if not location.startswith("s3://") or not separator or not key:
            raise LaunchError(f"LAUNCH ERROR | {json.dumps(location)} is no S3 location of a file (s3://BUCKET/KEY).")
        folder.mkdir(exist_ok=True)
        target = folder / Path(key).name
        try:
            self._s3.download_file(bucket, key, str(target))
        except ClientError as error:
            raise LaunchError(
                f"LAUNCH ERROR | Error downloading from S3 for bucket: {bucket}, key: {key}. {error}"
            ) from error
        return target

    def _class_archive(self) -> ClassArchive:
        with self._archive_lock:
            if self._archive is None:
                self._archive = ClassArchive(self._settings.jars, class_path(self._settings))
            return self._archive


def _start_readers(child: subprocess.Popen[Any], log: RunLog) -> list[threading.Thread]:
    streams: tuple[tuple[IO[bytes] | None, StreamName], ...] = ((child.stdout, "output"), (child.stderr, "error"))
    readers = [threading.Thread(target=_read, args=(stream, log, name), daemon=True) for stream, name in streams]
    for reader in readers:
        reader.start()
    return readers


def _announce_end(child: subprocess.Popen[Any], signals: SimpleQueue[Signal]) -> None:
    child.wait()
    signals.put("END")


def _read(stream: IO[bytes] | None, log: RunLog, name: StreamName) -> None:
    if stream is not None:
        for line in stream:
            log.write(name, line.decode("utf-8", "replace").rstrip("\n"))
