"""Spark frames of the records of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import IntegerType, LongType, StructField, StructType

from .contract import Contract
from .manifest import ManifestFile, Split
from .records import Place, read_records, spark_schema
from .storage import Storage

TASK_BYTES = 32 * 1024 * 1024
"""Bytes of files, as stored, that one task reads: small enough to keep every core busy, large enough to be worth it."""

_PART = StructType(
    [
        StructField("file", IntegerType(), False),
        StructField("start", LongType(), False),
        StructField("end", LongType()),
        StructField("record", LongType(), False),
        StructField("line", LongType(), False),
    ]
)


@dataclass(frozen=True)
class Part:
    """What is read in one go: a file, or the piece between two of its splits."""

    file: int
    start: int
    end: int | None
    record: int
    line: int
    bytes: int


def parts(files: Sequence[ManifestFile]) -> list[Part]:
    """The files of a manifest in pieces, in file order."""
    pieces = []
    for number, file in enumerate(files):
        splits = [Split(0, 1, 1), *(split for split in file.splits if split.offset > 0)]
        for split, following in zip(splits, [*splits[1:], None], strict=True):
            end = following.offset if following else None
            size = (file.bytes if end is None else end) - split.offset
            pieces.append(Part(number, split.offset, end, split.record, split.line, size))
    return pieces


def grouped(pieces: Sequence[Part]) -> list[list[Part]]:
    """The pieces, those that one task reads together, in file order."""
    groups: list[list[Part]] = []
    size = 0
    for piece in pieces:
        if not groups or size + piece.bytes > TASK_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(piece)
        size += piece.bytes
    return groups


def read(spark: SparkSession, storage: Storage, contract: Contract, files: Sequence[ManifestFile]) -> DataFrame:
    """The records of the files, every field as text; columns as in `records.META`, then the contract's.

    Nothing is read before an action.
    """
    groups = grouped(parts(files))
    if not groups:
        return spark.createDataFrame([], spark_schema(contract.columns))
    rows = [[(p.file, p.start, p.end, p.record, p.line) for p in group] for group in groups]

    def read_part(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for part in batch.to_pylist():
                place = Place(part["file"], part["record"], part["line"])
                yield from read_records(storage, contract, files[place.file], place, part["start"], part["end"])

    spread = spark.sparkContext.parallelize(rows, len(rows)).flatMap(lambda group: group)
    return spark.createDataFrame(spread, _PART).mapInArrow(read_part, spark_schema(contract.columns))
