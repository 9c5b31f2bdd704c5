"""A real check of definitions: what AWS refuses is refused here, before anything is created or run.

moto's own parser checks the syntax. What it lets pass is checked after it: where the transitions lead, whether every
expression is JSONata and every variable is set somewhere, and what Step Functions says about retries and catchers.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.stepfunctions.parser.api import InvalidDefinition
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from .expressions import EXPRESSION, ExpressionError, check
from .functions import FUNCTIONS
from .patching import replace

_JSONPATH_FIELDS = {
    "InputPath",
    "OutputPath",
    "ResultPath",
    "Parameters",
    "ResultSelector",
    "ItemsPath",
    "SecondsPath",
    "TimestampPath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "ErrorPath",
    "CausePath",
}
_BATCH_LIMITS = {"MaxItemsPerBatch": 100_000_000, "MaxInputBytesPerBatch": 262_144}
_ENDS_BY_ITSELF = {"Choice", "Succeed", "Fail"}


@dataclass(frozen=True)
class Diagnostic:
    """What is wrong with a definition, and where."""

    code: str
    message: str
    location: str = ""

    def as_response(self) -> dict[str, str]:
        """Return it in the form of the API."""
        where = {"location": self.location} if self.location else {}
        return {"severity": "ERROR", "code": self.code, "message": self.message, **where}


def mend() -> None:
    """Refuse wrong definitions when a state machine is created or updated."""
    replace(StepFunctionsParserBackend, "_validate_definition", staticmethod(_refuse_wrong))


def _refuse_wrong(definition: str) -> None:
    found = diagnose(definition)
    if found:
        listed = "; ".join(f"{one.code}: {one.message} at {one.location or '/'}" for one in found)
        raise InvalidDefinition(message=f"Invalid State Machine Definition: '{listed}'")


def diagnose(definition: str) -> list[Diagnostic]:
    """Return everything that is wrong with a definition, the most basic first."""
    return list(_diagnose(definition))


# A plan asks about the same definition that is then created.
@functools.lru_cache(maxsize=32)
def _diagnose(definition: str) -> tuple[Diagnostic, ...]:
    try:
        machine = json.loads(definition)
    except json.JSONDecodeError as error:
        return (Diagnostic("INVALID_JSON_DESCRIPTION", str(error)),)
    if not isinstance(machine, dict) or not isinstance(machine.get("States"), dict):
        return (Diagnostic("SCHEMA_VALIDATION_FAILED", "a state machine is an object with StartAt and States"),)
    found = [*_graph(machine, ""), *_unique_names(machine), *_states(machine, machine.get("QueryLanguage", "JSONPath"))]
    return tuple(found or _syntax(definition))


def _syntax(definition: str) -> Iterator[Diagnostic]:
    try:
        AmazonStateLanguageParser.parse(definition)
    except Exception as error:
        yield Diagnostic("SCHEMA_VALIDATION_FAILED", str(error))


def _graph(machine: dict[str, Any], location: str) -> Iterator[Diagnostic]:
    states: dict[str, Any] = machine["States"]
    start = machine.get("StartAt")
    if start not in states:
        yield Diagnostic("MISSING_TRANSITION_TARGET", f"Missing 'StartAt' target: {start}", f"{location}/StartAt")
        return
    reached, pending = set(), [start]
    while pending:
        name = pending.pop()
        if name in reached:
            continue
        reached.add(name)
        for target, place in _targets(states[name]):
            if target in states:
                pending.append(target)
            else:
                where = f"{location}/States/{name}/{place}"
                yield Diagnostic("MISSING_TRANSITION_TARGET", f"Missing 'Next' target: {target}", where)
    for name in states.keys() - reached:
        message = f'State "{name}" is not reachable.'
        yield Diagnostic("MISSING_TRANSITION_TARGET", message, f"{location}/States/{name}")
    for name, state in states.items():
        for inner, place in _machines_in(state):
            yield from _graph(inner, f"{location}/States/{name}/{place}")


def _targets(state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for field in ("Next", "Default"):
        if field in state:
            yield state[field], field
    for index, rule in enumerate(state.get("Choices", [])):
        yield rule.get("Next"), f"Choices[{index}]/Next"
    for index, catcher in enumerate(state.get("Catch", [])):
        yield catcher.get("Next"), f"Catch[{index}]/Next"


def _machines_in(state: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    for field in ("ItemProcessor", "Iterator"):
        if field in state:
            yield state[field], field
    for index, branch in enumerate(state.get("Branches", [])):
        yield branch, f"Branches[{index}]"


def every_state(machine: dict[str, Any], location: str = "") -> Iterator[tuple[str, dict[str, Any], str]]:
    """Return each state of a machine, those inside of others too, with its name and its place."""
    for name, state in machine["States"].items():
        yield name, state, f"{location}/States/{name}"
        for inner, place in _machines_in(state):
            yield from every_state(inner, f"{location}/States/{name}/{place}")


def _unique_names(machine: dict[str, Any]) -> Iterator[Diagnostic]:
    for name, times in Counter(name for name, _, _ in every_state(machine)).items():
        if times > 1:
            yield Diagnostic("DUPLICATE_STATE_NAME", f'{times} states are called "{name}"')


def _states(machine: dict[str, Any], language: str) -> Iterator[Diagnostic]:
    for _, state, location in every_state(machine):
        if state.get("Type") not in _ENDS_BY_ITSELF and ("Next" in state) == bool(state.get("End")):
            yield Diagnostic("SCHEMA_VALIDATION_FAILED", "a state has either Next or End", location)
        yield from _error_handlers(state, location)
        yield from _batcher(state, f"{location}/ItemBatcher")
        if state.get("QueryLanguage", language) == "JSONata":
            for field in sorted(_JSONPATH_FIELDS & state.keys()):
                message = f"the field {field} is not allowed with JSONata"
                yield Diagnostic("SCHEMA_VALIDATION_FAILED", message, f"{location}/{field}")
    if language == "JSONata":
        yield from _Variables(machine).problems()


def _error_handlers(state: dict[str, Any], location: str) -> Iterator[Diagnostic]:
    for field in ("Retry", "Catch"):
        handlers = state.get(field, [])
        for index, handler in enumerate(handlers):
            place = f"{location}/{field}[{index}]"
            errors = handler.get("ErrorEquals", [])
            if "States.ALL" in errors and (len(errors) > 1 or index < len(handlers) - 1):
                yield Diagnostic("SCHEMA_VALIDATION_FAILED", "States.ALL must be alone, and last", place)
            if handler.get("MaxDelaySeconds", 10**9) <= handler.get("IntervalSeconds", 1):
                message = "MaxDelaySeconds must be above IntervalSeconds"
                yield Diagnostic("SCHEMA_VALIDATION_FAILED", message, f"{place}/MaxDelaySeconds")


def _batcher(state: dict[str, Any], place: str) -> Iterator[Diagnostic]:
    """See https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html."""
    batcher = state.get("ItemBatcher")
    if batcher is None:
        return
    if state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") != "DISTRIBUTED":
        yield Diagnostic("SCHEMA_VALIDATION_FAILED", "only a distributed Map has batches", place)
    if "ItemSelector" in state:
        yield Diagnostic("SCHEMA_VALIDATION_FAILED", "the local AWS selects nothing from the items of a batch", place)
    limits = {name: batcher[name] for name in _BATCH_LIMITS if name in batcher}
    if not limits:
        yield Diagnostic("SCHEMA_VALIDATION_FAILED", f"it has none of {', '.join(_BATCH_LIMITS)}", place)
    for name, value in limits.items():
        if not isinstance(value, int) or not 1 <= value <= _BATCH_LIMITS[name]:
            message = f"{name} is a number from 1 to {_BATCH_LIMITS[name]}, and is {value}"
            yield Diagnostic("SCHEMA_VALIDATION_FAILED", message, place)
    for name in sorted(batcher.keys() - _BATCH_LIMITS.keys() - {"BatchInput"}):
        yield Diagnostic("SCHEMA_VALIDATION_FAILED", f"the field {name} is not known", place)


class _Variables:
    """The expressions of a machine, and the variables that they name."""

    def __init__(self, machine: dict[str, Any]) -> None:
        self.machine = machine

    def problems(self) -> Iterator[Diagnostic]:
        return self._scope(self.machine, "", frozenset())

    def _scope(self, machine: dict[str, Any], location: str, outer: frozenset[str]) -> Iterator[Diagnostic]:
        assigned = {name for state in machine["States"].values() for name in _assigned(state)}
        for name in sorted(assigned & outer):
            message = f"the variable {name} belongs to an outer scope and cannot be assigned here"
            yield Diagnostic("SCHEMA_VALIDATION_FAILED", message, location)
        known = outer | assigned
        for name, state in machine["States"].items():
            place = f"{location}/States/{name}"
            own = {key: value for key, value in state.items() if key not in ("ItemProcessor", "Iterator", "Branches")}
            yield from _expressions(own, place, known)
            for inner, where in _machines_in(state):
                distributed = inner.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED"
                yield from self._scope(inner, f"{place}/{where}", frozenset() if distributed else frozenset(known))


def _assigned(state: dict[str, Any]) -> Iterator[str]:
    yield from state.get("Assign", {})
    for rule in [*state.get("Choices", []), *state.get("Catch", [])]:
        yield from rule.get("Assign", {})


def _expressions(value: Any, location: str, known: set[str] | frozenset[str]) -> Iterator[Diagnostic]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _expressions(inner, f"{location}/{key}", known)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _expressions(inner, f"{location}[{index}]", known)
    elif isinstance(value, str) and (match := EXPRESSION.fullmatch(value)):
        yield from _expression(match[1], location, known)


def _expression(code: str, location: str, known: set[str] | frozenset[str]) -> Iterator[Diagnostic]:
    try:
        check(code)
    except ExpressionError as error:
        yield Diagnostic("SCHEMA_VALIDATION_FAILED", f"the expression is not JSONata: {error}", location)
        return
    for name in sorted(_names(code) - known - {"states"}):
        yield Diagnostic("SCHEMA_VALIDATION_FAILED", f"the variable ${name} is set nowhere", location)


_LITERALS = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|(?<![\w)\]] )/(?:\\.|[^/\\])+/")
_FREE_NAME = re.compile(r"\$([A-Za-z_]\w*)(?!\w*\s*\()")
_BOUND_NAME = re.compile(r"\$([A-Za-z_]\w*)\s*:=")
_PARAMETERS = re.compile(r"(?:function|λ)\s*\(([^)]*)\)")


def _names(code: str) -> set[str]:
    """Return the variables that an expression takes from outside: not its own, and no functions."""
    bare = _LITERALS.sub("''", code)
    own = set(_BOUND_NAME.findall(bare))
    for parameters in _PARAMETERS.findall(bare):
        own |= set(re.findall(r"\$(\w+)", parameters))
    return set(_FREE_NAME.findall(bare)) - own - FUNCTIONS.keys()
