"""Event source mappings: functions that take their messages from queues.

Moto invokes the function inside of SendMessage, message by message, and knows no batching window. Here each mapping
polls its queue, one batch at a time.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import EventSourceMapping, LambdaBackend
from moto.awslambda.utils import get_backend
from moto.sqs.models import Message, Queue, sqs_backends
from moto.utilities.arns import parse_arn

from ..api.patching import wrap
from ..api.sqs import MESSAGES_LOCK
from .engine import MAX_PAYLOAD_BYTES, LambdaEngine

_LOG = logging.getLogger(__name__)
_POLL_SECONDS = 0.2
# What stands around each message in a batch, at most, beside its body.
_ENVELOPE_BYTES = 4_096


def attach(engine: LambdaEngine) -> None:
    """Make event source mappings of queues poll."""

    def create(create_mapping: Any) -> Any:
        def create_event_source_mapping(self: LambdaBackend, spec: dict[str, Any]) -> EventSourceMapping:
            if spec.get("FilterCriteria"):
                raise LambdaClientError("InvalidParameterValueException", "The local AWS filters no messages.")
            mapping: EventSourceMapping = create_mapping(self, spec)
            if parse_arn(mapping.event_source_arn).service == "sqs":
                poller = _Poller(engine, mapping)
                threading.Thread(target=poller.run, name=f"poll-{mapping.uuid[:8]}", daemon=True).start()
            return mapping

        return create_event_source_mapping

    def add(add_message: Any) -> Any:
        def add_message_only(self: Queue, message: Message) -> None:
            self.lambda_event_source_mappings.clear()
            add_message(self, message)

        return add_message_only

    wrap(LambdaBackend, "create_event_source_mapping", create)
    wrap(Queue, "add_message", add)


class _Poller:
    """Gathers messages, hands them to the function, and deletes those that it is done with."""

    def __init__(self, engine: LambdaEngine, mapping: EventSourceMapping) -> None:
        self._engine = engine
        self._mapping = mapping
        self._functions = get_backend(mapping.account_id, mapping.region)
        self._sqs = sqs_backends[mapping.account_id][mapping.region]
        self._queue_name = parse_arn(mapping.event_source_arn).resource_id

    def run(self) -> None:
        """Poll until the mapping is deleted."""
        while self._functions.get_event_source_mapping(self._mapping.uuid) is self._mapping:
            try:
                for batch in _within_limit(self._gather()):
                    self._handle(batch)
            except Exception:
                # The queue or the function is gone, or refuses: its messages come back.
                _LOG.exception("a batch of queue %s failed", self._queue_name)
            time.sleep(_POLL_SECONDS)

    def _gather(self) -> list[Message]:
        """Wait from the first message on for as long as the batching window says, or until the batch is full."""
        batch = self._receive(self._mapping.batch_size)
        end = time.monotonic() + int(self._mapping.max_batch_window or 0)
        while batch and len(batch) < self._mapping.batch_size and time.monotonic() < end:
            time.sleep(_POLL_SECONDS)
            batch += self._receive(self._mapping.batch_size - len(batch))
        return batch

    def _receive(self, count: int) -> list[Message]:
        if not self._mapping.enabled or self._queue_name not in self._sqs.queues:
            return []
        # Not from the queue's attributes, which count its messages.
        queue: Any = self._sqs.get_queue(self._queue_name)
        hidden = int(queue.visibility_timeout)
        return list(self._sqs.receive_message(self._queue_name, count, 0, hidden, ["All"]))

    def _handle(self, batch: list[Message]) -> None:
        event = {"Records": [self._record(message) for message in batch]}
        function = self._functions.get_function(self._mapping.function_arn)
        result = self._engine.invoke(function, json.dumps(event).encode())
        if result.function_error:
            _LOG.error("%d messages of queue %s come back: %s", len(batch), self._queue_name, result.payload.decode())
            return
        ids = {message.id for message in batch}
        failed = self._failed(ids, result.payload)
        self._delete(ids - failed)
        _LOG.info("queue %s: %d messages, %d come back", self._queue_name, len(batch), len(failed))

    def _record(self, message: Message) -> dict[str, Any]:
        attributes = {
            name: {"dataType": value["DataType"], "stringListValues": [], "binaryListValues": []}
            | {"stringValue": value["StringValue"]}
            for name, value in message.message_attributes.items()
            if "StringValue" in value
        }
        return {
            "messageId": message.id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": str(message.approximate_receive_count),
                "SentTimestamp": str(message.sent_timestamp),
                "SenderId": message.sender_id,
                "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
            },
            "messageAttributes": attributes,
            "md5OfBody": message.body_md5,
            "eventSource": "aws:sqs",
            "eventSourceARN": self._mapping.event_source_arn,
            "awsRegion": self._mapping.region,
        }

    def _failed(self, ids: set[str], answer: bytes) -> set[str]:
        """Read which messages the function wants again; an answer that cannot be read wants them all.

        @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        """
        if "ReportBatchItemFailures" not in (self._mapping.function_response_types or []):
            return set()
        try:
            failures = (json.loads(answer) or {}).get("batchItemFailures") or []
            failed = {str(failure["itemIdentifier"]) for failure in failures}
        except (ValueError, TypeError, KeyError, AttributeError):
            failed = {""}
        if failed <= ids:
            return failed
        _LOG.error("queue %s: the function answered %s, so all messages come back", self._queue_name, answer[:200])
        return ids

    def _delete(self, ids: set[str]) -> None:
        # At once: moto goes through the whole queue for each.
        with MESSAGES_LOCK:
            queue = self._sqs.get_queue(self._queue_name)
            gone = [message for message in queue._messages if message.id in ids]
            queue._messages = [message for message in queue._messages if message.id not in ids]
            queue.pending_messages.difference_update(gone)


def _within_limit(batch: list[Message]) -> Iterator[list[Message]]:
    """Part a batch that is larger than an event may be."""
    part: list[Message] = []
    size = 0
    for message in batch:
        needed = len(json.dumps(message.body)) + _ENVELOPE_BYTES
        if part and size + needed > MAX_PAYLOAD_BYTES:
            yield part
            part, size = [], 0
        part.append(message)
        size += needed
    if part:
        yield part
