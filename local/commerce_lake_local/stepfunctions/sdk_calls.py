"""The spelling of aws-sdk integrations.

Fault of moto: it hands arguments to boto3 and results to the state as they are. In a definition every field begins with
a capital, whatever the API spells.
"""

from __future__ import annotations

import json
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)

from .patching import add

_session = botocore.session.Session()


def mend() -> None:
    """Spell arguments as the API does, and results as Step Functions does."""
    add(StateTaskServiceAwsSdk, "_normalise_parameters", _spell_arguments)
    add(StateTaskServiceAwsSdk, "_normalise_response", _spell_result)


def _spell_arguments(self: Any, parameters: dict[str, Any], *_: object, **__: object) -> None:
    spelled = _as_api(parameters, _operation(self).input_shape)
    parameters.clear()
    parameters.update(spelled)


def _spell_result(self: Any, response: Any, *_: object, **__: object) -> None:
    if isinstance(response, dict):
        spelled = _as_state(response, _operation(self).output_shape)
        response.clear()
        response.update(spelled)


def _operation(self: Any) -> Any:
    model = _session.get_service_model(self._get_boto_service_name())
    action = self.resource.api_action
    return model.operation_model(action[0].upper() + action[1:])


def _as_api(value: Any, shape: Shape | None) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        spellings = {name.lower(): name for name in shape.members}
        renamed = {spellings.get(key.lower(), key): inner for key, inner in value.items()}
        return {key: _as_api(inner, shape.members.get(key)) for key, inner in renamed.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_as_api(inner, shape.member) for inner in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _as_api(inner, shape.value) for key, inner in value.items()}
    if isinstance(shape, StringShape) and not isinstance(value, str):
        return json.dumps(value)
    return value


def _as_state(value: Any, shape: Shape | None) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {key[0].upper() + key[1:]: _as_state(inner, shape.members.get(key)) for key, inner in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_as_state(inner, shape.member) for inner in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _as_state(inner, shape.value) for key, inner in value.items()}
    return value
