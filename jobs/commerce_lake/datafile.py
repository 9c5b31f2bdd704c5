"""Data files of a processed table, as Iceberg wants them: Parquet whose columns carry the ids of the table's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from .contract import Contract
from .derive import DAY_PARTS
from .errors import ContractError
from .values import arrow_type

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

    contract: Contract
    ids: Mapping[str, int]
    """Ids of the table's columns."""

    @property
    def schema(self) -> pa.Schema:
        """The columns of a file."""
        return pa.schema(
            [
                pa.field(
                    column.name, arrow_type(column.type), metadata={"PARQUET:field_id": str(self.ids[column.name])}
                )
                for column in self.contract.processed
            ]
        )

    def partition(self, rows: pa.Table) -> str:
        """The partition of rows that are all of one."""
        return "/".join(f"{name}={rows.column(name)[0].as_py()}" for name in self.contract.partition_by)

    def check(self, partitions: Sequence[str]) -> None:
        """A file is of one partition: all rows of a day must share it, and the table must have it.

        Args:
            partitions: Columns that the table is partitioned by, as it is.

        Raises:
            ContractError: It is not so.
        """
        wanted = ", ".join(self.contract.partition_by) or "nothing"
        if not DAY_PARTS.issuperset(self.contract.partition_by):
            raise ContractError(
                f"{self.contract.name} is to be partitioned by {wanted}, but a data file holds the rows of a day: "
                f"only {', '.join(sorted(DAY_PARTS))} can be in partitionBy."
            )
        if tuple(partitions) != self.contract.partition_by:
            raise ContractError(
                f"The processed table {self.contract.name} is partitioned by {', '.join(partitions) or 'nothing'}; its "
                f"contract says {wanted}. A table that exists keeps its partitions: take partitionBy back, or drop the "
                "table and run its dates again."
            )

    def writer(self, file: BinaryIO) -> pq.ParquetWriter:
        """Writes rows to a file."""
        contract = self.contract
        # A dictionary of values that are all different is built, found too large, and thrown away.
        unique = {*contract.key[:1], contract.event_time}
        return pq.ParquetWriter(
            file,
            self.schema,
            version="2.6",
            compression="snappy",
            use_dictionary=[column.name for column in contract.processed if column.name not in unique],
            store_decimal_as_integer=True,
            store_schema=False,
            write_page_index=True,
        )


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
