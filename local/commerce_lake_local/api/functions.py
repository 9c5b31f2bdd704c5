"""Lambda's configuration (its invocations are the business of `lambda_`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction

from .patching import wrap

# Attributes that moto drops, and those that it takes at creation only.
_DROPPED = ("DeadLetterConfig", "LoggingConfig")
_NOT_UPDATED = {
    "KMSKeyArn": "kms_key_arn",
    "TracingConfig": "tracing_config",
    "Architectures": "architectures",
}


def mend() -> None:
    """Keep what a function was told, at its creation and later."""
    wrap(LambdaFunction, "__init__", _keep_at_creation)
    wrap(LambdaFunction, "update_configuration", _keep_at_update)
    wrap(LambdaFunction, "get_configuration", _tell)
    wrap(LambdaBackend, "put_function_event_invoke_config", _replace_event_config)


def _keep(function: Any, given: dict[str, Any]) -> None:
    for name in _DROPPED:
        if name in given:
            function.kept[name] = given[name]
    # Where the function's lines go, and what happens to events that it cannot handle.
    function.logs_group_name = _logging(function)["LogGroup"]
    function.dead_letter_config = function.kept.get("DeadLetterConfig")


def _logging(function: Any) -> dict[str, Any]:
    given = function.kept.get("LoggingConfig") or {}
    return {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"} | given


def _keep_at_creation(init: Callable[..., None]) -> Callable[..., None]:
    def __init__(self: Any, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:  # noqa: N807
        init(self, account_id, spec, region, version)
        self.kept = {}
        _keep(self, spec)

    return __init__


def _keep_at_update(update: Callable[[Any, dict[str, Any]], dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def update_configuration(self: Any, config_updates: dict[str, Any]) -> dict[str, Any]:
        for name, attribute in _NOT_UPDATED.items():
            if name in config_updates:
                setattr(self, attribute, config_updates[name])
        if "EphemeralStorage" in config_updates:
            self.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
        _keep(self, config_updates)
        return update(self, config_updates)

    return update_configuration


def _tell(get: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
        configuration = get(self, on_create) | {"LoggingConfig": _logging(self)}
        if (self.dead_letter_config or {}).get("TargetArn"):
            configuration["DeadLetterConfig"] = self.dead_letter_config
        return configuration

    return get_configuration


def _replace_event_config(put: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Moto appends each configuration and goes on answering with the first."""

    def put_function_event_invoke_config(self: Any, function_name: str, config: dict[str, Any]) -> dict[str, Any]:
        self.get_function(function_name).event_invoke_config = []
        return put(self, function_name, config)

    return put_function_event_invoke_config
