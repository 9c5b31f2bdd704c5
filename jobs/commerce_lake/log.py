"""Structured logs: one JSON object a line on standard output, figures and names only, never a value of a record."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime


class Log:
    """Writes the events of one job run."""

    def __init__(self, **context: str) -> None:
        """Remembers what every line of the run carries, such as `job` and `run`."""
        self._context = context

    def info(self, event: str, **figures: object) -> None:
        """Something happened as it should."""
        self._write("info", event, figures)

    def warning(self, event: str, **figures: object) -> None:
        """Something happened that somebody may want to look at."""
        self._write("warning", event, figures)

    def error(self, event: str, **figures: object) -> None:
        """The job is about to fail."""
        self._write("error", event, figures)

    def _write(self, level: str, event: str, figures: dict[str, object]) -> None:
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"time": time, "level": level, **self._context, "event": event, **figures}
        print(json.dumps(line, default=str, ensure_ascii=False), file=sys.stdout, flush=True)
