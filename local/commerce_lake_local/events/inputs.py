"""What a target is sent for an event: the event, a part of it, a constant, or a template that is filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from jsonpath_ng.parser import parse

from ..delivery import UndeliverableError

_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")


def target_input(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str, ingestion_time: str) -> str:
    """Return the text that a target gets for an event.

    Args:
        target: As `events:PutTargets` took it.
        event: The event as it stands on the bus.
        rule_arn: The rule that matched.
        ingestion_time: When the bus got the event, ISO 8601.

    Raises:
        UndeliverableError: A path is none.

    @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(_find(target["InputPath"], event))
    if "InputTransformer" in target:
        transformer = target["InputTransformer"]
        values = {name: _find(path, event) for name, path in transformer.get("InputPathsMap", {}).items()}
        values |= {
            "aws.events.rule-arn": rule_arn,
            "aws.events.rule-name": rule_arn.rpartition("/")[2],
            "aws.events.event.ingestion-time": ingestion_time,
            "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
            "aws.events.event.json": dict(event),
        }
        return _fill(transformer["InputTemplate"], values)
    return json.dumps(event)


def _find(path: str, event: Mapping[str, Any]) -> Any:
    try:
        found = parse(path).find(dict(event))
    except Exception as error:  # The parser raises plain exceptions.
        raise UndeliverableError("INVALID_PARAMETER", f"{path} is no path into an event: {error}") from error
    return found[0].value if found else None


def _fill(template: str, values: Mapping[str, Any]) -> str:
    """Replace the placeholders. Between quotes a value is text; elsewhere it is JSON."""

    def value_of(match: re.Match[str]) -> str:
        if match[1] not in values:
            return match[0]
        value = values[match[1]]
        quotes = re.findall(r'(?<!\\)(?:\\\\)*"', template[: match.start()])
        if len(quotes) % 2 == 0:
            return json.dumps(value)
        text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
        return json.dumps(text)[1:-1]

    return _PLACEHOLDER.sub(value_of, template)
