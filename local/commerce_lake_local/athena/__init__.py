"""Amazon Athena with an engine: queries run on DuckDB, over the real files of the lake."""

from __future__ import annotations

import logging
import os
import re
from typing import Any

import boto3

from ..context import CREDENTIAL, LocalContext
from .api import AthenaApi
from .catalog import Catalog
from .engine import EngineSettings, QueryEngine
from .executions import Executions
from .statements import Statements

DEFAULT_MEMORY = "1GB"
_THREADS = 2


def install(context: LocalContext) -> None:
    """Replace what moto only pretends of Athena. Call it once, before the API is served.

    Raises:
        ValueError: `COMMERCE_LAKE_ATHENA_MEMORY` is no amount of memory.
    """
    memory = os.environ.get("COMMERCE_LAKE_ATHENA_MEMORY", DEFAULT_MEMORY)
    if not re.fullmatch(r"[1-9]\d*(MB|GB)", memory):
        raise ValueError(f"COMMERCE_LAKE_ATHENA_MEMORY is {memory!r}; expected an amount such as 512MB or 2GB.")
    # It says in a warning what the engine says in an error: that a statement is not understood.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    folder = context.state_dir / "athena"
    s3, glue = _client(context, "s3"), _client(context, "glue")
    catalog = Catalog(glue, s3, _io_properties(context))
    engine = QueryEngine(catalog, s3, EngineSettings(memory, _THREADS, folder / "spill"))
    AthenaApi(Executions(Statements(engine, catalog, glue, s3), s3, folder / "results")).install()


def _client(context: LocalContext, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=context.endpoint,
        region_name=context.region,
        aws_access_key_id=CREDENTIAL,
        aws_secret_access_key=CREDENTIAL,
    )


def _io_properties(context: LocalContext) -> dict[str, str]:
    """How pyiceberg reaches the lake."""
    return {
        "s3.endpoint": context.endpoint,
        "s3.region": context.region,
        "s3.access-key-id": CREDENTIAL,
        "s3.secret-access-key": CREDENTIAL,
        "glue.endpoint": context.endpoint,
        "glue.region": context.region,
        "glue.access-key-id": CREDENTIAL,
        "glue.secret-access-key": CREDENTIAL,
    }
