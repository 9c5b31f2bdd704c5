from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import LocalAws, wait_until
from .lambda_harness import deploy
from .queue_harness import Inbox

# Writes a line a batch, and wants those messages again whose body says so, until they were received so often.
_RECORDING = """
import { appendFileSync } from 'node:fs';
export const handler = async ({ Records }) => {
  const bodies = Records.map((record) => ({ ...JSON.parse(record.body), record }));
  appendFileSync(process.env.FILE, `${JSON.stringify(bodies)}\\n`);
  if (bodies.some(({ fail }) => fail)) throw new Error('failed');
  const odd = bodies.find(({ answer }) => answer !== undefined);
  if (odd) return odd.answer;
  const again = bodies.filter(({ times = 0, record }) => Number(record.attributes.ApproximateReceiveCount) <= times);
  return { batchItemFailures: again.map(({ record }) => ({ itemIdentifier: record.messageId })) };
};
"""


class Consumer:
    """A queue, a function that consumes it, and what it saw."""

    def __init__(self, aws: LocalAws, file: Path, *, window: int = 0, size: int = 10, **queue: str) -> None:
        self.aws = aws
        self.file = file
        self.queue = Inbox(aws, **({"VisibilityTimeout": "1"} | queue))
        name = deploy(aws, _RECORDING, Environment={"Variables": {"FILE": str(file)}}, Timeout=1)
        self.mapping: str = aws.client("lambda").create_event_source_mapping(
            EventSourceArn=self.queue.arn,
            FunctionName=name,
            BatchSize=size,
            MaximumBatchingWindowInSeconds=window,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )["UUID"]

    def send(self, *bodies: dict[str, Any]) -> None:
        for body in bodies:
            self.aws.client("sqs").send_message(QueueUrl=self.queue.url, MessageBody=json.dumps(body))

    def batches(self) -> list[list[dict[str, Any]]]:
        return [json.loads(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []

    def seen(self) -> list[Any]:
        return [body["n"] for batch in self.batches() for body in batch]

    def left(self) -> int:
        """Messages in the queue, those included that are hidden."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.aws.client("sqs").get_queue_attributes(QueueUrl=self.queue.url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    def wait_until_empty(self) -> None:
        wait_until(lambda: self.left() == 0, "the queue is empty", 30)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "batches"


def test_messages_reach_the_function_as_records_and_are_deleted(aws: LocalAws, file: Path) -> None:
    consumer = Consumer(aws, file)
    consumer.send({"n": "é"})
    wait_until(lambda: bool(consumer.batches()), "the function was invoked", 30)
    consumer.wait_until_empty()
    [[body]] = consumer.batches()
    record = body["record"]
    assert record["body"] == json.dumps({"n": "é"})
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == consumer.queue.arn
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageId"]
    assert record["receiptHandle"]


def test_what_comes_within_the_window_is_one_batch(aws: LocalAws, file: Path) -> None:
    consumer = Consumer(aws, file, window=2, VisibilityTimeout="30")
    consumer.send(*({"n": number} for number in range(15)))
    consumer.wait_until_empty()
    assert [len(batch) for batch in consumer.batches()] == [10, 5]


def test_a_thousand_messages_are_a_few_batches_and_none_is_lost(aws: LocalAws, file: Path) -> None:
    consumer = Consumer(aws, file, window=2, size=10_000, VisibilityTimeout="60")
    for start in range(0, 1000, 10):
        entries = [{"Id": str(n), "MessageBody": json.dumps({"n": start + n})} for n in range(10)]
        aws.client("sqs").send_message_batch(QueueUrl=consumer.queue.url, Entries=entries)
    consumer.wait_until_empty()
    assert sorted(consumer.seen()) == list(range(1000))
    assert len(consumer.batches()) < 10


def test_only_messages_that_the_function_names_come_back(aws: LocalAws, file: Path) -> None:
    consumer = Consumer(aws, file, window=1, VisibilityTimeout="3")
    consumer.send({"n": 1}, {"n": 2, "times": 2}, {"n": 3})
    consumer.wait_until_empty()
    assert sorted(consumer.seen()) == [1, 2, 2, 2, 3]


def test_a_message_that_nobody_is_done_with_becomes_a_dead_letter(aws: LocalAws, file: Path) -> None:
    dead = Inbox(aws)
    policy = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2})
    consumer = Consumer(aws, file, RedrivePolicy=policy)
    consumer.send({"n": 1, "fail": True})
    assert dead.body() == {"n": 1, "fail": True}
    assert consumer.seen() == [1, 1]
    consumer.wait_until_empty()


@pytest.mark.parametrize(
    "answer",
    ["no object", {"batchItemFailures": [{"itemIdentifier": "unknown"}]}, {"batchItemFailures": [{"wrong": "x"}]}],
    ids=str,
)
def test_an_answer_that_cannot_be_read_brings_the_whole_batch_back(aws: LocalAws, file: Path, answer: Any) -> None:
    dead = Inbox(aws)
    policy = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1})
    consumer = Consumer(aws, file, RedrivePolicy=policy)
    consumer.send({"n": 1, "answer": answer})
    assert dead.body()["n"] == 1


def test_a_mapping_that_is_deleted_takes_no_more(aws: LocalAws, file: Path) -> None:
    consumer = Consumer(aws, file)
    consumer.send({"n": 1})
    consumer.wait_until_empty()
    aws.client("lambda").delete_event_source_mapping(UUID=consumer.mapping)
    consumer.send({"n": 2})
    assert consumer.queue.body() == {"n": 2}
    assert consumer.seen() == [1]


def test_a_filter_is_refused(aws: LocalAws) -> None:
    name = deploy(aws, "export const handler = async () => null;")
    with pytest.raises(aws.client("lambda").exceptions.InvalidParameterValueException, match="filters no messages"):
        aws.client("lambda").create_event_source_mapping(
            EventSourceArn=Inbox(aws).arn, FunctionName=name, FilterCriteria={"Filters": [{"Pattern": "{}"}]}
        )
