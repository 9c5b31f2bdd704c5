"""CloudWatch Logs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from moto.logs.models import LogGroup, LogsBackend
from moto.logs.responses import LogsResponse

from .patching import add, wrap

_DEFAULT_CLASS = "STANDARD"


def mend() -> None:
    """Keep the class of a log group, which moto drops, and saved queries, which it does not know."""
    wrap(LogsResponse, "create_log_group", _keep_class)
    wrap(LogGroup, "to_describe_dict", _tell_class)
    wrap(LogsBackend, "__init__", _with_definitions)
    add(LogsResponse, put_query_definition, describe_query_definitions, delete_query_definition)


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


def _with_definitions(init: Callable[..., None]) -> Callable[..., None]:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        init(self, *args, **kwargs)
        self.query_definitions = {}

    return __init__


def put_query_definition(self: Any) -> str:
    """Answer `logs:PutQueryDefinition`."""
    identifier = self._get_param("queryDefinitionId") or str(uuid4())
    self.logs_backend.query_definitions[identifier] = {
        "queryDefinitionId": identifier,
        "name": self._get_param("name"),
        "queryString": self._get_param("queryString"),
        "logGroupNames": self._get_param("logGroupNames") or [],
    }
    return json.dumps({"queryDefinitionId": identifier})


def describe_query_definitions(self: Any) -> str:
    """Answer `logs:DescribeQueryDefinitions`."""
    prefix = self._get_param("queryDefinitionNamePrefix") or ""
    found = [one for one in self.logs_backend.query_definitions.values() if one["name"].startswith(prefix)]
    return json.dumps({"queryDefinitions": found})


def delete_query_definition(self: Any) -> str:
    """Answer `logs:DeleteQueryDefinition`."""
    gone = self.logs_backend.query_definitions.pop(self._get_param("queryDefinitionId"), None)
    return json.dumps({"success": gone is not None})
