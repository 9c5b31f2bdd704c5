"""What a job says of itself, for the steps after it and for people."""

from __future__ import annotations

import json
from collections.abc import Mapping

from .args import JobArguments
from .storage import Storage


def write(storage: Storage, arguments: JobArguments, job: str, content: Mapping[str, object]) -> str:
    """Writes the report of a job.

    Returns:
        Its key.
    """
    key = f"{arguments.run_prefix}jobs/{job}.json"
    document = {"version": 1, "job": job, "run": arguments.run, "date": str(arguments.batch_date), **content}
    body = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    storage.write(key, body.encode(), "application/json")
    return key
