"""The parts of the Lambda engine that no client sees, in this process."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from commerce_lake_local.context import ACCOUNT, REGION, LocalContext
from commerce_lake_local.lambda_ import engine as engine_module
from commerce_lake_local.lambda_.engine import LambdaEngine
from commerce_lake_local.lambda_.settings import UnsupportedFunctionError
from commerce_lake_local.processes import Processes
from moto.awslambda.models import LambdaFunction

from .conftest import wait_until
from .lambda_harness import ROLE, zipped


@pytest.fixture
def processes() -> Iterator[Processes]:
    processes = Processes()
    yield processes
    processes.close()


@pytest.fixture
def context(processes: Processes, tmp_path: Path) -> LocalContext:
    return LocalContext("http://127.0.0.1:9", REGION, ACCOUNT, tmp_path, processes)


def _function(code: str) -> LambdaFunction:
    spec = {
        "FunctionName": f"f-{uuid.uuid4().hex[:8]}",
        "Runtime": "nodejs22.x",
        "Handler": "index.handler",
        "Role": ROLE,
        "Code": {"ZipFile": base64.b64encode(zipped(code))},
        "Timeout": 20,
    }
    return LambdaFunction(ACCOUNT, spec, REGION, version="$LATEST")


def _is_running(process: int) -> bool:
    """Whether a process that was started here still has a thread: until all have ended, nobody is told of its end."""
    if sys.platform == "darwin":  # There waitid came with Python 3.13.
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True).stdout
        return state[:1] not in ("", "Z")
    try:
        return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except ChildProcessError:
        return False


def test_an_idle_environment_is_retired(context: LocalContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_IDLE_SECONDS", 0.2)
    engine, function = LambdaEngine(context), _function("export const handler = async () => process.pid;")
    first = json.loads(engine.invoke(function, b"").payload)
    wait_until(lambda: not _is_running(first), "the idle process is gone")
    assert json.loads(engine.invoke(function, b"").payload) != first


def test_an_environment_that_died_while_idle_is_replaced(context: LocalContext) -> None:
    code = "export const handler = async () => process.pid;"
    engine, function = LambdaEngine(context), _function(code)
    first = json.loads(engine.invoke(function, b"").payload)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not _is_running(first), "the process has ended")
    result = engine.invoke(function, b"")
    assert (result.function_error, json.loads(result.payload) != first) == (None, True)


def test_equal_code_is_unpacked_once(context: LocalContext) -> None:
    engine = LambdaEngine(context)
    for _ in range(2):
        engine.invoke(_function("export const handler = async () => 1;"), b"")
    assert len(list((context.state_dir / "lambda" / "code").iterdir())) == 1


def test_a_machine_without_node_is_told_so(context: LocalContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnsupportedFunctionError, match=r"needs Node.js, and the PATH of the local AWS has no node"):
        LambdaEngine(context).invoke(_function("export const handler = async () => 1;"), b"")


def test_nothing_is_started_once_it_is_closing(context: LocalContext, processes: Processes) -> None:
    processes.close()
    with pytest.raises(RuntimeError, match="shutting down"):
        LambdaEngine(context).invoke(_function("export const handler = async () => 1;"), b"")
