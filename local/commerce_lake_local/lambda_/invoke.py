"""`lambda:Invoke` and moto's own ways to a function, led to the engine."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import unquote

from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.awslambda.utils import get_backend
from moto.s3 import notifications

from .asynchronous import AsyncInvoker
from .engine import MAX_PAYLOAD_BYTES, InvalidRequestContentError, LambdaEngine, check_payload

_INVOCATION_TYPES = ("RequestResponse", "Event", "DryRun")


def attach(engine: LambdaEngine, events: AsyncInvoker) -> None:
    """Replace moto's invocations, which need Docker."""

    def invoke(self: LambdaResponse) -> tuple[int, dict[str, str], bytes]:
        name = unquote(self.path.rsplit("/", 2)[-2])
        qualifier = self.querystring.get("Qualifier", [None])[0]
        function = self.backend.get_function(name, qualifier)
        kind = self.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        payload = bytes(self.raw_body or b"")
        if kind == "DryRun":
            check_payload(payload, MAX_PAYLOAD_BYTES)
            return 204, {"status": "204"}, b""
        if kind == "Event":
            return 202, {"status": "202", "x-amzn-RequestId": events.submit(function, payload)}, b""
        if kind != "RequestResponse":
            raise InvalidRequestContentError(f"the invocation type {kind} is none of {', '.join(_INVOCATION_TYPES)}")
        result = engine.invoke(function, payload, client_context=_client_context(self.headers))
        headers = {
            "content-type": "application/json",
            "x-amzn-RequestId": result.request_id,
            "X-Amz-Executed-Version": result.executed_version,
        }
        if result.function_error:
            headers["X-Amz-Function-Error"] = result.function_error
        if self.headers.get("X-Amz-Log-Type") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(result.log_tail).decode()
        return 200, headers, result.payload

    def invoke_function(
        self: LambdaFunction, body: str | bytes, request_headers: Any, response_headers: dict[str, str]
    ) -> bytes:
        result = engine.invoke(self, body.encode() if isinstance(body, str) else body)
        if result.function_error:
            response_headers["x-amz-function-error"] = result.function_error
        return result.payload

    def notify_function(account_id: str, event_body: Any, fn_arn: str, region_name: str) -> None:
        function = get_backend(account_id, region_name).get_function(fn_arn)
        events.submit(function, json.dumps(event_body).encode())

    notifications._invoke_awslambda = notify_function
    LambdaResponse.invoke = invoke  # type: ignore[method-assign]
    LambdaFunction.invoke = invoke_function  # type: ignore[method-assign]


def _client_context(headers: Any) -> dict[str, Any] | None:
    encoded = headers.get("X-Amz-Client-Context")
    decoded = json.loads(base64.b64decode(encoded)) if encoded else None
    return decoded if isinstance(decoded, dict) else None
