"""The Spark session of a job. Catalog and storage come from the `--conf` of the job definition."""

from __future__ import annotations

from pyspark.sql import SparkSession

BROADCAST_BYTES = 64 * 1024 * 1024
"""Most bytes of a table that every worker holds as a whole. Products fit: joining with them then moves no sales."""

DEFAULTS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.autoBroadcastJoinThreshold": str(BROADCAST_BYTES),
    # Java compiles no method of more than 8,000 bytes; a stage that has one runs faster in smaller pieces.
    "spark.sql.codegen.hugeMethodLimit": "8000",
}
"""Settings that results depend on, or that every job wants."""

PARTITION_BYTES = 32 * 1024 * 1024
"""Bytes of files, as stored, for one shuffle partition: its rows are sorted in a few hundred megabytes."""


def build_session(job: str) -> SparkSession:
    """The session of a job, on Glue as elsewhere."""
    spark = SparkSession.builder.appName(job).getOrCreate()
    for key, value in DEFAULTS.items():
        spark.conf.set(key, value)
    return spark


def size_shuffles(spark: SparkSession, input_bytes: int) -> None:
    """Sets the number of shuffle partitions by the size of what is shuffled, so that memory does not grow with it."""
    cores = spark.sparkContext.defaultParallelism
    spark.conf.set("spark.sql.shuffle.partitions", max(cores, -(-input_bytes // PARTITION_BYTES)))
