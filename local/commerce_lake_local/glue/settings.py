"""What a user may set about Spark on this machine."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_MEMORY = re.compile(r"[1-9]\d*[mg]", re.IGNORECASE)
_PROJECT = Path(__file__).resolve().parents[3]


class SettingError(ValueError):
    """An environment variable holds something that it cannot mean."""

    def __init__(self, variable: str, value: str, expected: str) -> None:
        super().__init__(f"{variable} is {value!r}; expected {expected}. Correct it, or unset it for the default.")


@dataclass(frozen=True)
class SparkSettings:
    """How Spark runs here.

    Attributes:
        jars: The folder of Iceberg's and Hadoop's jars (`COMMERCE_LAKE_JARS`).
        processes: How many job runs work at once; further ones wait in STARTING (`COMMERCE_LAKE_SPARK_PROCESSES`).
        cores: Task threads of one run (`COMMERCE_LAKE_SPARK_CORES`).
        memory: Heap of one run, as Java writes it (`COMMERCE_LAKE_SPARK_MEMORY`).
        java_options: Further options of the Java machine (`COMMERCE_LAKE_SPARK_JAVA_OPTIONS`).
    """

    jars: Path
    processes: int
    cores: int
    memory: str
    java_options: str


DEFAULTS = SparkSettings(
    jars=_PROJECT / ".local" / "jars", processes=2, cores=max(os.cpu_count() or 1, 1), memory="2g", java_options=""
)


def read_settings(environment: Mapping[str, str]) -> SparkSettings:
    """Read the settings from environment variables; what is not set has its default.

    Raises:
        SettingError: A variable holds no valid value.
    """
    memory = environment.get("COMMERCE_LAKE_SPARK_MEMORY", DEFAULTS.memory)
    if not _MEMORY.fullmatch(memory):
        raise SettingError(
            "COMMERCE_LAKE_SPARK_MEMORY", memory, "a number of megabytes or gigabytes such as 2048m or 2g"
        )
    return SparkSettings(
        jars=Path(environment.get("COMMERCE_LAKE_JARS", DEFAULTS.jars)),
        processes=_positive(environment, "COMMERCE_LAKE_SPARK_PROCESSES", DEFAULTS.processes),
        cores=_positive(environment, "COMMERCE_LAKE_SPARK_CORES", DEFAULTS.cores),
        memory=memory,
        java_options=environment.get("COMMERCE_LAKE_SPARK_JAVA_OPTIONS", DEFAULTS.java_options),
    )


def _positive(environment: Mapping[str, str], variable: str, default: int) -> int:
    value = environment.get(variable)
    if value is None:
        return default
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise SettingError(variable, value, "a whole number of at least 1")
    return int(value)
