"""Runs all jobs in this process, one after the other, for the class archive of its Java.

`python -m bench.rehearsal <options of a job as JSON>`
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace

from .job import JOBS, Options, build_spark, end_spark, run


def main() -> None:
    """Runs the jobs on the lake that the arguments of the process name."""
    options = Options(**json.loads(sys.argv[1]))
    spark = build_spark(options)
    for name in JOBS:
        run(replace(options, job=name), spark)
    end_spark(spark)


if __name__ == "__main__":
    main()
