"""The events that Step Functions sends to the default bus when an execution is over."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends

from .bus import EventBus, timestamp


def send_execution_event(bus: EventBus, execution: Any) -> None:
    """Offer the end of an execution to the rules of the default bus.

    @see https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """
    event = _event(execution)
    buses = events_backends[execution.account_id][execution.region_name].event_buses
    for rule in list(buses["default"].rules.values()):
        bus.offer(rule, event)


def _event(execution: Any) -> dict[str, Any]:
    succeeded = execution.status == "SUCCEEDED"
    included = {"included": True}
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": execution.account_id,
        "time": timestamp(datetime.now(UTC)),
        "region": execution.region_name,
        "resources": [execution.execution_arn],
        "detail": {
            "executionArn": execution.execution_arn,
            "stateMachineArn": execution.state_machine_arn,
            "name": execution.name,
            "status": execution.status,
            "startDate": _milliseconds(execution.start_date),
            "stopDate": _milliseconds(execution.stop_date),
            "input": execution.execution_input,
            "inputDetails": included,
            "output": json.dumps(execution.output) if succeeded else None,
            "outputDetails": included if succeeded else None,
            "error": execution.error,
            "cause": execution.cause,
        },
    }


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
