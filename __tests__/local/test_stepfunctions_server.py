"""The interpreter inside the local AWS: its integrations reach the API that it is part of."""

from __future__ import annotations

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from local.stepfunctions_harness import ROLE


def test_a_machine_works_on_the_same_local_aws(aws: Any) -> None:
    name = f"machine-{uuid.uuid4()}"
    s3, sfn, sqs = aws.client("s3"), aws.client("stepfunctions"), aws.client("sqs")
    s3.create_bucket(Bucket=name)
    for key in ("in/a", "in/b"):
        s3.put_object(Bucket=name, Key=key, Body=b"x")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    each = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:listObjectsV2",
            "Arguments": {"Bucket": name, "Prefix": "in/"},
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Send",
            "States": {
                "Send": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::sqs:sendMessage",
                    "Arguments": {"QueueUrl": queue, "MessageBody": "{% $states.input.Key %}"},
                    "Output": "{% $states.input.Key %}",
                    "End": True,
                }
            },
        },
        "End": True,
    }
    definition = {"QueryLanguage": "JSONata", "StartAt": "Each", "States": {"Each": each}}
    machine = sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]

    ended = _ended(sfn, execution)

    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"]) == ["in/a", "in/b"]
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert {message["Body"] for message in received} == {"in/a", "in/b"}
    sfn.delete_state_machine(stateMachineArn=machine)


def test_a_name_is_one_execution_however_often_it_is_started_at_once(aws: Any) -> None:
    sfn = aws.client("stepfunctions")
    wait = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}}
    machine = sfn.create_state_machine(name=f"m-{uuid.uuid4()}", definition=json.dumps(wait), roleArn=ROLE)
    arn = machine["stateMachineArn"]

    def start(given: str) -> str:
        return str(sfn.start_execution(stateMachineArn=arn, name="the-one", input=given)["executionArn"])

    with ThreadPoolExecutor(8) as pool:
        started = set(pool.map(start, ['{"a": 1}'] * 16))
    assert len(started) == 1
    assert [one["name"] for one in sfn.list_executions(stateMachineArn=arn)["executions"]] == ["the-one"]
    with pytest.raises(sfn.exceptions.ExecutionAlreadyExists):
        start('{"a": 2}')
    sfn.stop_execution(executionArn=started.pop())
    with pytest.raises(sfn.exceptions.ExecutionAlreadyExists):
        start('{"a": 1}')
    sfn.delete_state_machine(stateMachineArn=arn)


def _ended(sfn: Any, execution: str) -> dict[str, Any]:
    end = time.monotonic() + 60
    while (described := sfn.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < end
        time.sleep(0.05)
    return described
