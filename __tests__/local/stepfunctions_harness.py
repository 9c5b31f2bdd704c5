"""The mended interpreter in this process: moto for what it does well, small fakes for Lambda and Glue."""

from __future__ import annotations

import functools
import io
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

import boto3
from botocore.response import StreamingBody
from commerce_lake_local import stepfunctions
from commerce_lake_local.stepfunctions.clients import client_for
from moto import mock_aws
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/any"


class ApiError(Exception):
    """What a fake answers instead of a result."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.status = code, status


class FunctionError(Exception):
    """What a fake function throws."""


@dataclass
class Fakes:
    """Answers to the calls of a service, by operation, and the calls that were made."""

    answers: dict[str, Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, model: Any, params: dict[str, Any], **_: object) -> Any:
        operation, arguments = self._read(model.name, params)
        with self._lock:
            self.calls.append((operation, arguments))
        try:
            answer = self.answers[operation](arguments)
        except ApiError as error:
            failed = {"Error": {"Code": error.code, "Message": f"{error.code} was asked for"}}
            return SimpleNamespace(status_code=error.status), _with_metadata(failed, error.status)
        return SimpleNamespace(status_code=200), _with_metadata(answer, 200)

    @staticmethod
    def _read(operation: str, params: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        arguments = json.loads(params["body"] or "{}")
        function = re.search(r"/functions/([^/]+)/invocations", unquote(params.get("url_path", "")))
        return (function[1].rpartition(":")[2], arguments) if function else (operation, arguments)

    def of(self, operation: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.calls if name == operation]


def _with_metadata(answer: dict[str, Any], status: int) -> dict[str, Any]:
    return {**answer, "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "fake", "HTTPHeaders": {}}}


def returns(result: Any) -> dict[str, Any]:
    """Answer an invocation with what the function returned."""
    body = json.dumps(result).encode()
    return {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(body), len(body))}


def throws(error_type: str, message: str) -> dict[str, Any]:
    """Answer an invocation with what the function threw."""
    return returns({"errorType": error_type, "errorMessage": message}) | {"FunctionError": "Unhandled"}


@functools.lru_cache
def client(service: str) -> Any:
    """Return a client of the service; one serves every test."""
    return boto3.client(service, region_name=REGION)


class Ended:
    """An execution that is over."""

    def __init__(self, described: dict[str, Any], history: Callable[[str], list[dict[str, Any]]]) -> None:
        self.described = described
        self._history = history

    @functools.cached_property
    def events(self) -> list[dict[str, Any]]:
        """What happened; asked for when it is needed, since a history takes its time."""
        return self._history(self.described["executionArn"])

    @property
    def status(self) -> str:
        return self.described["status"]

    @property
    def output(self) -> Any:
        return json.loads(self.described["output"])

    @property
    def states(self) -> list[str]:
        """Names of the states entered, in order."""
        entered = [event.get("stateEnteredEventDetails") for event in self.events]
        return [details["name"] for details in entered if details]


class Interpreter:
    """State machines that run in this process."""

    def __init__(self, fakes: Fakes) -> None:
        self.fakes = fakes
        self.client = client("stepfunctions")

    def create(self, definition: dict[str, Any], name: str = "machine", *, check: bool = True) -> str:
        with nullcontext() if check else patch.object(StepFunctionsParserBackend, "_validate_definition"):
            created = self.client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
        return created["stateMachineArn"]

    def run(self, definition: dict[str, Any], given: Any = None, name: str | None = None) -> Ended:
        return self.wait(self.start(self.create(definition), given, name))

    def start(self, machine: str, given: Any = None, name: str | None = None) -> str:
        named = {} if name is None else {"name": name}
        started = self.client.start_execution(stateMachineArn=machine, input=json.dumps(given or {}), **named)
        return started["executionArn"]

    def wait(self, execution: str, seconds: float = 30) -> Ended:
        end = time.monotonic() + seconds
        while (described := self.client.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < end, [event["type"] for event in self.history(execution)][-5:]
            time.sleep(0.02)
        return Ended(described, self.history)

    def history(self, execution: str) -> list[dict[str, Any]]:
        pages = self.client.get_paginator("get_execution_history").paginate(executionArn=execution, maxResults=1000)
        return [event for page in pages for event in page["events"]]


@contextmanager
def interpreter() -> Iterator[Interpreter]:
    """Yield an interpreter on an empty AWS."""
    stepfunctions.install()
    fakes = Fakes()
    with mock_aws():
        fake_clients = [client_for(REGION, service) for service in ("lambda", "glue")]
        for fake in fake_clients:
            fake.meta.events.register("before-call.*", fakes.handle)
        try:
            yield Interpreter(fakes)
        finally:
            for fake in fake_clients:
                fake.meta.events.unregister("before-call.*", fakes.handle)
