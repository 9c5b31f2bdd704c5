"""Spark frames of the records of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import IntegerType, LongType, StructField, StructType

from .contract import Contract
from .judge import Judge
from .manifest import ManifestFile
from .quarantine import Quarantine
from .records import Place, read_records
from .storage import Storage

PIECE_BYTES = 32 * 1024 * 1024
"""Bytes of files, as stored, that one task reads: small enough to keep every core busy, large enough to be worth it."""

_PIECE = StructType(
    [
        StructField("file", IntegerType(), False),
        StructField("start", LongType(), False),
        StructField("end", LongType()),
        StructField("record", LongType(), False),
        StructField("line", LongType(), False),
    ]
)


@dataclass(frozen=True)
class Piece:
    """What is read in one go: a file, or a part of a large one that begins and ends between records."""

    start: int
    end: int | None
    place: Place
    bytes: int


def pieces(files: Sequence[ManifestFile]) -> list[Piece]:
    """The files of a manifest in file order, large ones in pieces, as far as their splits allow."""
    found = []
    for number, file in enumerate(files):
        begins = [(0, Place(number))]
        for split in file.splits:
            if split.offset - begins[-1][0] >= PIECE_BYTES:
                begins.append((split.offset, Place(number, split.record, split.line)))
        for (start, place), following in zip(begins, [*begins[1:], None], strict=True):
            end = following[0] if following else None
            found.append(Piece(start, end, place, (file.bytes if end is None else end) - start))
    return found


def grouped(found: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces, those that one task reads together, in file order."""
    groups: list[list[Piece]] = []
    size = 0
    for piece in found:
        if not groups or size + piece.bytes > PIECE_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(piece)
        size += piece.bytes
    return groups


def read(
    spark: SparkSession,
    storage: Storage,
    contract: Contract,
    files: Sequence[ManifestFile],
    processing_time: datetime,
    rejected: Quarantine,
) -> DataFrame:
    """The records of the files, judged; columns as in `Judge.schema`. Nothing is read before an action.

    Args:
        spark: The session.
        storage: Where the files are.
        contract: Contract of their dataset.
        files: The files.
        processing_time: The run's.
        rejected: Takes the records that break a rule. They are in the frame nevertheless, to be counted.
    """
    groups = grouped(pieces(files))
    rows = [[(p.place.file, p.start, p.end, p.place.record, p.place.line) for p in group] for group in groups]

    def records(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for row in batch.to_pylist():
                place = Place(row["file"], row["record"], row["line"])
                yield from read_records(storage, contract, files[place.file], place, row["start"], row["end"])

    def judged(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return rejected.judged(records(batches), Judge(contract, processing_time))

    spread = spark.sparkContext.parallelize(rows, max(1, len(rows))).flatMap(lambda group: group)
    schema = Judge(contract, processing_time).spark_schema
    return spark.createDataFrame(spread, _PIECE).mapInArrow(judged, schema)
