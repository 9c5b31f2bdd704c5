"""Runs one job in this process, on a lake in a folder: `python -m bench.job <options as JSON> <figures file>`."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import product_enrichment
from commerce_lake import etl, merge
from commerce_lake.args import parse_args, parse_merge_args
from commerce_lake.contract import DATASETS
from commerce_lake.log import Log
from commerce_lake.session import build_session
from commerce_lake.storage import lake
from pyspark.sql import SparkSession

from .data import ROOT
from .measure import Effort
from .processor_time import ProcessorTime

MERGE = "merge"
JOBS = (*DATASETS, MERGE)
DATE, RUN = "2025-01-31", "bench"
JAVA_OPTIONS = "spark.driver.extraJavaOptions"


def _iceberg() -> list[str]:
    return [str(jar) for jar in sorted((ROOT / ".local" / "jars").glob("*iceberg-spark-runtime*.jar"))]


@dataclass(frozen=True)
class Options:
    """How to run which job."""

    job: str
    """A dataset, whose ETL job runs, or `merge`."""
    lake: str
    """The lake's folder, where the manifest is already."""
    processing_time: str
    cores: int
    memory: str
    """Heap, as Java writes it."""
    class_path: Sequence[str] = field(default_factory=_iceberg)
    """Jars before Spark's own; Iceberg's alone where one job is run by hand."""
    java_options: Sequence[str] = ()
    """Options of Java."""
    conf: Mapping[str, str] = field(default_factory=dict)
    """Further settings of Spark. They take the place of the benchmark's; options of Java come after its own."""


def environment() -> dict[str, str]:
    """That of a process which runs jobs or their peer: it finds them and the benchmark, nothing of the local AWS."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "jobs")])}


class _Held:
    """The merge lock where nobody competes for it."""

    def check(self) -> None:
        pass


def settings(options: Options) -> dict[str, str]:
    """Spark's settings: those of the job definition where it matters, with a catalog in the lake's folder."""
    catalog = "spark.sql.catalog.glue_catalog"
    java = ["-Duser.timezone=UTC", *options.java_options, options.conf.get(JAVA_OPTIONS, "")]
    return {
        "spark.driver.extraClassPath": ":".join(options.class_path),
        "spark.driver.memory": options.memory,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.type": "hadoop",
        f"{catalog}.warehouse": f"file:{options.lake}",
        **options.conf,
        JAVA_OPTIONS: " ".join(java).strip(),
    }


def build_spark(options: Options) -> SparkSession:
    """A session with these settings."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(f"local[{options.cores}]")
    for key, value in settings(options).items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("WARN")
    return build_session(f"bench {options.job}")


def end_spark(spark: SparkSession) -> None:
    """Ends a session and waits for its Java, which takes a moment, and longer where it writes a class archive."""
    gateway = spark.sparkContext._gateway
    spark.stop()
    assert gateway is not None
    gateway.proc.stdin.close()
    gateway.proc.wait()


def run(options: Options, spark: SparkSession) -> Mapping[str, object]:
    """Runs the job.

    Returns:
        Its report.
    """
    argv = [
        f"--lake_bucket=file:{options.lake}",
        "--environment=bench",
        "--processed_database=processed",
        "--curated_database=curated",
        f"--run={RUN}",
        f"--batch_date={DATE}",
        f"--processing_time={options.processing_time}",
        "--manifest=manifest.json",
    ]
    storage = lake(f"file:{options.lake}")
    if options.job == MERGE:
        arguments = parse_merge_args([*argv, f"--datasets={','.join(DATASETS)}", "--pii_key_secret=unused"])
        log = Log(job=merge.JOB, run=RUN, date=DATE)
        return merge.run_merge(spark, storage, arguments, b"a key for benchmarks", _Held(), log)
    enrich = product_enrichment.enrich if options.job == "products" else None
    return etl.run_job(spark, storage, options.job, options.job, parse_args(argv), enrich)


def written(report: Mapping[str, object], spark: SparkSession) -> int:
    """The rows that a job wrote, by its report; those of the merge are asked of the curated tables."""
    rows, tables = report.get("rows"), report["tables"]
    if isinstance(rows, dict):
        return int(rows["out"])
    assert isinstance(tables, list)
    curated = [table["table"] for table in tables if table["table"].startswith("curated.")]
    return sum(spark.table(f"glue_catalog.{table}").count() for table in curated)


def main() -> None:
    """Runs the job that the arguments of the process name."""
    began, processor = time.monotonic(), ProcessorTime()
    options = Options(**json.loads(sys.argv[1]))
    spark = build_spark(options)
    ready, cpu = time.monotonic(), processor.seconds()
    report = run(options, spark)
    seconds, spent = time.monotonic() - ready, processor.seconds() - cpu
    done = Effort(ready - began, seconds, spent, written(report, spark))
    Path(sys.argv[2]).write_text(json.dumps(asdict(done)))
    end_spark(spark)


if __name__ == "__main__":
    main()
