"""The mends of moto's interpreter, each by a small machine that moto alone gets wrong."""

from __future__ import annotations

import datetime
import itertools
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from commerce_lake_local.stepfunctions.batches import in_batches
from commerce_lake_local.stepfunctions.clients import client_for
from commerce_lake_local.stepfunctions.errors import matches
from commerce_lake_local.stepfunctions.expressions import ExpressionError, evaluate
from commerce_lake_local.stepfunctions.patching import MendError, add, replace
from local.stepfunctions_harness import REGION, ApiError, Fakes, Interpreter, client, interpreter, returns, throws


@pytest.fixture
def machine() -> Iterator[Interpreter]:
    with interpreter() as started:
        yield started


def states(start: str, timeout: int | None = None, **named: dict[str, Any]) -> dict[str, Any]:
    limit = {} if timeout is None else {"TimeoutSeconds": timeout}
    return {"QueryLanguage": "JSONata", "StartAt": start, "States": named, **limit}


def task(resource: str, arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
    ending = {} if "Next" in more else {"End": True}
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Arguments": arguments, **more, **ending}


def invoke(function: str, **more: Any) -> dict[str, Any]:
    return task("lambda:invoke", {"FunctionName": function, "Payload": {"n": 1}}, **more)


def run_job(name: str = "job", **more: Any) -> dict[str, Any]:
    return task("glue:startJobRun.sync", {"JobName": name}, **more)


def caught(*errors: str, then: str = "Caught") -> list[dict[str, Any]]:
    return [{"ErrorEquals": list(errors), "Output": "{% $states.errorOutput %}", "Next": then}]


CAUGHT = {"Type": "Succeed"}


# Expressions


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$a.b & ' and ' & $a.c", 'it\'s "quoted" and \u00e9\U0001f600'),
        ("$nothing", None),
        ("$nothing = null", True),
        ("$a.d = null", True),
        ("$exists($a.d) and $not($exists($a.e))", True),
        ("$one", ["x"]),
        ("$empty", []),
        ("[1..3]", [1, 2, 3]),
        ("{'a': null, 'b': [null]}", {"a": None, "b": [None]}),
        ("$type($a.c) = 'string' ? 'yes' : $a.c + 1", "yes"),
        ("$sum($map([1, 2], function($n) { $n * 2 }))", 6),
        ("$partition([1, 2, 3], 2)", [[1, 2], [3]]),
        ("$range(1, 9, 4)", [1, 5, 9]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$range(1, 0, 1)", []),
        ("$hash('abc', 'SHA-1')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("$parse('{\"x\": [1, null]}')", {"x": [1, None]}),
        ("$random(7) = $random(7)", True),
        ("$random() < 1", True),
        ("$length($uuid())", 36),
    ],
)
def test_evaluates(expression: str, value: Any) -> None:
    bindings = {
        "a": {"b": 'it\'s "quoted"', "c": "\u00e9\U0001f600", "d": None},
        "nothing": None,
        "one": ["x"],
        "empty": [],
    }

    assert evaluate(expression, bindings) == value


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("$a.b", r"returned nothing \(undefined\)"),
        ("$never", r"returned nothing \(undefined\)"),
        ("function($x) { $x }", "returned an unsupported result type"),
        ("'a' + 1", "T2001: "),
        ("$a.", "threw an error"),
        ("$eval('1')", "use \\$parse"),
        ("$hash('a', 'CRC')", "must be one of MD5, SHA-1"),
        ("$range(1, 2000, 1)", "2000 numbers are more than 1000"),
        ("$range(1, 2, 0)", "must not be zero"),
        ("$partition([1], 0)", "must be above zero"),
    ],
)
def test_says_why_an_expression_fails(expression: str, problem: str) -> None:
    with pytest.raises(ExpressionError, match=problem):
        evaluate(expression, {"a": {}})


def test_does_not_change_what_it_reads() -> None:
    value = {"list": [{"n": None}]}

    result = evaluate("$value.list ~> |$|{'m': 1}|", {"value": value})

    assert (result, value) == ([{"n": None, "m": 1}], {"list": [{"n": None}]})


def test_a_failed_expression_is_an_error_that_can_be_caught(machine: Interpreter) -> None:
    machine.fakes.answers["f"] = lambda _: returns({})
    failing = invoke("f", Assign={"x": "{% $states.result.Payload.missing %}"}, Catch=caught("States.ALL"))

    ended = machine.run(states("Ask", Ask=failing, Caught=CAUGHT))

    assert ended.output["Error"] == "States.QueryEvaluationError"
    assert "'$states.result.Payload.missing'" in ended.output["Cause"]


def test_text_of_a_definition_is_read_as_json(machine: Interpreter) -> None:
    text = 'a "quoted" \\ \n \u00e9 \U0001f600 / {% not an expression'

    keep = {"Type": "Pass", "Assign": {"kept": text}, "Next": "Say"}
    say = {"Type": "Pass", "Output": {"text": text, "kept": "{% $kept %}"}, "End": True}

    ended = machine.run(states("Keep", Keep=keep, Say=say))

    assert ended.output == {"text": text, "kept": text}


def test_the_context_is_that_of_aws(machine: Interpreter) -> None:
    output = "{% $states.context %}"
    say = {"Type": "Pass", "Output": output, "End": True}

    ended = machine.run(states("Say", Say=say), {"a": 1}, name="mine")

    context = ended.output
    assert context["Execution"]["Name"] == "mine"
    assert context["Execution"]["Input"] == {"a": 1}
    assert context["Execution"]["Id"] == ended.described["executionArn"]
    assert context["StateMachine"]["Id"] == ended.described["stateMachineArn"]
    started = context["Execution"]["StartTime"]
    assert datetime.datetime.fromisoformat(started) == ended.described["startDate"]
    for time_of in (started, context["State"]["EnteredTime"]):
        assert len(time_of) == len("2025-01-15T03:00:00.000Z") and time_of.endswith("Z")


# Errors

_NO_TOPIC = f"arn:aws:sns:{REGION}:123456789012:no"


@pytest.mark.parametrize(
    ("declared", "actual", "expected"),
    [
        (["A"], "A", True),
        (["A"], "B", False),
        (["States.ALL"], "A", True),
        (["States.ALL"], None, True),
        (["States.ALL"], "States.Timeout", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.ALL"], "States.DataLimitExceeded", False),
        (["States.TaskFailed"], "A", True),
        (["States.TaskFailed"], "States.TaskFailed", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["States.Timeout"], "States.Timeout", True),
        ([], "A", False),
    ],
)
def test_catches_what_aws_catches(declared: list[str], actual: str | None, expected: bool) -> None:
    assert matches(declared, actual) is expected


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (task("aws-sdk:glue:getCrawler", {"Name": "no"}), "Glue.EntityNotFoundException"),
        (task("aws-sdk:glue:getCrawler", {"Name": "busy"}), "Glue.GlueException"),
        (task("aws-sdk:s3:listObjectsV2", {"Bucket": "no-such-bucket"}), "S3.NoSuchBucketException"),
        (task("glue:startJobRun.sync", {"JobName": "no"}), "Glue.EntityNotFoundException"),
        (task("dynamodb:getItem", {"TableName": "no", "Key": {"a": {"S": "b"}}}), "DynamoDB.ResourceNotFoundException"),
        (task("sns:publish", {"TopicArn": _NO_TOPIC, "Message": "m"}), "SNS.NotFoundException"),
        (task("lambda:invoke", {"FunctionName": "throttled", "Payload": {}}), "Lambda.TooManyRequestsException"),
        (task("lambda:invoke", {"FunctionName": "unreachable", "Payload": {}}), "Lambda.SdkClientException"),
        (task("lambda:invoke", {"FunctionName": "throws", "Payload": {}}), "TypeError"),
    ],
)
def test_errors_have_the_names_of_aws(machine: Interpreter, asked: dict[str, Any], error: str) -> None:
    def fail(exception: Exception) -> Any:
        raise exception

    machine.fakes.answers |= {
        "GetCrawler": lambda it: fail(
            ApiError("EntityNotFoundException" if it["Name"] == "no" else "ThrottlingUnheardOf")
        ),
        "StartJobRun": lambda _: fail(ApiError("EntityNotFoundException")),
        "throttled": lambda _: fail(ApiError("TooManyRequestsException", 429)),
        "unreachable": lambda _: fail(EndpointConnectionError(endpoint_url="http://127.0.0.1:1")),
        "throws": lambda _: throws("TypeError", "no"),
    }

    ended = machine.run(states("Ask", Ask={**asked, "Catch": caught("States.ALL")}, Caught=CAUGHT))

    assert ended.output["Error"] == error
    assert ended.output["Cause"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("InternalServerError", "DynamoDB.InternalServerErrorException"),
        ("RequestLimitExceeded", "DynamoDB.RequestLimitExceededException"),
        ("ThrottlingException", "DynamoDB.ThrottlingException"),
        ("ValidationException", "DynamoDB.AmazonDynamoDBException"),
    ],
)
def test_errors_of_dynamodb_are_called_by_their_class_not_by_their_code(
    machine: Interpreter, code: str, error: str
) -> None:
    failing = Fakes()

    def fail(_: dict[str, Any]) -> Any:
        raise ApiError(code, 500)

    failing.answers["GetItem"] = fail
    get = task("dynamodb:getItem", {"TableName": "t", "Key": {"a": {"S": "b"}}}, Catch=caught("States.ALL"))
    events = client_for(REGION, "dynamodb").meta.events
    events.register("before-call.*", failing.handle)
    try:
        ended = machine.run(states("Get", Get=get, Caught=CAUGHT))
    finally:
        events.unregister("before-call.*", failing.handle)

    assert ended.output["Error"] == error
    assert f"Error Code: {code}" in ended.output["Cause"]


def test_a_condition_that_does_not_hold(machine: Interpreter) -> None:
    client("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    arguments = {
        "TableName": "t",
        "Key": {"pk": {"S": "{% 'k' %}"}},
        "UpdateExpression": "SET a = :a",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeValues": {":a": {"N": "{% $string(1) %}"}},
    }
    update = task("dynamodb:updateItem", arguments, Catch=caught("DynamoDB.ConditionalCheckFailedException"))

    ended = machine.run(states("Update", Update=update, Caught=CAUGHT))

    assert ended.states == ["Update", "Caught"]
    assert ended.output["Error"] == "DynamoDB.ConditionalCheckFailedException"


def test_an_expression_that_fails_in_a_task_of_dynamodb_keeps_its_name(machine: Interpreter) -> None:
    get = task("dynamodb:getItem", {"TableName": "{% $states.input.nothing %}"}, Catch=caught("States.ALL"))

    ended = machine.run(states("Get", Get=get, Caught=CAUGHT))

    assert ended.output["Error"] == "States.QueryEvaluationError"


@pytest.mark.parametrize("error", ["States.TaskFailed", "States.Timeout", "Own.Error"])
def test_a_failed_branch_passes_its_error_on(machine: Interpreter, error: str) -> None:
    fail = {"StartAt": "Fail", "States": {"Fail": {"Type": "Fail", "Error": error, "Cause": "so"}}}
    other = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}}
    both = {"Type": "Parallel", "Branches": [fail, other], "Catch": caught(error), "End": True}

    ended = machine.run(states("Both", Both=both, Caught=CAUGHT))

    assert ended.output == {"Error": error, "Cause": "so"}


def test_a_failed_iteration_passes_its_error_on(machine: Interpreter) -> None:
    processor = {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Fail",
        "States": {"Fail": {"Type": "Fail", "Error": "States.TaskFailed", "Cause": "{% 'item ' & $states.input %}"}},
    }
    each = {"Type": "Map", "Items": ["a"], "ItemProcessor": processor, "Catch": caught("States.ALL"), "End": True}

    assert machine.run(states("Each", Each=each, Caught=CAUGHT)).output == {
        "Error": "States.TaskFailed",
        "Cause": "item a",
    }


def test_retries_back_off_until_they_are_exhausted(machine: Interpreter) -> None:
    times: list[float] = []

    def throttle(_: dict[str, Any]) -> Any:
        times.append(time.monotonic())
        raise ApiError("TooManyRequestsException", 429)

    machine.fakes.answers["f"] = throttle
    retrier = {"ErrorEquals": ["Lambda.TooManyRequestsException"], "MaxAttempts": 2, "BackoffRate": 1}
    patient = {**retrier, "IntervalSeconds": 1, "JitterStrategy": "FULL"}
    asks = invoke("f", Retry=[{**patient, "ErrorEquals": ["Other"]}, patient], Catch=caught("States.TaskFailed"))

    ended = machine.run(states("Ask", Ask=asks, Caught=CAUGHT))

    assert len(times) == 3
    assert all(after - before < 1.5 for before, after in itertools.pairwise(times))
    assert ended.output["Error"] == "Lambda.TooManyRequestsException"


def test_calls_of_the_sdk_are_spelled_with_capitals(machine: Interpreter) -> None:
    arn = "{% $states.context.Execution.Id %}"
    look = task("aws-sdk:sfn:describeExecution", {"ExecutionArn": arn}, Output="{% $states.result %}")

    ended = machine.run(states("Look", Look=look), {"a": 1})

    assert ended.output["Status"] == "RUNNING"
    assert ended.output["ExecutionArn"] == ended.described["executionArn"]
    assert ended.output["InputDetails"] == {"Included": True}


# Tasks that wait


def test_a_job_is_waited_for(machine: Interpreter) -> None:
    started = datetime.datetime(2025, 1, 15, 3, tzinfo=datetime.UTC)
    pending = ["STARTING", "RUNNING", "SUCCEEDED"]
    machine.fakes.answers |= {
        "StartJobRun": lambda _: {"JobRunId": "jr"},
        "GetJobRun": lambda _: {"JobRun": {"Id": "jr", "JobRunState": pending.pop(0), "StartedOn": started}},
    }

    ended = machine.run(states("Run", Run=run_job()))

    # A result with a date can be described.
    assert ended.output == {
        "Id": "jr",
        "JobName": "job",
        "JobRunState": "SUCCEEDED",
        "StartedOn": "2025-01-15T03:00:00.000Z",
    }
    assert [event["type"] for event in ended.events if event["type"].startswith("Task")] == [
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
    ]


@pytest.mark.parametrize("state", ["FAILED", "TIMEOUT", "ERROR"])
def test_a_job_that_fails_is_a_failed_task(machine: Interpreter, state: str) -> None:
    machine.fakes.answers |= {
        "StartJobRun": lambda _: {"JobRunId": "jr"},
        "GetJobRun": lambda _: {"JobRun": {"Id": "jr", "JobRunState": state, "ErrorMessage": "no"}},
    }

    ended = machine.run(states("Run", Run=run_job()))

    assert (ended.status, ended.described["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(ended.described["cause"])["ErrorMessage"] == "no"


@pytest.fixture
def endless_job(machine: Interpreter) -> threading.Event:
    """Set once the job was stopped."""
    stopped = threading.Event()
    machine.fakes.answers |= {
        "StartJobRun": lambda _: {"JobRunId": "jr"},
        "GetJobRun": lambda _: {"JobRun": {"Id": "jr", "JobRunState": "RUNNING"}},
        "BatchStopJobRun": lambda _: stopped.set() or {},
    }
    return stopped


def test_a_job_that_takes_too_long_is_stopped(machine: Interpreter, endless_job: threading.Event) -> None:
    run = run_job(TimeoutSeconds=1, Catch=caught("States.Timeout"))

    ended = machine.run(states("Run", Run=run, Caught=CAUGHT))

    assert ended.output["Error"] == "States.Timeout"
    assert endless_job.wait(10)
    assert [event["type"] for event in ended.events].count("TaskTimedOut") == 1


def test_an_execution_that_is_stopped_stops_its_job(machine: Interpreter, endless_job: threading.Event) -> None:
    arn = machine.create(states("Run", Run=run_job(Catch=caught("States.ALL")), Caught=CAUGHT))
    execution = machine.start(arn)
    _until(lambda: machine.fakes.of("GetJobRun") != [])

    machine.client.stop_execution(executionArn=execution, error="Changed.Mind", cause="for no reason")

    ended = machine.wait(execution)
    assert (ended.status, ended.described["error"], ended.described["cause"]) == (
        "ABORTED",
        "Changed.Mind",
        "for no reason",
    )
    stopped_at = ended.described["stopDate"]
    assert endless_job.wait(10)
    _until(lambda: machine.history(execution)[-1]["type"] == "ExecutionAborted")
    # Stopping it again changes nothing.
    assert machine.client.stop_execution(executionArn=execution, error="Other")["stopDate"] == stopped_at
    assert machine.client.describe_execution(executionArn=execution)["error"] == "Changed.Mind"


def test_an_execution_is_stopped_at_once_even_in_its_first_moment(machine: Interpreter) -> None:
    arn = machine.create(states("Wait", Wait={"Type": "Wait", "Seconds": 600, "End": True}))
    execution = machine.start(arn)

    machine.client.stop_execution(executionArn=execution)

    assert machine.client.describe_execution(executionArn=execution)["status"] == "ABORTED"
    _until(lambda: [event["type"] for event in machine.history(execution)][-1:] == ["ExecutionAborted"])


def test_an_execution_that_takes_too_long_times_out(machine: Interpreter, endless_job: threading.Event) -> None:
    ended = machine.run(states("Run", timeout=1, Run=run_job(Catch=caught("States.ALL")), Caught=CAUGHT))

    assert (ended.status, ended.described["error"]) == ("TIMED_OUT", "States.Timeout")
    assert ended.described["stopDate"] >= ended.described["startDate"]
    assert endless_job.wait(10)


# Maps


def _each(items: Any, processor: dict[str, Any], **more: Any) -> dict[str, Any]:
    inline = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Do", "States": {"Do": processor}}
    return {"Type": "Map", "Items": items, "ItemProcessor": inline, "End": True, **more}


def test_a_map_holds_more_items_than_python_has_stack(machine: Interpreter) -> None:
    double = {"Type": "Pass", "Output": "{% $states.input * 2 %}", "End": True}
    items = list(range(1001))

    ended = machine.run(states("Each", Each=_each(items, double, MaxConcurrency=1)))

    assert ended.output == [2 * item for item in items]


def test_a_state_inside_a_map_sees_its_item(machine: Interpreter) -> None:
    machine.fakes.answers["f"] = lambda event: returns(event)
    payload = {"value": "{% $states.context.Map.Item.Value %}", "index": "{% $states.context.Map.Item.Index %}"}
    ask = task("lambda:invoke", {"FunctionName": "f", "Payload": payload}, Output="{% $states.result.Payload %}")

    ended = machine.run(states("Each", Each=_each(["a", "b"], ask)))

    assert ended.output == [{"value": "a", "index": 0}, {"value": "b", "index": 1}]


def _distributed(processor: dict[str, Any], keys_per_page: int = 2, **more: Any) -> dict[str, Any]:
    children = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Do",
        "States": {"Do": processor},
    }
    reader = {
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "Arguments": {"Bucket": "bucket", "Prefix": "in/", "MaxKeys": keys_per_page},
    }
    return {
        "Type": "Map",
        "Label": "Files",
        "ItemReader": reader,
        "ItemProcessor": children,
        "MaxConcurrency": 2,
        "End": True,
        **more,
    }


def _put(*names: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    for name in names:
        s3.put_object(Bucket="bucket", Key=f"in/{name}", Body=b"abc")


def test_a_listing_is_read_to_its_end(machine: Interpreter) -> None:
    _put("1", "2", "3", "4", "5")
    say = {"Type": "Pass", "Output": "{% $states.input %}", "End": True}

    ended = machine.run(states("Files", Files=_distributed(say)))

    assert [item["Key"] for item in ended.output] == ["in/1", "in/2", "in/3", "in/4", "in/5"]
    first = ended.output[0]
    assert set(first) == {"Etag", "Key", "LastModified", "Size", "StorageClass"}
    assert (first["Etag"], first["Size"]) == ('"900150983cd24fb0d6963f7d28e17f72"', 3)
    assert abs(first["LastModified"] - time.time()) < 60


def test_an_empty_listing_is_no_error(machine: Interpreter) -> None:
    _put()
    say = {"Type": "Pass", "End": True}

    assert machine.run(states("Files", Files=_distributed(say))).output == []


def test_a_child_has_its_input_and_nothing_else(machine: Interpreter) -> None:
    _put("1")
    say = {
        "Type": "Pass",
        "Output": {
            "input": "{% $states.input %}",
            "variable": "{% $exists($mine) %}",
            "item": "{% $exists($states.context.Map) %}",
            "execution": "{% $states.context.Execution.Id %}",
        },
        "End": True,
    }
    selected = {"key": "{% $states.context.Map.Item.Value.Key %}", "mine": "{% $mine %}"}
    start = {"Type": "Pass", "Assign": {"mine": 7}, "Next": "Files"}

    # The check of definitions refuses what this test is about.
    curious = states("Start", Start=start, Files=_distributed(say, ItemSelector=selected))
    machine_arn = machine.create(curious, check=False)
    (child,) = machine.wait(machine.start(machine_arn)).output

    assert child["input"] == {"key": "in/1", "mine": 7}
    assert (child["variable"], child["item"]) == (False, False)
    assert ":execution:machine/Files:" in child["execution"]


@pytest.mark.parametrize(
    ("limits", "batches"),
    [
        ({"MaxItemsPerBatch": 2}, [["1", "2"], ["3", "44"], ["5"]]),
        ({"MaxItemsPerBatch": 5}, [["1", "2", "3", "44", "5"]]),
        ({"MaxInputBytesPerBatch": 1}, [["1"], ["2"], ["3"], ["44"], ["5"]]),
    ],
)
def test_children_get_batches(machine: Interpreter, limits: dict[str, int], batches: list[list[str]]) -> None:
    _put("1", "2", "3", "44", "5")
    say = {"Type": "Pass", "Output": "{% $states.input %}", "End": True}
    start = {"Type": "Pass", "Assign": {"mine": {"a": ['"', "é"]}}, "Next": "Files"}
    shared = {"fixed": 1, "list": ["{% $mine.a %}"], "null": None}

    ended = machine.run(
        states("Start", Start=start, Files=_distributed(say, ItemBatcher=limits | {"BatchInput": shared}))
    )

    assert [[item["Key"].removeprefix("in/") for item in batch["Items"]] for batch in ended.output] == batches
    assert {json.dumps(batch["BatchInput"]) for batch in ended.output} == {
        json.dumps({"fixed": 1, "list": [['"', "é"]], "null": None})
    }


def test_a_batch_is_measured_in_bytes_too() -> None:
    def parted(most_bytes: int) -> list[list[str]]:
        return list(in_batches(["aa", "éé", "dddd", "e"], {"MaxItemsPerBatch": 3, "MaxInputBytesPerBatch": most_bytes}))

    # With their quotes: 4, 6, 6 and 3 bytes.
    assert parted(10) == [["aa", "éé"], ["dddd", "e"]]
    assert parted(9) == [["aa"], ["éé"], ["dddd", "e"]]
    assert parted(5) == [["aa"], ["éé"], ["dddd"], ["e"]]
    assert parted(100) == [["aa", "éé", "dddd"], ["e"]]


def test_an_empty_listing_has_no_batch(machine: Interpreter) -> None:
    _put()
    say = {"Type": "Pass", "End": True}

    assert machine.run(states("Files", Files=_distributed(say, ItemBatcher={"MaxItemsPerBatch": 2}))).output == []


def test_what_batches_share_may_fail_the_map(machine: Interpreter) -> None:
    _put("1")
    say = {"Type": "Pass", "End": True}
    batcher = {"MaxItemsPerBatch": 2, "BatchInput": {"wrong": "{% $states.input.nothing %}"}}

    ended = machine.run(states("Files", Files=_distributed(say, ItemBatcher=batcher)))

    assert (ended.status, ended.described["error"]) == ("FAILED", "States.QueryEvaluationError")


@pytest.mark.parametrize(
    ("tolerance", "failures", "status"),
    [
        ({}, 0, "SUCCEEDED"),
        ({}, 1, "FAILED"),
        ({"ToleratedFailureCount": 1}, 1, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, 2, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, 2, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 50}, 3, "FAILED"),
        ({"ToleratedFailurePercentage": 100, "ToleratedFailureCount": 2}, 3, "FAILED"),
    ],
)
def test_children_may_fail_as_far_as_is_tolerated(
    machine: Interpreter, tolerance: dict[str, int], failures: int, status: str
) -> None:
    _put("1", "2", "3", "4")
    failing = {f"in/{number}" for number in range(1, failures + 1)}
    machine.fakes.answers["f"] = lambda event: throws("Broken", "no") if event["Key"] in failing else returns({})
    ask = task("lambda:invoke", {"FunctionName": "f", "Payload": "{% $states.input %}"})
    ended = machine.run(states("Files", Files=_distributed(ask, **tolerance)))

    assert ended.status == status
    if status == "FAILED":
        assert ended.described["error"] == "States.ExceedToleratedFailureThreshold"
        assert "Broken" in ended.described["cause"]
    else:
        (run,) = machine.client.list_map_runs(executionArn=ended.described["executionArn"])["mapRuns"]
        counts = machine.client.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
        assert (counts["total"], counts["failed"], counts["succeeded"]) == (4, failures, 4 - failures)
        assert (counts["running"], counts["aborted"]) == (0, 0)


# Executions


def test_two_machines_run_at_once_and_many_executions_of_one(machine: Interpreter) -> None:
    entered, leave = threading.Semaphore(0), threading.Event()

    def wait(_: dict[str, Any]) -> Any:
        entered.release()
        assert leave.wait(20)
        return returns({})

    machine.fakes.answers["f"] = wait
    first = machine.create(states("Ask", Ask=invoke("f")), "first")
    second = machine.create(states("Ask", Ask=invoke("f")), "second")
    executions = [machine.start(first), machine.start(second), machine.start(first)]
    for _ in executions:
        assert entered.acquire(timeout=20)
    leave.set()

    assert [machine.wait(execution).status for execution in executions] == ["SUCCEEDED"] * 3


def test_an_execution_without_a_name_gets_one(machine: Interpreter) -> None:
    arn = machine.create(states("Say", Say={"Type": "Succeed"}))

    names = {machine.start(arn).rpartition(":")[2] for _ in range(3)}

    assert len(names) == 3 and "None" not in names


def test_a_name_is_used_once(machine: Interpreter) -> None:
    arn = machine.create(states("Say", Say={"Type": "Succeed"}))
    machine.wait(machine.start(arn, {"a": 1}, "mine"))

    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        machine.start(arn, {"a": 2}, "mine")
    with pytest.raises(ClientError, match="InvalidName"):
        machine.start(arn, name="not/mine")


@pytest.mark.parametrize("output", ["text", None, 1.5, [], {"a": None}])
def test_an_output_is_described_as_json(machine: Interpreter, output: Any) -> None:
    say = {"Type": "Succeed", "Output": output}

    assert machine.run(states("Say", Say=say)).output == output


def test_executions_are_listed_newest_first_with_their_ends(machine: Interpreter) -> None:
    good = machine.create(states("Say", Say={"Type": "Succeed"}))
    for name in ("one", "two"):
        machine.wait(machine.start(good, name=name))
        time.sleep(0.01)

    listed = machine.client.list_executions(stateMachineArn=good)["executions"]

    assert [one["name"] for one in listed] == ["two", "one"]
    assert all(one["stopDate"] >= one["startDate"] for one in listed)
    assert machine.client.list_executions(stateMachineArn=good, statusFilter="FAILED")["executions"] == []
    page = machine.client.list_executions(stateMachineArn=good, maxResults=1)
    rest = machine.client.list_executions(stateMachineArn=good, maxResults=1, nextToken=page["nextToken"])
    assert [one["name"] for one in page["executions"] + rest["executions"]] == ["two", "one"]


def test_a_history_comes_in_pages_and_backwards(machine: Interpreter) -> None:
    ended = machine.run(states("One", One={"Type": "Pass", "Next": "Two"}, Two={"Type": "Succeed"}))
    arn = ended.described["executionArn"]
    get = machine.client.get_execution_history

    first = get(executionArn=arn, maxResults=4)
    second = get(executionArn=arn, maxResults=4, nextToken=first["nextToken"])
    backwards = get(executionArn=arn, reverseOrder=True, maxResults=1)

    assert "nextToken" not in second
    events = first["events"] + second["events"]
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]
    assert [event["id"] for event in events] == [1, 2, 3, 4, 5, 6]
    assert events[1]["stateEnteredEventDetails"]["name"] == "One"
    assert backwards["events"][0]["type"] == "ExecutionSucceeded"
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)
    assert abs(times[0].timestamp() - time.time()) < 60


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda sfn, arn: sfn.start_execution(stateMachineArn=arn, input="{"), "InvalidExecutionInput"),
        (lambda sfn, arn: sfn.start_execution(stateMachineArn=f"{arn}x"), "StateMachineDoesNotExist"),
        (lambda sfn, arn: sfn.update_state_machine(stateMachineArn=arn, definition="{}"), "InvalidDefinition"),
        (lambda sfn, arn: sfn.describe_map_run(mapRunArn=f"{arn}/a:b"), "ResourceNotFound"),
    ],
)
def test_errors_of_the_api_have_names(machine: Interpreter, call: Any, error: str) -> None:
    arn = machine.create(states("Say", Say={"Type": "Succeed"}))

    with pytest.raises(ClientError, match=rf"occurred \({error}\) when"):
        call(machine.client, arn)


# The mends themselves


def test_a_moto_that_changed_is_noticed() -> None:
    class Owner:
        there = 1

    with pytest.raises(MendError, match=r"has no Owner\.gone"):
        replace(Owner, "gone", None)
    with pytest.raises(MendError, match=r"has Owner\.there of its own"):
        add(Owner, "there", None)
    assert replace(Owner, "there", 2) == 1 and Owner.there == 2


def _until(is_done: Any, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < end
        time.sleep(0.02)
