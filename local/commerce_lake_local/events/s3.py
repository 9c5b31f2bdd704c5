"""The events that a bucket with EventBridge notifications sends to the default bus."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends
from moto.s3.models import FakeBucket, FakeKey
from moto.s3.notifications import S3NotificationEvent, _detail_type

from .bus import EventBus, timestamp

_REASONS = {
    S3NotificationEvent.OBJECT_CREATED_PUT_EVENT: "PutObject",
    S3NotificationEvent.OBJECT_CREATED_POST_EVENT: "POST Object",
    S3NotificationEvent.OBJECT_CREATED_COPY_EVENT: "CopyObject",
    S3NotificationEvent.OBJECT_CREATED_COMPLETE_MULTIPART_UPLOAD_EVENT: "CompleteMultipartUpload",
    S3NotificationEvent.OBJECT_REMOVED_DELETE_EVENT: "DeleteObject",
}
_SEQUENCE = itertools.count(int(datetime.now(UTC).timestamp() * 1_000_000))


def send_object_event(
    bus: EventBus, account: str, bucket: FakeBucket, event_name: S3NotificationEvent, key: FakeKey
) -> None:
    """Offer what happened to an object to the rules of the default bus.

    @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    event = _event(account, bucket, event_name, key)
    for rule in list(events_backends[account][bucket.region_name].event_buses["default"].rules.values()):
        bus.offer(rule, event)


def _event(account: str, bucket: FakeBucket, event_name: S3NotificationEvent, key: FakeKey) -> dict[str, Any]:
    item: dict[str, Any] = {"key": key.name}
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": item,
        "request-id": uuid.uuid4().hex[:16].upper(),
        "requester": account,
        "source-ip-address": "127.0.0.1",
    }
    if event_name in _REASONS:
        detail["reason"] = _REASONS[event_name]
    if event_name == S3NotificationEvent.OBJECT_REMOVED_DELETE_EVENT:
        detail["deletion-type"] = "Permanently Deleted"
    else:
        item |= {"size": key.size, "etag": key.etag.replace('"', "")}
    if bucket.is_versioned:
        item["version-id"] = key.version_id
    item["sequencer"] = f"{next(_SEQUENCE):018X}"
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": _detail_type(event_name),
        "source": "aws.s3",
        "account": account,
        "time": timestamp(datetime.now(UTC)),
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": detail,
    }
