"""The arguments of a job run: which are Glue's own, which are the script's.

See https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Consumed by Glue, and without a meaning on one machine.
_IGNORED = frozenset(
    {
        "--auto-scale-within-microbatch",
        "--continuous-log-conversionPattern",
        "--continuous-log-logGroup",
        "--continuous-log-logStreamPrefix",
        "--custom-logStream-prefix",
        "--enable-auto-scaling",
        "--enable-continuous-cloudwatch-log",
        "--enable-continuous-log-filter",
        "--enable-glue-datacatalog",
        "--enable-job-insights",
        "--enable-metrics",
        "--enable-observability-metrics",
        "--enable-rename-algorithm-v2",
        "--enable-s3-parquet-optimized-committer",
        "--enable-spark-ui",
        "--executor-cores",
        "--job-insights-byo-rules",
        "--job-language",
        "--spark-event-logs-path",
        "--write-shuffle-files-to-s3",
        "--write-shuffle-spills-to-s3",
    }
)
_CONSUMED = frozenset(
    {"--conf", "--custom-logGroup-prefix", "--datalake-formats", "--extra-py-files", "--scriptLocation"}
)
# Glue's own, and they change what a job does: a run that leaves them out would lie.
_UNSUPPORTED = frozenset(
    {
        "--additional-python-modules",
        "--class",
        "--customer-driver-env-vars",
        "--customer-executor-env-vars",
        "--enable-lakeformation-fine-grained-access",
        "--extra-files",
        "--extra-jars",
        "--python-modules-installer-option",
        "--user-jars-first",
    }
)
_FORMATS = frozenset({"iceberg"})


class ArgumentError(ValueError):
    """Arguments that this job run cannot be started with."""


@dataclass(frozen=True)
class Invocation:
    """How a script is called.

    Attributes:
        script_location: Where the deployed script is (`s3://…`).
        script_arguments: What the script finds in `sys.argv` after its own name.
        python_files: Modules to put on the path (`s3://…`), in order.
        conf: Spark properties of `--conf`.
    """

    script_location: str
    script_arguments: tuple[str, ...]
    python_files: tuple[str, ...]
    conf: Mapping[str, str]


def parse_arguments(script_location: str, arguments: Mapping[str, str], identity: dict[str, str]) -> Invocation:
    """Split a run's arguments into Glue's own and the script's.

    Args:
        script_location: Of the job's command; the argument `--scriptLocation` goes before it.
        arguments: The job's defaults, overridden by the run's.
        identity: `--JOB_NAME`, `--JOB_ID`, `--JOB_RUN_ID`, which Glue adds for the script.

    Raises:
        ArgumentError: An argument is malformed, or this local Glue does not know it.
    """
    if unsupported := sorted(_UNSUPPORTED & arguments.keys()):
        raise ArgumentError(
            f"The local Glue does not support {', '.join(unsupported)}. Remove it from the job, or run the job on AWS."
        )
    formats = _list(arguments.get("--datalake-formats", ""))
    if unknown := sorted(set(formats) - _FORMATS):
        raise ArgumentError(
            f"The local Glue has no --datalake-formats {', '.join(unknown)}; it has {', '.join(_FORMATS)}."
        )
    own = {name: value for name, value in arguments.items() if name not in _IGNORED | _CONSUMED}
    return Invocation(
        script_location=arguments.get("--scriptLocation", script_location),
        script_arguments=tuple(word for name, value in (identity | own).items() for word in (name, value)),
        python_files=tuple(_list(arguments.get("--extra-py-files", ""))),
        conf=_parse_conf(arguments.get("--conf", "")),
    )


def _list(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _parse_conf(value: str) -> dict[str, str]:
    """Read `a=b --conf c=d`: Glue takes one `--conf`, so that further ones are chained inside its value."""
    properties: dict[str, str] = {}
    for part in re.split(r"(?:^|\s+)--conf\s+", value.strip()):
        if not part.strip():
            continue
        name, separator, setting = part.strip().partition("=")
        if not separator or not name.strip() or re.search(r"\s", name.strip()):
            raise ArgumentError(f"--conf holds {part.strip()!r}; expected NAME=VALUE [--conf NAME=VALUE …].")
        properties[name.strip()] = setting.strip()
    return properties
