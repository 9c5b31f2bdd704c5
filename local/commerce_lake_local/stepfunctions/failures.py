"""Failures in the form in which moto's interpreter passes them on."""

from __future__ import annotations

from typing import Any, cast

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails


def failure(env: Any, event_type: HistoryEventType, error: str, cause: str, **more: str) -> FailureEvent:
    """Return a failure, with the event that the history records of it.

    Args:
        env: Where it happened.
        event_type: Such as `TaskFailed`; the event's details are named after it.
        error: The name that Retry and Catch see.
        cause: For people.
        more: Further fields of the event's details.

    """
    name = event_type.value
    details = {f"{name[0].lower()}{name[1:]}EventDetails": {"error": error, "cause": cause, **more}}
    return FailureEvent(
        env=env,
        error_name=CustomErrorName(error),
        event_type=event_type,
        event_details=cast(EventDetails, details),
    )
