"""Rows to one row a key. What is folded can be folded on, so that memory grows with the keys, not with their rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from .blobs import joined

LEAST, MOST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
"""What `min` and `max` of no value are the other way round: any value takes their place."""

_OF_NOTHING = {np.add: 0, np.minimum: MOST, np.maximum: LEAST}

HELD_BYTES = 32 * 1024 * 1024
"""Bytes of rows that are collected before they are folded."""


@dataclass(frozen=True)
class Fold:
    """How rows become one row a key: a text, and numbers of 64 bits."""

    key: str
    how: Mapping[str, np.ufunc]
    """`np.add`, `np.minimum` or `np.maximum` by column: in whichever order and part by part, they give the same."""

    @property
    def schema(self) -> pa.Schema:
        """Columns of the rows, folded or not."""
        return pa.schema([(self.key, pa.string()), *((name, pa.int64()) for name in self.how)])

    def __call__(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """One row a key, in the order in which the keys appear first; rows without a key are those of one."""
        keys = rows.column(self.key).dictionary_encode(null_encoding="encode")
        places = keys.indices.to_numpy()
        folded = [keys.dictionary]
        for name, ufunc in self.how.items():
            found = np.full(len(keys.dictionary), _OF_NOTHING[ufunc], np.int64)
            ufunc.at(found, places, rows.column(name).to_numpy())
            folded.append(pa.array(found))
        return pa.RecordBatch.from_arrays(folded, schema=self.schema)


class Folded:
    """Rows that come bit by bit, folded whenever there are many."""

    def __init__(self, fold: Fold, most_bytes: int = HELD_BYTES) -> None:
        """Nothing has come yet.

        Args:
            fold: How rows become one.
            most_bytes: Bytes of rows that are collected before they are folded.
        """
        self._fold, self._most_bytes = fold, most_bytes
        self._held: list[pa.RecordBatch] = []
        self._bytes = 0
        self._folded_bytes = 0

    def add(self, rows: pa.RecordBatch) -> None:
        """Takes rows."""
        self._held.append(rows)
        self._bytes += rows.nbytes
        # Where keys are many, each time twice as late: none is folded again and again.
        if self._bytes >= max(self._most_bytes, self._folded_bytes):
            self._compact()

    def rows(self) -> pa.RecordBatch:
        """All that have come, one row a key."""
        self._compact()
        return self._held[0]

    def _compact(self) -> None:
        folded = self._fold(joined(self._held, self._fold.schema))
        self._held, self._bytes, self._folded_bytes = [folded], 0, folded.nbytes
