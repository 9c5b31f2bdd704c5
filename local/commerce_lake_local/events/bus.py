"""Rules of EventBridge that reach their targets."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.events.models import Rule

from ..background import Background
from ..context import LocalContext
from ..delivery import UndeliverableError, deliver
from .inputs import target_input

_LOG = logging.getLogger(__name__)
_THREADS = 4


class EventBus:
    """Delivers matching events to the targets of a rule, in the background."""

    def __init__(self, context: LocalContext) -> None:
        self._context = context
        self._background = Background("events", _THREADS)

    def offer(self, rule: Rule, event: Mapping[str, Any]) -> None:
        """Send an event to the targets of a rule if it matches; a rule with a schedule only matches none.

        Args:
            rule: moto's model of it.
            event: The event in the form that targets see.
        """
        if not rule.state.startswith("ENABLED") or not rule.event_pattern.get_pattern():
            return
        if not rule.event_pattern.matches_event(event):  # type: ignore[arg-type]
            return
        now = timestamp(datetime.now(UTC))
        for target in list(rule.targets):
            self._background.submit(
                lambda target=target: self._send(rule.arn, target, event, now),  # type: ignore[misc]
                f"delivery from rule {rule.name} to {target['Arn']}",
            )

    def _send(self, rule_arn: str, target: Mapping[str, Any], event: Mapping[str, Any], now: str) -> None:
        group_id = target.get("SqsParameters", {}).get("MessageGroupId")
        try:
            body = target_input(target, event, rule_arn, now)
            deliver(self._context, target["Arn"], body, group_id=group_id)
        except UndeliverableError as error:
            _LOG.error("rule %s: %s", rule_arn.rpartition("/")[2], error)
            dead_letters = target.get("DeadLetterConfig", {}).get("Arn")
            if dead_letters:
                about = {
                    "RULE_ARN": rule_arn,
                    "TARGET_ARN": str(target["Arn"]),
                    "ERROR_CODE": error.code,
                    "ERROR_MESSAGE": str(error),
                }
                deliver(self._context, dead_letters, json.dumps(event), attributes=about)
            return
        _LOG.info("rule %s: %s to %s", rule_arn.rpartition("/")[2], event.get("detail-type"), target["Arn"])


def timestamp(moment: datetime) -> str:
    """Return a moment as events spell it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
