"""CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse

from .patching import wrap

_DEFAULT_CLASS = "STANDARD"


def mend() -> None:
    """Keep the class of a log group, which moto drops."""
    wrap(LogsResponse, "create_log_group", _keep_class)
    wrap(LogGroup, "to_describe_dict", _tell_class)


def _keep_class(create: Callable[[Any], str]) -> Callable[[Any], str]:
    def create_log_group(self: Any) -> str:
        answer = create(self)
        group = self.logs_backend.groups[self._get_param("logGroupName")]
        group.log_group_class = self._get_param("logGroupClass", _DEFAULT_CLASS)
        return answer

    return create_log_group


def _tell_class(describe: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    def to_describe_dict(self: Any) -> dict[str, Any]:
        return describe(self) | {"logGroupClass": getattr(self, "log_group_class", _DEFAULT_CLASS)}

    return to_describe_dict
