"""CloudWatch: composite alarms. They are kept, not judged: nothing changes the state of an alarm here but a caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.cloudwatch.utils import make_arn_for_alarm
from moto.core.responses import ActionResult, EmptyResult

from .patching import add, wrap

# What a composite alarm keeps of what it was told.
_KEPT = (
    "AlarmName",
    "AlarmDescription",
    "AlarmRule",
    "AlarmActions",
    "OKActions",
    "InsufficientDataActions",
    "ActionsSuppressor",
    "ActionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod",
)


def mend() -> None:
    """Know composite alarms, which moto does not."""
    wrap(CloudWatchBackend, "__init__", _with_composites)
    add(CloudWatchResponse, put_composite_alarm)
    wrap(CloudWatchResponse, "describe_alarms", _describe_composites)
    wrap(CloudWatchResponse, "delete_alarms", _delete_composites)


def _with_composites(init: Callable[..., None]) -> Callable[..., None]:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        init(self, *args, **kwargs)
        self.composites = {}

    return __init__


def put_composite_alarm(self: Any) -> ActionResult:
    """Answer `cloudwatch:PutCompositeAlarm`."""
    backend = self.cloudwatch_backend
    name = self._get_param("AlarmName")
    arn = make_arn_for_alarm(backend.region_name, backend.account_id, name)
    kept = {field: value for field in _KEPT if (value := self._get_param(field)) is not None}
    enabled = self._get_param("ActionsEnabled")
    backend.composites[name] = kept | {
        "AlarmArn": arn,
        "ActionsEnabled": True if enabled is None else enabled,
        "StateValue": "OK",
    }
    if tags := self._get_param("Tags"):
        backend.tagger.tag_resource(arn, tags)
    return EmptyResult()


def _describe_composites(describe: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def describe_alarms(self: Any) -> ActionResult:
        if "CompositeAlarm" not in (self._get_param("AlarmTypes") or []):
            return describe(self)
        names = self._get_param("AlarmNames") or []
        prefix = self._get_param("AlarmNamePrefix") or ""
        found = [
            alarm
            for name, alarm in self.cloudwatch_backend.composites.items()
            if name.startswith(prefix) and (not names or name in names)
        ]
        return ActionResult({"MetricAlarms": [], "CompositeAlarms": found})

    return describe_alarms


def _delete_composites(delete: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def delete_alarms(self: Any) -> ActionResult:
        for name in self._get_param("AlarmNames", []):
            self.cloudwatch_backend.composites.pop(name, None)
        return delete(self)

    return delete_alarms
