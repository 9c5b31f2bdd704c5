"""Names of errors, and what Retry and Catch make of them.

Faults of moto: an error of a branch whose name begins with `States.` raises instead of being passed on; `States.ALL`
catches what AWS lets nobody catch; a timeout or a failed expression of a DynamoDB task is called an error of DynamoDB;
errors of DynamoDB are called by the code in its answer, where AWS calls them by the class of its SDK; aws-sdk
integrations write `glue.` where AWS writes `Glue.`; a service that cannot be reached has no name at all; and every
failed state is logged with its whole inside, once for each part of it.
"""

from __future__ import annotations

import logging
from typing import Any

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb import (
    StateTaskServiceDynamoDB,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask

from .failures import failure
from .patching import add, replace

_LOG = logging.getLogger(__name__)
_session = botocore.session.Session()
_cause_of_dynamodb: Any = StateTaskServiceDynamoDB._error_cause_from_client_error
_UNCATCHABLE = frozenset({"States.Runtime", "States.DataLimitExceeded"})
_SPELLINGS = {"dynamodb": "DynamoDB", "lambda": "Lambda", "sns": "SNS", "sqs": "SQS", "s3": "S3", "glue": "Glue"}


def mend() -> None:
    """Make errors carry the names that AWS gives them, and be caught by the rules of AWS."""
    replace(CustomErrorName, "__init__", _name_as_given)
    replace(ErrorEqualsDecl, "_eval_body", _eval_error_equals)
    replace(state_task_service_aws_sdk, "_SERVICE_ERROR_NAMES", _SPELLINGS | {"dynamodb": "DynamoDb", "sfn": "Sfn"})
    replace(StateTaskServiceDynamoDB, "_error_cause_from_client_error", staticmethod(_dynamodb_error))
    of_dynamodb = StateTaskServiceDynamoDB._from_error

    def from_dynamodb_error(self: Any, env: Any, ex: Exception) -> Any:
        if isinstance(ex, ClientError):
            return of_dynamodb(self, env=env, ex=ex)
        return super(StateTaskServiceDynamoDB, self)._from_error(env=env, ex=ex)

    replace(StateTaskServiceDynamoDB, "_from_error", from_dynamodb_error)
    # The history says what failed; a log of inputs and outputs would only spread them.
    for log in ("_log_failure_event_exception", "_log_exception"):
        replace(EvalComponent, log, lambda *_, **__: None)
    # Integrations ask their base class about what they do not know themselves.
    add(StateTaskService, "_from_error", _from_error)


def matches(declared: list[str | None], actual: str | None) -> bool:
    """Say whether a Retry or Catch that declares these errors is for this one.

    See https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html, "Error names".
    """
    if actual in declared:
        return True
    if "States.ALL" in declared:
        return actual not in _UNCATCHABLE
    return "States.TaskFailed" in declared and actual not in _UNCATCHABLE | {"States.Timeout"}


def _dynamodb_error(client_error: ClientError) -> tuple[str, str]:
    code = client_error.response["Error"]["Code"]
    known = {shape.name for shape in _session.get_service_model("dynamodb").error_shapes}
    # Classes of the SDK end so, whatever the code; what has none is an error of the service as such.
    name = f"{code.removesuffix('Exception')}Exception" if code in known else "AmazonDynamoDBException"
    cause = _cause_of_dynamodb(client_error)[1]
    return f"DynamoDB.{name}", cause


def _name_as_given(self: Any, error_name: str | None) -> None:
    ErrorName.__init__(self, error_name=error_name)


def _eval_error_equals(self: Any, env: Any) -> None:
    error: ErrorName = env.stack.pop()
    env.stack.append(matches([name.error_name for name in self.error_names], error.error_name if error else None))


def _from_error(self: Any, env: Any, ex: Exception) -> Any:
    if not isinstance(ex, BotoCoreError):
        if not isinstance(ex, FailureEventException | TimeoutError):
            _LOG.error("a task failed for a reason that no state can catch", exc_info=ex)
        return StateTask._from_error(self, env=env, ex=ex)
    service = self.resource.api_name.lower()
    return failure(
        env,
        HistoryEventType.TaskFailed,
        error=f"{_SPELLINGS.get(service, service)}.SdkClientException",
        cause=str(ex),
        resource=self._get_sfn_resource(),
        resourceType=self._get_sfn_resource_type(),
    )
