"""What a function prints, in CloudWatch Logs."""

from __future__ import annotations

import threading
import time

from moto.logs.models import LogsBackend

_TAIL_BYTES = 4096
_APPENDING = threading.Lock()


class InvocationLog:
    """Writes the lines of one invocation as they come, and remembers the last four kilobytes for `LogType: Tail`."""

    def __init__(self, backend: LogsBackend, group: str, stream: str) -> None:
        self._backend = backend
        self._group = group
        self._stream = stream
        self._lines: list[str] = []
        with _APPENDING:
            backend.ensure_log_group(group)
            if stream not in backend.groups[group].streams:
                backend.create_log_stream(group, stream)

    def write(self, line: str) -> None:
        """Append one log event."""
        self._lines.append(line)
        event = {"timestamp": int(time.time() * 1000), "message": f"{line}\n"}
        with _APPENDING:
            # A log group may be deleted while its function runs, by `terraform destroy` for one.
            if self._group in self._backend.groups and self._stream in self._backend.groups[self._group].streams:
                self._backend.put_log_events(self._group, self._stream, [event])

    def tail(self) -> bytes:
        """Return the last four kilobytes that were written."""
        return "".join(f"{line}\n" for line in self._lines).encode()[-_TAIL_BYTES:]
