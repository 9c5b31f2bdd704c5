"""The life of the local AWS as a process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import LocalAws, wait_until
from .lambda_harness import deploy, invoke

_LOCAL = Path(__file__).parents[2] / "local"

# Starts a process of its own, tells both ids and never answers.
_LASTING = """
import { spawn } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
export const handler = async ({ file }) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  writeFileSync(`${file}.new`, JSON.stringify([process.pid, child.pid]));
  renameSync(`${file}.new`, file);
  for (;;) {}
};
"""


class Server:
    """A local AWS started for one test."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.ready_file = folder / "ready.json"
        self.state_dir = folder / "state"
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "commerce_lake_local", "--state-dir", str(self.state_dir)),
                *("--ready-file", str(self.ready_file), *options),
            ],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(_LOCAL), "AWS_PROFILE": "no-such-profile"},
        )

    def ready(self) -> dict[str, Any]:
        wait_until(lambda: self.ready_file.exists() or self.process.poll() is not None, "the local AWS listens")
        return dict(json.loads(self.ready_file.read_text()))

    def log(self) -> str:
        return (self.state_dir / "local-aws.log").read_text()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start_one(*options: str) -> Server:
        started.append(Server(tmp_path, *options))
        return started[-1]

    yield start_one
    for server in started:
        server.process.kill()
        server.process.communicate()


def _alive(process: int) -> bool:
    try:
        # A zombie is no more; where there is no /proc, its id is all there is to ask.
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _occupy(aws: LocalAws, tmp_path: Path) -> list[int]:
    """Have a function run, and return the processes that belong to it."""
    name = deploy(aws, _LASTING, Timeout=300)
    file = tmp_path / "processes"
    aws.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps({"file": str(file)}))
    wait_until(file.exists, "the function runs")
    return list(json.loads(file.read_text()))


def _terminate(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)


def _interrupt(server: Server) -> None:
    server.process.send_signal(signal.SIGINT)


def _leave(server: Server) -> None:
    assert server.process.stdin
    server.process.stdin.close()
    server.process.stdin = None


@pytest.mark.parametrize(
    ("end", "reason"),
    [(_terminate, "SIGTERM"), (_interrupt, "SIGINT"), (_leave, "standard input was closed")],
)
def test_it_ends_when_told_to_and_takes_everything_along(
    start: Callable[..., Server], tmp_path: Path, end: Callable[[Server], None], reason: str
) -> None:
    server = start()
    ready = server.ready()
    assert ready == {
        "endpoint": ready["endpoint"],
        "pid": server.process.pid,
        "region": "us-east-1",
        "account": "123456789012",
    }
    processes = _occupy(LocalAws(ready["endpoint"], server.state_dir), tmp_path)
    assert all(_alive(process) for process in processes)
    end(server)
    assert server.process.wait(30) == 0
    assert not any(_alive(process) for process in processes)
    assert not server.ready_file.exists()
    assert f"ending: {reason}" in server.log()


def test_killed_it_takes_everything_along_nevertheless(start: Callable[..., Server], tmp_path: Path) -> None:
    server = start()
    aws = LocalAws(server.ready()["endpoint"], server.state_dir)
    idle = invoke(aws, deploy(aws, "export const handler = async () => process.pid;")).payload
    processes = [idle, *_occupy(aws, tmp_path)]
    assert all(_alive(process) for process in processes)
    server.process.kill()
    server.process.wait(30)
    wait_until(lambda: not any(_alive(process) for process in processes), "the functions' processes are gone")


def test_a_port_that_is_taken_is_said(start: Callable[..., Server]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = start("--port", str(port))
        _, said = server.process.communicate(timeout=60)
    assert server.process.returncode != 0
    assert f"Port {port}" in said.decode() or f"port {port}" in said.decode()
    assert "Traceback" not in said.decode()
    assert not server.ready_file.exists()


def test_a_setting_that_means_nothing_is_said(start: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMERCE_LAKE_SPARK_MEMORY", "plenty")
    server = start()
    _, said = server.process.communicate(timeout=60)
    assert server.process.returncode == 1
    assert said.decode().startswith("The local AWS cannot run: COMMERCE_LAKE_SPARK_MEMORY is 'plenty'; expected ")
    assert "Traceback" in server.log()


def test_an_account_that_is_none_is_said(start: Callable[..., Server]) -> None:
    server = start("--account", "dev")
    _, said = server.process.communicate(timeout=60)
    assert server.process.returncode == 2
    assert "an account has 12 digits, not 'dev'" in said.decode()


def test_it_listens_where_told_to_on_this_machine_alone_beside_another(
    aws: LocalAws, start: Callable[..., Server]
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = start("--port", str(port), "--account", "210987654321", "--region", "eu-central-1")
    ready = server.ready()
    assert (ready["endpoint"], ready["account"], ready["region"]) == (
        f"http://127.0.0.1:{port}",
        "210987654321",
        "eu-central-1",
    )
    other = LocalAws(ready["endpoint"], server.state_dir)
    assert other.client("sts").get_caller_identity()["Account"] == "210987654321"
    aws.client("s3").create_bucket(Bucket="of-the-first-alone")
    assert other.client("s3").list_buckets()["Buckets"] == []
    address = socket.gethostbyname(socket.gethostname())
    if not address.startswith("127."):
        with pytest.raises(ConnectionRefusedError), socket.create_connection((address, port), timeout=5):
            pass
