"""Records that break a rule, kept with every reason.

They are written by the task that reads them, on the way of the good ones to their table: a file is read once. A task
that is tried again writes the same objects again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from pyspark import TaskContext
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from .judge import BROKEN, Judge, reasons
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

    @property
    def prefix(self) -> str:
        """Where they go."""
        return prefix(self.dataset, self.batch_date, self.run)

    def judged(self, records: Iterable[pa.RecordBatch], judge: Judge) -> Iterator[pa.RecordBatch]:
        """The records as the judge gives them; in a task of Spark, where the rejected ones are written.

        Args:
            records: Raw records, as `records.read_records` gives them.
            judge: Judges them.
        """
        lines: list[str] = []
        size = written = 0
        for batch in records:
            verdicts = judge(batch)
            for line in self._lines(batch, verdicts, judge.names):
                lines.append(line)
                size += len(line)
                if size >= OBJECT_BYTES:
                    self._write(lines, written)
                    lines, size, written = [], 0, written + 1
            yield verdicts
        if lines:
            self._write(lines, written)

    def count(self, spark: SparkSession, rules: Sequence[str]) -> tuple[int, dict[str, int]]:
        """How many rejected records are there, and how many of them break each rule; read from what was written.

        Args:
            spark: The session.
            rules: Names of the rules, in the order in which to list them.
        """
        lines = spark.read.schema("reasons array<string>").json(f"{self.storage.root}/{self.prefix}")
        rows = lines.select(F.explode(F.array_union(F.array(F.lit("")), "reasons")).alias("reason"))
        counts = {row.reason: int(row["count"]) for row in rows.groupBy("reason").count().collect()}
        return counts.pop("", 0), {name: counts[name] for name in rules if name in counts}

    def _lines(self, batch: pa.RecordBatch, verdicts: pa.RecordBatch, rules: Sequence[str]) -> Iterator[str]:
        broken = verdicts.column(BROKEN).to_numpy()
        rejected = np.flatnonzero(broken)
        if not len(rejected):
            return
        places = batch.select(["_file", "_record", "_line", "_raw"]).take(pa.array(rejected)).to_pylist()
        for place, bits in zip(places, broken[rejected].tolist(), strict=True):
            content = {
                "dataset": self.dataset,
                "date": str(self.batch_date),
                "run": self.run,
                "file": self.keys[place["_file"]],
                "record": place["_record"],
                "line": place["_line"],
                "reasons": reasons(bits, rules),
                "raw": place["_raw"].rstrip("\r\n"),
            }
            yield json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"

    def _write(self, lines: Sequence[str], number: int) -> None:
        context = TaskContext.get()
        assert context is not None  # this runs in a task
        key = f"{self.prefix}part-{context.partitionId():05d}-{number:03d}.json"
        self.storage.write(key, "".join(lines).encode(), "application/x-ndjson")
