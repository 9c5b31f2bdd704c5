"""Sales to the data files of curated customers: rows pass from task to task as bytes, by customer.

A task has all sales of its customers. It folds them as they come, so one customer with half of all sales takes no more
memory than another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import pyarrow as pa

from . import contract as contracts
from .blobs import exchanged, gathered, joined, packed, parted, unpacked
from .contract import Column
from .customers import FOLD, SALES, check, customers, moving, narrowed, tallied
from .datafile import GROUP_ROWS, DataFile, Form, write_days
from .etl import MOST_BUCKETS
from .folding import Folded
from .keys import bucketed, hashed
from .origins import Batches, Origin
from .storage import Storage
from .tasks import HELD_BYTES
from .worker import settle

BUCKET_BYTES = 64 * 1024 * 1024
"""Bytes of data files of sales whose customers make a bucket, and a file: a million sales."""


@dataclass(frozen=True)
class Purchases:
    """Takes sales to the table of customers: what all its tasks know."""

    storage: Storage
    form: Form
    """Form of the table of customers."""

    @property
    def own(self) -> list[Column]:
        """Columns of sales that customers are made of."""
        return [column for column in contracts.curated("transactions").columns if column.name in SALES]

    def written(self, sales: Origin, size: int) -> list[DataFile]:
        """Writes the customers of all sales to data files.

        Args:
            sales: Unique sales, customers pseudonymized, in the columns `own`.
            size: Bytes of the data files that they come from.

        Returns:
            The files, to be appended to the table.

        Raises:
            ContractError: Amounts are not of a type that can be summed.
        """
        check(contracts.curated("transactions"), contracts.curated("customers"))
        buckets = min(MOST_BUCKETS, max(1, -(-size // BUCKET_BYTES)))
        schema = moving(self.own)
        by_customer = exchanged(sales.contents.mapPartitions(_Parting(sales.read, schema, buckets)), buckets)
        return by_customer.mapPartitions(partial(self._write, schema, uuid4().hex)).collect()

    def _write(self, schema: pa.Schema, attempt: str, contents: Iterable[tuple[int, bytes]]) -> Iterator[DataFile]:
        settle()
        folded = Folded(FOLD)
        for _, content in contents:
            folded.add(tallied(unpacked(content, schema)))
        rows = folded.rows()
        finished = partial(customers, contract=contracts.curated("customers"))
        in_parts = ((None, rows.slice(start, GROUP_ROWS)) for start in range(0, rows.num_rows, GROUP_ROWS))
        yield from write_days(in_parts, self.form, finished, attempt, self.storage.upload)


@dataclass(frozen=True)
class _Parting:
    """Parts sales by their customer."""

    read: Callable[[Iterable[Any]], Batches]
    schema: pa.Schema
    buckets: int

    def __call__(self, contents: Iterable[Any]) -> Iterator[tuple[int, bytes]]:
        settle()
        for held in gathered((narrowed(batch, self.schema) for batch in self.read(contents)), HELD_BYTES):
            rows = joined(held, self.schema)
            for bucket, part in parted(rows, bucketed(hashed([rows.column(FOLD.key)]), self.buckets)):
                yield bucket, packed(part)
