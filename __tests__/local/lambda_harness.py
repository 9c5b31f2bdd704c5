"""Deploys functions to a local AWS."""

from __future__ import annotations

import base64
import io
import json
import uuid
import zipfile
from dataclasses import dataclass
from typing import Any

from .conftest import LocalAws

ROLE = "arn:aws:iam::123456789012:role/function"


@dataclass(frozen=True)
class Answer:
    """What an invocation came to."""

    payload: Any
    error: str | None
    log: list[str]


def zipped(code: str, name: str = "index.mjs") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        # Of one date, so that equal code is an equal archive whenever it is made.
        archive.writestr(zipfile.ZipInfo(name), code)
    return buffer.getvalue()


def deploy(aws: LocalAws, code: str, *, file: str = "index.mjs", **settings: Any) -> str:
    """Create a function of its own name and return that."""
    try:
        aws.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument="{}")
    except aws.client("iam").exceptions.EntityAlreadyExistsException:
        pass
    name = f"f-{uuid.uuid4().hex[:8]}"
    defaults = {"Runtime": "nodejs22.x", "Handler": "index.handler", "Role": ROLE, "Timeout": 20}
    aws.client("lambda").create_function(
        FunctionName=name, Code={"ZipFile": zipped(code, file)}, **(defaults | settings)
    )
    return name


def invoke(aws: LocalAws, name: str, event: Any = None, **options: Any) -> Answer:
    """Invoke a function and wait for its answer."""
    response = aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail", **options)
    log = base64.b64decode(response["LogResult"]).decode().splitlines()
    return Answer(json.load(response["Payload"]), response.get("FunctionError"), log)
