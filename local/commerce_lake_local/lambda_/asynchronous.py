"""Invocations that the caller does not wait for: retries, dead letters, destinations."""

from __future__ import annotations

import json
import logging
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.models import LambdaFunction

from ..background import Background
from ..context import LocalContext
from ..delivery import UndeliverableError, deliver
from .engine import LambdaEngine, Result, TooManyRequestsError, check_payload

_LOG = logging.getLogger(__name__)
_THREADS = 8
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_PAYLOAD_BYTES = 1024 * 1024
# AWS waits one and two minutes. Whoever waits at a laptop shall not.
RETRY_DELAYS = (1.0, 2.0)
_THROTTLE_DELAY = 1.0
_DEFAULT_MAX_AGE = 6 * 3600


@dataclass(frozen=True)
class _Policy:
    """What `lambda:PutFunctionEventInvokeConfig` and the dead-letter queue say."""

    retries: int
    max_age: float
    on_success: str | None
    on_failure: str | None
    dead_letters: str | None

    @classmethod
    def of(cls, function: LambdaFunction) -> _Policy:
        config: dict[str, Any] = function.event_invoke_config[-1].config if function.event_invoke_config else {}
        destinations = config.get("DestinationConfig") or {}
        return cls(
            retries=config.get("MaximumRetryAttempts", len(RETRY_DELAYS)),
            max_age=config.get("MaximumEventAgeInSeconds", _DEFAULT_MAX_AGE),
            on_success=(destinations.get("OnSuccess") or {}).get("Destination"),
            on_failure=(destinations.get("OnFailure") or {}).get("Destination"),
            dead_letters=(getattr(function, "dead_letter_config", None) or {}).get("TargetArn"),
        )


class AsyncInvoker:
    """Takes events, and runs the function for each until it succeeds or its retries are over."""

    def __init__(self, context: LocalContext, engine: LambdaEngine) -> None:
        self._context = context
        self._engine = engine
        self._background = Background("lambda-event", _THREADS)

    def submit(self, function: LambdaFunction, payload: bytes) -> str:
        """Accept an event.

        Returns:
            The request id that all attempts will have.

        Raises:
            RequestTooLargeError: The event is too large.
            InvalidRequestContentError: The event is not JSON.
        """
        payload = check_payload(payload, MAX_PAYLOAD_BYTES)
        request_id = str(uuid.uuid4())
        self._background.submit(
            lambda: self._run(function, payload, request_id), f"event for function {function.function_name}"
        )
        return request_id

    def _run(self, function: LambdaFunction, payload: bytes, request_id: str) -> None:
        policy = _Policy.of(function)
        expiry = time.monotonic() + policy.max_age
        attempts = 0
        while True:
            try:
                result = self._engine.invoke(function, payload, request_id=request_id)
            except TooManyRequestsError:
                if time.monotonic() + _THROTTLE_DELAY > expiry:
                    return self._give_up(function, policy, payload, request_id, "EventAgeExceeded", attempts, None)
                time.sleep(_THROTTLE_DELAY)
                continue
            attempts += 1
            if result.function_error is None:
                return self._succeed(function, policy, payload, result, attempts)
            delay = RETRY_DELAYS[min(attempts, len(RETRY_DELAYS)) - 1]
            if attempts > policy.retries:
                return self._give_up(function, policy, payload, request_id, "RetriesExhausted", attempts, result)
            if time.monotonic() + delay > expiry:
                return self._give_up(function, policy, payload, request_id, "EventAgeExceeded", attempts, result)
            time.sleep(delay)

    def _succeed(
        self, function: LambdaFunction, policy: _Policy, payload: bytes, result: Result, attempts: int
    ) -> None:
        if policy.on_success:
            record = _record(function, payload, result.request_id, "Success", attempts, result)
            self._deliver(policy.on_success, record, "Success")

    def _give_up(
        self,
        function: LambdaFunction,
        policy: _Policy,
        payload: bytes,
        request_id: str,
        condition: str,
        attempts: int,
        result: Result | None,
    ) -> None:
        _LOG.error(
            "lambda %s: event %s given up after %d attempts: %s",
            function.function_name,
            request_id,
            attempts,
            condition,
        )
        if policy.on_failure:
            self._deliver(
                policy.on_failure, _record(function, payload, request_id, condition, attempts, result), "Failure"
            )
        if policy.dead_letters:
            message = json.loads(result.payload).get("errorMessage", "") if result else condition
            about = {
                "RequestID": request_id,
                "ErrorCode": "200" if result else "429",
                "ErrorMessage": message[:1024] or "-",
            }
            deliver(self._context, policy.dead_letters, payload.decode(), attributes=about)

    def _deliver(self, arn: str, record: dict[str, Any], outcome: str) -> None:
        if ":events:" not in arn:
            deliver(self._context, arn, json.dumps(record))
            return
        entry = {
            "Source": "lambda",
            "DetailType": f"Lambda Function Invocation Result - {outcome}",
            "Detail": json.dumps(record),
            "EventBusName": arn,
        }
        answer = self._context.client("events").put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise UndeliverableError(answer["Entries"][0]["ErrorCode"], f"{arn} refused the record of {outcome}")


def _record(
    function: LambdaFunction, payload: bytes, request_id: str, condition: str, attempts: int, result: Result | None
) -> dict[str, Any]:
    """Return the record that a destination gets.

    @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "requestContext": {
            "requestId": request_id,
            "functionArn": f"{function.function_arn}:{function.version}",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json.loads(payload),
    }
    if result:
        record["responseContext"] = {"statusCode": 200, "executedVersion": result.executed_version}
        if result.function_error:
            record["responseContext"]["functionError"] = result.function_error
        record["responsePayload"] = json.loads(result.payload)
    return record
