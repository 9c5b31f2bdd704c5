"""Records that break a rule, kept with every reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from .judge import BROKEN, breaks, reasons
from .observe import Figures
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
    figures = Figures()
    key = F.element_at(F.array(*[F.lit(key) for key in keys]), F.col("_file") + 1)
    # The observation stands before the filter also for speed: Spark would move the filter below all that computes the
    # reasons, and compute them once more for it.
    lines = (
        figures.over(
            judged,
            F.count_if(F.col(BROKEN) != 0).alias("_all"),
            *[F.count_if(breaks(bit)).alias(rule.name) for bit, rule in enumerate(rules)],
        )
        .filter(F.col(BROKEN) != 0)
        .select(
            F.lit(dataset).alias("dataset"),
            F.lit(str(batch_date)).alias("date"),
            F.lit(run).alias("run"),
            key.alias("file"),
            F.col("_record").alias("record"),
            F.col("_line").alias("line"),
            reasons(rules).alias("reasons"),
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
    counts = figures.get()
    return {"": counts["_all"], **{rule.name: counts[rule.name] for rule in rules if counts[rule.name]}}
