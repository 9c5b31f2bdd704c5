"""SQS."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.sqs.models import Queue

from .patching import wrap, wrap_property


def mend() -> None:
    """Keep what a queue was told."""
    wrap(Queue, "_set_attributes", _keep_policy)
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    wrap_property(Queue, "attributes", _attributes)


def _keep_policy(set_attributes: Callable[..., None]) -> Callable[..., None]:
    """Moto forgets the queue's policy when any other attribute is set."""

    def _set_attributes(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        policy = getattr(self, "policy", None)
        set_attributes(self, attributes, now)
        if "Policy" not in attributes:
            self.policy = policy

    return _set_attributes


def _attributes(get: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """Moto knows no RedriveAllowPolicy, and spells RedrivePolicy with spaces, which Terraform takes for a change."""

    def attributes(self: Any) -> dict[str, Any]:
        self.redrive_allow_policy = getattr(self, "redrive_allow_policy", None)
        known = get(self)
        if self.redrive_policy:
            known["RedrivePolicy"] = json.dumps(self.redrive_policy, separators=(",", ":"))
        return {name: value for name, value in known.items() if name != "RedriveAllowPolicy" or value}

    return attributes
