"""The EventBridge engine: events, put or sent by a bucket, reach the targets of the rules that they match."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.events.models import Rule
from moto.s3 import notifications
from moto.s3.models import FakeBucket, FakeKey
from moto.s3.notifications import S3NotificationEvent

from ..context import LocalContext
from ..stepfunctions.executions import on_end
from .bus import EventBus, timestamp
from .executions import send_execution_event
from .s3 import send_object_event


def install(context: LocalContext) -> None:
    """Replace moto's deliveries, which know neither functions nor state machines."""
    bus = EventBus(context)

    def send_to_targets(self: Rule, original_event: Any, transform_input: bool = True) -> None:
        time = original_event["time"]
        if not isinstance(time, str):
            time = timestamp(datetime.fromtimestamp(time, UTC))
        event = {name: value for name, value in original_event.items() if name != "ingestion-time"}
        bus.offer(self, event | {"time": time})

    def send_from_bucket(account_id: str, bucket: FakeBucket, event_name: str, key: FakeKey) -> None:
        send_object_event(bus, account_id, bucket, S3NotificationEvent(event_name), key)

    send_event = notifications.send_event

    def send_once(account_id: str, event_name: S3NotificationEvent, bucket: FakeBucket, key: FakeKey) -> None:
        # Moto stores what a multipart upload completes by a put, and tells of both.
        if key.multipart is None or event_name != S3NotificationEvent.OBJECT_CREATED_PUT_EVENT:
            send_event(account_id, event_name, bucket, key)

    on_end.append(lambda execution: send_execution_event(bus, execution))
    notifications.send_event = send_once
    Rule.send_to_targets = send_to_targets  # type: ignore[method-assign]
    notifications._send_event_bridge_message = send_from_bucket
