"""One execution environment: a Node process that has loaded a function."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..context import LocalContext
from .settings import FunctionSettings, UnsupportedFunctionError

_RUNTIME = Path(__file__).with_name("runtime.mjs")
# AWS allows ten seconds to load a function; a busy laptop with two cores needs more before that says anything.
_INIT_TIMEOUT = 60.0

LogSink = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """One invocation. `payload` is JSON."""

    id: str
    payload: bytes
    client_context: dict[str, Any] | None = None


@dataclass(frozen=True)
class Reply:
    """What came of an invocation or of loading the function.

    Attributes:
        payload: JSON: the function's result, or what went wrong.
        error: Whether the payload is an error.
        fatal: Whether the environment is of no more use.
        memory: The peak of the process in bytes.

    """

    payload: bytes
    error: bool = False
    fatal: bool = False
    memory: int = 0


def error_payload(kind: str, message: str) -> bytes:
    """Return an error that the service reports, not the function."""
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


class ExecutionEnvironment:
    """Runs one invocation at a time.

    Attributes:
        usable: False once the process has ended, or can no longer be relied on.
        idle_since: When it last had something to do, by the monotonic clock.
        init_seconds: How long the first invocation waited for the function to be loaded.

    """

    def __init__(self, context: LocalContext, settings: FunctionSettings, code: Path) -> None:
        self.settings = settings
        self.log_stream = f"{datetime.now(UTC):%Y/%m/%d}/[{settings.version}]{uuid.uuid4().hex}"
        self.idle_since = time.monotonic()
        self.init_seconds: float | None = None
        self._broken = False
        self._processes = context.processes
        self._mark = f"\0{secrets.token_hex(8)}\t".encode()
        scratch = context.state_dir / "lambda" / "tmp"
        scratch.mkdir(parents=True, exist_ok=True)
        node = shutil.which("node")
        if node is None:
            raise UnsupportedFunctionError(
                f"{settings.name} needs Node.js, and the PATH of the local AWS has no node. Install it and restart."
            )
        self._process = context.processes.start(
            [node, f"--max-old-space-size={settings.memory}", str(_RUNTIME), self._mark[1:-1].decode()],
            cwd=code,
            env=_variables(context, settings, self.log_stream, code, scratch),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    @property
    def usable(self) -> bool:
        """Whether it can take another invocation."""
        return not self._broken and self._process.poll() is None

    def invoke(self, request: Request, log: LogSink) -> Reply:
        """Run one invocation, after loading the function if it is the first.

        The process is killed when the function's timeout is over.

        Args:
            request: What to run.
            log: Takes what the function prints, line by line, as it comes.

        """
        if self.init_seconds is None:
            begin = time.monotonic()
            loaded = self._await_reply(request.id, _INIT_TIMEOUT, log)
            self.init_seconds = time.monotonic() - begin
            if loaded.error:
                return loaded
        timeout = self.settings.timeout
        self._send(request, time.time() + timeout)
        return self._await_reply(request.id, timeout, log)

    def _send(self, request: Request, deadline: float) -> None:
        about = {
            "awsRequestId": request.id,
            "invokedFunctionArn": self.settings.arn,
            "deadline": int(deadline * 1000),
            "traceId": f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}",
            "clientContext": request.client_context,
        }
        # Line breaks in JSON text stand between tokens only, so a space says the same.
        event = request.payload.translate(bytes.maketrans(b"\r\n", b"  "))
        stdin = self._process.stdin
        assert stdin is not None
        with contextlib.suppress(BrokenPipeError):  # It has ended, and its exit status will be the reply.
            stdin.write(b'{"context":' + json.dumps(about).encode() + b',"event":' + event + b"}\n")
            stdin.flush()

    def kill(self) -> None:
        """Kill the process, whatever it is at."""
        self._processes.stop(self._process, grace=0)

    def timed_out(self, request_id: str, log: LogSink) -> Reply:
        """Return what comes of an invocation that takes longer than the function may; its process is killed."""
        self.kill()
        return _timed_out(request_id, self.settings.timeout, log)

    def close(self) -> None:
        """End the process. Nobody may be waiting for a reply of it."""
        self._processes.stop(self._process, grace=0)
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def _await_reply(self, request_id: str, limit: float, log: LogSink) -> Reply:
        reply = self._read_until(request_id, limit, log)
        self._broken = self._broken or reply.fatal
        return reply

    def _read_until(self, request_id: str, limit: float, log: LogSink) -> Reply:
        timed_out = threading.Event()

        def expire() -> None:
            timed_out.set()
            self._processes.stop(self._process, grace=0)

        timer = threading.Timer(limit, expire)
        timer.daemon = True
        timer.start()
        try:
            reply = self._read_reply(log)
        finally:
            timer.cancel()
        if reply:
            return reply
        if timed_out.is_set():
            return _timed_out(request_id, limit, log)
        message = f"RequestId: {request_id} Error: {_exit_reason(self._process.wait())}"
        log(message)
        return Reply(error_payload("Runtime.ExitError", message), error=True, fatal=True)

    def _read_reply(self, log: LogSink) -> Reply | None:
        stdout = self._process.stdout
        assert stdout is not None
        for line in stdout:
            printed, mark, frame = line.rstrip(b"\n").partition(self._mark)
            if printed or not mark:
                log(printed.decode(errors="replace").replace("\r", "\n"))
            if mark:
                header_text, _, payload = frame.partition(b"\t")
                header = json.loads(header_text)
                return Reply(payload, bool(header.get("error")), bool(header.get("fatal")), int(header["memory"]))
        return None


def _timed_out(request_id: str, limit: float, log: LogSink) -> Reply:
    what = f"Task timed out after {limit:.2f} seconds"
    log(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}Z {request_id} {what}")
    message = f"RequestId: {request_id} Error: {what}"
    return Reply(error_payload("Sandbox.Timedout", message), error=True, fatal=True)


def _exit_reason(status: int) -> str:
    if status == 0:
        return "Runtime exited without providing a reason"
    if status < 0:
        return f"Runtime exited with error: signal: {signal.Signals(-status).name}"
    return f"Runtime exited with error: exit status {status}"


def _variables(
    context: LocalContext, settings: FunctionSettings, log_stream: str, code: Path, scratch: Path
) -> dict[str, str]:
    """Return the process's whole environment: nothing of the user's shell reaches a function, as on AWS."""
    runtime = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "TMPDIR": str(scratch),
        "_HANDLER": settings.handler,
        "LAMBDA_TASK_ROOT": str(code),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{settings.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": settings.name,
        "AWS_LAMBDA_FUNCTION_VERSION": settings.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": settings.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    }
    return runtime | context.aws_environment() | dict(settings.variables)
