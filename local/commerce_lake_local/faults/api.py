"""`/_faults`, by which faults are asked for, and the faults of calls.

curl -X POST  ENDPOINT/_faults -d '{"target": "lambda:data-quality", "fault": "crash"}'
curl          ENDPOINT/_faults
curl -X DELETE ENDPOINT/_faults        (one of them: ENDPOINT/_faults/3)
"""

from __future__ import annotations

import io
import json
import logging
from typing import Any

from moto.core.request import Request
from werkzeug.wrappers import Response

from ..errors import ApiError, action_of, error_response, service_of
from .plan import Fault, FaultPlan, InvalidFaultError

_LOG = logging.getLogger(__name__)
# No bucket has such a name, so no call of S3 has such a path.
_PATH = "/_faults"
# Longer than anybody waits: a function for 15 minutes at most, an integration of Step Functions for one more.
_LONGEST_SECONDS = 1_000

# How services refuse what is too much, and how they fail. https://docs.aws.amazon.com/general/latest/gr/api-retries.html
_THROTTLED = {
    "lambda": ApiError(429, "TooManyRequestsException", ""),
    "s3": ApiError(503, "SlowDown", ""),
    "sns": ApiError(400, "Throttled", ""),
}
_BROKEN = {
    "dynamodb": ApiError(500, "InternalServerError", ""),
    "glue": ApiError(500, "InternalServiceException", ""),
    "lambda": ApiError(500, "ServiceException", ""),
    "s3": ApiError(500, "InternalError", ""),
    "sns": ApiError(500, "InternalError", ""),
}


def answer(plan: FaultPlan, environ: dict[str, Any]) -> Any:
    """Return the answer to a request that is about faults or struck by one, None for every other.

    Raises:
        ConnectionAbortedError: The caller shall get no answer.

    """
    path = environ.get("PATH_INFO", "")
    if path == _PATH or path.startswith(f"{_PATH}/"):
        return _manage(plan, Request(environ))
    service = service_of(environ)
    if not plan.watches(service):
        return None
    body = environ["wsgi.input"].read()
    environ["wsgi.input"] = io.BytesIO(body)
    request = Request(environ)
    action = action_of(request)
    environ["wsgi.input"] = io.BytesIO(body)
    if plan.kill_caller(service, action):
        raise ConnectionAbortedError
    fault = plan.strike_call(service, action, lambda: body.decode(errors="replace"))
    return None if fault is None else _strike(fault, service, Request(environ))


def _strike(fault: Fault, service: str, request: Request) -> Response:
    _LOG.info("%s", fault.message)
    if fault.kind == "throttle":
        throttled = _THROTTLED.get(service, ApiError(400, "ThrottlingException", ""))
        return error_response(request, ApiError(throttled.status, throttled.code, fault.message))
    if fault.kind == "crash":
        broken = _BROKEN.get(service, ApiError(500, "InternalFailure", ""))
        return error_response(request, ApiError(broken.status, broken.code, fault.message))
    if fault.kind == "garbage":
        return Response("\x00 no answer of AWS looks like this", 200, content_type=request.content_type)
    if fault.kind == "timeout":
        fault.lifted.wait(_LONGEST_SECONDS)
    raise ConnectionAbortedError


def _manage(plan: FaultPlan, request: Request) -> Response:
    if not plan.enabled:
        return _refuse(404, "Faults are off. Start the local AWS with --faults to have some: npm run local -- --faults")
    number = request.path.removeprefix(_PATH).strip("/")
    if request.method == "GET" and not number:
        return _say({"faults": plan.describe()})
    if request.method == "POST" and not number:
        try:
            fault = plan.add(json.loads(request.get_data()))
        except (InvalidFaultError, UnicodeDecodeError, json.JSONDecodeError) as error:
            return _refuse(400, str(error))
        _LOG.info("asked for %s", fault.describe())
        return _say(fault.describe(), 201)
    if request.method == "DELETE":
        if number and not (number.isascii() and number.isdigit()):
            return _refuse(404, f"Faults have numbers; {number!r} is none.")
        removed = plan.remove(int(number) if number else None)
        return _say({"removed": removed}) if removed or not number else _refuse(404, f"There is no fault {number}.")
    return _refuse(405, f"{_PATH} takes GET, POST and DELETE; {_PATH}/NUMBER takes DELETE.")


def _say(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content) + "\n", status, content_type="application/json")


def _refuse(status: int, message: str) -> Response:
    return _say({"message": message}, status)
