"""Records that break a rule, kept with every reason.

They leave the stream of records in Spark's Python workers, on the way of the good ones to their table: a file is read
once. A task that is tried again writes the same objects again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from pyspark import TaskContext
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import pandas_udf

from .judge import BROKEN, reasons
from .storage import Storage

OBJECT_BYTES = 16 * 1024 * 1024
"""Size at which a task begins another object."""


def prefix(dataset: str, batch_date: date, run: str = "") -> str:
    """Where a date's rejected records are: of all runs, or of one."""
    return f"quarantine/{dataset}/date={batch_date}/" + (f"run={run}/" if run else "")


@dataclass(frozen=True)
class Quarantine:
    """Where the rejected records of one job go."""

    storage: Storage
    dataset: str
    batch_date: date
    run: str
    keys: Sequence[str]
    """Keys of the files, by their number in the manifest."""
    rules: Sequence[str]
    """Names of the rules, by their bit."""

    @property
    def prefix(self) -> str:
        """Where they go."""
        return prefix(self.dataset, self.batch_date, self.run)

    def divert(self, judged: DataFrame) -> DataFrame:
        """The records that break no rule; the others are written once the frame is computed."""
        # Its types are known to Spark by its hints alone. Not deterministic: it must see every record, and once.
        kept = pandas_udf(self._write_rejected, "boolean").asNondeterministic()  # type: ignore[call-overload]
        place = ["_file", "_record", "_line", BROKEN]
        return judged.filter(kept(F.when(F.col(BROKEN) != 0, F.concat_ws("\t", *place, "_raw"))))

    def count(self, spark: SparkSession) -> tuple[int, dict[str, int]]:
        """How many rejected records are there, and how many of them break each rule; read from what was written."""
        lines = spark.read.schema("reasons array<string>").json(f"{self.storage.root}/{self.prefix}")
        rows = lines.select(F.explode(F.array_union(F.array(F.lit("")), "reasons")).alias("reason"))
        counts = {row.reason: int(row["count"]) for row in rows.groupBy("reason").count().collect()}
        return counts.pop("", 0), {name: counts[name] for name in self.rules if name in counts}

    def _write_rejected(self, batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
        """Takes the texts of rejected records, null for the others; says which records stay."""
        lines: list[str] = []
        size = written = 0
        for batch in batches:
            is_good = batch.isna()
            for text in batch[~is_good]:
                lines.append(self._line(text))
                size += len(lines[-1])
                if size >= OBJECT_BYTES:
                    self._write(lines, written)
                    lines, size, written = [], 0, written + 1
            yield is_good
        if lines:
            self._write(lines, written)

    def _line(self, text: str) -> str:
        file, record, line, broken, raw = text.split("\t", 4)
        content = {
            "dataset": self.dataset,
            "date": str(self.batch_date),
            "run": self.run,
            "file": self.keys[int(file)],
            "record": int(record),
            "line": int(line),
            "reasons": reasons(int(broken), self.rules),
            "raw": raw.rstrip("\r\n"),
        }
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"

    def _write(self, lines: Sequence[str], number: int) -> None:
        context = TaskContext.get()
        assert context is not None  # this runs in a task
        key = f"{self.prefix}part-{context.partitionId():05d}-{number:03d}.json"
        self.storage.write(key, "".join(lines).encode(), "application/x-ndjson")
