"""KMS."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.kms.responses import KmsResponse

from .patching import wrap

_DEFAULT_DAYS = 365


def mend() -> None:
    """Keep how often a key is rotated, which moto drops."""
    wrap(KmsResponse, "enable_key_rotation", _keep_period)
    wrap(KmsResponse, "get_key_rotation_status", _tell_period)


def _key(response: Any) -> Any:
    backend = response.kms_backend
    return backend.keys[backend.get_key_id(response._get_param("KeyId"))]


def _keep_period(enable: Callable[[Any], str]) -> Callable[[Any], str]:
    def enable_key_rotation(self: Any) -> str:
        answer = enable(self)
        _key(self).rotation_days = self._get_param("RotationPeriodInDays", _DEFAULT_DAYS)
        return answer

    return enable_key_rotation


def _tell_period(get: Callable[[Any], str]) -> Callable[[Any], str]:
    def get_key_rotation_status(self: Any) -> str:
        status = json.loads(get(self))
        if status["KeyRotationEnabled"]:
            status["RotationPeriodInDays"] = getattr(_key(self), "rotation_days", _DEFAULT_DAYS)
        return json.dumps(status)

    return get_key_rotation_status
