"""Events to the data files of curated tables: masked, brought together by session, numbered, written by day.

So are the visits that they make, and the funnels of these. As in an ETL job, rows pass from task to task as bytes, by
session first, then by day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import uuid4

import pyarrow as pa

from .blobs import exchanged, gathered, joined, packed, parted, unpacked
from .contract import Column, Contract
from .datafile import DataFile, Form, write_days
from .derive import days_of
from .etl import MOST_BUCKETS
from .funnels import NONE, PERIODS, conversion, funnel
from .keys import bucketed, hashed
from .layout import Day, Layout, laid_out, sizes_by_day
from .masking import check, masked
from .origins import Batches, Origin
from .sessions import START, sessions
from .storage import Storage
from .tasks import HELD_BYTES
from .values import schema_of
from .visits import visits
from .worker import settle

BUCKET_BYTES = 2 * 1024 * 1024
"""Bytes of data files whose sessions make a bucket: some hundred thousand events."""

TASK_BYTES = 32 * 1024 * 1024
"""Bytes of rows, in memory, up to which a task numbers the sessions of several buckets."""


class Kind(Enum):
    """What rows are."""

    EVENTS = "events"
    """Unique events, to be masked and numbered."""
    NUMBERED = "numbered"
    """Events as their curated table has them."""
    VISITS = "visits"
    """Visits as a whole, as their curated table has them."""


TABLES = {Kind.NUMBERED: "clickstream", Kind.VISITS: "sessions"}
"""The curated table of rows."""

VISITED = (*TABLES.values(), *PERIODS)
"""The curated tables that are made of events."""


@dataclass(frozen=True)
class Sessionizing:
    """Takes events to the curated tables: what all its tasks know."""

    storage: Storage
    source: Contract
    """Dataset of the events."""
    forms: Mapping[str, Form]
    """Forms of the curated tables."""
    key: bytes = field(repr=False)
    """Secret key of the pseudonyms."""

    @property
    def own(self) -> list[Column]:
        """Columns that the curated table shows of the processed one."""
        known = {column.name for column in self.source.processed}
        return [column for column in self.forms[TABLES[Kind.NUMBERED]].columns if column.name in known]

    @property
    def conduct(self) -> Mapping[str, Any]:
        """What tells a session, and how visits end."""
        assert self.source.sessions is not None  # the dataset's contract says so of events
        return self.source.sessions

    def schema(self, kind: Kind) -> pa.Schema:
        """Columns of rows on their way."""
        return schema_of(self.own if kind is Kind.EVENTS else self.forms[TABLES[kind]].columns)

    def time(self, kind: Kind) -> str:
        """The column that says on which day a row is."""
        assert self.source.event_time is not None  # the dataset's contract says so of events
        return START if kind is Kind.VISITS else self.source.event_time

    def written(self, origins: Mapping[Kind, Origin], size: int) -> dict[str, list[DataFile]]:
        """Writes the rows of all origins to data files.

        Args:
            origins: Where they come from. Of a session that has events there are all of them, and none of its rows are
                in the other origins; visits are those of the numbered rows.
            size: Bytes of the data files that they come from; rather too many than too few.

        Returns:
            The files to be appended to each of the tables VISITED.

        Raises:
            ContractError: A column is to be withheld, or its PII class is unknown.
        """
        check(self.own)
        buckets = min(MOST_BUCKETS, max(1, -(-size // BUCKET_BYTES)))
        context = next(iter(origins.values())).contents.context
        parts = [
            origin.contents.mapPartitions(_Parting(self, kind, origin.read, buckets))
            for kind, origin in origins.items()
        ]
        by_session = exchanged(context.union(parts), buckets + 1)
        sizes = Counter[Day]()
        for _, of_task in context.runJob(by_session, list, [buckets]):
            sizes += of_task
        files: dict[str, list[DataFile]] = {table: [] for table in VISITED}
        if sizes:
            layout = laid_out(sizes)
            # How much there is only shows now. Buckets that are small go to a task together, without being moved again.
            together = by_session.coalesce(-(-sizes.total() // TASK_BYTES))
            by_day = exchanged(together.mapPartitionsWithIndex(_Numbering(self, buckets, layout)), 2 * layout.tasks)
            for table, file in by_day.mapPartitionsWithIndex(_Writing(self, layout.tasks, uuid4().hex)).collect():
                files[table].append(file)
        return files


@dataclass(frozen=True)
class _Parting:
    """Masks events, and parts rows by their session; to partition `buckets`, the bytes of each day."""

    work: Sessionizing
    kind: Kind
    read: Callable[[Iterable[Any]], Batches]
    buckets: int

    def __call__(self, contents: Iterable[Any]) -> Iterator[tuple[int, object]]:
        settle()
        sizes = Counter[Day]()
        for held in gathered(self.read(contents), HELD_BYTES):
            yield from self._parted(held, sizes)
        yield self.buckets, sizes

    def _parted(self, held: Sequence[pa.RecordBatch], sizes: Counter[Day]) -> Iterator[tuple[int, object]]:
        if not any(batch.num_rows for batch in held):
            return
        work = self.work
        table = pa.Table.from_batches(held)
        if self.kind is Kind.EVENTS:
            table = masked(table, work.own, work.key)
        rows = joined(table.to_batches(), table.schema)
        days = days_of(rows.column(work.time(self.kind)))
        sizes += sizes_by_day(days, rows.num_rows, rows.nbytes / rows.num_rows)
        buckets = bucketed(hashed([rows.column(work.conduct["by"])]), self.buckets)
        for bucket, part in parted(rows, buckets):
            yield bucket, (self.kind, packed(part))


@dataclass(frozen=True)
class _Numbering:
    """Numbers the visits of whole sessions, makes them of their events, and parts both by the task that writes them.

    Those that write visits are behind those that write events.
    """

    work: Sessionizing
    buckets: int
    layout: Layout

    def __call__(self, place: int, contents: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, tuple[Day, bytes]]]:
        settle()
        work, layout = self.work, self.layout
        held: dict[Kind, list[pa.RecordBatch]] = {kind: [] for kind in Kind}
        for bucket, content in contents:
            if bucket != self.buckets:
                kind, rows = content
                held[kind].append(unpacked(rows, work.schema(kind)))
        schema = work.schema(Kind.NUMBERED)
        events = pa.Table.from_batches(held[Kind.EVENTS], work.schema(Kind.EVENTS))
        new = joined(visits(events, work.conduct["gapMinutes"]).select(schema.names).to_batches(), schema)
        for day, part in self._by_day(Kind.NUMBERED, [*held[Kind.NUMBERED], new]):
            yield layout.task(day, place), (day, part)
        new = sessions(new, work.forms[TABLES[Kind.VISITS]].columns)
        for day, part in self._by_day(Kind.VISITS, [*held[Kind.VISITS], new]):
            # All of a day in one task, which then knows how many they are: they are small beside their events.
            yield layout.tasks + layout.task(day, 0), (day, part)

    def _by_day(self, kind: Kind, batches: Sequence[pa.RecordBatch]) -> Iterator[tuple[int, bytes]]:
        rows = joined(batches, self.work.schema(kind))
        for day, part in parted(rows, days_of(rows.column(self.work.time(kind)))):
            yield day, packed(part)


@dataclass(frozen=True)
class _Writing:
    """Writes each day's rows to a file; gives the files, and their table."""

    work: Sessionizing
    tasks: int
    """How many write events; those behind them write visits and funnels."""
    attempt: str

    def __call__(self, task: int, contents: Iterable[tuple[int, tuple[Day, bytes]]]) -> Iterator[tuple[str, DataFile]]:
        settle()
        kind = Kind.NUMBERED if task < self.tasks else Kind.VISITS
        schema = self.work.schema(kind)
        rows = ((day, unpacked(content, schema)) for _, (day, content) in contents)
        if kind is Kind.NUMBERED:
            yield from self._files(TABLES[kind], rows)
        else:
            counted = _Counted()
            yield from self._files(TABLES[kind], counted.seen(rows))
            for table, hours in PERIODS.items():
                periods = counted.conversion.by(hours)
                funnels = funnel(periods, self.work.forms[table].columns)
                yield from self._files(table, parted(funnels, periods.days))

    def _files(self, table: str, rows: Iterable[tuple[Day, pa.RecordBatch]]) -> Iterator[tuple[str, DataFile]]:
        for file in write_days(rows, self.work.forms[table], _as_they_are, self.attempt, self.work.storage.upload):
            yield table, file


class _Counted:
    """What visits came to that have passed."""

    def __init__(self) -> None:
        self.conversion = NONE

    def seen(self, rows: Iterable[tuple[Day, pa.RecordBatch]]) -> Iterator[tuple[Day, pa.RecordBatch]]:
        for day, of_day in rows:
            self.conversion += conversion(of_day)
            yield day, of_day


def _as_they_are(rows: pa.Table) -> pa.Table:
    return rows
