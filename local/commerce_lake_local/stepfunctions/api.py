"""Calls of the Step Functions API that moto does not know, or answers in part.

ValidateStateMachineDefinition (every plan asks it) and ListStateMachineVersions (every read asks it) are unknown.
Stopped and timed out executions have no stop date, a text as output loses its quotes, the reason of a stop is dropped,
and a history comes whole whatever was asked. Errors of the interpreter have no name.
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.stepfunctions.parser import api as parser_api
from moto.stepfunctions.responses import StepFunctionResponse

from .definitions import diagnose
from .patching import add, replace

_PAGE = 100


def mend() -> None:
    """Complete the API as far as this project, its command line and Terraform ask."""
    add(StepFunctionResponse, "validate_state_machine_definition", _validate_state_machine_definition)
    add(StepFunctionResponse, "list_state_machine_versions", _list_state_machine_versions)
    for error in vars(parser_api).values():
        if isinstance(error, type) and issubclass(error, AWSError) and isinstance(vars(error).get("code"), str):
            _name(error)
    replace(StepFunctionResponse, "describe_execution", _describe_execution)
    replace(StepFunctionResponse, "list_executions", _list_executions)
    replace(StepFunctionResponse, "stop_execution", _stop_execution)
    replace(StepFunctionResponse, "get_execution_history", _get_execution_history)


def _name(error: Any) -> None:
    name = error.code

    def with_name(self: Any, message: str = name) -> None:
        AWSError.__init__(self, message, exception_type=name)

    error.__init__ = with_name


def _validate_state_machine_definition(self: Any) -> ActionResult:
    found = diagnose(self._get_param("definition"))
    limit = self._get_int_param("maxResults") or 100
    return ActionResult(
        {
            "result": "FAIL" if found else "OK",
            "diagnostics": [one.as_response() for one in found[:limit]],
            "truncated": len(found) > limit,
        }
    )


def _list_state_machine_versions(self: Any) -> ActionResult:
    machine = self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
    newest_first = sorted(machine.versions.values(), key=lambda version: version.version, reverse=True)
    versions = [{"stateMachineVersionArn": one.arn, "creationDate": one.creation_date} for one in newest_first]
    return ActionResult({"stateMachineVersions": versions})


def _describe_execution(self: Any) -> ActionResult:
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    described = _summary(execution) | {
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "the local AWS cannot redrive",
    }
    if execution.status == "SUCCEEDED":
        described |= {"output": json.dumps(execution.output), "outputDetails": {"included": True}}
    for field in ("error", "cause"):
        value = getattr(execution, field)
        if value is not None:
            described[field] = value
    return ActionResult(described)


def _list_executions(self: Any) -> ActionResult:
    found, next_token = self.stepfunction_backend.list_executions(
        self._get_param("stateMachineArn"),
        status_filter=self._get_param("statusFilter"),
        max_results=self._get_int_param("maxResults"),
        next_token=self._get_param("nextToken"),
    )
    return ActionResult({"executions": [_summary(execution) for execution in found], "nextToken": next_token})


def _summary(execution: Any) -> dict[str, Any]:
    summary = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
    }
    if execution.stop_date is not None:
        summary["stopDate"] = execution.stop_date
    return summary


def _stop_execution(self: Any) -> ActionResult:
    backend = self.stepfunction_backend
    execution = backend.describe_execution(self._get_param("executionArn"))
    execution.stop(stop_date=utcnow(), error=self._get_param("error"), cause=self._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date})


def _get_execution_history(self: Any) -> ActionResult:
    events = self.stepfunction_backend.get_execution_history(self._get_param("executionArn"))["events"]
    if self._get_bool_param("reverseOrder"):
        events = events[::-1]
    start = int(self._get_param("nextToken") or 0)
    end = start + (self._get_int_param("maxResults") or _PAGE)
    page: dict[str, Any] = {"events": events[start:end]}
    if end < len(events):
        page["nextToken"] = str(end)
    return ActionResult(page)
