"""Helps tests to read texts as the jobs do."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
from commerce_lake.contract import Column


class Trickle(io.RawIOBase):
    """Gives its bytes in pieces of a size, whatever is asked for."""

    def __init__(self, content: bytes, size: int) -> None:
        self._content, self._size = content, size

    def read(self, size: int = -1) -> bytes:
        piece, self._content = self._content[: self._size], self._content[self._size :]
        return piece


def stream(content: bytes | str, size: int = 1 << 20) -> BinaryIO:
    return Trickle(content.encode() if isinstance(content, str) else content, size)  # type: ignore[return-value]


def columns(**types: str) -> list[Column]:
    """Columns by name and type; a normalization may follow the type: `string trim lower`."""
    return [
        Column(name, {"x-type": text.split()[0], "x-normalize": text.split()[1:]}, required=False)
        for name, text in types.items()
    ]


def rows(batches: Iterable[pa.RecordBatch], *names: str) -> list[tuple[Any, ...]]:
    """Rows of batches, those columns only."""
    return [tuple(row[name] for name in names) for batch in batches for row in batch.to_pylist()]


def names(of: Sequence[Column]) -> list[str]:
    return [column.name for column in of]
