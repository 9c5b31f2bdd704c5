"""Which tasks write which days, so that a day is one file, or a few large ones, however many files were read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Day = int | None
"""Days since 1970; None where rows have no event time."""

FILE_BYTES = 1536 * 1024 * 1024
"""Most bytes of rows, in memory, for one data file. Sales take a quarter of it in Parquet, events a tenth."""

TASK_BYTES = 64 * 1024 * 1024
"""Bytes of rows up to which a task writes several days."""


@dataclass(frozen=True)
class Layout:
    """Which tasks write a day."""

    tasks: int
    """How many there are."""
    places: Mapping[Day, tuple[int, int]]
    """The first task of each day, and how many share it."""

    def task(self, day: Day, bucket: int) -> int:
        """The task that writes the rows of a day and a bucket of keys."""
        first, share = self.places[day]
        return first + bucket % share


def sizes_by_day(days: npt.NDArray[np.int64] | None, rows: int, row_bytes: float) -> Counter[Day]:
    """Bytes of the rows of each day.

    Args:
        days: The day of each row; None where rows have no event time.
        rows: How many there are.
        row_bytes: Bytes of a row, on average.
    """
    if days is None:
        return Counter({None: int(rows * row_bytes)})
    found = zip(*np.unique(days, return_counts=True), strict=True)
    return Counter({int(day): int(count * row_bytes) for day, count in found})


def laid_out(sizes: Mapping[Day, int]) -> Layout:
    """Gives large days tasks of their own, and puts small ones together.

    Args:
        sizes: Bytes of the rows of each day, in memory.
    """
    places: dict[Day, tuple[int, int]] = {}
    tasks = room = 0
    for day in sorted(sizes, key=lambda day: day or 0):
        size = sizes[day]
        if size > room:
            share = max(1, -(-size // FILE_BYTES))
            places[day] = tasks, share
            tasks += share
            room = TASK_BYTES - size
        else:
            places[day] = tasks - 1, 1
            room -= size
    return Layout(tasks, places)
