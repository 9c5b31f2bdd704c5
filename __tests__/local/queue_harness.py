"""Queues that tests listen to."""

from __future__ import annotations

import json
import uuid
from typing import Any

from .conftest import LocalAws


class Inbox:
    """A queue of its own."""

    def __init__(self, aws: LocalAws, **attributes: str) -> None:
        self._sqs = aws.client("sqs")
        fifo = ".fifo" if "FifoQueue" in attributes else ""
        self.url = self._sqs.create_queue(QueueName=f"inbox-{uuid.uuid4().hex[:8]}{fifo}", Attributes=attributes)[
            "QueueUrl"
        ]
        self.arn: str = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]

    def message(self) -> dict[str, Any]:
        """The next message, which must come within some seconds."""
        answer = self._sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=20, MessageAttributeNames=["All"])
        (message,) = answer["Messages"]
        self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return dict(message)

    def body(self) -> Any:
        """The next message's body."""
        return json.loads(self.message()["Body"])

    def size(self) -> int:
        """How many messages there are."""
        answer = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])
