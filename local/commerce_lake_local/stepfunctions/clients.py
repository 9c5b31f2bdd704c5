"""The clients through which service integrations call AWS.

Faults of moto: every call makes a client of its own (some 100 ms), for `localhost` whatever the server listens on, and
results hold Python dates, which nothing after them can write as JSON.
"""

from __future__ import annotations

import datetime
import os
import threading
from typing import Any

import boto3
from botocore.config import Config
from moto.core.models import botocore_stubber
from moto.settings import moto_server_port
from moto.stepfunctions.parser.asl.utils import boto_client

from .context import iso
from .patching import replace_function

# A Lambda function runs for 15 minutes at most; the state's own timeout ends the wait earlier.
_READ_TIMEOUT_SECONDS = 960

_clients: dict[tuple[str, str, str | None], Any] = {}
_making = threading.Lock()


def mend() -> None:
    """Make integrations use shared clients of the local endpoint, whose results are plain JSON."""
    replace_function(boto_client, "boto_client_for", client_for)


def client_for(region: str, service: str, state_credentials: object = None) -> Any:
    """Return the client of a service, which any thread may use. Roles are not assumed: the local AWS asks for none."""
    key = (service, region, _endpoint())
    with _making:
        if key not in _clients:
            _clients[key] = _make(*key)
        return _clients[key]


def _endpoint() -> str | None:
    if botocore_stubber.enabled:
        return None
    return os.environ.get("AWS_ENDPOINT_URL") or f"http://127.0.0.1:{moto_server_port()}"


def _make(service: str, region: str, endpoint: str | None) -> Any:
    client = boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(
            # Arguments are the states': what is wrong with them is for the service to say.
            parameter_validation=False,
            # Retries are the states' too.
            retries={"max_attempts": 0},
            read_timeout=_READ_TIMEOUT_SECONDS,
            max_pool_connections=64,
            s3={"addressing_style": "path"},
        ),
    )
    client.meta.events.register("after-call.*", _write_dates)
    return client


def _write_dates(parsed: dict[str, Any], **_: object) -> None:
    _write_dates_in(parsed)


def _write_dates_in(container: Any) -> None:
    items: list[tuple[Any, Any]] = []
    if isinstance(container, dict):
        items = list(container.items())
    elif isinstance(container, list):
        items = list(enumerate(container))
    for key, value in items:
        if isinstance(value, datetime.datetime):
            container[key] = iso(value)
        else:
            _write_dates_in(value)
