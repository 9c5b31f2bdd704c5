"""A process that is killed with the signal that cannot be caught, in the middle of writing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from commerce_lake import tables
from jobs.conftest import JAVA_OPTIONS, ROOT, iceberg_jars
from jobs.lake import Lake
from pyspark.sql import SparkSession

HEADER = "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status\n"
D1, D2 = "2025-01-14", "2025-01-15"
CATALOG = "durable"
START_SECONDS = 120
"""How long a job may take to begin to write."""


@pytest.fixture
def durable(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake whose catalog is in the folder too, so that other processes see it."""
    monkeypatch.setattr(tables, "CATALOG", CATALOG)
    for key, value in catalog_settings(CATALOG, tmp_path).items():
        spark.conf.set(key, value)
    return Lake(spark, tmp_path, "", catalog=CATALOG)


def catalog_settings(name: str, folder: Path) -> dict[str, str]:
    """A catalog that takes tables at the very places that the jobs give them."""
    return {
        f"spark.sql.catalog.{name}": "org.apache.iceberg.spark.SparkCatalog",
        f"spark.sql.catalog.{name}.type": "hadoop",
        f"spark.sql.catalog.{name}.warehouse": f"file:{folder}/lake",
        f"spark.sql.catalog.{name}.cache-enabled": "false",
    }


def start_job(script: str, folder: Path, arguments: list[str], output: Path) -> subprocess.Popen[bytes]:
    """Starts a job as Glue does: the script alone, with settings from outside."""
    settings = {
        "spark.jars": iceberg_jars(),
        "spark.master": "local[2]",
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": JAVA_OPTIONS,
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        **catalog_settings("glue_catalog", folder),
    }
    conf = " ".join(f'--conf "{key}={value}"' for key, value in settings.items())
    environment = {
        **os.environ,
        "PYSPARK_SUBMIT_ARGS": f"{conf} pyspark-shell",
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT / "jobs"),
    }
    with output.open("wb") as log:
        return subprocess.Popen(
            [sys.executable, str(ROOT / "jobs" / script), *arguments],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def test_a_killed_job_leaves_main_as_it_was_and_the_next_run_makes_it_good(durable: Lake, tmp_path: Path) -> None:
    """The lake has a published date; the job of the next one, which corrects it and adds 60 days, dies as it writes."""
    durable.put("transactions", D1, "a.csv", HEADER + "T0,C1,P1,1,1.00,1.00,2025-01-13,completed\n")
    durable.run("r-1", D1)
    days = [f"2024-{month:02d}-{day:02d}" for month in (11, 12) for day in range(1, 31)]
    sales = [f"T{number},C2,P1,1,2.00,2.00,{days[number % 60]},completed\n" for number in range(3000)]
    broken = "T1,C2,P1,0,2.00,2.00,2024-12-01,completed\n"
    durable.put("transactions", D2, "a.csv", HEADER + "".join(sales) + broken)
    durable.write_manifest("r-2", D2)
    table = durable.processed("transactions")
    before = (table.head(), durable.rows("processed", "transactions"), durable.data_files("processed", "transactions"))
    data = durable.folder / "processed" / "transactions" / "data"
    written = set(data.rglob("*.parquet"))

    job = start_job("transaction_etl.py", tmp_path, durable.arguments("r-2", D2), tmp_path / "job.log")
    try:
        deadline = time.monotonic() + START_SECONDS
        while set(data.rglob("*.parquet")) == written:
            assert job.poll() is None, (tmp_path / "job.log").read_text()
            assert time.monotonic() < deadline, (tmp_path / "job.log").read_text()
            time.sleep(0.002)
    finally:
        os.killpg(job.pid, signal.SIGKILL)
    assert job.wait() == -signal.SIGKILL

    # It got as far as files of rows, and no further: nothing of them shows on its branch.
    assert set(data.rglob("*.parquet")) > written
    assert durable.rows("processed", "transactions", branch="run_r_2") == before[1]
    after = (table.head(), durable.rows("processed", "transactions"), durable.data_files("processed", "transactions"))
    assert after == before
    assert list(durable.storage.keys(f"runs/date={D2}/run=r-2/jobs/")) == []

    durable.run("r-3", D2)

    dates = Counter(str(date) for (date,) in durable.rows("processed", "transactions", "source_date"))
    assert dates == {D1: 1, D2: 3000}
    assert len(durable.rows("curated", "transactions")) == 3000
    assert table.branches() == {"main": table.head()}
    assert [line["run"] for line in durable.quarantined("transactions", D2)] == ["r-3"]
