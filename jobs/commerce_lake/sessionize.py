"""Events to the data files of a curated table: masked, brought together by session, numbered, written by day.

As in an ETL job, rows pass from task to task as bytes, by session first, then by day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .blobs import exchanged, joined, packed, parted, unpacked
from .contract import Column, Contract
from .datafile import DataFile, Form, write_days
from .derive import days_of
from .etl import MOST_BUCKETS
from .keys import bucketed, hashed
from .layout import Day, Layout, laid_out, sizes_by_day
from .masking import check, masked
from .origins import Batches, Origin
from .storage import Storage
from .tasks import HELD_BYTES
from .values import schema_of
from .visits import visits

BUCKET_BYTES = 2 * 1024 * 1024
"""Bytes of data files whose sessions make a bucket: some hundred thousand events."""

TASK_BYTES = 32 * 1024 * 1024
"""Bytes of rows, in memory, up to which a task numbers the sessions of several buckets."""


@dataclass(frozen=True)
class Sessionizing:
    """Takes events to the curated table: what all its tasks know."""

    storage: Storage
    source: Contract
    """Dataset of the events."""
    form: Form
    """Form of the curated table."""
    key: bytes = field(repr=False)
    """Secret key of the pseudonyms."""

    @property
    def own(self) -> list[Column]:
        """Columns that the curated table shows of the processed one."""
        known = {column.name for column in self.source.processed}
        return [column for column in self.form.columns if column.name in known]

    @property
    def conduct(self) -> Mapping[str, Any]:
        """What tells a session, and how visits end."""
        assert self.source.sessions is not None  # the dataset's contract says so of events
        return self.source.sessions

    def days(self, rows: pa.RecordBatch) -> npt.NDArray[np.int64]:
        """The day of each row."""
        assert self.source.event_time is not None  # the dataset's contract says so of events
        return days_of(rows.column(self.source.event_time))

    def written(self, events: Origin, numbered: Origin | None, size: int) -> list[DataFile]:
        """Writes the rows of all origins to data files.

        Args:
            events: Unique events, in the table's own columns (`own`); all of each session that has one.
            numbered: Rows of the curated table, none of a session that has events to be numbered; None where no such
                rows are to stay.
            size: Bytes of the data files that they come from; rather too many than too few.

        Returns:
            The files, to be appended to the table.

        Raises:
            ContractError: A column is to be withheld, or its PII class is unknown.
        """
        check(self.own)
        buckets = min(MOST_BUCKETS, max(1, -(-size // BUCKET_BYTES)))
        context = events.contents.context
        parts = [
            one.contents.mapPartitions(_Parting(self, one.read, one is numbered, buckets))
            for one in (events, numbered)
            if one is not None
        ]
        by_session = exchanged(context.union(parts), buckets + 1)
        sizes = Counter[Day]()
        for _, of_task in context.runJob(by_session, list, [buckets]):
            sizes += of_task
        if not sizes:
            return []
        layout = laid_out(sizes)
        # How much there is only shows now. Buckets that are small go to a task together, without being moved again.
        together = by_session.coalesce(-(-sizes.total() // TASK_BYTES))
        by_day = exchanged(together.mapPartitionsWithIndex(_Numbering(self, buckets, layout)), layout.tasks)
        return by_day.mapPartitions(partial(self._write, uuid4().hex)).collect()

    def _write(self, attempt: str, contents: Iterable[tuple[int, tuple[Day, bytes]]]) -> Iterator[DataFile]:
        schema = schema_of(self.form.columns)
        rows = ((day, unpacked(content, schema)) for _, (day, content) in contents)
        return write_days(rows, self.form, _as_they_are, attempt, self.storage.upload)


@dataclass(frozen=True)
class _Parting:
    """Masks events, and parts rows by their session; to partition `buckets`, the bytes of each day."""

    work: Sessionizing
    read: Callable[[Iterable[Any]], Batches]
    is_numbered: bool
    buckets: int

    def __call__(self, contents: Iterable[Any]) -> Iterator[tuple[int, object]]:
        sizes = Counter[Day]()
        held: list[pa.RecordBatch] = []
        size = 0
        for batch in self.read(contents):
            held.append(batch)
            size += batch.nbytes
            if size >= HELD_BYTES:
                yield from self._parted(held, sizes)
                held, size = [], 0
        yield from self._parted(held, sizes)
        yield self.buckets, sizes

    def _parted(self, held: Sequence[pa.RecordBatch], sizes: Counter[Day]) -> Iterator[tuple[int, object]]:
        if not any(batch.num_rows for batch in held):
            return
        work = self.work
        table = pa.Table.from_batches(held)
        if not self.is_numbered:
            table = masked(table, work.own, work.key)
        rows = joined(table.to_batches(), table.schema)
        sizes += sizes_by_day(work.days(rows), rows.num_rows, rows.nbytes / rows.num_rows)
        buckets = bucketed(hashed([rows.column(work.conduct["by"])]), self.buckets)
        for bucket, part in parted(rows, buckets):
            yield bucket, (self.is_numbered, packed(part))


@dataclass(frozen=True)
class _Numbering:
    """Numbers the visits of whole sessions, and parts rows by the task that writes their day."""

    work: Sessionizing
    buckets: int
    layout: Layout

    def __call__(self, place: int, contents: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, tuple[Day, bytes]]]:
        work = self.work
        own, schema = schema_of(work.own), schema_of(work.form.columns)
        events: list[pa.RecordBatch] = []
        rows: list[pa.RecordBatch] = []
        for bucket, content in contents:
            if bucket != self.buckets:
                is_numbered, held = content
                (rows if is_numbered else events).append(unpacked(held, schema if is_numbered else own))
        numbered = visits(pa.Table.from_batches(events, own), work.conduct["gapMinutes"])
        together = joined([*rows, *numbered.select(schema.names).to_batches()], schema)
        for day, part in parted(together, work.days(together)):
            yield self.layout.task(day, place), (day, packed(part))


def _as_they_are(rows: pa.Table) -> pa.Table:
    return rows
