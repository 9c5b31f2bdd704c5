"""Records that break a rule, kept with every reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from .judge import REASONS
from .rules import Rule
from .storage import Storage

FILE_RECORDS = 1_000_000
"""Records in one file."""


def prefix(dataset: str, batch_date: date, run: str = "") -> str:
    """Where a date's rejected records are: of all runs, or of one."""
    return f"quarantine/{dataset}/date={batch_date}/" + (f"run={run}/" if run else "")


def write(
    storage: Storage,
    judged: DataFrame,
    rules: Sequence[Rule],
    keys: Sequence[str],
    dataset: str,
    batch_date: date,
    run: str,
) -> dict[str, int]:
    """Writes the records that break a rule as JSON lines.

    Args:
        storage: The lake.
        judged: Judged records.
        rules: Every rule that a record may break.
        keys: Keys of the files, by their number in the manifest.
        dataset: Name of the dataset.
        batch_date: Batch date.
        run: The run.

    Returns:
        How many records break each rule, and their number under the empty name.
    """
    seen = Observation()
    key = F.element_at(F.array(*[F.lit(key) for key in keys]), F.col("_file") + 1)
    lines = (
        judged.filter(F.col(REASONS).isNotNull())
        .observe(
            seen,
            F.count(F.lit(1)).alias("_all"),
            *[F.count_if(F.array_contains(REASONS, rule.name)).alias(rule.name) for rule in rules],
        )
        .select(
            F.lit(dataset).alias("dataset"),
            F.lit(str(batch_date)).alias("date"),
            F.lit(run).alias("run"),
            key.alias("file"),
            F.col("_record").alias("record"),
            F.col("_line").alias("line"),
            F.col(REASONS).alias("reasons"),
            F.regexp_replace("_raw", r"[\r\n]+$", "").alias("raw"),
        )
    )
    (
        lines.hint("rebalance")
        .write.mode("overwrite")
        .option("ignoreNullFields", "false")
        .option("maxRecordsPerFile", FILE_RECORDS)
        .option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
        .json(f"{storage.root}/{prefix(dataset, batch_date, run)}")
    )
    counts = seen.get
    return {"": counts["_all"], **{rule.name: counts[rule.name] for rule in rules if counts[rule.name]}}
