"""What reading yields: every field as the text that the file holds, and where the record stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from ..contract import Column

META = ("_file", "_record", "_line", "_raw", "_faults")
"""Columns before the contract's: the file's number in the manifest, the record's number and first line in the file,
its text, and the rules (comma-separated) that it already broke while it was read; empty where none."""

PARSE = "record.parse"
"""The rule that a record breaks which is not a record at all."""

BATCH_ROWS = 8192
"""Rows in one Arrow batch of records that were objects of Python's."""

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass
class Place:
    """Where the next record stands."""

    file: int
    record: int = 1
    line: int = 1


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """Arrow schema of the batches for these columns."""
    types = {"_file": pa.int32(), "_record": pa.int64(), "_line": pa.int64()}
    return pa.schema([(name, types.get(name, pa.string())) for name in _names(columns)])


def _names(columns: Sequence[Column]) -> list[str]:
    return [*META, *[column.name for column in columns]]


def string_array(values: Sequence[str | None]) -> pa.StringArray:
    """Texts as Arrow holds them."""
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        # JSON may hold half a surrogate pair (as \ud800), which no UTF-8 can: U+FFFD stands for it.
        return pa.array([None if value is None else _SURROGATE.sub("\ufffd", value) for value in values], pa.string())


@dataclass
class RowBatches:
    """Collects records one by one into Arrow batches."""

    columns: Sequence[Column]
    file: int
    _rows: list[tuple[object, ...]] = field(default_factory=list)

    def add(self, record: int, line: int, raw: str, faults: str, values: Sequence[str | None]) -> None:
        """Adds a record."""
        self._rows.append((self.file, record, line, raw, faults, *values))

    def full(self) -> Iterator[pa.RecordBatch]:
        """The batch, once enough records are there for one."""
        if len(self._rows) >= BATCH_ROWS:
            yield from self.rest()

    def rest(self) -> Iterator[pa.RecordBatch]:
        """What has been collected."""
        if not self._rows:
            return
        schema = arrow_schema(self.columns)
        arrays = []
        for values, column in zip(zip(*self._rows, strict=True), schema, strict=True):
            arrays.append(pa.array(values, column.type))
        self._rows.clear()
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
