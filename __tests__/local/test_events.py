from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from .conftest import LocalAws, wait_until
from .lambda_harness import deploy
from .queue_harness import Inbox

_PASS = json.dumps({"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "End": True}}})


class Rule:
    """A rule of its own on the default bus, for events of a source of its own."""

    def __init__(self, aws: LocalAws, *targets: dict[str, Any], pattern: dict[str, Any] | None = None) -> None:
        self.aws = aws
        self.source = f"test.{uuid.uuid4().hex[:8]}"
        self.name = self.source.replace(".", "-")
        events = aws.client("events")
        self.arn = events.put_rule(Name=self.name, EventPattern=json.dumps(pattern or {"source": [self.source]}))[
            "RuleArn"
        ]
        events.put_targets(
            Rule=self.name, Targets=[{"Id": str(number)} | target for number, target in enumerate(targets)]
        )

    def put(self, detail: dict[str, Any]) -> None:
        entry = {"Source": self.source, "DetailType": "Uploaded", "Detail": json.dumps(detail)}
        assert self.aws.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


@pytest.fixture
def inbox(aws: LocalAws) -> Inbox:
    return Inbox(aws)


def test_an_event_reaches_a_queue_as_it_stands_on_the_bus(aws: LocalAws, inbox: Inbox) -> None:
    rule = Rule(aws, {"Arn": inbox.arn})
    rule.put({"date": "2025-01-15"})
    event = inbox.body()
    assert uuid.UUID(event.pop("id"))
    assert event.pop("time")[-1] == "Z"
    assert event == {
        "version": "0",
        "detail-type": "Uploaded",
        "source": rule.source,
        "account": "123456789012",
        "region": "us-east-1",
        "resources": [],
        "detail": {"date": "2025-01-15"},
    }


def test_an_event_reaches_a_function(aws: LocalAws, inbox: Inbox) -> None:
    name = deploy(aws, "export const handler = async (event) => ({ date: event.detail.date });")
    arn = aws.client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": inbox.arn}}
    )
    Rule(aws, {"Arn": arn}).put({"date": "2025-01-15"})
    assert inbox.body()["responsePayload"] == {"date": "2025-01-15"}


def test_an_event_starts_a_state_machine(aws: LocalAws) -> None:
    sfn = aws.client("stepfunctions")
    machine = sfn.create_state_machine(
        name=f"machine-{uuid.uuid4().hex[:8]}", definition=_PASS, roleArn="arn:aws:iam::123456789012:role/r"
    )["stateMachineArn"]
    transformer = {"InputPathsMap": {"date": "$.detail.date"}, "InputTemplate": '{"date": <date>, "trigger": "event"}'}
    rule = Rule(aws, {"Arn": machine, "RoleArn": "arn:aws:iam::123456789012:role/r", "InputTransformer": transformer})
    rule.put({"date": "2025-01-15"})

    def succeeded() -> list[dict[str, Any]]:
        return list(sfn.list_executions(stateMachineArn=machine, statusFilter="SUCCEEDED")["executions"])

    wait_until(lambda: bool(succeeded()), "the execution has succeeded")
    output = sfn.describe_execution(executionArn=succeeded()[0]["executionArn"])["output"]
    assert json.loads(output) == {"date": "2025-01-15", "trigger": "event"}


def test_an_event_reaches_a_topic(aws: LocalAws, inbox: Inbox) -> None:
    topic = aws.client("sns").create_topic(Name=f"topic-{uuid.uuid4().hex[:8]}")["TopicArn"]
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox.arn)
    Rule(aws, {"Arn": topic}).put({"n": 1})
    assert json.loads(inbox.body()["Message"])["detail"] == {"n": 1}


def test_every_target_gets_it_whatever_becomes_of_the_others(aws: LocalAws, inbox: Inbox) -> None:
    dead_letters = Inbox(aws)
    missing = "arn:aws:lambda:us-east-1:123456789012:function:no-such-function"
    rule = Rule(aws, {"Arn": missing, "DeadLetterConfig": {"Arn": dead_letters.arn}}, {"Arn": inbox.arn})
    rule.put({"n": 1})
    assert inbox.body()["detail"] == {"n": 1}
    letter = dead_letters.message()
    assert json.loads(letter["Body"])["detail"] == {"n": 1}
    attributes = {key: value["StringValue"] for key, value in letter["MessageAttributes"].items()}
    assert attributes["RULE_ARN"] == rule.arn
    assert attributes["TARGET_ARN"] == missing
    assert attributes["ERROR_CODE"] == "ResourceNotFoundException"


def test_a_fifo_queue_gets_its_group(aws: LocalAws) -> None:
    inbox = Inbox(aws, FifoQueue="true", ContentBasedDeduplication="true")
    Rule(aws, {"Arn": inbox.arn, "SqsParameters": {"MessageGroupId": "uploads"}}).put({"n": 1})
    assert inbox.body()["detail"] == {"n": 1}


def test_rules_that_do_not_match_are_off_or_have_a_schedule_stay_silent(aws: LocalAws, inbox: Inbox) -> None:
    events = aws.client("events")
    heard = Rule(aws, {"Arn": inbox.arn, "Input": '"heard"'})
    matching = {"source": [heard.source]}
    Rule(aws, {"Arn": inbox.arn}, pattern=matching | {"detail": {"n": [{"numeric": [">", 1]}]}})
    events.disable_rule(Name=Rule(aws, {"Arn": inbox.arn}, pattern=matching).name)
    events.put_rule(Name="daily", ScheduleExpression="rate(1 day)")
    events.put_targets(Rule="daily", Targets=[{"Id": "1", "Arn": inbox.arn}])
    heard.put({"n": 1})
    heard.put({"n": 1})
    assert [inbox.body(), inbox.body()] == ["heard", "heard"]
    # Deliveries of an event are started together; by the second's arrival the first's are long over.
    assert inbox.size() == 0


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"Input": '{"fixed": true}'}, {"fixed": True}),
        ({"InputPath": "$.detail.files[1]"}, "b.csv"),
        ({"InputPath": "$.detail.missing"}, None),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"n": "$.detail.n", "file": "$.detail.files[0]", "all": "$.detail", "no": "$.no"},
                    "InputTemplate": '{"number": <n>, "file": <file>, "text": "<file> of \\"<n>\\"", "all": <all>,'
                    ' "json": "<all>", "none": <no>, "blank": "<no>", "kept": "<unknown>"}',
                }
            },
            {
                "number": 7,
                "file": 'a"é.csv',
                "text": 'a"é.csv of "7"',
                "all": {"n": 7, "files": ['a"é.csv', "b.csv"]},
                "json": '{"n": 7, "files": ["a\\"\\u00e9.csv", "b.csv"]}',
                "none": None,
                "blank": "",
                "kept": "<unknown>",
            },
        ),
        ({"InputTransformer": {"InputTemplate": '"<aws.events.rule-name>"'}}, "{name}"),
        ({"InputTransformer": {"InputTemplate": '{"rule": "<aws.events.rule-arn>"}'}}, {"rule": "{arn}"}),
    ],
)
def test_a_target_gets_what_it_asked_for(aws: LocalAws, inbox: Inbox, settings: dict[str, Any], expected: Any) -> None:
    rule = Rule(aws, {"Arn": inbox.arn} | settings)
    rule.put({"n": 7, "files": ['a"é.csv', "b.csv"]})
    text = json.dumps(expected).replace("{name}", rule.name).replace("{arn}", rule.arn)
    assert inbox.body() == json.loads(text)


def test_the_whole_event_can_be_part_of_an_input(aws: LocalAws, inbox: Inbox) -> None:
    template = (
        '{"event": <aws.events.event.json>, "envelope": <aws.events.event>, "at": <aws.events.event.ingestion-time>}'
    )
    Rule(aws, {"Arn": inbox.arn, "InputTransformer": {"InputTemplate": template}}).put({"n": 7})
    body = inbox.body()
    assert body["event"]["detail"] == {"n": 7}
    assert "detail" not in body["envelope"]
    assert body["at"].endswith("Z")


@pytest.fixture
def bucket(aws: LocalAws) -> str:
    name = f"bucket-{uuid.uuid4().hex[:8]}"
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}})
    return name


def _uploads(aws: LocalAws, inbox: Inbox, bucket: str) -> Rule:
    detail = {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": "raw/"}]}}
    return Rule(aws, {"Arn": inbox.arn}, pattern={"source": ["aws.s3"], "detail": detail})


def test_an_upload_is_an_event(aws: LocalAws, inbox: Inbox, bucket: str) -> None:
    _uploads(aws, inbox, bucket)
    key = "raw/reviews/date=2025-01-15/é a+b.csv"
    aws.client("s3").put_object(Bucket=bucket, Key="athena-results/x", Body=b"")
    etag = aws.client("s3").put_object(Bucket=bucket, Key=key, Body=b"12345")["ETag"]
    event = inbox.body()
    assert event["detail-type"] == "Object Created"
    assert event["resources"] == [f"arn:aws:s3:::{bucket}"]
    detail = event["detail"]
    assert int(detail["object"].pop("sequencer"), 16) > 0
    assert detail.pop("request-id")
    assert detail == {
        "version": "0",
        "bucket": {"name": bucket},
        "object": {"key": key, "size": 5, "etag": etag.strip('"')},
        "requester": "123456789012",
        "source-ip-address": "127.0.0.1",
        "reason": "PutObject",
    }
    assert inbox.size() == 0


def test_sequencers_grow(aws: LocalAws, inbox: Inbox, bucket: str) -> None:
    _uploads(aws, inbox, bucket)
    for _ in range(2):
        aws.client("s3").put_object(Bucket=bucket, Key="raw/a", Body=b"")
    bodies = sorted([inbox.body(), inbox.body()], key=lambda body: body["detail"]["object"]["sequencer"])
    assert bodies[0]["detail"]["request-id"] != bodies[1]["detail"]["request-id"]


def test_a_versioned_bucket_tells_the_version(aws: LocalAws, inbox: Inbox, bucket: str) -> None:
    aws.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    _uploads(aws, inbox, bucket)
    version = aws.client("s3").put_object(Bucket=bucket, Key="raw/a", Body=b"")["VersionId"]
    assert inbox.body()["detail"]["object"]["version-id"] == version


def test_an_upload_in_parts_is_one_event(aws: LocalAws, inbox: Inbox, bucket: str) -> None:
    _uploads(aws, inbox, bucket)
    s3 = aws.client("s3")
    upload = {"Bucket": bucket, "Key": "raw/large", "UploadId": ""}
    upload["UploadId"] = s3.create_multipart_upload(Bucket=bucket, Key="raw/large")["UploadId"]
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"1")["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    s3.copy_object(Bucket=bucket, Key="raw/copy", CopySource={"Bucket": bucket, "Key": "raw/large"})
    told = sorted(
        (event["detail"]["object"]["key"], event["detail"]["reason"]) for event in (inbox.body(), inbox.body())
    )
    assert told == [("raw/copy", "CopyObject"), ("raw/large", "CompleteMultipartUpload")]
    assert inbox.size() == 0


def test_a_deletion_is_an_event(aws: LocalAws, inbox: Inbox, bucket: str) -> None:
    aws.client("s3").put_object(Bucket=bucket, Key="raw/a", Body=b"1")
    _uploads(aws, inbox, bucket)
    aws.client("s3").delete_object(Bucket=bucket, Key="raw/a")
    event = inbox.body()
    assert (event["detail-type"], event["detail"]["deletion-type"]) == ("Object Deleted", "Permanently Deleted")


def test_a_bucket_without_notifications_is_silent(aws: LocalAws, inbox: Inbox, bucket: str) -> None:
    silent = f"silent-{uuid.uuid4().hex[:8]}"
    aws.client("s3").create_bucket(Bucket=silent)
    detail = {"bucket": {"name": [bucket, silent]}}
    Rule(aws, {"Arn": inbox.arn}, pattern={"source": ["aws.s3"], "detail": detail})
    aws.client("s3").put_object(Bucket=silent, Key="raw/a", Body=b"")
    aws.client("s3").put_object(Bucket=bucket, Key="raw/a", Body=b"")
    assert inbox.body()["detail"]["bucket"]["name"] == bucket
    assert inbox.size() == 0


_ENDS: dict[str, dict[str, Any]] = {
    "SUCCEEDED": {"Type": "Succeed", "Output": {"done": True}},
    "FAILED": {"Type": "Fail", "Error": "Broken", "Cause": "it broke"},
    "TIMED_OUT": {"Type": "Wait", "Seconds": 60, "End": True},
    "ABORTED": {"Type": "Wait", "Seconds": 60, "End": True},
}


@pytest.mark.parametrize("status", _ENDS)
def test_the_end_of_an_execution_is_an_event(aws: LocalAws, inbox: Inbox, status: str) -> None:
    sfn = aws.client("stepfunctions")
    limit = {"TimeoutSeconds": 1} if status == "TIMED_OUT" else {}
    definition = {"QueryLanguage": "JSONata", "StartAt": "End", "States": {"End": _ENDS[status]}, **limit}
    name, role = f"m-{uuid.uuid4().hex[:8]}", "arn:aws:iam::123456789012:role/any"
    machine = sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)["stateMachineArn"]
    Rule(aws, {"Arn": inbox.arn}, pattern={"source": ["aws.states"], "detail": {"stateMachineArn": [machine]}})
    started = sfn.start_execution(stateMachineArn=machine, name="e", input='{"date": "2025-01-15"}')["executionArn"]
    if status == "ABORTED":
        sfn.stop_execution(executionArn=started, error="Stopped", cause="enough")

    event = inbox.body()

    assert (event["detail-type"], event["resources"]) == ("Step Functions Execution Status Change", [started])
    assert event["detail"] | {"startDate": 0, "stopDate": 0} == {
        "executionArn": started,
        "stateMachineArn": machine,
        "name": "e",
        "status": status,
        "startDate": 0,
        "stopDate": 0,
        "input": '{"date": "2025-01-15"}',
        "inputDetails": {"included": True},
        "output": '{"done": true}' if status == "SUCCEEDED" else None,
        "outputDetails": {"included": True} if status == "SUCCEEDED" else None,
        "error": {"FAILED": "Broken", "TIMED_OUT": "States.Timeout", "ABORTED": "Stopped"}.get(status),
        "cause": {"FAILED": "it broke", "ABORTED": "enough"}.get(status),
    }
    assert 0 <= event["detail"]["stopDate"] - event["detail"]["startDate"] < 60_000
    assert inbox.size() == 0


def test_a_queue_that_is_gone_is_told_to_the_dead_letters(aws: LocalAws, inbox: Inbox) -> None:
    gone = "arn:aws:sqs:us-east-1:123456789012:gone"
    Rule(aws, {"Arn": gone, "DeadLetterConfig": {"Arn": inbox.arn}}).put({"date": "2025-01-15"})

    attributes = {name: value["StringValue"] for name, value in inbox.message()["MessageAttributes"].items()}

    assert (attributes["TARGET_ARN"], attributes["ERROR_CODE"]) == (gone, "AWS.SimpleQueueService.NonExistentQueue")
