"""A deployed function, as the engine needs it."""

from __future__ import annotations

from dataclasses import dataclass

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaFunction


class UnsupportedFunctionError(LambdaClientError):
    """A function that the local AWS cannot run. AWS says 502, which clients would only repeat."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__("InvalidRuntimeException", message)


@dataclass(frozen=True)
class FunctionSettings:
    """What makes two execution environments interchangeable: equal settings, equal environment.

    Attributes:
        memory: In MB.
        timeout: In seconds.

    """

    name: str
    arn: str
    version: str
    handler: str
    runtime: str
    memory: int
    timeout: int
    variables: frozenset[tuple[str, str]]
    code_sha256: str
    log_group: str

    @classmethod
    def of(cls, function: LambdaFunction) -> FunctionSettings:
        """Read them from moto's model of the function.

        Raises:
            UnsupportedFunctionError: It is no Node.js function from a zip file, or has layers.

        """
        name = str(function.function_name)
        runtime = str(function.run_time or function.package_type)
        if not runtime.startswith("nodejs"):
            raise UnsupportedFunctionError(f"The local AWS runs Node.js functions only; {name} is {runtime}.")
        if function.layers:
            raise UnsupportedFunctionError(f"The local AWS knows no Lambda layers; {name} has {len(function.layers)}.")
        return cls(
            name=name,
            arn=str(function.function_arn),
            version=str(function.version),
            handler=str(function.handler),
            runtime=runtime,
            memory=int(function.memory_size),
            timeout=int(function.timeout),
            variables=frozenset((function.environment_vars or {}).items()),
            code_sha256=str(function.code_sha_256),
            log_group=str(function.logs_group_name),
        )
