"""Runs a job script as the main program, and writes down the exception that it ends with.

Run as a script of its own, in the job's process: `launch.py REPORT SCRIPT [ARGUMENT …]`. It imports nothing of this
package, so that a job finds only what Glue would give it.
"""

import runpy
import sys
import traceback
from pathlib import Path
from types import TracebackType

_MAX_LENGTH = 2000


def main() -> None:
    """Run the script; end with status 1 and a report where it raises."""
    _, report, script, *arguments = sys.argv
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).parent)
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code not in (None, 0):
            Path(report).write_text(f"SystemExit: {end.code}", encoding="utf-8")
        raise
    except BaseException as error:
        Path(report).write_text(describe(error), encoding="utf-8")
        traceback.print_exception(error.with_traceback(_frames_of(script, error)))
        sys.exit(1)


def _frames_of(script: str, error: BaseException) -> TracebackType | None:
    """The traceback from the script on: how it was started is of no interest."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != script:
        frames = frames.tb_next
    return frames


def describe(error: BaseException) -> str:
    """The message of an exception in one line, without the Java stack that Spark's exceptions carry."""
    lines: list[str] = []
    for line in str(error).splitlines():
        if line.startswith(("\tat ", "JVM stacktrace:")) or (lines and not line.strip()):
            break
        lines.append(line.strip())
    return f"{type(error).__name__}: {' '.join(lines)}".strip()[:_MAX_LENGTH]


if __name__ == "__main__":
    main()
