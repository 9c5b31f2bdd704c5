"""Structured logs: one JSON object a line on standard output, figures and names only, never a value of a record.

The fields are those of the functions' logs (`functions/lib/logger.ts`), so that one query reads both.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from .errors import JobError


class Log:
    """Writes the events of one job run."""

    def __init__(self, **context: str) -> None:
        """Remembers what every line of the run carries, such as `job` and `run`."""
        self._context = context

    def info(self, message: str, **figures: object) -> None:
        """Something happened as it should."""
        self._write("info", message, figures)

    def warning(self, message: str, **figures: object) -> None:
        """Something happened that somebody may want to look at."""
        self._write("warn", message, figures)

    def failure(self, error: Exception) -> None:
        """The job is about to fail. The message of an error that it did not raise itself could quote a record."""
        cause = {"cause": str(error)} if isinstance(error, JobError) else {}
        self._write("error", "failed", {"error": type(error).__name__, **cause})

    def _write(self, level: str, message: str, figures: Mapping[str, object]) -> None:
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"time": time, "level": level, **self._context, "message": message, **figures}
        print(json.dumps(line, default=str, ensure_ascii=False), file=sys.stdout, flush=True)
