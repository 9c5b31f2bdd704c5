"""Records that break a rule, kept with every reason.

They are written by the task that reads them, on the way of the good ones to their table: a file is read once. A task
that is tried again writes the same objects again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark import TaskContext

from .judge import BROKEN, Judge, reasons
from .storage import Storage

OBJECT_BYTES = 16 * 1024 * 1024
"""Size at which a task begins another object."""


def prefix(dataset: str, batch_date: date, run: str = "") -> str:
    """Where a date's rejected records are: of all runs, or of one."""
    return f"quarantine/{dataset}/date={batch_date}/" + (f"run={run}/" if run else "")


_PLACE = ("_file", "_record", "_line", "_raw")
_LINE_END = "\r\n"

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass
class Rejected:
    """How many rejected records have been written."""

    count: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    """How many of them break each rule."""

    def add(self, broken: Sequence[int], rules: Sequence[str]) -> None:
        """Counts records by the rules that they break, as `judge.BROKEN` has them."""
        self.count += len(broken)
        # Many records break the same few rules.
        for bits, records in Counter(broken).items():
            self.reasons.update(dict.fromkeys(reasons(bits, rules), records))

    def __add__(self, other: Rejected) -> Rejected:
        return Rejected(self.count + other.count, self.reasons + other.reasons)


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

    def judged(self, records: Iterable[pa.RecordBatch], judge: Judge, kept: Rejected) -> Iterator[pa.RecordBatch]:
        """The records as the judge gives them; in a task of Spark, where the rejected ones are written.

        Args:
            records: Raw records, as `records.read_records` gives them.
            judge: Judges them.
            kept: Counts what has been written.
        """
        lines: list[str] = []
        broken: list[int] = []
        size = written = 0
        for batch in records:
            verdicts = judge(batch)
            for line, bits in self._lines(batch, verdicts, judge.names):
                lines.append(line)
                broken.append(bits)
                size += len(line)
                if size >= OBJECT_BYTES:
                    self._write(lines, written)
                    kept.add(broken, judge.names)
                    lines, broken, size, written = [], [], 0, written + 1
            yield verdicts
        if lines:
            self._write(lines, written)
            kept.add(broken, judge.names)

    def _lines(
        self, batch: pa.RecordBatch, verdicts: pa.RecordBatch, rules: Sequence[str]
    ) -> Iterator[tuple[str, int]]:
        broken = verdicts.column(BROKEN).to_numpy()
        rejected = np.flatnonzero(broken)
        if not len(rejected):
            return
        opening = _json({"dataset": self.dataset, "date": str(self.batch_date), "run": self.run})[:-1]
        # What many records share becomes text once.
        named = {bits: _json(reasons(bits, rules)) for bits in set(broken[rejected].tolist())}
        files = {file: _json(self.keys[file]) for file in pc.unique(batch.column("_file")).to_pylist()}
        places = (batch.column(name).take(pa.array(rejected)).to_pylist() for name in _PLACE)
        for bits, file, record, line, raw in zip(broken[rejected].tolist(), *places, strict=True):
            yield (
                f'{opening},"file":{files[file]},"record":{record},"line":{line},'
                f'"reasons":{named[bits]},"raw":{_json(raw.rstrip(_LINE_END))}}}\n',
                bits,
            )

    def _write(self, lines: Sequence[str], number: int) -> None:
        context = TaskContext.get()
        assert context is not None  # this runs in a task
        key = f"{self.prefix}part-{context.partitionId():05d}-{number:03d}.json"
        self.storage.write(key, "".join(lines).encode(), "application/x-ndjson")
