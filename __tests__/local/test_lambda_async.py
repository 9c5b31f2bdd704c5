from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import LocalAws
from .lambda_harness import deploy
from .queue_harness import Inbox

# Fails as often as told, by a file in which it counts.
_FAILING = """
import { appendFileSync, readFileSync } from 'node:fs';
export const handler = async ({ file, failures }, { awsRequestId }) => {
  appendFileSync(file, `${awsRequestId}\\n`);
  const attempts = readFileSync(file, 'utf8').trim().split('\\n').length;
  if (attempts <= failures) throw new Error(`failure ${attempts}`);
  return { attempts };
};
"""


def _send(aws: LocalAws, name: str, event: Any) -> None:
    response = aws.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
    assert response["StatusCode"] == 202


def _configure(aws: LocalAws, name: str, retries: int, **destinations: str) -> None:
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=retries,
        DestinationConfig={outcome: {"Destination": arn} for outcome, arn in destinations.items()},
    )


def test_success_goes_to_its_destination(aws: LocalAws, tmp_path: Path) -> None:
    name, inbox = deploy(aws, _FAILING), Inbox(aws)
    _configure(aws, name, 0, OnSuccess=inbox.arn)
    event = {"file": str(tmp_path / "calls"), "failures": 0}
    _send(aws, name, event)
    record = inbox.body()
    assert record["requestPayload"] == event
    assert record["responsePayload"] == {"attempts": 1}
    assert record["requestContext"]["condition"] == "Success"
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}


def test_a_failure_is_retried_as_the_same_request(aws: LocalAws, tmp_path: Path) -> None:
    name, inbox = deploy(aws, _FAILING), Inbox(aws)
    _configure(aws, name, 1, OnSuccess=inbox.arn)
    calls = tmp_path / "calls"
    _send(aws, name, {"file": str(calls), "failures": 1})
    assert inbox.body()["responsePayload"] == {"attempts": 2}
    first, second = calls.read_text().split()
    assert first == second


@pytest.mark.parametrize("retries", [0, 2])
def test_what_fails_to_the_end_goes_to_destination_and_dead_letters(
    aws: LocalAws, tmp_path: Path, retries: int
) -> None:
    failures, dead_letters = Inbox(aws), Inbox(aws)
    name = deploy(aws, _FAILING, DeadLetterConfig={"TargetArn": dead_letters.arn})
    _configure(aws, name, retries, OnFailure=failures.arn)
    event = {"file": str(tmp_path / "calls"), "failures": 9}
    _send(aws, name, event)
    record = failures.body()
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == retries + 1
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorMessage"] == f"failure {retries + 1}"
    letter = dead_letters.message()
    assert json.loads(letter["Body"]) == event
    attributes = {key: value["StringValue"] for key, value in letter["MessageAttributes"].items()}
    assert attributes == {
        "RequestID": record["requestContext"]["requestId"],
        "ErrorCode": "200",
        "ErrorMessage": f"failure {retries + 1}",
    }


def test_a_destination_may_be_a_bus(aws: LocalAws, tmp_path: Path) -> None:
    name, inbox = deploy(aws, _FAILING), Inbox(aws)
    bus = aws.client("events").create_event_bus(Name=f"bus-{uuid.uuid4().hex[:8]}")["EventBusArn"]
    rule = {"Name": "results", "EventBusName": bus.rpartition("/")[2]}
    aws.client("events").put_rule(**rule, EventPattern=json.dumps({"source": ["lambda"]}))
    aws.client("events").put_targets(
        Rule="results", EventBusName=rule["EventBusName"], Targets=[{"Id": "1", "Arn": inbox.arn}]
    )
    _configure(aws, name, 0, OnSuccess=bus)
    _send(aws, name, {"file": str(tmp_path / "calls"), "failures": 0})
    event = inbox.body()
    assert event["detail-type"] == "Lambda Function Invocation Result - Success"
    assert event["detail"]["responsePayload"] == {"attempts": 1}


def test_a_throttled_event_waits(aws: LocalAws, tmp_path: Path) -> None:
    name, inbox = deploy(aws, _FAILING), Inbox(aws)
    _configure(aws, name, 0, OnSuccess=inbox.arn)
    aws.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    for number in range(3):
        _send(aws, name, {"file": str(tmp_path / str(number)), "failures": 0})
    assert [inbox.body()["requestContext"]["condition"] for _ in range(3)] == ["Success"] * 3


def test_an_event_that_is_not_json_is_refused_at_once(aws: LocalAws) -> None:
    name = deploy(aws, _FAILING)
    with pytest.raises(ClientError, match="InvalidRequestContentException"):
        aws.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{")
