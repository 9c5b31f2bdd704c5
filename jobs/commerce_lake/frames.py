"""Spark frames of the records of a run."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import IntegerType, LongType, StructField, StructType

from .contract import Contract
from .manifest import ManifestFile
from .records import Place, read_records, spark_schema
from .records.survey import MARGIN, Survey, places, survey_csv, survey_json_lines
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


def pieces(spark: SparkSession, storage: Storage, files: Sequence[ManifestFile]) -> list[Piece]:
    """The files of a manifest in pieces, in file order. Large ones are surveyed for places to part them."""
    large = [number for number, file in enumerate(files) if _can_be_parted(file)]
    beginnings = dict(zip(large, _survey(spark, storage, files, large), strict=True)) if large else {}
    found = []
    for number, file in enumerate(files):
        begins = [(0, Place(number)), *beginnings.get(number, [])]
        for (start, place), following in zip(begins, [*begins[1:], None], strict=True):
            end = following[0] if following else None
            found.append(Piece(start, end, place, (file.bytes if end is None else end) - start))
    return found


def _can_be_parted(file: ManifestFile) -> bool:
    return file.compression == "none" and file.format in ("csv", "jsonl") and file.bytes > 2 * PIECE_BYTES


def _survey(
    spark: SparkSession, storage: Storage, files: Sequence[ManifestFile], large: Sequence[int]
) -> list[list[tuple[int, Place]]]:
    """Where the large files can be parted."""
    starts = {number: list(range(0, files[number].bytes, PIECE_BYTES)) for number in large}
    tasks = [(number, start) for number in large for start in starts[number]]

    def survey(task: tuple[int, int]) -> Survey:
        number, start = task
        file = files[number]
        margin = MARGIN if start else 0
        end = min(start + PIECE_BYTES, file.bytes)
        with closing(storage.open(file.key, start - margin, min(end + MARGIN, file.bytes), file.etag)) as stream:
            content = stream.read()
        size = end - start
        before, piece, after = content[:margin], content[margin : margin + size], content[margin + size :]
        if start == 0:
            before, piece = b"\n\n", piece.removeprefix(BOM_UTF8)
        return survey_csv(before, piece, after) if file.format == "csv" else survey_json_lines(piece)

    surveys = iter(spark.sparkContext.parallelize(tasks, len(tasks)).map(survey).collect())
    return [
        places([next(surveys) for _ in starts[number]], starts[number], number, files[number].format == "csv")
        for number in large
    ]


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


def read(spark: SparkSession, storage: Storage, contract: Contract, files: Sequence[ManifestFile]) -> DataFrame:
    """The records of the files, every field as text; columns as in `records.META`, then the contract's.

    Large files are surveyed; nothing else is read before an action.
    """
    groups = grouped(pieces(spark, storage, files))
    rows = [[(p.place.file, p.start, p.end, p.place.record, p.place.line) for p in group] for group in groups]

    def read_pieces(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for row in batch.to_pylist():
                place = Place(row["file"], row["record"], row["line"])
                yield from read_records(storage, contract, files[place.file], place, row["start"], row["end"])

    spread = spark.sparkContext.parallelize(rows, max(1, len(rows))).flatMap(lambda group: group)
    return spark.createDataFrame(spread, _PIECE).mapInArrow(read_pieces, spark_schema(contract.columns))
