"""What Spark's tasks do in an ETL job: read and judge, keep one record a key, write the days.

Rows travel between them as bytes (`blobs`), figures as themselves to a partition of their own: what a task counts is
known exactly once, however often it was tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .blobs import joined, packed, parted, unpacked
from .contract import Contract
from .datafile import DataFile, Form, write_days
from .dedup import HASH, staying
from .derive import days_of, derived
from .judge import BROKEN, Judge
from .keys import Numbers, bucketed, hashed
from .layout import Day, Layout, sizes_by_day
from .manifest import ManifestFile
from .pieces import Piece
from .quarantine import Quarantine, Rejected
from .records import Place, read_records
from .storage import Storage
from .worker import settle

HELD_BYTES = 48 * 1024 * 1024
"""Bytes of rows that a task collects before it parts them."""

_MOST_BYTES = 256 * 1024 * 1024
"""Bytes of records that a task compares by key at a time."""

Enrich = Callable[[pa.Table], pa.Table]
"""Adds columns that come from elsewhere than the record itself."""


@dataclass(frozen=True)
class Work:
    """What all tasks of a job know."""

    storage: Storage
    contract: Contract
    batch_date: date
    processing_time: datetime

    def judge(self) -> Judge:
        """The rules of the dataset."""
        return Judge(self.contract, self.processing_time)

    def moving(self) -> pa.Schema:
        """Columns of good records on their way to the task that knows all of their key."""
        fields = [field for field in self.judge().schema if field.name != BROKEN]
        return pa.schema([*fields, (HASH, pa.int64())])

    def single(self) -> pa.Schema:
        """Columns of records on their way to the task that writes their day."""
        moving = self.moving()
        return pa.schema([moving.field(column.name) for column in self.contract.columns])

    def days(self, records: pa.RecordBatch) -> npt.NDArray[np.int64] | None:
        """The day of each record; None where the dataset has no event time."""
        name = self.contract.event_time
        return None if name is None else days_of(records.column(name))


@dataclass
class ReadFigures:
    """What was read."""

    read: int = 0
    rejected: Rejected = field(default_factory=Rejected)
    days: Counter[Day] = field(default_factory=Counter)
    """Bytes of good records in memory, by day."""

    def __add__(self, other: ReadFigures) -> ReadFigures:
        return ReadFigures(self.read + other.read, self.rejected + other.rejected, self.days + other.days)


@dataclass
class KeyFigures:
    """What became of good records."""

    duplicates: int = 0
    computed: Counter[str] = field(default_factory=Counter)
    """Values that were computed, of those that stay, by column."""

    def __add__(self, other: KeyFigures) -> KeyFigures:
        return KeyFigures(self.duplicates + other.duplicates, self.computed + other.computed)


@dataclass(frozen=True)
class Reading:
    """Reads files, judges their records, and parts the good ones by key; to partition `buckets`, its figures."""

    work: Work
    files: Sequence[ManifestFile]
    rejected: Quarantine
    buckets: int

    def __call__(self, groups: Iterable[Sequence[Piece]]) -> Iterator[tuple[int, object]]:
        """See the class."""
        settle()
        figures = ReadFigures()
        judge = self.work.judge()
        held = _Held(self.work)
        for batch in self.rejected.judged(self._records(groups), judge, figures.rejected):
            figures.read += batch.num_rows
            held.add(batch)
            if held.bytes >= HELD_BYTES:
                yield from self._parted(held, figures)
                held = _Held(self.work)
        yield from self._parted(held, figures)
        yield self.buckets, figures

    def _records(self, groups: Iterable[Sequence[Piece]]) -> Iterator[pa.RecordBatch]:
        work = self.work
        for group in groups:
            for piece in group:
                place = Place(piece.place.file, piece.place.record, piece.place.line)
                file = self.files[place.file]
                yield from read_records(work.storage, work.contract, file, place, piece.start, piece.end)

    def _parted(self, held: _Held, figures: ReadFigures) -> Iterator[tuple[int, bytes]]:
        """The good records of those held by the bucket of their key."""
        rows, good = held.rows()
        if not len(good):
            return
        day_of = self.work.days(rows)
        row_bytes = rows.nbytes / rows.num_rows
        figures.days += sizes_by_day(None if day_of is None else day_of[good], len(good), row_bytes)
        for bucket, part in parted(rows, bucketed(held.hashes()[good], self.buckets), good):
            yield bucket, packed(part)


class _Held:
    """Judged records that a task collects."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._batches: list[pa.RecordBatch] = []
        self._hashes: list[Numbers] = []
        self.bytes = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self._batches.append(batch)
        # Batch by batch: each fits into the processor's cache.
        self._hashes.append(hashed([batch.column(name) for name in self._work.contract.key]))
        self.bytes += batch.nbytes

    def hashes(self) -> Numbers:
        return np.concatenate(self._hashes)

    def rows(self) -> tuple[pa.RecordBatch, npt.NDArray[np.int64]]:
        """The records as they move, and which of them are good."""
        moving = self._work.moving()
        if not self._batches:
            return pa.RecordBatch.from_pylist([], moving), np.empty(0, np.int64)
        rows = joined(self._batches, self._work.judge().schema)
        good = np.flatnonzero(rows.column(BROKEN).to_numpy() == 0)
        columns = {field.name: column for field, column in zip(rows.schema, rows.columns, strict=True)}
        columns[HASH] = pa.array(self.hashes().view(np.int64))
        return pa.RecordBatch.from_arrays([columns[field.name] for field in moving], schema=moving), good


@dataclass(frozen=True)
class Deduplicating:
    """Keeps one record a key, and parts them by the task that writes their day; behind it, its figures."""

    work: Work
    buckets: int
    layout: Layout

    def __call__(self, bucket: int, contents: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, object]]:
        """See the class."""
        settle()
        if bucket == self.buckets:
            # Read to their end although nobody wants them: Spark ends a worker that leaves something, and the next task
            # has to wait for another one.
            for _ in contents:
                pass
            return
        records, stay, figures = self._once(unpacked(content, self._moving) for _, content in contents)
        for column in self.work.contract.columns:
            if column["x-computed"]:
                was_computed = records.column(f"_computed_{column.name}").take(pa.array(stay))
                figures.computed[column.name] = pc.sum(was_computed).as_py() or 0
        rows, days = records.select(self.work.single().names), self.work.days(records)
        for day, part in [(None, rows.take(pa.array(stay)))] if days is None else parted(rows, days[stay], stay):
            if part.num_rows:
                yield self.layout.task(day, bucket), (day, packed(part))
        yield self.layout.tasks, figures

    def _once(self, batches: Iterable[pa.RecordBatch]) -> tuple[pa.RecordBatch, npt.NDArray[np.int64], KeyFigures]:
        """All records, the positions of those that stay, which are one a key, and how many others there were."""
        figures = KeyFigures()
        held: list[pa.RecordBatch] = []
        size, limit = 0, _MOST_BYTES
        for batch in batches:
            held.append(batch)
            size += batch.nbytes
            if size > limit:
                # However often a key comes, only one record of it is kept.
                records, stay = self._single(held, figures)
                held = [records.take(pa.array(stay))]
                size = held[0].nbytes
                limit = max(_MOST_BYTES, 2 * size)
        return *self._single(held, figures), figures

    def _single(
        self, held: Sequence[pa.RecordBatch], figures: KeyFigures
    ) -> tuple[pa.RecordBatch, npt.NDArray[np.int64]]:
        records = joined(held, self._moving)
        stay = staying(records, self.work.contract)
        if stay is None:
            return records, np.arange(records.num_rows)
        figures.duplicates += records.num_rows - len(stay)
        return records, stay

    @cached_property
    def _moving(self) -> pa.Schema:
        return self.work.moving()


@dataclass(frozen=True)
class Writing:
    """Writes each day's rows to a file; gives the files, and the figures that come to partition `tasks`."""

    work: Work
    form: Form
    tasks: int
    attempt: str
    """Tells what this attempt of the job writes from all else."""
    enrich: Enrich | None

    def __call__(self, task: int, contents: Iterable[tuple[int, Any]]) -> Iterator[DataFile | KeyFigures]:
        """See the class."""
        settle()
        if task == self.tasks:
            yield from (figures for _, figures in contents)
            return
        single = self.work.single()
        rows = ((day, unpacked(content, single)) for _, (day, content) in contents)
        yield from write_days(rows, self.form, self._derived, self.attempt, self.work.storage.upload)

    def _derived(self, rows: pa.Table) -> pa.Table:
        work = self.work
        enriched = rows if self.enrich is None else self.enrich(rows)
        return derived(enriched, work.contract, work.batch_date, work.processing_time)
