"""Runs deployed functions: execution environments, concurrency, logs."""

from __future__ import annotations

import json
import logging
import math
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaFunction

from ..context import LocalContext
from ..faults.plan import Fault
from .code import CodeStore
from .environment import ExecutionEnvironment, LogSink, Reply, Request, error_payload
from .logs import InvocationLog
from .settings import FunctionSettings

_LOG = logging.getLogger(__name__)

# How many processes one function gets. More wait: a laptop has few cores, and Spark wants them too.
ENVIRONMENTS_PER_FUNCTION = 4
# AWS keeps an idle environment for some minutes; memory is dearer here, and a start takes a third of a second.
_IDLE_SECONDS = 60
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_PAYLOAD_BYTES = 6 * 1024 * 1024


class TooManyRequestsError(LambdaClientError):
    """More invocations at once than the function's reserved concurrency."""

    code = 429

    def __init__(self, name: str, reserved: int) -> None:
        super().__init__("TooManyRequestsException", f"Rate Exceeded. {name} has a reserved concurrency of {reserved}.")


class ThrottledError(LambdaClientError):
    """Lambda is asked too much; here, on demand alone."""

    code = 429

    def __init__(self, message: str) -> None:
        super().__init__("TooManyRequestsException", message)


class RequestTooLargeError(LambdaClientError):
    """The event is larger than Lambda takes."""

    code = 413

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            "RequestTooLargeException", f"{size} byte payload is too large for the limit of {limit} bytes."
        )


class InvalidRequestContentError(LambdaClientError):
    """The event is not JSON."""

    def __init__(self, reason: str) -> None:
        super().__init__("InvalidRequestContentException", f"Could not parse request body into json: {reason}")


@dataclass(frozen=True)
class Result:
    """What `lambda:Invoke` answers. `function_error` is None where the function succeeded."""

    request_id: str
    payload: bytes
    function_error: str | None
    executed_version: str
    log_tail: bytes


@dataclass
class _Pool:
    """The environments of one function as it is deployed at one time."""

    idle: list[ExecutionEnvironment] = field(default_factory=list)
    size: int = 0


class LambdaEngine:
    """Runs functions in Node processes that are kept for the next invocation."""

    def __init__(self, context: LocalContext) -> None:
        self._context = context
        self._code = CodeStore(context.state_dir / "lambda" / "code")
        self._pools: dict[FunctionSettings, _Pool] = {}
        self._in_flight: Counter[str] = Counter()
        self._changed = threading.Condition()
        threading.Thread(target=self._retire_idle, name="lambda-retire", daemon=True).start()

    def invoke(
        self,
        function: LambdaFunction,
        payload: bytes,
        *,
        request_id: str | None = None,
        client_context: dict[str, Any] | None = None,
    ) -> Result:
        """Run a function and wait for what comes of it.

        Args:
            function: moto's model of it, of the version that is to run.
            payload: The event as JSON; empty means `{}`.
            request_id: Of a retry, the one of the first attempt.
            client_context: Of a mobile client, as the function's context shows it.

        Raises:
            TooManyRequestsError: The reserved concurrency is in use.
            RequestTooLargeError: The event is too large.
            InvalidRequestContentError: The event is not JSON.
            UnsupportedFunctionError: The local AWS cannot run it.
            ThrottledError: A fault was asked for.

        """
        payload = check_payload(payload, MAX_PAYLOAD_BYTES)
        settings = FunctionSettings.of(function)
        request = Request(request_id or str(uuid.uuid4()), payload, client_context)
        fault = self._context.faults.strike("lambda", settings.name, payload.decode(errors="replace"))
        if fault is not None and fault.kind == "throttle":
            raise ThrottledError(fault.message)
        with self._reserved(function), self._environment(settings, function) as environment:
            log = InvocationLog(function.logs_backend, settings.log_group, environment.log_stream)
            log.write(f"START RequestId: {request.id} Version: {settings.version}")
            cold = environment.init_seconds is None
            begin = time.monotonic()
            reply = _within_limit(self._run(environment, request, log.write, fault))
            seconds = time.monotonic() - begin
            init_seconds = environment.init_seconds if cold else None
            log.write(f"END RequestId: {request.id}")
            log.write(_report(request.id, settings, reply, seconds, init_seconds))
        _LOG.info("lambda %s: %s after %.0f ms", settings.name, _outcome(reply), seconds * 1000)
        return Result(request.id, reply.payload, "Unhandled" if reply.error else None, settings.version, log.tail())

    def _run(self, environment: ExecutionEnvironment, request: Request, log: LogSink, fault: Fault | None) -> Reply:
        if fault is None:
            return environment.invoke(request, log)
        _LOG.info("%s", fault.message)
        if fault.kind == "kill":
            with self._context.faults.armed(fault, environment.kill):
                return environment.invoke(request, log)
        if fault.kind == "garbage":
            # It says that it is done, and has done nothing.
            return Reply(json.dumps({"garbage": fault.message}).encode())
        if fault.kind == "crash":
            return Reply(error_payload("Error", fault.message), error=True)
        fault.lifted.wait(fault.patience(environment.settings.timeout))
        return environment.timed_out(request.id, log)

    @contextmanager
    def _reserved(self, function: LambdaFunction) -> Iterator[None]:
        name, reserved = str(function.function_name), function.reserved_concurrency
        with self._changed:
            if reserved is not None and self._in_flight[name] >= int(reserved):
                raise TooManyRequestsError(name, int(reserved))
            self._in_flight[name] += 1
        try:
            yield
        finally:
            with self._changed:
                self._in_flight[name] -= 1

    @contextmanager
    def _environment(self, settings: FunctionSettings, function: LambdaFunction) -> Iterator[ExecutionEnvironment]:
        code = self._code.folder(function)
        with self._changed:
            pool = self._pools.setdefault(settings, _Pool())
            self._changed.wait_for(lambda: pool.idle or pool.size < ENVIRONMENTS_PER_FUNCTION)
            environment = pool.idle.pop() if pool.idle else None
            pool.size += 0 if environment else 1
        try:
            if environment is None or not environment.usable:
                environment = ExecutionEnvironment(self._context, settings, code)
            yield environment
        finally:
            with self._changed:
                if environment and environment.usable:
                    environment.idle_since = time.monotonic()
                    pool.idle.append(environment)
                else:
                    pool.size -= 1
                self._changed.notify_all()
            if environment and not environment.usable:
                environment.close()

    def _retire_idle(self) -> None:
        while True:
            time.sleep(_IDLE_SECONDS / 4)
            limit = time.monotonic() - _IDLE_SECONDS
            with self._changed:
                retired = []
                for pool in self._pools.values():
                    old = [environment for environment in pool.idle if environment.idle_since < limit]
                    pool.idle = [environment for environment in pool.idle if environment not in old]
                    pool.size -= len(old)
                    retired += old
                self._pools = {settings: pool for settings, pool in self._pools.items() if pool.size}
            for environment in retired:
                environment.close()


def check_payload(payload: bytes, limit: int) -> bytes:
    """Return the event as it is handed on.

    Raises:
        RequestTooLargeError: It is larger than `limit` bytes.
        InvalidRequestContentError: It is not JSON.

    """
    if len(payload) > limit:
        raise RequestTooLargeError(len(payload), limit)
    try:
        json.loads(payload or b"{}")
    except ValueError as error:
        raise InvalidRequestContentError(str(error)) from error
    return payload or b"{}"


def _within_limit(reply: Reply) -> Reply:
    if len(reply.payload) <= MAX_PAYLOAD_BYTES:
        return reply
    message = f"Response payload size exceeded maximum allowed payload size ({MAX_PAYLOAD_BYTES} bytes)."
    return replace(reply, payload=error_payload("Function.ResponseSizeTooLarge", message), error=True)


def _report(
    request_id: str, settings: FunctionSettings, reply: Reply, seconds: float, init_seconds: float | None
) -> str:
    milliseconds = (seconds - (init_seconds or 0)) * 1000
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {milliseconds:.2f} ms",
        f"Billed Duration: {math.ceil(milliseconds)} ms",
        f"Memory Size: {settings.memory} MB",
        f"Max Memory Used: {reply.memory // 1024**2} MB",
    ]
    if init_seconds is not None:
        parts.append(f"Init Duration: {init_seconds * 1000:.2f} ms")
    return "\t".join(parts)


def _outcome(reply: Reply) -> str:
    return f"failed with {json.loads(reply.payload).get('errorType')}" if reply.error else "succeeded"
