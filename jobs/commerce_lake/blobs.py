"""Rows as bytes. Spark moves them from task to task without looking into them: it makes no object of a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark import RDD
from pyspark.sql import DataFrame

from .worker import settle


def packed(rows: pa.RecordBatch) -> bytes:
    """The rows as bytes, without their schema."""
    content: bytes = rows.serialize().to_pybytes()
    return content


def unpacked(content: bytes, schema: pa.Schema) -> pa.RecordBatch:
    """The rows that bytes hold."""
    return pa.ipc.read_record_batch(pa.py_buffer(content), schema)


def joined(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> pa.RecordBatch:
    """The rows of all batches as one."""
    columns = pa.Table.from_batches(batches, schema).columns
    return pa.RecordBatch.from_arrays([whole(column) for column in columns], schema=schema)


def whole(column: pa.ChunkedArray) -> pa.Array:
    """The column in one piece."""
    made = column.combine_chunks()
    # Of no chunk or several, pyarrow makes an array; of one it may leave it.
    return made.chunk(0) if isinstance(made, pa.ChunkedArray) else made


def gathered(batches: Iterable[pa.RecordBatch], enough: int) -> Iterator[list[pa.RecordBatch]]:
    """The batches, in their order, as many together as it takes to have so many bytes; the last may have fewer."""
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        held.append(batch)
        size += batch.nbytes
        if size >= enough:
            yield held
            held, size = [], 0
    if held:
        yield held


def parted(
    rows: pa.RecordBatch, places: npt.NDArray[np.int64], chosen: npt.NDArray[np.int64] | None = None
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows by their place, in their order.

    Args:
        rows: The rows.
        places: Where each belongs.
        chosen: Positions of the rows wanted, in order; all where None. `places` are then theirs.
    """
    if not len(places):
        return
    lowest = int(places.min())
    near = int(places.max()) - lowest < 1 << 16
    # Numbers of 16 bits are sorted by counting them: a tenth of the time.
    order = np.argsort((places - lowest).astype(np.uint16) if near else places, kind="stable")
    ordered = places[order]
    together = rows.take(pa.array(order if chosen is None else chosen[order]))
    bounds = [0, *(np.flatnonzero(np.diff(ordered)) + 1).tolist(), len(ordered)]
    for start, end in pairwise(bounds):
        yield int(ordered[start]), together.slice(start, end - start)


def handed_over(rows: DataFrame) -> RDD[bytes]:
    """The rows of a frame as bytes, as many at a time as Spark gives to Arrow."""

    def pack(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        settle()
        for batch in batches:
            yield pa.RecordBatch.from_arrays([pa.array([packed(batch)], pa.binary())], ["content"])

    return rows.mapInArrow(pack, "content binary").rdd.map(lambda row: bytes(row.content))


def exchanged(rdd: RDD[Any], partitions: int) -> RDD[Any]:
    """Brings pairs of a number and a content to the partition of that number."""
    place: Callable[[Any], int] = int
    return rdd.partitionBy(partitions, place)
