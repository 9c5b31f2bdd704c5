"""JSONata, which moto parses but cannot evaluate.

moto writes variables as source text before each expression; strings with quotes break there. Here they are bound to the
evaluator as values, and undefined, null and errors are told apart as Step Functions does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jsonata.jsonata import Jsonata
from jsonata.utils import Utils
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata, StringVariableSample

from .failures import failure
from .functions import FUNCTIONS
from .patching import replace

# An expression, as a string of a definition.
EXPRESSION = re.compile(r"\{%(.*)%\}", re.DOTALL)


class ExpressionError(Exception):
    """An expression that could not be evaluated, or whose result no state can hold."""


def mend() -> None:
    """Give every JSONata expression of a state machine an evaluator."""
    replace(StringJSONata, "_eval_body", _eval_in_state)
    replace(StringVariableSample, "_eval_body", _eval_in_state)


def check(expression: str) -> None:
    """Parse an expression.

    Raises:
        ExpressionError: It is no JSONata.

    """
    try:
        Jsonata(expression)
    except Exception as error:
        raise ExpressionError(_message(error)) from error


def evaluate(expression: str, bindings: Mapping[str, Any]) -> Any:
    """Evaluate an expression to plain JSON.

    Args:
        expression: JSONata, without its `{% %}`.
        bindings: Variables by their names without `$`, plain JSON.

    Raises:
        ExpressionError: It fails, returns nothing, or returns a function.

    """
    try:
        program = Jsonata(expression)
        program.set_output_convert_nulls(False)
        frame = program.create_frame()
        for name, function in FUNCTIONS.items():
            frame.bind(name, Jsonata.JLambda(function))
        for name, value in bindings.items():
            # None is undefined to the evaluator.
            frame.bind(name, Utils.NULL_VALUE if value is None else value)
        result = program.evaluate(None, frame)
    except Exception as error:
        raise ExpressionError(f"threw an error during evaluation. {_message(error)}") from error
    if result is None:
        raise ExpressionError("returned nothing (undefined).")
    return _plain(result)


def fill(template: Any, env: Any) -> Any:
    """Evaluate every expression in a piece of a definition, as in the state that is being run."""
    if isinstance(template, dict):
        return {key: fill(value, env) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, env) for value in template]
    if isinstance(template, str) and (match := EXPRESSION.fullmatch(template)):
        return _evaluate_in_state(match[1], env)
    return template


def _plain(value: Any) -> Any:
    if value is Utils.NULL_VALUE or value is None:
        return None
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    raise ExpressionError("returned an unsupported result type.")


def _message(error: Exception) -> str:
    code = getattr(error, "error", None)
    return f"{code}: {error}" if code and code not in str(error) else str(error)


def _eval_in_state(self: Any, env: Any) -> None:
    env.stack.append(_evaluate_in_state(self.expression, env))


def _evaluate_in_state(expression: str, env: Any) -> Any:
    store = env.variable_store
    bindings = {**store._outer_scope, **store._inner_scope, "states": env.states._states_data}
    try:
        return evaluate(expression, bindings)
    except ExpressionError as error:
        raise _failure(env, expression, str(error)) from error


def _failure(env: Any, expression: str, problem: str) -> FailureEventException:
    cause = f"The JSONata expression '{expression}' specified for the field '{env.next_field_name}' {problem}"
    return FailureEventException(
        failure(env, HistoryEventType.EvaluationFailed, error="States.QueryEvaluationError", cause=cause)
    )
