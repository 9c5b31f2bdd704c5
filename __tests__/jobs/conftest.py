from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from commerce_lake.datafile import DataFile
from commerce_lake.session import build_session
from commerce_lake.tables import Table
from jobs.lake import Lake
from pyspark.sql import SparkSession

ROOT = Path(__file__).parents[2]
JARS = Path(os.environ.get("COMMERCE_LAKE_JARS", ROOT / ".local" / "jars"))

JAVA_OPTIONS = os.environ.get("COMMERCE_LAKE_SPARK_JAVA_OPTIONS", "")
"""What `npm test` says of Java, for every Spark of the tests."""

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
        SparkSession.builder.master("local[2, 2]")  # a task is tried twice
        .appName("tests")
        .config("spark.jars", iceberg_jars())
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "1g")
        .config("spark.driver.extraJavaOptions", f"-Duser.timezone=America/New_York {JAVA_OPTIONS}")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
        .config(catalog, "org.apache.iceberg.spark.SparkCatalog")
        .config(f"{catalog}.catalog-impl", "org.apache.iceberg.inmemory.InMemoryCatalog")
        .getOrCreate()
    )
    session = build_session("tests")
    session.sparkContext.setLogLevel("ERROR")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Table, "append_files", seen_in_memory(Table.append_files))
        patch.setattr(Table, "live_files", seen_in_folder(Table.live_files))
        yield session
    session.stop()


def seen_in_memory(append_files: Any) -> Any:
    """Shows the data files, which the jobs write to the lake's folder, to the catalog that has its files in memory."""

    def append(table: Table, files: Sequence[DataFile], branch: str, root: str, *rest: Any) -> Any:
        io = table._fresh().io()
        if io.getClass().getSimpleName() == "InMemoryFileIO":
            for file in files:
                path = f"{root}/{file.key}"
                io.addFile(path, Path(unquote(urlsplit(path).path)).read_bytes())
        return append_files(table, files, branch, root, *rest)

    return append


def seen_in_folder(live_files: Any) -> Any:
    """Shows the data files that Spark wrote to a catalog that has its files in memory, in the lake's folder."""

    def listed(table: Table, snapshot: int, root: str, *rest: Any) -> Any:
        files = live_files(table, snapshot, root, *rest)
        io = table._fresh().io()
        if io.getClass().getSimpleName() == "InMemoryFileIO":
            for file in files or []:
                uri = f"{root}/{file.key}"
                path = Path(unquote(urlsplit(uri).path))
                if not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(io.newInputFile(uri).newStream().readAllBytes())
        return files

    return listed


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """A lake of its own for each test: a folder, and two databases."""
    return Lake(spark, tmp_path, f"_{next(_numbers)}")


@pytest.fixture
def second_lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """Another lake, to compare with."""
    return Lake(spark, tmp_path / "second", f"_{next(_numbers)}")
