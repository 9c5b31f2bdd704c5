from __future__ import annotations

from pathlib import Path

import pytest
from commerce_lake_local.glue.settings import DEFAULTS, SettingError, read_settings


def test_nothing_set_is_the_defaults() -> None:
    assert read_settings({}) == DEFAULTS


def test_each_can_be_set() -> None:
    found = read_settings(
        {
            "COMMERCE_LAKE_JARS": "/jars",
            "COMMERCE_LAKE_SPARK_PROCESSES": "1",
            "COMMERCE_LAKE_SPARK_CORES": "7",
            "COMMERCE_LAKE_SPARK_MEMORY": "512m",
            "COMMERCE_LAKE_SPARK_JAVA_OPTIONS": "-Xss4m",
        }
    )
    assert (found.jars, found.processes, found.cores) == (Path("/jars"), 1, 7)
    assert (found.memory, found.java_options) == ("512m", "-Xss4m")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("COMMERCE_LAKE_SPARK_PROCESSES", "0"),
        ("COMMERCE_LAKE_SPARK_CORES", "two"),
        ("COMMERCE_LAKE_SPARK_MEMORY", "2"),
        ("COMMERCE_LAKE_SPARK_MEMORY", "0g"),
    ],
)
def test_what_means_nothing_is_refused(variable: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"{variable} is '{value}'"):
        read_settings({variable: value})
