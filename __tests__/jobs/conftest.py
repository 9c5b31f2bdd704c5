from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from commerce_lake.session import build_session
from jobs.lake import Lake
from pyspark.sql import SparkSession

ROOT = Path(__file__).parents[2]
JARS = Path(os.environ.get("COMMERCE_LAKE_JARS", ROOT / ".local" / "jars"))

_numbers = count()


def iceberg_jars() -> str:
    """What Spark needs for Iceberg, as `spark.jars` wants it."""
    return ",".join(str(jar) for jar in sorted(JARS.glob("*iceberg-spark-runtime*.jar")))


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = str(ROOT / "jobs")
    catalog = "spark.sql.catalog.glue_catalog"
    (
        SparkSession.builder.master("local[2]")
        .appName("tests")
        .config("spark.jars", iceberg_jars())
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "1g")
        .config("spark.driver.extraJavaOptions", "-Duser.timezone=America/New_York")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
        .config(catalog, "org.apache.iceberg.spark.SparkCatalog")
        .config(f"{catalog}.catalog-impl", "org.apache.iceberg.inmemory.InMemoryCatalog")
        .getOrCreate()
    )
    session = build_session("tests")
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """A lake of its own for each test: a folder, and two databases."""
    return Lake(spark, tmp_path, f"_{next(_numbers)}")


@pytest.fixture
def second_lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """Another lake, to compare with."""
    return Lake(spark, tmp_path / "second", f"_{next(_numbers)}")
