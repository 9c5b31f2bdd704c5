"""Data files of a table, as Iceberg wants them: Parquet whose columns carry the ids of the table's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark import TaskContext

from .contract import Column, Contract, Curated
from .derive import DAY_PARTS
from .errors import ContractError
from .layout import Day
from .values import arrow_type

FIELD_ID = "PARQUET:field_id"
"""Where Parquet's columns carry the ids of the table's, in Arrow's words."""

GROUP_ROWS = 256 * 1024
"""Rows of a row group: what is held in memory of a file, and the least that a reader takes of a column."""


@dataclass(frozen=True)
class DataFile:
    """A file that has been written."""

    key: str
    partition: str
    """Its place in the table as Iceberg spells it, `year=2025/month=1/day=15`; empty without partitions."""
    bytes: int


@dataclass(frozen=True)
class Form:
    """How the files of a table are written."""

    name: str
    folder: str
    """Where the table is in the lake."""
    columns: tuple[Column, ...]
    partition_by: tuple[str, ...]
    unique: frozenset[str]
    """Columns whose values are mostly all different."""
    ids: Mapping[str, int]
    """Ids of the table's columns."""

    @property
    def schema(self) -> pa.Schema:
        """The columns of a file."""
        return pa.schema(
            [
                pa.field(column.name, arrow_type(column.type), metadata={FIELD_ID: str(self.ids[column.name])})
                for column in self.columns
            ]
        )

    def partition(self, rows: pa.Table) -> str:
        """The partition of rows that are all of one."""
        return "/".join(f"{name}={rows.column(name)[0].as_py()}" for name in self.partition_by)

    def check(self, partitions: Sequence[str]) -> None:
        """A file is of one partition: all rows of a day must share it, and the table must have it.

        Args:
            partitions: Columns that the table is partitioned by, as it is.

        Raises:
            ContractError: It is not so.
        """
        wanted = ", ".join(self.partition_by) or "nothing"
        if not DAY_PARTS.issuperset(self.partition_by):
            raise ContractError(
                f"{self.name} is to be partitioned by {wanted}, but a data file holds the rows of a day: "
                f"only {', '.join(sorted(DAY_PARTS))} can be among its partitions."
            )
        if tuple(partitions) != self.partition_by:
            raise ContractError(
                f"The table {self.folder} is partitioned by {', '.join(partitions) or 'nothing'}; its contract says "
                f"{wanted}. A table that exists keeps its partitions: take back what the contract says, or drop the "
                "table and run its dates again."
            )

    def key(self, attempt: str, partition: str) -> str:
        """Key of a new file that the present task writes.

        Args:
            attempt: Tells what this attempt of the job writes from all else.
            partition: The partition of its rows.
        """
        context = TaskContext.get()
        assert context is not None  # this runs in a task
        # Of two attempts at a task, one counts: neither may write what the other did.
        name = f"{attempt}-{context.taskAttemptId():05d}.parquet"
        return "/".join(part for part in (self.folder, "data", partition, name) if part)

    def writer(self, file: BinaryIO) -> pq.ParquetWriter:
        """Writes rows to a file."""
        return pq.ParquetWriter(
            file,
            self.schema,
            version="2.6",
            compression="snappy",
            # A dictionary of values that are all different is built, found too large, and thrown away.
            use_dictionary=[column.name for column in self.columns if column.name not in self.unique],
            store_decimal_as_integer=True,
            store_schema=False,
            write_page_index=True,
        )


def processed_form(contract: Contract, ids: Mapping[str, int]) -> Form:
    """Form of a processed table."""
    return Form(
        name=contract.name,
        folder=f"processed/{contract.name}",
        columns=contract.processed,
        partition_by=contract.partition_by,
        unique=_unique(contract),
        ids=ids,
    )


def curated_form(curated: Curated, source: Contract | None, ids: Mapping[str, int]) -> Form:
    """Form of a curated table.

    Args:
        curated: Its contract.
        source: Contract of the dataset whose rows it has; None where they are others.
        ids: Ids of the table's columns.
    """
    return Form(
        name=f"curated/{curated.name}",
        folder=f"curated/{curated.name}",
        columns=curated.columns,
        partition_by=curated.partition_by,
        unique=frozenset(curated.key if len(curated.key) == 1 else ()) if source is None else _unique(source),
        ids=ids,
    )


def _unique(contract: Contract) -> frozenset[str]:
    return frozenset(name for name in (*contract.key[:1], contract.event_time) if name)


class DayWriter:
    """Writes the rows of one partition to one file; nothing is there until it is closed."""

    def __init__(self, form: Form, derive: Callable[[pa.Table], pa.Table], closing: ExitStack) -> None:
        """Opens nothing yet.

        Args:
            form: How the file is written.
            derive: Makes the table's rows of those that come.
            closing: Closes what is opened.
        """
        self._form, self._derive, self._closing = form, derive, closing
        self._pending: list[pa.RecordBatch] = []
        self._rows = 0
        self._file: BinaryIO | None = None
        self._writer: Any = None
        self._partition = ""

    def add(self, rows: pa.RecordBatch) -> None:
        """Takes rows."""
        self._pending.append(rows)
        self._rows += rows.num_rows
        if self._rows >= GROUP_ROWS:
            self._flush()

    def close(self, key: Callable[[str], str], upload: Callable[[str, BinaryIO], None]) -> DataFile:
        """Writes what is left, and uploads the file.

        Args:
            key: The object's key by its partition.
            upload: Puts it there.
        """
        self._flush()
        self._writer.close()
        file = cast(BinaryIO, self._file)
        size = file.tell()
        file.seek(0)
        name = key(self._partition)
        upload(name, file)
        file.close()
        return DataFile(name, self._partition, size)

    def _flush(self) -> None:
        if not self._pending:
            return
        rows = self._derive(pa.Table.from_batches(self._pending))
        self._pending, self._rows = [], 0
        if self._writer is None:
            # It has no name, so that nothing is left of it whatever happens.
            file = TemporaryFile()  # noqa: SIM115 (the stack closes it)
            self._file = cast(BinaryIO, self._closing.enter_context(file))
            self._partition = self._form.partition(rows)
            # Closed before its file is, also where the task fails.
            self._writer = self._closing.enter_context(self._form.writer(self._file))
        self._writer.write_table(rows.cast(self._form.schema), row_group_size=rows.num_rows)


def write_days(
    rows: Iterable[tuple[Day, pa.RecordBatch]],
    form: Form,
    derive: Callable[[pa.Table], pa.Table],
    attempt: str,
    upload: Callable[[str, BinaryIO], None],
) -> Iterator[DataFile]:
    """Writes rows of several days, in any order, to a file for each.

    Args:
        rows: The rows, each batch of one day.
        form: How the files are written.
        derive: Makes the table's rows of those that come.
        attempt: Tells what this attempt of the job writes from all else.
        upload: Puts a file there.
    """
    with ExitStack() as closing:
        days: dict[Day, DayWriter] = {}
        for day, batch in rows:
            if day not in days:
                days[day] = DayWriter(form, derive, closing)
            days[day].add(batch)
        for day in sorted(days, key=lambda day: day or 0):
            yield days[day].close(partial(form.key, attempt), upload)
