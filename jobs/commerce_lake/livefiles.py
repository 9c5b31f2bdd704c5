"""The data files that a table consists of, and their rows as Arrow has them: without Spark between."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from .contract import Column
from .datafile import FIELD_ID
from .storage import Storage
from .values import schema_of

BATCH_ROWS = 64 * 1024
"""Rows that are read of a file at a time."""

_COPY_BYTES = 1024 * 1024
_FIELD_ID = FIELD_ID.encode()


@dataclass(frozen=True)
class LiveFile:
    """A data file of a table."""

    key: str
    partition: str
    """Its place in the table as Iceberg spells it, `year=2025/month=1/day=15`; empty without partitions."""
    bytes: int

    @property
    def day(self) -> tuple[int, ...]:
        """The values of its partition: year, month and day where the table has one a day."""
        return tuple(int(part.partition("=")[2]) for part in self.partition.split("/") if part)


def live_files(
    jvm: Any, table: Any, snapshot: int, root: str, source_date: date | None = None
) -> list[LiveFile] | None:
    """The data files of a snapshot, by partition.

    Args:
        jvm: Spark's.
        table: The table, as Iceberg's Java interface has it.
        snapshot: The snapshot.
        root: URI of the lake; keys are relative to it.
        source_date: Only files with rows of this source date; all where None.

    Returns:
        The files, or None where the rows wanted are not all rows of files: some are deleted by files of their own, lie
        beside those of other dates, are not in Parquet, or elsewhere.
    """
    scan = table.newScan().useSnapshot(snapshot)
    is_whole: Callable[[Any], bool] = lambda file: True  # noqa: E731 (as short as what it stands beside)
    if source_date is not None:
        expressions = jvm.org.apache.iceberg.expressions
        wanted = expressions.Expressions.equal("source_date", str(source_date))
        scan = scan.filter(wanted).includeColumnStats()
        # From the bounds that Iceberg keeps of a file.
        is_whole = expressions.StrictMetricsEvaluator(table.schema(), wanted).eval
    found = []
    tasks = scan.planFiles()
    try:
        iterator = tasks.iterator()
        while iterator.hasNext():
            task = iterator.next()
            file = task.file()
            location = str(file.location())
            is_ours = location.startswith(f"{root}/") and location.endswith(".parquet")
            if not (is_ours and task.deletes().isEmpty() and is_whole(file)):
                return None
            if not file.recordCount():
                continue
            partition = str(task.spec().partitionToPath(file.partition()))
            found.append(LiveFile(location.removeprefix(f"{root}/"), partition, int(file.fileSizeInBytes())))
    finally:
        tasks.close()
    return sorted(found, key=lambda file: (file.partition, file.key))


def read_rows(
    storage: Storage, file: LiveFile, columns: Sequence[Column], ids: Mapping[str, int]
) -> Iterator[pa.RecordBatch]:
    """The rows of a file in the table's present columns: null where the file is older than a column.

    Args:
        storage: The lake.
        file: The file.
        columns: Columns wanted, in order.
        ids: Ids of the table's columns. A file's own tell which is which.
    """
    schema = schema_of(columns)
    with ExitStack() as closing:
        parquet = pq.ParquetFile(_seekable(storage, file, closing))
        present = _present(parquet.schema_arrow, columns, ids)
        for batch in parquet.iter_batches(BATCH_ROWS, columns=list(present.values()), use_threads=False):
            yield pa.RecordBatch.from_arrays(
                [
                    batch.column(present[field.name]).cast(field.type)
                    if field.name in present
                    else pa.nulls(batch.num_rows, field.type)
                    for field in schema
                ],
                schema=schema,
            )


def _present(file: pa.Schema, columns: Sequence[Column], ids: Mapping[str, int]) -> Mapping[str, str]:
    """The columns that a file has, and their names there."""
    names = {int((field.metadata or {}).get(_FIELD_ID, -1)): field.name for field in file}
    if set(names) == {-1}:
        # Written by something that knows no ids: Iceberg goes by names then, too.
        return {column.name: column.name for column in columns if column.name in file.names}
    return {column.name: names[ids[column.name]] for column in columns if ids[column.name] in names}


def _seekable(storage: Storage, file: LiveFile, closing: ExitStack) -> BinaryIO:
    """The file, where it can be read in any order: Parquet begins at its end."""
    stream = closing.enter_context(storage.open(file.key))
    if stream.seekable():
        return stream
    copy = TemporaryFile()  # noqa: SIM115 (the stack closes it)
    closing.enter_context(copy)
    shutil.copyfileobj(stream, copy, _COPY_BYTES)
    copy.seek(0)
    return cast(BinaryIO, copy)
