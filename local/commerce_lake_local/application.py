"""moto's API as one WSGI application, with errors that a person can read."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable
from typing import Any

from flask import Flask
from flask import request as flask_request
from moto.core.request import Request, normalize_request
from moto.core.responses import BaseResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import HTTPException

from .errors import ApiError, action_of, error_response, service_of, unknown_call
from .faults import api as faults
from .faults.plan import FaultPlan

_LOG = logging.getLogger(__name__)
_UNKNOWN_ACTION = re.compile(r"The (\w+) action has not been implemented")


class LocalApplication(DomainDispatcherApplication):
    """Dispatches requests to moto's services, logs them, and answers what moto does not know."""

    def __init__(self, plan: FaultPlan | None = None) -> None:
        _refuse_unrouted_calls()
        self._plan = plan or FaultPlan()
        super().__init__(_create_service)
        self._backends: dict[str, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """Find the service of a host once: moto looks through its folders and hundreds of patterns for each request."""
        if host is None:
            return None
        if host not in self._backends:
            backend = super().get_backend_for_host(host)
            if backend is None:
                return None
            self._backends[host] = backend
        return self._backends[host]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        begin = time.monotonic()
        status = "-"

        def noted(given: str, headers: Any, error: Any = None) -> Any:
            nonlocal status
            status = given
            return start_response(given, headers, error)

        application: Any = faults.answer(self._plan, environ)
        try:
            application = application or self.get_application(environ)
        except Exception as error:
            request = Request(environ)
            application = error_response(request, _explain(request, error))
        response: Iterable[bytes] = application(environ, noted)
        if _LOG.isEnabledFor(logging.DEBUG):
            call = f"{service_of(environ)} {environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
            target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
            _LOG.debug("%s %s %s in %.0f ms", call, target, status, (time.monotonic() - begin) * 1000)
        return response


class UnroutedCallError(Exception):
    """A call for which moto finds no action; by itself it answers with an empty page."""


def _refuse_unrouted_calls() -> None:
    call_action = BaseResponse.call_action

    def checked(self: BaseResponse) -> Any:
        if not self._get_action():
            raise UnroutedCallError
        return call_action(self)

    BaseResponse.call_action = checked  # type: ignore[method-assign]


def _create_service(service: Any) -> Flask:
    if service is None:
        raise UnroutedCallError
    application = create_backend_app(service)
    # In debug mode Flask makes a class for each request, and so keeps its body until the garbage is collected.
    application.debug = False

    def answer(error: Exception) -> Any:
        if isinstance(error, HTTPException) and error is not flask_request.routing_exception:
            return error  # moto's own answer
        request = normalize_request(flask_request)
        return error_response(request, _explain(request, error))

    application.register_error_handler(Exception, answer)
    return application


def _explain(request: Request, error: Exception) -> ApiError:
    service, action = service_of(request.environ), action_of(request)
    unknown = _UNKNOWN_ACTION.match(str(error)) if isinstance(error, NotImplementedError) else None
    if unknown and " " in action:
        action = "".join(part.capitalize() for part in unknown[1].split("_"))
    call = f"{service}:{action}"
    if unknown or isinstance(error, (UnroutedCallError, HTTPException)):
        _LOG.warning("unknown call %s", call)
        return unknown_call(call)
    _LOG.error("%s failed", call, exc_info=error)
    reason = f"{type(error).__name__}: {error}"
    return ApiError(500, "InternalFailure", f"the local AWS failed in {call}: {reason} (its log has the traceback)")
