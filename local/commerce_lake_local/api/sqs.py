"""SQS."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from moto.sqs.models import Message, Queue, SQSBackend

from .patching import wrap, wrap_property

# Held by whoever changes the messages of a queue.
MESSAGES_LOCK = threading.RLock()
_POLL_SECONDS = 0.05
_COUNTS = tuple(f"approximate_number_of_messages{which}" for which in ("", "_delayed", "_not_visible"))
_sending = threading.local()


def mend() -> None:
    """Keep what a queue was told, and every message."""
    wrap(Queue, "_set_attributes", _keep_policy)
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    wrap_property(Queue, "attributes", _attributes)
    wrap(Queue, "add_message", _locked)
    wrap(Queue, "delete_message", _locked)
    wrap(SQSBackend, "receive_message", _receive_alone)
    wrap(SQSBackend, "send_message", _without_counting)
    for name in _COUNTS:
        wrap_property(Queue, name, _unless_sending)
    wrap(SQSBackend, "is_message_valid_based_on_retention_period", _by_the_period_alone)
    for name, until in (("visible", _is_visible), ("delayed", _is_delayed)):
        wrap_property(Message, name, until)


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


def _without_counting(send: Callable[..., Message]) -> Callable[..., Message]:
    """Moto counts the whole queue, three times, for each message that it takes."""

    def send_message(self: Any, *args: Any, **kwargs: Any) -> Message:
        _sending.now = True
        try:
            return send(self, *args, **kwargs)
        finally:
            _sending.now = False

    return send_message


def _unless_sending(count: Callable[[Any], int]) -> Callable[[Any], int]:
    return lambda queue: 0 if getattr(_sending, "now", False) else count(queue)


def _by_the_period_alone(_: Callable[..., bool]) -> Callable[..., bool]:
    """Moto counts the whole queue, three times, for each message that it gives out."""

    def is_message_valid_based_on_retention_period(self: Any, queue_name: str, message: Any) -> bool:
        period = int(self.get_queue(queue_name).message_retention_period)
        return bool(message.sent_timestamp / 1000 + period > time.time())

    return is_message_valid_based_on_retention_period


def _is_visible(_: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Moto makes three dates to know the time; it is asked of every message whenever somebody looks at the queue."""
    return lambda message: time.time() * 1000 > message.visible_at


def _is_delayed(_: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda message: time.time() * 1000 < message.delayed_until


def _locked(change: Callable[..., None]) -> Callable[..., None]:
    """Moto loses a message that is sent while another is deleted."""

    def locked(self: Any, *args: Any) -> None:
        with MESSAGES_LOCK:
            change(self, *args)

    return locked


def _receive_alone(receive: Callable[..., list[Message]]) -> Callable[..., list[Message]]:
    """Moto gives one message to two that ask at the same time."""

    def receive_message(
        self: Any, queue_name: str, count: int, wait_seconds_timeout: int, *args: Any, **kwargs: Any
    ) -> list[Message]:
        end = time.monotonic() + wait_seconds_timeout
        while True:
            with MESSAGES_LOCK:
                messages = receive(self, queue_name, count, 0, *args, **kwargs)
            if messages or time.monotonic() >= end:
                return messages
            time.sleep(_POLL_SECONDS)

    return receive_message
