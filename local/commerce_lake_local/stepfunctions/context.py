"""The context object: times as AWS writes them, and the item of a Map wherever a state asks for it.

Faults of moto: the start time is a Python date, entered times end in `+00:00`, and the frame in which a state inside a
Map is evaluated has lost the Map's item.
"""

from __future__ import annotations

import datetime
from typing import Any

from moto.stepfunctions.parser.asl.component.state import state as state_module
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.evaluation_details import ExecutionDetails
from moto.stepfunctions.parser.asl.eval.states import StateData
from moto.stepfunctions.parser.backend.execution import Execution

from .patching import replace


def mend() -> None:
    """Complete the context object."""
    replace(Execution, "get_start_execution_details", _start_details)
    replace(state_module, "StateData", _state_data)
    as_inner_frame_of = vars(Environment)["as_inner_frame_of"].__func__

    def with_item(cls: Any, env: Any, *args: Any, **kwargs: Any) -> Any:
        frame = as_inner_frame_of(cls, env, *args, **kwargs)
        context = env.states.context_object.context_object_data
        if "Map" in context:
            frame.states.context_object.context_object_data["Map"] = context["Map"]
        return frame

    replace(Environment, "as_inner_frame_of", classmethod(with_item))


def iso(time: datetime.datetime) -> str:
    """Write a time as AWS does: UTC, milliseconds, `Z`."""
    return time.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _start_details(self: Any) -> ExecutionDetails:
    return ExecutionDetails(
        arn=self.exec_arn,
        name=self.name,
        role_arn=self.role_arn,
        inpt=self.input_data,
        start_time=iso(self.start_date),
    )


def _state_data(EnteredTime: str, Name: str) -> StateData:  # noqa: N803 - the names of the fields
    entered = datetime.datetime.fromisoformat(EnteredTime)
    return StateData(EnteredTime=iso(entered), Name=Name, RetryCount=0)
