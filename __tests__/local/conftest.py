from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

_ROOT = Path(__file__).parents[2]


class LocalAws:
    """A local AWS in a process of its own, and clients of it."""

    def __init__(self, endpoint: str, state_dir: Path) -> None:
        self.endpoint = endpoint
        self.state_dir = state_dir
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name="us-east-1",
                aws_access_key_id="local",
                aws_secret_access_key="local",
            )
        return self._clients[service]


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    with local_aws(tmp_path_factory.mktemp("local-aws")) as (aws, _):
        yield aws


@contextmanager
def local_aws(folder: Path, *options: str) -> Iterator[tuple[LocalAws, subprocess.Popen[bytes]]]:
    """Start a local AWS, and end it."""
    ready = folder / "ready.json"
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "commerce_lake_local", "--port", "0"),
            *("--state-dir", str(folder / "state"), "--ready-file", str(ready)),
            *options,
        ],
        stdin=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(_ROOT / "local")},
    )
    try:
        wait_until(lambda: ready.exists() or server.poll() is not None, "the local AWS listens")
        assert server.poll() is None, (folder / "state" / "local-aws.log").read_text()
        yield LocalAws(json.loads(ready.read_text())["endpoint"], folder / "state"), server
    finally:
        server.communicate(timeout=30)


def wait_until(is_done: Callable[[], bool], what: str, seconds: float = 180) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < end, f"Waited {seconds} s in vain until {what}."
        time.sleep(0.02)
