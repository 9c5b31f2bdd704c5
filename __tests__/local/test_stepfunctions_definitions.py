"""The check of definitions: what AWS refuses is refused before it runs."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from commerce_lake_local.stepfunctions import install
from commerce_lake_local.stepfunctions.definitions import diagnose
from local.stepfunctions_harness import ROLE, interpreter

_ROOT = Path(__file__).parents[2]

_INVOKE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Arguments": {"FunctionName": "f", "Payload": "{% $wanted %}"},
    "Retry": [{"ErrorEquals": ["A"], "IntervalSeconds": 1, "MaxDelaySeconds": 2}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"why": "{% $states.errorOutput %}"}, "Next": "End"}],
    "Next": "End",
}
_GOOD: dict[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Begin",
    "States": {
        "Begin": {"Type": "Pass", "Assign": {"wanted": ["a"], "why": None}, "Next": "Ask"},
        "Ask": _INVOKE,
        "End": {
            "Type": "Map",
            "Items": "{% $wanted[$ != 'b'] ~> $map(function($item, $at) { {'i': $item, 'n': $at} }) %}",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "Inner",
                "States": {
                    "Inner": {"Type": "Pass", "Assign": {"mine": "{% ($x := 'a $quoted'; $x & $why) %}"}, "End": True}
                },
            },
            "End": True,
        },
    },
}


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    install()


def test_a_good_definition_has_nothing_wrong() -> None:
    assert diagnose(json.dumps(_GOOD)) == []


def test_the_definition_of_this_project_has_nothing_wrong() -> None:
    script = "__tests__/modules/orchestration/print-definition.ts"
    printed = subprocess.run(
        ["node_modules/.bin/tsx", script], cwd=_ROOT, capture_output=True, text=True, check=True, timeout=120
    )

    assert diagnose(printed.stdout) == []


def _set(*path: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(machine: dict[str, Any]) -> None:
        place: Any = machine
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to

    return change


def _drop(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(machine: dict[str, Any]) -> None:
        place = machine
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]

    return change


_INNER = ("States", "End", "ItemProcessor", "States", "Inner")


@pytest.mark.parametrize(
    ("change", "code", "message", "location"),
    [
        (_set("StartAt", to="Gone"), "MISSING_TRANSITION_TARGET", "Missing 'StartAt' target: Gone", "/StartAt"),
        (
            _set("States", "Ask", "Next", to="Gone"),
            "MISSING_TRANSITION_TARGET",
            "Missing 'Next' target: Gone",
            "/States/Ask/Next",
        ),
        (
            _set("States", "Ask", "Catch", 0, "Next", to="Gone"),
            "MISSING_TRANSITION_TARGET",
            "Missing 'Next' target: Gone",
            "/States/Ask/Catch[0]/Next",
        ),
        (
            _set("States", "Alone", to={"Type": "Succeed"}),
            "MISSING_TRANSITION_TARGET",
            'State "Alone" is not reachable.',
            "/States/Alone",
        ),
        (
            _set(*_INNER[:3], "StartAt", to="Gone"),
            "MISSING_TRANSITION_TARGET",
            "Missing 'StartAt' target: Gone",
            "/States/End/ItemProcessor/StartAt",
        ),
        (_drop("States", "Ask", "Next"), "SCHEMA_VALIDATION_FAILED", "either Next or End", "/States/Ask"),
        (_set(*_INNER, "Next", to="Inner"), "SCHEMA_VALIDATION_FAILED", "either Next or End", "/".join(("", *_INNER))),
        (
            _set("States", "Ask", "Arguments", "Payload", to="{% $wanted[ %}"),
            "SCHEMA_VALIDATION_FAILED",
            "the expression is not JSONata",
            "/States/Ask/Arguments/Payload",
        ),
        (
            _set("States", "Ask", "Arguments", "Payload", to="{% $unheard & $count($wanted) %}"),
            "SCHEMA_VALIDATION_FAILED",
            "the variable $unheard is set nowhere",
            "/States/Ask/Arguments/Payload",
        ),
        (
            _set(*_INNER, "Assign", to={"why": 1}),
            "SCHEMA_VALIDATION_FAILED",
            "the variable why belongs to an outer scope",
            "/States/End/ItemProcessor",
        ),
        (
            _set(*_INNER[:3], "ProcessorConfig", to={"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}),
            "SCHEMA_VALIDATION_FAILED",
            "the variable $why is set nowhere",
            "/".join(("", *_INNER, "Assign", "mine")),
        ),
        (
            _set("States", "Ask", "ResultPath", to="$.x"),
            "SCHEMA_VALIDATION_FAILED",
            "the field ResultPath is not allowed with JSONata",
            "/States/Ask/ResultPath",
        ),
        (
            _set("States", "Ask", "Retry", 0, "MaxDelaySeconds", to=1),
            "SCHEMA_VALIDATION_FAILED",
            "MaxDelaySeconds must be above IntervalSeconds",
            "/States/Ask/Retry[0]/MaxDelaySeconds",
        ),
        (
            _set("States", "Ask", "Retry", 0, "ErrorEquals", to=["States.ALL", "A"]),
            "SCHEMA_VALIDATION_FAILED",
            "States.ALL must be alone, and last",
            "/States/Ask/Retry[0]",
        ),
        (_set("States", "Begin", "Type", to="Magic"), "SCHEMA_VALIDATION_FAILED", "Magic", ""),
        (_set("States", "Ask", "Resource", to="arn:aws:states:::lambda:fly"), "SCHEMA_VALIDATION_FAILED", "fly", ""),
        (_set("States", to=[]), "SCHEMA_VALIDATION_FAILED", "an object with StartAt and States", ""),
    ],
)
def test_says_what_is_wrong_and_where(
    change: Callable[[dict[str, Any]], None], code: str, message: str, location: str
) -> None:
    machine = copy.deepcopy(_GOOD)
    change(machine)

    found = diagnose(json.dumps(machine))

    assert [(one.code, one.location) for one in found if message in one.message] == [(code, location)], found


def test_two_states_of_one_name_are_too_many() -> None:
    machine = copy.deepcopy(_GOOD)
    machine["States"]["End"]["ItemProcessor"]["States"]["Ask"] = {"Type": "Succeed"}
    machine["States"]["End"]["ItemProcessor"]["StartAt"] = "Ask"
    del machine["States"]["End"]["ItemProcessor"]["States"]["Inner"]

    assert [one.message for one in diagnose(json.dumps(machine))] == ['2 states are called "Ask"']


def test_what_is_no_json_is_said_to_be_none() -> None:
    assert [one.code for one in diagnose("{")] == ["INVALID_JSON_DESCRIPTION"]


def test_the_api_says_so_too() -> None:
    wrong = copy.deepcopy(_GOOD)
    wrong["States"]["Ask"]["Next"] = "Gone"
    with interpreter() as machine:
        validate = machine.client.validate_state_machine_definition

        assert validate(definition=json.dumps(_GOOD))["result"] == "OK"
        answer = validate(definition=json.dumps(wrong))
        assert answer["result"] == "FAIL"
        assert answer["diagnostics"] == [
            {
                "severity": "ERROR",
                "code": "MISSING_TRANSITION_TARGET",
                "message": "Missing 'Next' target: Gone",
                "location": "/States/Ask/Next",
            }
        ]
        with pytest.raises(ClientError, match=r"InvalidDefinition.*Missing 'Next' target: Gone at /States/Ask/Next"):
            machine.create(wrong)


def test_versions_are_listed_newest_first() -> None:
    with interpreter() as machine:
        plain = machine.create(_GOOD, "plain")
        create = machine.client.create_state_machine
        versioned = create(name="versioned", definition=json.dumps(_GOOD), roleArn=ROLE, publish=True)
        arn = versioned["stateMachineArn"]
        machine.client.update_state_machine(stateMachineArn=arn, definition=json.dumps(_GOOD), publish=True)
        listed = machine.client.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]

        assert machine.client.list_state_machine_versions(stateMachineArn=plain)["stateMachineVersions"] == []
        assert [one["stateMachineVersionArn"] for one in listed] == [f"{arn}:2", f"{arn}:1"]


_DISTRIBUTED = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}


@pytest.mark.parametrize(
    ("batcher", "message"),
    [
        ({"MaxItemsPerBatch": 2, "MaxInputBytesPerBatch": 262_144, "BatchInput": {"a": "{% $wanted %}"}}, None),
        ({"BatchInput": {}}, "it has none of MaxItemsPerBatch, MaxInputBytesPerBatch"),
        ({"MaxItemsPerBatch": 0}, "MaxItemsPerBatch is a number from 1 to 100000000, and is 0"),
        ({"MaxInputBytesPerBatch": 262_145}, "MaxInputBytesPerBatch is a number from 1 to 262144, and is 262145"),
        ({"MaxItemsPerBatch": "2"}, "and is 2"),
        ({"MaxItemsPerBatch": 2, "Size": 1}, "the field Size is not known"),
        ({"MaxItemsPerBatch": 2, "BatchInput": {"a": "{% $unheard %}"}}, "the variable $unheard is set nowhere"),
    ],
)
def test_a_batcher_is_checked(batcher: dict[str, Any], message: str | None) -> None:
    machine = copy.deepcopy(_GOOD)
    files = machine["States"]["End"]
    files |= {"ItemBatcher": batcher, "Label": "Files"}
    files["ItemProcessor"] |= {"ProcessorConfig": _DISTRIBUTED, "States": {"Inner": {"Type": "Pass", "End": True}}}

    found = diagnose(json.dumps(machine))

    assert [one.location.startswith("/States/End/ItemBatcher") for one in found] == ([] if message is None else [True])
    assert message is None or message in found[0].message


def test_only_a_distributed_map_has_batches_and_they_are_not_selected_from() -> None:
    machine = copy.deepcopy(_GOOD)
    machine["States"]["End"] |= {"ItemBatcher": {"MaxItemsPerBatch": 2}, "ItemSelector": {"a": 1}}

    assert [one.message for one in diagnose(json.dumps(machine))] == [
        "only a distributed Map has batches",
        "the local AWS selects nothing from the items of a batch",
    ]
