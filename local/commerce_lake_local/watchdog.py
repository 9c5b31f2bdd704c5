"""Kills the process groups of a parent that is gone. Run as a script: it must start fast and import nothing.

Standard input is the parent's life line. Each line is `+PID` (a process group to kill) or `-PID` (it has ended by
itself). When the line is cut, by an exit or by `kill -9` alike, what is still listed is killed.
"""

import contextlib
import os
import signal
import sys


def main() -> None:
    """Read the list until the parent is gone, then kill what is left of it."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
