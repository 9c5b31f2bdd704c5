"""S3."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from .patching import wrap


def mend() -> None:
    """Keep the EventBridge switch of a bucket; judge bucket policies by what is known."""
    wrap(S3Response, "get_bucket_notification", _with_event_bridge)
    wrap(FakeBucket, "get_permission", lambda _: _unconditional_permission)


def _with_event_bridge(get: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Moto stores that a bucket sends its events to EventBridge, but does not tell."""

    def get_bucket_notification(self: Any) -> Any:
        configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if configuration and configuration.event_bridge is not None:
            serialized = self.serialized
            self.serialized = lambda answer: serialized(ActionResult(answer.result | {"EventBridgeConfiguration": {}}))
        return get(self)

    return get_bucket_notification


def _unconditional_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Apply the statements that hold for everybody and in every case.

    Moto takes a condition that it knows nothing of for an unmet one, and an unmet one for a denial: a policy that
    denies requests without TLS would deny all. Nothing leaves the machine here, so there is no TLS to insist on.
    """
    if self.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(self.policy)
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    general = [
        statement
        for statement in statements
        if not statement.get("Condition") and statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
    ]
    return IAMPolicy(json.dumps(policy | {"Statement": general})).is_action_permitted(action, resource)
