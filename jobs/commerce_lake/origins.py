"""Where the rows of a table come from on their way to tasks that see them as Arrow has them: data files, or Spark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
from pyspark import RDD, SparkContext
from pyspark.sql import DataFrame

from .blobs import handed_over, unpacked
from .contract import Column
from .curate import typed
from .livefiles import LiveFile, read_rows
from .refine import tasks_of
from .storage import Storage
from .values import schema_of

Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class Origin:
    """Where rows come from."""

    contents: RDD[Any]
    read: Callable[[Iterable[Any]], Batches]
    """The rows that contents hold."""


def of_files(
    context: SparkContext,
    storage: Storage,
    files: Sequence[LiveFile],
    columns: Sequence[Column],
    ids: Mapping[str, int],
) -> Origin:
    """Rows as the data files of a table have them.

    Args:
        context: Spark's.
        storage: The lake.
        files: The files; those of one day follow each other.
        columns: Columns wanted, in order.
        ids: Ids of the table's columns.
    """
    tasks = tasks_of(files)
    return Origin(context.parallelize(tasks, max(1, len(tasks))), partial(_read_files, storage, columns, ids))


def of_frame(rows: DataFrame, columns: Sequence[Column]) -> Origin:
    """Rows as Spark has them.

    Args:
        rows: The rows.
        columns: Columns wanted, in order, and the types that they are to have.
    """
    return Origin(handed_over(typed(rows, columns)), partial(_unpack_all, schema_of(columns)))


def _read_files(
    storage: Storage, columns: Sequence[Column], ids: Mapping[str, int], tasks: Iterable[Sequence[LiveFile]]
) -> Batches:
    for files in tasks:
        for file in files:
            yield from read_rows(storage, file, columns, ids)


def _unpack_all(schema: pa.Schema, contents: Iterable[bytes]) -> Batches:
    return (unpacked(content, schema) for content in contents)
