"""Errors in the form that the caller's protocol wants, so that every AWS client shows their message."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from botocore.exceptions import UnknownServiceError
from moto.core.request import Request
from moto.core.routing import get_service_router
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

_XML_SERVICES = {"s3", "route53", "cloudfront"}


@dataclass(frozen=True)
class ApiError:
    """What went wrong with a call. Clients repeat what has a status of 500 or more."""

    status: int
    code: str
    message: str


def unknown_call(call: str) -> ApiError:
    """Say that the local AWS emulates no more than this project uses."""
    return ApiError(400, "UnknownOperationException", f"the local AWS does not know {call}")


def service_of(environ: dict[str, Any]) -> str:
    """Return the service that a request was signed for, as IAM spells it; `?` where it was not signed."""
    try:
        return str(environ["HTTP_AUTHORIZATION"].split("Credential=")[1].split("/")[3]).lower()
    except (KeyError, IndexError):
        return "?"


def action_of(request: Request) -> str:
    """Return the action that a request names, or its method and path where the protocol is REST."""
    target = request.headers.get("X-Amz-Target")
    if target:
        return target.rpartition(".")[2]
    named = request.args.get("Action") or request.form.get("Action")
    if not named and _is_form(request):
        named = parse_qs(request.get_data(as_text=True)).get("Action", [""])[0]
    return named or _modelled_action(request) or f"{request.method} {request.path}"


def _modelled_action(request: Request) -> str | None:
    try:
        operation, _ = get_service_router(service_of(request.environ)).match(request)
    except (NotFound, UnknownServiceError):
        return None
    return str(operation.name)


def error_response(request: Request, error: ApiError) -> Response:
    """Return the error as an HTTP response in the caller's protocol."""
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": request_id, "x-amzn-errortype": error.code}
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        headers["smithy-protocol"] = "rpc-v2-cbor"
        return Response(_cbor(error), error.status, headers, content_type="application/cbor")
    if _is_form(request) or service_of(request.environ) in _XML_SERVICES:
        body = _xml(error, request_id, bare=service_of(request.environ) == "s3")
        return Response(body, error.status, headers, content_type="text/xml")
    body = json.dumps({"__type": error.code, "message": error.message})
    return Response(body, error.status, headers, content_type=request.content_type or "application/json")


def _is_form(request: Request) -> bool:
    return (request.content_type or "").startswith("application/x-www-form-urlencoded")


def _xml(error: ApiError, request_id: str, *, bare: bool) -> str:
    fields = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    if bare:
        return f"<Error>{fields}<RequestId>{request_id}</RequestId></Error>"
    kind = "Sender" if error.status < 500 else "Receiver"
    return (
        f"<ErrorResponse><Error><Type>{kind}</Type>{fields}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def _cbor(error: ApiError) -> bytes:
    def text(value: str) -> bytes:
        encoded = value.encode()[:65535]
        return b"\x79" + len(encoded).to_bytes(2, "big") + encoded

    return b"\xa2" + text("__type") + text(error.code) + text("message") + text(error.message)
