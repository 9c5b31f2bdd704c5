"""What a job run prints: one file for people, two streams in CloudWatch Logs as Glue writes them."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from moto.logs.models import LogsBackend, logs_backends

from ..context import LocalContext

StreamName = Literal["output", "error"]

DEFAULT_PREFIX = "/aws-glue/jobs"
_STREAMS: tuple[StreamName, ...] = ("output", "error")
# A run that prints without end must not fill the memory, in which moto keeps the events; the file has them all.
_MAX_EVENTS = 10_000
_CREATING = threading.Lock()


class RunLog:
    """Writes the lines of one run as they come. Any thread may write."""

    def __init__(self, context: LocalContext, job: str, run_id: str, prefix: str) -> None:
        self.path = log_path(context, job, run_id)
        self._run_id = run_id
        self._backend = logs_backends[context.account][context.region]
        self._lock = threading.Lock()
        self._groups = {stream: f"{prefix.rstrip('/')}/{stream}" for stream in _STREAMS}
        self._events = dict.fromkeys(_STREAMS, 0)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("w", encoding="utf-8")
        with _CREATING:
            for group in self._groups.values():
                _ensure_stream(self._backend, group, run_id)

    def write(self, stream: StreamName, line: str) -> None:
        """Append one line."""
        with self._lock:
            if self._file.closed:
                return
            self._file.write(f"{datetime.now(UTC):%H:%M:%S} {stream[0].upper()} {line}\n")
            self._file.flush()
            self._events[stream] += 1
            if self._events[stream] > _MAX_EVENTS:
                return
            message = line if self._events[stream] < _MAX_EVENTS else f"… the rest is in {self.path}"
            name = self._groups[stream]
            group = self._backend.groups.get(name)
            # A log group may be deleted while its job runs, by `terraform destroy` for one.
            if group is not None and self._run_id in group.streams:
                event = {"timestamp": int(time.time() * 1000), "message": message}
                self._backend.put_log_events(name, self._run_id, [event])

    def close(self) -> None:
        """End the file; later lines, of a process that is being killed, are lost."""
        with self._lock:
            self._file.close()


def log_path(context: LocalContext, job: str, run_id: str) -> Path:
    """Where the log of a run is."""
    return context.state_dir / "logs" / "glue" / job / f"{run_id}.log"


def _ensure_stream(backend: LogsBackend, group: str, stream: str) -> None:
    backend.ensure_log_group(group)
    if stream not in backend.groups[group].streams:
        backend.create_log_stream(group, stream)
