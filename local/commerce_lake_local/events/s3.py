"""The events that a bucket with EventBridge notifications sends to the default bus."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends
from moto.s3.models import FakeBucket, FakeKey
from moto.s3.notifications import S3NotificationEvent

from .bus import EventBus, timestamp

_CREATED, _DELETED = "Object Created", "Object Deleted"
# The events that are sent, with what their detail says of the reason. Others, of tags for one, moto reports where S3
# does not, and nobody here listens to them.
_EVENTS = {
    S3NotificationEvent.OBJECT_CREATED_PUT_EVENT: (_CREATED, "PutObject"),
    S3NotificationEvent.OBJECT_CREATED_POST_EVENT: (_CREATED, "POST Object"),
    S3NotificationEvent.OBJECT_CREATED_COPY_EVENT: (_CREATED, "CopyObject"),
    S3NotificationEvent.OBJECT_CREATED_COMPLETE_MULTIPART_UPLOAD_EVENT: (_CREATED, "CompleteMultipartUpload"),
    S3NotificationEvent.OBJECT_REMOVED_DELETE_EVENT: (_DELETED, "DeleteObject"),
}
_SEQUENCE = itertools.count(int(datetime.now(UTC).timestamp() * 1_000_000))


def send_object_event(
    bus: EventBus, account: str, bucket: FakeBucket, event_name: S3NotificationEvent, key: FakeKey
) -> None:
    """Offer what happened to an object to the rules of the default bus.

    @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    if event_name not in _EVENTS:
        return
    event = _event(account, bucket, event_name, key)
    for rule in list(events_backends[account][bucket.region_name].event_buses["default"].rules.values()):
        bus.offer(rule, event)


def _event(account: str, bucket: FakeBucket, event_name: S3NotificationEvent, key: FakeKey) -> dict[str, Any]:
    kind, reason = _EVENTS[event_name]
    item: dict[str, Any] = {"key": key.name}
    if kind == _CREATED:
        item |= {"size": key.size, "etag": key.etag.strip('"')}
    if bucket.is_versioned:
        item["version-id"] = key.version_id
    item["sequencer"] = f"{next(_SEQUENCE):018X}"
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": item,
        "request-id": uuid.uuid4().hex[:16].upper(),
        "requester": account,
        "source-ip-address": "127.0.0.1",
        "reason": reason,
    }
    if kind == _DELETED:
        detail["deletion-type"] = "Permanently Deleted"
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind,
        "source": "aws.s3",
        "account": account,
        "time": timestamp(datetime.now(UTC)),
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": detail,
    }
